#include "hub/digest.h"

#include "hub/names.h"

#include "base/file.h"

#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP ((size_t)1 << 20) /* bytes of a file at a time */

struct rw_hub_digest {
    bool              git;
    struct sha1_ctx   sha1;
    struct sha256_ctx sha256;
};

rwda_status rw_hub_digest_new(rw_hub_digest **out, const char *name, uint64_t size, rwda_error *err)
{
    rw_hub_digest *digest;
    char           head[32];

    *out = NULL;
    if (!rw_hub_is_digest(name))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "\"%.100s\" is neither a SHA-256 nor a hash of git", name);
    digest = calloc(1, sizeof *digest);
    if (digest == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for a hash");
    digest->git = strlen(name) == 40;
    sha1_init(&digest->sha1);
    sha256_init(&digest->sha256);
    if (digest->git) {
        int len = snprintf(head, sizeof head, "blob %llu", (unsigned long long)size);

        rw_hub_digest_add(digest, head, (size_t)len + 1); /* with its NUL */
    }
    *out = digest;
    return RWDA_OK;
}

void rw_hub_digest_add(rw_hub_digest *digest, const void *bytes, size_t len)
{
    if (digest->git)
        sha1_update(&digest->sha1, len, bytes);
    else
        sha256_update(&digest->sha256, len, bytes);
}

void rw_hub_digest_end(rw_hub_digest *digest, char out[65])
{
    uint8_t bytes[SHA256_DIGEST_SIZE];
    size_t  len = digest->git ? SHA1_DIGEST_SIZE : SHA256_DIGEST_SIZE;

    if (digest->git)
        sha1_digest(&digest->sha1, len, bytes);
    else
        sha256_digest(&digest->sha256, len, bytes);
    for (size_t i = 0; i < len; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

void rw_hub_digest_free(rw_hub_digest *digest)
{
    free(digest);
}

rwda_status rw_hub_digest_file(char out[65], const char *path, const char *name, rwda_error *err)
{
    rw_file        file   = RW_FILE_CLOSED;
    rw_hub_digest *digest = NULL;
    uint8_t       *bytes  = malloc(STEP);
    rwda_status    status = RWDA_OK;

    out[0] = '\0';
    if (bytes == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory to read it", path);
        goto done;
    }
    RW_TRY(rw_file_open(&file, path, err));
    RW_TRY(rw_hub_digest_new(&digest, name, file.stamp.size, err));
    for (uint64_t at = 0; at < file.stamp.size; at += STEP) {
        size_t len = file.stamp.size - at < STEP ? (size_t)(file.stamp.size - at) : STEP;

        RW_TRY(rw_file_get(&file, bytes, len, at, path, err));
        rw_hub_digest_add(digest, bytes, len);
    }
    RW_TRY(rw_file_check_same(&file, path, err));
    rw_hub_digest_end(digest, out);
done:
    rw_hub_digest_free(digest);
    rw_file_close(&file);
    free(bytes);
    return status;
}
