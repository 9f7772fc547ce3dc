/* embedding_cache.c - have these sentences been embedded before?
 *
 * <dir>/text-<key>.safetensors; key = SHA-256 over model hash, kernel set, precision, tokenizer (where it is not CLIP's) and every
 * sentence.  The file carries the SHA-256 of its floats, so that a damaged one is noticed, and its key.  Only a file that nobody else can
 * have written is taken (rw_file_read_own()). */
#include "anomaly/embedding_cache.h"

#include "base/file.h"
#include "format/safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool rw_cache_path(char *out, size_t capacity, const char *dir, const rw_prompts *prompts, const rw_clip *clip)
{
    bool   plain = clip->precision == RWDA_PRECISION_F32; /* files of before there were others stay valid */
    size_t room  = 256, used;
    char  *all, key[65], name[96];

    for (size_t i = 0; i < prompts->count; i++)
        room += strlen(prompts->texts[i]) + 1;
    all = malloc(room);
    if (all == NULL)
        return false;
    used = (size_t)snprintf(all, room, "%s %s%s%s%s%s\n", clip->sha256, clip->kernels->name, plain ? "" : " ",
                            plain ? "" : rwda_precision_name(clip->precision),
                            clip->tokenizer_id[0] != '\0' ? " tokenizer " : "", clip->tokenizer_id);
    for (size_t i = 0; i < prompts->count; i++)
        used += (size_t)snprintf(all + used, room - used, "%s\n", prompts->texts[i]);
    rw_sha256_hex(key, all, used);
    free(all);
    (void)snprintf(name, sizeof name, "text-%s.safetensors", key);
    return rw_path_join(out, capacity, dir, name);
}

/* Its key, as the file tells it again: another file under this name is none. */
static void key_of(char out[65], const char *path)
{
    const char *end = path + strlen(path) - strlen(".safetensors");

    memcpy(out, end - 64, 64);
    out[64] = '\0';
}

bool rw_cache_read(float *x, size_t count, size_t dim, const char *path)
{
    size_t                limit = count * dim * sizeof *x + 4096, len;
    uint8_t              *bytes = NULL;
    rw_safetensors       *file  = NULL;
    const rw_tensor_view *view;
    const char           *stored, *told;
    char                  digest[65], key[65];
    bool                  good = false;

    if (!rw_file_read_own(&bytes, &len, path, limit) || rw_safetensors_parse(&file, bytes, len, NULL) != RWDA_OK)
        goto done;
    view   = rw_safetensors_find(file, "embeddings");
    stored = rw_safetensors_metadata(file, "sha256");
    told   = rw_safetensors_metadata(file, "key");
    key_of(key, path);
    if (view != NULL && stored != NULL && told != NULL && strcmp(told, key) == 0 && view->dtype == RW_F32 &&
        view->ndim == 2 && view->shape[0] == count && view->shape[1] == dim) {
        rw_sha256_hex(digest, view->data, view->nbytes);
        good = strcmp(digest, stored) == 0;
        if (good)
            memcpy(x, view->data, view->nbytes);
    }
done:
    rw_safetensors_close(file);
    free(bytes);
    return good;
}

void rw_cache_write(const float *x, size_t count, size_t dim, const char *path)
{
    rw_tensor_out tensor = { "embeddings", x, 2, { count, dim } };
    uint8_t      *bytes  = NULL;
    size_t        len;
    char          digest[65], key[65];

    rw_sha256_hex(digest, x, count * dim * sizeof *x);
    key_of(key, path);
    if (rw_safetensors_build(&bytes, &len, &tensor, 1, (const char *const[][2]){ { "key", key }, { "sha256", digest } }, 2,
                             NULL) == RWDA_OK)
        (void)rw_file_write_own(path, bytes, len, NULL);
    free(bytes);
}
