#include "watch/signature.h"

#include "base/file.h"

#include <inttypes.h>
#include <nettle/base64.h>
#include <nettle/hmac.h>
#include <stdlib.h>
#include <string.h>

#define KEY_LEAST 16
#define FILE_MAX  4096
#define PREFIX    "whsec_"

rwda_status signature_key_read(signature_key *out, const char *text, const char *name, rwda_error *err)
{
    struct base64_decode_ctx base64;
    const char              *coded = strncmp(text, PREFIX, strlen(PREFIX)) == 0 ? text + strlen(PREFIX) : NULL;
    size_t                   len   = strlen(text);

    if (len > SIGNATURE_KEY_MAX) {
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%.300s: a secret of %zu bytes; at most %d", name, len,
                       SIGNATURE_KEY_MAX);
    }
    out->len = sizeof out->bytes;
    base64_decode_init(&base64);
    if (coded == NULL) {
        memcpy(out->bytes, text, len);
        out->len = len;
    } else if (base64_decode_update(&base64, &out->len, out->bytes, strlen(coded), coded) == 0 ||
               base64_decode_final(&base64) == 0) {
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%.300s: what follows \"" PREFIX "\" is not base64", name);
    }
    return out->len >= KEY_LEAST ? RWDA_OK
                                 : rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%.300s: a secret of %zu bytes; at least %d",
                                           name, out->len, KEY_LEAST);
}

rwda_status signature_key_load(signature_key *out, const char *path, rwda_error *err)
{
    uint8_t    *bytes = NULL;
    size_t      len;
    rwda_status status = RWDA_OK;

    RW_TRY(rw_file_read(&bytes, &len, path, FILE_MAX, err));
    bytes[strcspn((char *)bytes, "\r\n")] = '\0';
    status                                = signature_key_read(out, (char *)bytes, path, err);
done:
    free(bytes);
    return status;
}

void signature_make(char out[SIGNATURE_TEXT], const signature_key *key, const char *id, int64_t timestamp, const char *body)
{
    struct hmac_sha256_ctx hmac;
    uint8_t                digest[SHA256_DIGEST_SIZE];
    char                   head[128];
    size_t                 len = (size_t)snprintf(head, sizeof head, "%.60s.%" PRId64 ".", id, timestamp);

    hmac_sha256_set_key(&hmac, key->len, key->bytes);
    hmac_sha256_update(&hmac, len, (const uint8_t *)head);
    hmac_sha256_update(&hmac, strlen(body), (const uint8_t *)body);
    hmac_sha256_digest(&hmac, sizeof digest, digest);
    memcpy(out, "v1,", 3);
    base64_encode_raw(out + 3, sizeof digest, digest);
    out[3 + BASE64_ENCODE_RAW_LENGTH(sizeof digest)] = '\0';
}
