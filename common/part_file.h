/* part_file.h - JSON lines that outlive the process which writes them.                                 layer: common
 *
 * Lines go to PATH.partial one by one, each whole on disk before the next.  A process that is killed loses none; the next one goes on behind
 * them.  The finished file gets its name at the end, and, where it is a shard's, two files beside it: NAME.order, the place of each line in the
 * whole list, and NAME.json, which says what the part is (schema rwda.part/1, docs/scale.md) and appears last: without it there is no part. */
#ifndef RW_PART_FILE_H
#define RW_PART_FILE_H

#include "base/file.h"
#include "common/image_source.h"
#include "common/shard.h"

#include <jansson.h>

typedef struct rw_part rw_part;

/* What is counted of a part's lines. */
typedef struct {
    size_t lines, failed, anomalous, before; /* before: lines that were there when it was opened */
} rw_part_counts;

/* "DIR/part-00003-of-00016.jsonl" */
bool rw_part_path(char out[RW_PATH_MAX], const char *folder, const rw_shard *shard);

/* settings: what the lines depend on; those of an earlier process must be the same.  shard NULL: a file by itself, which is refused where it
 * is whole already (RWDA_EEXIST), unless its lines are of these settings; then it may lack no image, and have no other: rw_part_add()
 * and _finish() refuse.  A shard's whole part is taken up too, since images may have been added.  overwrite: what is there is removed
 * first.  Waits for nobody: RWDA_EEXIST where another process writes it.  RWDA_EMISMATCH: other settings; RWDA_EFORMAT: not what was written;
 * RWDA_EIO, RWDA_ENOMEM. */
rwda_status rw_part_open(rw_part **out, const char *path, const json_t *settings, const rw_shard *shard, bool overwrite,
                         rwda_error *err);

/* For rw_image_source_filter(), user: the part: entries of its shard that it has no line of yet.  What it has learns its place anew. */
bool rw_part_wants(void *part, const rw_image_entry *entry);

/* Takes a record with `path`, `error` or `label`, and writes its line.  order: of its entry.  RWDA_EIO, RWDA_ENOMEM, RWDA_EEXIST. */
rwda_status rw_part_add(rw_part *part, uint64_t order, json_t *record, rwda_error *err);

/* The whole file in its place.  RWDA_EIO, RWDA_ENOMEM, RWDA_EEXIST. */
rwda_status    rw_part_finish(rw_part *part, rwda_error *err);
rw_part_counts rw_part_get_counts(const rw_part *part);
void           rw_part_close(rw_part *part); /* whole or not; NULL is fine */

#endif
