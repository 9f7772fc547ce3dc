/* token.h - the token that clients must send.                                                           layer: serve */
#ifndef SERVE_TOKEN_H
#define SERVE_TOKEN_H

#include "base/status.h"

/* The first line of `file`; where that is NULL, `given`; where that is NULL or "" too, *out is NULL: no token is asked for.  *out is the
 * caller's to free().  RWDA_EIO: the file; RWDA_EINVAL: too short, or other characters than a header can carry; RWDA_ENOMEM. */
rwda_status token_read(char **out, const char *file, const char *given, rwda_error *err);

#endif
