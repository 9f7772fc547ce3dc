/* plot.h - a study's AUROC as an SVG image: bars, lines or a scatter, with whiskers for the std over seeds.   layer: studies */
#ifndef STUDY_PLOT_H
#define STUDY_PLOT_H

#include "studies/study.h"

#include <stdio.h>

/* One <svg> element, for a file or within a page.  Of bars the first STUDY_BARS_MAX points are drawn. */
#define STUDY_BARS_MAX 512
void study_plot(FILE *out, const study *s);

#endif
