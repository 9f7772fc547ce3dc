/* map_files.h - which files does a picture's map become?
 *
 * Under the folder, by the picture's path below what all inputs have in common: NAME.map.npy (float32), NAME.map.png (16 bit, 65535 is
 * 1), NAME.overlay.png, NAME.mask.png (255: at or above the threshold), NAME.regions.json. */
#ifndef MAP_FILES_H
#define MAP_FILES_H

#include "cli/scoring.h"

#include <jansson.h>

/* Options that every verb with maps takes. */
typedef struct {
    const char *kind, *tile, *value_blocks, *crops, *crop_share, *smooth, *roi, *threshold, *min_area, *write;
} map_options;
/* clang-format off */
#define MAP_OPTIONS(prefix, o)                                                                                              \
    { prefix "kind", "KIND", "patches, windows (WinCLIP) or crops (patches)", &(o).kind, NULL, 0 },                         \
    { prefix "tile", "N|squares", "map squares of N pixels, or of the shorter side, and average where they overlap",        \
      &(o).tile, NULL, 0 },                                                                                                 \
    { prefix "value-blocks", "N", "patches: how many last blocks attend by values, 0: none (half of them)",                 \
      &(o).value_blocks, NULL, 0 },                                                                                         \
    { prefix "crops", "N", "crops: N x N of them (5)", &(o).crops, NULL, 0 },                                               \
    { prefix "crop-share", "X", "crops: of each side (0.34)", &(o).crop_share, NULL, 0 },                                   \
    { prefix "smooth", "X", "Gaussian over the map, standard deviation in pixels (0)", &(o).smooth, NULL, 0 },              \
    { prefix "roi", "REGION", "rect:X,Y,W,H, polygon:X,Y,X,Y,... or mask:PICTURE; outside the map is 0", &(o).roi, NULL, 0 },\
    { prefix "threshold", "X", "also write mask and regions of map values >= X, above 0", &(o).threshold, NULL, 0 },        \
    { prefix "min-area", "N", "leave out regions of fewer pixels (1)", &(o).min_area, NULL, 0 },                            \
    { prefix "write", "LIST", "of npy,png,overlay,mask,regions (npy,overlay; with a threshold mask,regions too)",           \
      &(o).write, NULL, 0 }
/* clang-format on */
bool map_options_given(const map_options *o); /* whether any of them was */

#define MAP_REGIONS_MAX 1000 /* written of one picture: those with the highest peaks */
json_t *map_regions_json(const rwda_region *regions, size_t count); /* an array of objects */

typedef struct map_files map_files;

/* Reads the options, whose names begin with `prefix`, and makes the folder.  0, or an exit code after a message. */
int map_files_new(map_files **out, const map_options *options, const char *prefix, const char *folder, bool force,
                  const cli_inputs *inputs);

/* Maps a picture and writes its files; *record is a new JSON object about them.  0; EXIT_SOME_FAILED: this picture has no map, *err
 * says why; another exit code: it was said, and going on makes no sense. */
int  map_files_add(map_files *m, json_t **record, const scoring *engine, const rwda_image *image, const char *path,
                   rwda_error *err);
void map_files_free(map_files *m);

#endif
