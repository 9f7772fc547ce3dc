/* snapshot.h - which files a snapshot must have to be a checkpoint.                                    layer: hub */
#ifndef RW_HUB_SNAPSHOT_H
#define RW_HUB_SNAPSHOT_H

#include "hub/names.h"

#include "base/file.h"

/* Configs by layout, best first, and the weights that belong to each; NULL-terminated. */
typedef struct {
    const char *config, *weights[6];
} rw_hub_layout;
extern const rw_hub_layout rw_hub_layouts[2];

bool rw_hub_is_index(const char *file); /* of weights in several parts */

/* The parts that a model.safetensors.index.json names, sorted, each once; NULL-terminated, to be freed with rw_names_free().
 * RWDA_EFORMAT, RWDA_ELIMIT (over 1,000 parts). */
rwda_status rw_hub_index_read(char ***parts, const char *path, rwda_error *err);

/* A config and its weights are there, links followed; false: `missing` names the first that is not. */
bool rw_hub_snapshot_complete(const char *dir, char missing[RW_HUB_NAME_MAX]);

/* Every file of it that is a link to a blob has the bytes that the blob's name says; *n: how many were looked at.  RWDA_EMISMATCH. */
rwda_status rw_hub_snapshot_check(size_t *n, const char *dir, rwda_error *err);

/* It has a CLIP's config by its looks, whether this version reads it or not: a hub's cache is full of other things. */
bool rw_hub_snapshot_is_clip(const char *dir);

#endif
