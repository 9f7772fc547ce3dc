/* versioned.h - how do structs pass between a caller and a library of different ages?              rank 0: base
 *
 * Public structs grow at their end only, and each side hands over the size that its own rwda.h gave them. */
#ifndef RW_VERSIONED_H
#define RW_VERSIONED_H

#include "base/status.h"
#include "rwda_kinds.h"
#include "rwda_memory.h"

/* Bytes of a struct up to and with this field.  With the last field of the first release: the least a caller may have. */
#define RW_SIZE_TO(type, field) (offsetof(type, field) + sizeof(((type *)0)->field))

/* RWDA_EINVAL: a caller's `type` of `size` bytes is smaller than the first release's, or cannot be one. */
rwda_status rw_versioned_check(size_t size, size_t least, const char *type, rwda_error *err);

/* ours [size] holds the defaults; a caller's options replace as much of them as the caller's header knew.  theirs begins with its own
 * size; NULL: all defaults.  Afterwards `ours` begins with `size`.
 * RWDA_EINVAL as above; RWDA_EUNSUPPORTED: they are larger than ours, and what we do not know is not all zero. */
rwda_status rw_versioned_read(void *ours, size_t size, size_t least, const void *theirs, const char *type, rwda_error *err);

/* The first `size` bytes of a result -> a caller's struct of their_size bytes: what does not fit is left out, what we do not know is 0.
 * `size` is RW_SIZE_TO() the last field of today, not sizeof: the padding behind it may be a field of the caller's. */
void rw_versioned_write(void *theirs, size_t their_size, const void *ours, size_t size);

/* The options structs with an _INIT value: type, last field of the first release, defaults. */
#define RW_OPTIONS(X)                                                                                                       \
    X(image_options, max_bytes, RWDA_IMAGE_OPTIONS_INIT)                                                                    \
    X(model_options, cache_dir, RWDA_MODEL_OPTIONS_INIT)                                                                    \
    X(session_options, batch, RWDA_SESSION_OPTIONS_INIT)                                                                    \
    X(scorer_options, names, RWDA_SCORER_OPTIONS_INIT)                                                                      \
    X(pixel_metrics_options, max_pixels, RWDA_PIXEL_METRICS_OPTIONS_INIT)                                                   \
    X(thresholds_options, note, RWDA_THRESHOLDS_OPTIONS_INIT)                                                               \
    X(map_options, smooth, RWDA_MAP_OPTIONS_INIT)                                                                           \
    X(memory_options, scores, RWDA_MEMORY_OPTIONS_INIT)                                                                     \
    X(kinds_options, names, RWDA_KINDS_OPTIONS_INIT)

/* rw_<type>_read(): *out is the caller's options, whole; from NULL: the defaults. */
#define RW_DECLARE_READ(type, last, init)                                                                                   \
    rwda_status rw_##type##_read(rwda_##type *out, const rwda_##type *from, rwda_error *err);
RW_OPTIONS(RW_DECLARE_READ)

#endif
