/* signature.h - HMAC-SHA256 signatures of webhooks, as standardwebhooks.com has them.                  layer: watch */
#ifndef WATCH_SIGNATURE_H
#define WATCH_SIGNATURE_H

#include "base/status.h"

#include <stdbool.h>

#define SIGNATURE_KEY_MAX 512

typedef struct {
    uint8_t bytes[SIGNATURE_KEY_MAX];
    size_t  len;
} signature_key;

/* "whsec_" and base64, or the bytes of the text themselves.  At least 16 bytes.  RWDA_EINVAL; name: of where it is from. */
rwda_status signature_key_read(signature_key *out, const char *text, const char *name, rwda_error *err);
/* A file's first line. */
rwda_status signature_key_load(signature_key *out, const char *path, rwda_error *err);

/* "v1," and base64 of the HMAC of "ID.TIMESTAMP.BODY". */
#define SIGNATURE_TEXT 48
void signature_make(char out[SIGNATURE_TEXT], const signature_key *key, const char *id, int64_t timestamp, const char *body);

#endif
