/* html.h - what do the HTML reports share? */
#ifndef EVAL_HTML_H
#define EVAL_HTML_H

#include <stdio.h>

void html_text(FILE *out, const char *text);   /* escaped */
void html_begin(FILE *out, const char *title); /* up to and with the heading */
void html_end(FILE *out);
/* A table's cell whose shade tells 0.5 from 1.0 at a glance; spread < 0: not shown. */
void html_figure(FILE *out, double mean, double spread, int best);

#endif
