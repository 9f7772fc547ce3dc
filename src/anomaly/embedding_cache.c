/* embedding_cache.c - have these sentences been embedded before?
 *
 * <dir>/text-<key>.safetensors; key = SHA-256 over model hash, kernel set, precision and every sentence.  The file carries the SHA-256 of its
 * floats, so that a damaged one is noticed. */
#include "anomaly/embedding_cache.h"

#include "base/file.h"
#include "format/safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool rw_cache_path(char *out, size_t capacity, const char *dir, const rw_prompts *prompts, const rw_clip *clip)
{
    bool   plain = clip->precision == RWDA_PRECISION_F32; /* files of before there were others stay valid */
    size_t room  = 128, used;
    char  *all, key[65], name[96];

    for (size_t i = 0; i < prompts->count; i++)
        room += strlen(prompts->texts[i]) + 1;
    all = malloc(room);
    if (all == NULL)
        return false;
    used = (size_t)snprintf(all, room, "%s %s%s%s\n", clip->sha256, clip->kernels->name, plain ? "" : " ",
                            plain ? "" : rwda_precision_name(clip->precision));
    for (size_t i = 0; i < prompts->count; i++)
        used += (size_t)snprintf(all + used, room - used, "%s\n", prompts->texts[i]);
    rw_sha256_hex(key, all, used);
    free(all);
    (void)snprintf(name, sizeof name, "text-%s.safetensors", key);
    return rw_path_join(out, capacity, dir, name);
}

bool rw_cache_read(float *x, size_t count, size_t dim, const char *path)
{
    rw_safetensors       *file = NULL;
    const rw_tensor_view *view;
    const char           *stored;
    char                  digest[65];
    bool                  good = false;

    if (rw_safetensors_open(&file, path, NULL) != RWDA_OK)
        return false;
    view   = rw_safetensors_find(file, "embeddings");
    stored = rw_safetensors_metadata(file, "sha256");
    if (view != NULL && stored != NULL && view->dtype == RW_F32 && view->ndim == 2 && view->shape[0] == count &&
        view->shape[1] == dim) {
        rw_sha256_hex(digest, view->data, view->nbytes);
        good = strcmp(digest, stored) == 0;
        if (good)
            memcpy(x, view->data, view->nbytes);
    }
    rw_safetensors_close(file);
    return good;
}

void rw_cache_write(const float *x, size_t count, size_t dim, const char *path)
{
    rw_tensor_out tensor = { "embeddings", x, 2, { count, dim } };
    uint8_t      *bytes  = NULL;
    size_t        len;
    char          digest[65];

    rw_sha256_hex(digest, x, count * dim * sizeof *x);
    if (rw_safetensors_build(&bytes, &len, &tensor, 1, (const char *const[][2]){ { "sha256", digest } }, 1, NULL) == RWDA_OK)
        (void)rw_file_write(path, bytes, len, true, NULL);
    free(bytes);
}
