/* crops.h - which windows of a picture are scored?                                                rank 2: image */
#ifndef RW_CROPS_H
#define RW_CROPS_H

#include "image/resize.h"

/* boxes [rwda_crop_count()]: first the whole picture (TILES: its square tiles), then the plan's windows, row by row. */
void rw_crop_boxes(rw_box *boxes, int width, int height, rwda_resize resize, rwda_crops crops);

#endif
