/* pixel_metrics.h - pixel metrics of maps and masks, printed.                                            layer: cli */
#ifndef PIXEL_METRICS_H
#define PIXEL_METRICS_H

#include <rwda_eval.h>

#include <stdbool.h>

/* 0, or an exit code after a message. */
int pixel_metrics_print(const rwda_map_pairs *pairs, const rwda_pixel_metrics_options *options,
                        const rwda_image_options *images, bool json);

#endif
