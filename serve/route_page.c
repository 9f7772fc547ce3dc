/* route_page.c - the page for people: the files of web/, embedded at build time.                        layer: serve
 *
 * The policy lets the page load nothing from elsewhere, nothing inline, and be framed by nobody; blob: is for images that the person
 * chose. */
#include "serve/route_handlers.h"

#include <string.h>

#define FILE_LIST(X)                                                                                                        \
    X("", index_html, "text/html; charset=utf-8")                                                                           \
    X("style.css", style_css, "text/css; charset=utf-8")                                                                    \
    X("app.js", app_js, "text/javascript; charset=utf-8")                                                                   \
    X("api.js", api_js, "text/javascript; charset=utf-8")                                                                   \
    X("pictures.js", pictures_js, "text/javascript; charset=utf-8")                                                         \
    X("results.js", results_js, "text/javascript; charset=utf-8")                                                           \
    X("memory.js", memory_js, "text/javascript; charset=utf-8")                                                             \
    X("training.js", training_js, "text/javascript; charset=utf-8")                                                         \
    X("icon.svg", icon_svg, "image/svg+xml")

#define DECLARE(path, name, type)                                                                                           \
    extern const unsigned char page_##name[];                                                                               \
    extern const size_t        page_##name##_size;
FILE_LIST(DECLARE)

static const struct {
    const char          *path, *type;
    const unsigned char *bytes;
    const size_t        *size;
} files[] = {
#define ROW(path, name, type) { path, type, page_##name, &page_##name##_size },
    FILE_LIST(ROW)
};

void answer_page(request *r)
{
    for (size_t i = 0; i < RW_COUNTOF(files); i++) {
        if (strcmp(files[i].path, r->target.variables[0]) != 0)
            continue;
        reply_fixed(&r->reply, files[i].type, files[i].bytes, *files[i].size);
        reply_header(&r->reply, "Content-Security-Policy",
                     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
                     "base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        reply_header(&r->reply, "Permissions-Policy", "camera=(self), microphone=(), geolocation=()");
        return;
    }
    reply_problem(&r->reply, 404, NULL, "the page has no file \"%.60s\"", r->target.variables[0]);
}
