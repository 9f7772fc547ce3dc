/* digest.h - the digest that a blob is called by, as its bytes arrive.                                 layer: hub */
#ifndef RW_HUB_DIGEST_H
#define RW_HUB_DIGEST_H

#include "base/status.h"

#include <stddef.h>

/* SHA-256 of the bytes where the name has 64 digits (large files); git's object hash, SHA-1 of "blob SIZE\0" and the bytes, where it has 40. */
typedef struct rw_hub_digest rw_hub_digest;
rwda_status                  rw_hub_digest_new(rw_hub_digest **out, const char *name, uint64_t size,
                                               rwda_error *err); /* RWDA_EINVAL, RWDA_ENOMEM */
void                         rw_hub_digest_add(rw_hub_digest *digest, const void *bytes, size_t len);
void                         rw_hub_digest_end(rw_hub_digest *digest, char out[65]); /* hex digits */
void                         rw_hub_digest_free(rw_hub_digest *digest);

/* The same kind of digest as `name` is, of a file. */
rwda_status rw_hub_digest_file(char out[65], const char *path, const char *name, rwda_error *err);

#endif
