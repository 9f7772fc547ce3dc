/* html.c - what do the HTML reports share? */
#include "eval/html.h"

void html_text(FILE *out, const char *text)
{
    for (; *text != '\0'; text++)
        switch (*text) {
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '&': fputs("&amp;", out); break;
        case '"': fputs("&quot;", out); break;
        default: fputc(*text, out);
        }
}

static const char style[] =
    ":root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:70rem;padding:1rem "
    "1.5rem 4rem}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{padding:.25rem .7rem;border-bottom:1px solid "
    "#8884;"
    "text-align:right}th:first-child{text-align:left}thead th{vertical-align:bottom}.mean th,.mean td{border-top:2px solid "
    "#888;"
    "font-weight:bold}.best{font-weight:bold}.wide{overflow-x:auto}small{opacity:.75}code,pre{font-size:13px}pre{white-"
    "space:pre-wrap;"
    "overflow-wrap:anywhere}svg{max-width:100%;height:auto;background:#fff;border-radius:6px}details{margin:1rem 0}"
    "td.text,th.text{text-align:left}nav a{margin-right:1rem}";

void html_begin(FILE *out, const char *title)
{
    fputs("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
          "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>rwda: ",
          out);
    html_text(out, title);
    fprintf(out, "</title><style>%s</style></head>\n<body><h1>", style);
    html_text(out, title);
    fputs("</h1>\n", out);
}

void html_end(FILE *out)
{
    fputs("</body></html>\n", out);
}

void html_figure(FILE *out, double mean, double spread, int best)
{
    int shade = mean <= 0.5 ? 0 : (int)((mean - 0.5) * 2 * 70 + 0.5);

    fprintf(out, "<td style=\"background:rgba(43,138,90,%.2f)\"%s>%.3f", shade / 100.0, best ? " class=\"best\"" : "", mean);
    if (spread >= 0)
        fprintf(out, " <small>±%.3f</small>", spread);
    fputs("</td>", out);
}
