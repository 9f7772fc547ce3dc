/* pairs.h - which mask belongs to which map? */
#ifndef PIXEL_PAIRS_H
#define PIXEL_PAIRS_H

#include "cli/cli.h"

typedef struct {
    char *map, *mask; /* paths; mask NULL: nothing is anomalous */
} map_pair;

typedef struct {
    map_pair *items;
    size_t    count, capacity;
} map_pairs;

/* Maps (.npy, .png; of one name the .npy) in `maps` and the folders in it, and masks (pictures, .npy) at the same place under `masks`
 * whose name without ending is that of the map, or that with "_mask".  A map without a mask is an error, or with
 * `normal_without_mask` a normal picture; a mask without a map is always an error.  Sorted by name.  0, or an exit code after a
 * message for each of the first few. */
int pairs_from_folders(map_pairs *out, const char *maps, const char *masks, bool normal_without_mask);

/* A CSV with the columns map and mask (empty: nothing is anomalous); paths are relative to the list's folder. */
int pairs_from_list(map_pairs *out, const char *path);

void pairs_free(map_pairs *pairs);

#endif
