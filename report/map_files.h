/* map_files.h - the files that an image's score map becomes.                                            layer: report
 *
 * Under the folder, by the image's path below what all inputs have in common: NAME.map.npy (float32), NAME.map.png (16 bit, 65535 is
 * 1), NAME.overlay.png, NAME.mask.png (255: at or above the threshold), NAME.regions.json (schema rwda.regions/1). */
#ifndef RW_MAP_FILES_H
#define RW_MAP_FILES_H

#include "common/roi.h"

#include <jansson.h>

typedef enum { MAP_FILE_NPY, MAP_FILE_PNG, MAP_FILE_OVERLAY, MAP_FILE_MASK, MAP_FILE_REGIONS, MAP_FILE_TYPES } map_file_type;
extern const char *const map_file_names[MAP_FILE_TYPES]; /* "npy", ... */

typedef struct {
    rwda_map_options options;
    roi             *region;    /* outside, the map is 0; NULL: everything counts */
    float            threshold; /* of masks and regions, above 0; NaN: none */
    int              min_area;  /* pixels of a region, >= 1 */
    bool             write[MAP_FILE_TYPES];
    bool             overwrite;
    const char      *folder;
    size_t           common; /* bytes of a path that all inputs share (rw_path_common()) */
} map_files;

/* Maps an image and writes its files (map [height, width]: it is mapped already; NULL: it is not); *record is a new JSON object about
 * them, *written [height, width] (NULL: not wanted) the map as it was written, the caller's to free().  *output_failed tells a failure of a
 * file from one of the image, after which others may go on.  Errors: rwda_map_compute()'s, roi_fill()'s, those of an output. */
rwda_status map_files_add(const map_files *files, json_t **record, float **written, rwda_session *session,
                          const rwda_scorer *scorer, const rwda_image *image, const float *map, const char *path,
                          bool *output_failed, rwda_error *err);

#endif
