/* part_manifest.h - what a part is: the file NAME.json beside NAME.jsonl (schema rwda.part/1).          layer: common */
#ifndef RW_PART_MANIFEST_H
#define RW_PART_MANIFEST_H

#include "base/file.h"

#include <jansson.h>

typedef struct {
    int     index, count; /* of the shard */
    size_t  lines, failed, anomalous;
    char    sha256[65], order_sha256[65]; /* of NAME.jsonl and NAME.order */
    json_t *settings;                     /* what the lines depend on */
} rw_part_manifest;

/* "DIR/NAME.jsonl" -> "DIR/NAME" with another ending.  RWDA_EINVAL: it does not end in .jsonl, or is too long. */
rwda_status rw_part_sibling(char out[RW_PATH_MAX], const char *part, const char *ending, rwda_error *err);

/* part: the path of NAME.jsonl.  *there false: there is none, and the rest of *out is not set.  RWDA_EFORMAT with the file and what is missing;
 * RWDA_EIO, RWDA_ENOMEM. */
rwda_status rw_part_manifest_read(rw_part_manifest *out, bool *there, const char *part, rwda_error *err);
rwda_status rw_part_manifest_write(const rw_part_manifest *manifest, const char *part, rwda_error *err);
rwda_status rw_part_manifest_remove(const char *part, rwda_error *err); /* one that is not there is fine */
void        rw_part_manifest_clear(rw_part_manifest *manifest);

#endif
