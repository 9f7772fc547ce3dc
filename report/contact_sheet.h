/* overview.h - how do many scored pictures look at one glance? */
#ifndef OVERVIEW_H
#define OVERVIEW_H

#include "cli/cli.h"

typedef struct overview overview;

/* Collects thumbnails; up to `most` pictures are shown, the rest is left out. */
overview *overview_new(size_t most);
void      overview_add(overview *o, const rwda_image *image, const char *label, float score);
/* Writes a PNG: pictures by falling score, each in a frame from green (lowest) to red (highest).  0, or an exit code. */
int  overview_write(overview *o, const char *path, bool force);
void overview_free(overview *o);

#endif
