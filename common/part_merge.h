/* part_merge.h - which parts of a sharded run are there, and all of them as one file.                   layer: common */
#ifndef RW_PART_MERGE_H
#define RW_PART_MERGE_H

#include "common/output.h"
#include "common/part_manifest.h"

typedef enum { RW_PART_MISSING = 0, RW_PART_BEGUN, RW_PART_RUNNING, RW_PART_WHOLE } rw_part_state;

/* All parts of a folder. */
typedef struct {
    int               count;     /* of shards */
    rw_part_state    *states;    /* [count] */
    rw_part_manifest *manifests; /* [count], of those that are whole */
    char              folder[RW_PATH_MAX];
} rw_part_survey;

/* RWDA_ENOTFOUND: no part there; RWDA_EMISMATCH: parts of two runs, by their numbers of shards; what rw_part_manifest_read() says.  Release with
 * _free() in either case.  RUNNING: a process of this machine writes it. */
rwda_status rw_part_survey_read(rw_part_survey *out, const char *folder, rwda_error *err);
void        rw_part_survey_free(rw_part_survey *survey);

/* Whether a part of so many shards may go there.  RWDA_EMISMATCH: parts of another number lie there, with which none can be merged; RWDA_EIO.  A
 * folder that is not there is fine. */
rwda_status rw_part_folder_check(const char *folder, int count, rwda_error *err);

/* The lines of all parts in the order of the list that was shared, the same bytes however many shards there were.  RWDA_ENOTFOUND: parts are
 * missing; RWDA_EMISMATCH: made with different settings; RWDA_EFORMAT: a file is not what its description says; RWDA_EIO, RWDA_ENOMEM. */
rwda_status rw_part_merge(rw_stream *out, const rw_part_survey *survey, rwda_error *err);

#endif
