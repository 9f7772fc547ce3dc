/* page.h - what do all our HTML pages share?  One style, no outside resources, no text that can become markup. */
#ifndef PAGE_H
#define PAGE_H

#include "cli/cli.h"

/* Everything up to <body>.  script (NULL: none): the one script the page may run; links: pictures may come from files beside it. */
void page_begin(FILE *out, const char *title, const char *script, size_t script_len, bool links);
void page_text(FILE *out, const char *text); /* escaped: for text and quoted attributes */
void page_end(FILE *out);
/* A table's cell whose shade tells 0.5 from 1.0 at a glance; spread < 0: not shown. */
void page_figure(FILE *out, double mean, double spread, int best);

/* A page's body and its script, from cli/report. */
extern const unsigned char report_html[], report_js[];
extern const size_t        report_html_size, report_js_size;

#endif
