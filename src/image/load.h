/* load.h - file loading shared by images and planes                                               rank 2: image */
#ifndef RW_LOAD_H
#define RW_LOAD_H

#include "base/memory.h"

/* *options: the defaults where NULL.  RWDA_ELIMIT: more bytes than they allow. */
rwda_status rw_load_limits(const rwda_image_options **options, size_t len, rwda_error *err);

/* out is the handle's address, as the public function takes it. */
typedef rwda_status (*rw_decode_fn)(void *out, const void *bytes, size_t len, const rwda_image_options *options,
                                    rwda_error *err);

/* A file read and decoded; errors begin with its path. */
rwda_status rw_load_file(rw_decode_fn decode, void *out, const char *path, const rwda_image_options *options,
                         rwda_error *err);

#endif
