/* map_options.h - options of the verbs that make maps.                                                 layer: cli */
#ifndef MAP_OPTIONS_H
#define MAP_OPTIONS_H

#include "cli/cli.h"
#include "report/map_files.h"

/* Options that every verb with maps takes. */
typedef struct {
    const char *mode, *tile, *value_blocks, *crops, *crop_share, *smooth, *roi, *threshold, *min_area, *write;
} map_options;
/* clang-format off */
#define MAP_OPTIONS(prefix, o)                                                                                              \
    { prefix "mode", "MODE", "patches, windows (WinCLIP), crops, or memory (patches; with a memory: memory)", &(o).mode, NULL, 0, .words = "windows patches crops memory" },                         \
    { prefix "kind", "MODE", NULL, &(o).mode, NULL, 0 },                                                                    \
    { prefix "tile", "N|squares", "map squares of N pixels, or of the shorter side, and average where they overlap",        \
      &(o).tile, NULL, 0, .words = "squares" },                                                                                                 \
    { prefix "value-blocks", "N", "patches: how many last blocks have v-v attention, 0: none (half of them)",               \
      &(o).value_blocks, NULL, 0 },                                                                                         \
    { prefix "crops", "N", "crops: N x N of them (5)", &(o).crops, NULL, 0 },                                               \
    { prefix "crop-share", "X", "crops: of each side (0.34)", &(o).crop_share, NULL, 0 },                                   \
    { prefix "smooth", "X", "Gaussian over the map, standard deviation in pixels (0)", &(o).smooth, NULL, 0 },              \
    { prefix "roi", "REGION", "rect:X,Y,W,H, polygon:X,Y,X,Y,... or mask:IMAGE; outside the map is 0", &(o).roi, NULL, 0 },\
    { prefix "threshold", "X", "also write mask and regions of map values >= X, above 0", &(o).threshold, NULL, 0 },        \
    { prefix "min-area", "N", "leave out regions of fewer pixels (1)", &(o).min_area, NULL, 0 },                            \
    { prefix "write", "LIST", "of npy,png,overlay,mask,regions (npy,overlay; with a threshold mask,regions too)",           \
      &(o).write, NULL, 0, .words = "npy png overlay mask regions" }
/* clang-format on */
bool map_options_given(const map_options *o); /* whether any of them was */

/* Reads all names of *images and puts a list in its place: files of maps are named by what all paths have in common.  *paths [*n] is the
 * caller's to free with rw_image_names_free(), after the list.  0, or an exit code after a message. */
int map_options_names(map_files *out, rw_image_source **images, char ***paths, size_t *n);

/* Reads the options, whose names begin with `prefix`, and makes the folder; images: how a region's mask is read.  0, or an exit code after a message; in either case out->region
 * is to be freed with roi_free(). */
int map_options_read(map_files *out, const map_options *options, const cli_image_options *images, const char *prefix,
                     const char *folder, bool force);

#endif
