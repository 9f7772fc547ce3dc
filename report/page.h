/* page.h - what all HTML pages share: one style, no outside resources, no text that can become markup.  layer: report */
#ifndef RW_PAGE_H
#define RW_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Everything up to <body>.  script (NULL: none): the one script the page may run; links: images may come from files beside it. */
void page_begin(FILE *out, const char *title, const char *script, size_t script_len, bool links);
void page_text(FILE *out, const char *text); /* escaped: for text and quoted attributes */
void page_end(FILE *out);
/* A table's cell whose shade tells 0.5 from 1.0 at a glance; std < 0: not shown. */
void page_metric(FILE *out, double mean, double std, int best);

/* The body of the report of scored images and its script. */
extern const unsigned char report_html[], report_js[];
extern const size_t        report_html_size, report_js_size;

#endif
