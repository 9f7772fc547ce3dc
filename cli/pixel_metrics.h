/* figures.h - how well do these maps find what the masks show? */
#ifndef PIXEL_FIGURES_H
#define PIXEL_FIGURES_H

#include "eval/map_pairs.h"

/* Reads one pair after the other, prints the figures; 0, or an exit code after a message.  One bad pair: no figures. */
int pixel_metrics_print(const map_pairs *pairs, const rwda_pixel_metrics_options *options, bool json);

#endif
