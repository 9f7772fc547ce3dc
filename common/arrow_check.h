/* arrow_check.h - checks of an Arrow IPC message's metadata, before nanoarrow believes it.               layer: common
 *
 * nanoarrow verifies that the metadata is a flatbuffer and that offsets of texts ascend.  It does not bound how often one table may be reached in
 * it, and takes as they are a buffer's length of -1, which is its own "not known", lengths whose products overflow, types that are not there,
 * and metadata without a key. */
#ifndef RW_ARROW_CHECK_H
#define RW_ARROW_CHECK_H

#include "base/status.h"

#include <stdbool.h>

#define RW_ARROW_TABLES_MAX 100000 /* fields and pairs of metadata in a message */

typedef struct {
    bool    schema, batch; /* neither: another kind of message, such as a dictionary's */
    bool    compressed;
    int64_t body; /* bytes that follow it */
    int64_t rows; /* of a batch, at most INT32_MAX */
} rw_arrow_message;

/* What the metadata [len], aligned to 8 bytes, says.  A batch's buffers lie within its body at multiples of 8, its lengths are at most INT32_MAX.
 * RWDA_EFORMAT, RWDA_ELIMIT. */
rwda_status rw_arrow_check(rw_arrow_message *out, const uint8_t *metadata, size_t len, rwda_error *err);

#endif
