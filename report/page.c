#include "report/page.h"

#include <nettle/base64.h>
#include <nettle/sha2.h>

extern const unsigned char report_css[]; /* report.css, by cmake/embed.cmake */
extern const size_t        report_css_size;

void page_text(FILE *out, const char *text)
{
    for (; *text != '\0'; text++)
        switch (*text) {
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '&': fputs("&amp;", out); break;
        case '"': fputs("&quot;", out); break;
        case '\'': fputs("&#39;", out); break;
        default: fputc(*text, out);
        }
}

void page_begin(FILE *out, const char *title, const char *script, size_t script_len, bool links)
{
    struct sha256_ctx sum;
    uint8_t           digest[SHA256_DIGEST_SIZE];
    char              text[BASE64_ENCODE_RAW_LENGTH(SHA256_DIGEST_SIZE) + 1] = "";

    fputs("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
          "content=\"width=device-width,initial-scale=1\">\n<meta http-equiv=\"Content-Security-Policy\" "
          "content=\"default-src 'none'; "
          "style-src 'unsafe-inline'; img-src data:",
          out);
    fputs(links ? " file: 'self'" : "", out);
    if (script != NULL) { /* the browser runs this script and no other, whatever a file name holds */
        sha256_init(&sum);
        sha256_update(&sum, script_len, (const uint8_t *)script);
        sha256_digest(&sum, sizeof digest, digest);
        base64_encode_raw(text, sizeof digest, digest);
        fprintf(out, "; script-src 'sha256-%s'", text);
    }
    fputs("\"><title>", out);
    page_text(out, title);
    fputs("</title>\n<style>\n", out);
    fwrite(report_css, 1, report_css_size, out);
    fputs("</style></head><body>\n", out);
}

void page_end(FILE *out)
{
    fputs("</body></html>\n", out);
}

void page_metric(FILE *out, double mean, double std, int best)
{
    int shade = mean <= 0.5 ? 0 : (int)((mean - 0.5) * 2 * 70 + 0.5);

    fprintf(out, "<td style=\"background:rgba(43,138,90,%.2f)\"%s>%.3f", shade / 100.0, best ? " class=\"best\"" : "", mean);
    if (std >= 0)
        fprintf(out, " <small>±%.3f</small>", std);
    fputs("</td>", out);
}
