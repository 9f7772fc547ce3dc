#include "clip/weight_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#define HEX    ((size_t)64)            /* digits of a SHA-256 */
#define SUMMED (RW_STORE_HEADER - HEX) /* bytes of the header that are hashed */
#define KEY_MAX                                                                                                             \
    (SUMMED - 2 * (HEX + 1) - 1) /* two checksums, a line each, follow the key: the checkpoint's and the slices' */
#define PIECE ((size_t)1 << 20)  /* summed while the cache of the CPU still has it */

/* XXH3 of pieces, chained: no piece can change, move or be lost unnoticed.  The file is the user's own, so that a sum against accidents
 * does; SHA-256 would take five times as long. */
typedef struct {
    XXH128_hash_t last;
} slices_sum;

static void add_piece(slices_sum *sum, const uint8_t *piece, size_t len)
{
    sum->last = XXH3_128bits_withSeed(piece, len, sum->last.low64 ^ sum->last.high64);
}

static void write_sum(char out[HEX + 1], const slices_sum *sum)
{
    (void)snprintf(out, HEX + 1, "%016" PRIx64 "%016" PRIx64, (uint64_t)sum->last.high64, (uint64_t)sum->last.low64);
}

/* The format number is raised when packed bytes change and RWDA_VERSION does not. */
void rw_store_key_make(rw_store_key *key, const char *dir, const char *identity, const char *state)
{
    char   sum[HEX + 1], name[HEX + sizeof "weights-.packed"];
    int    len      = snprintf(key->text, sizeof key->text, "rwda.weights/3 %s\n%s\n%s\n", RWDA_VERSION, identity, state);
    size_t text_len = len > 0 ? (size_t)len : sizeof key->text;

    rw_sha256_hex(sum, identity, strlen(identity));
    (void)snprintf(name, sizeof name, "weights-%s.packed", sum);
    if (text_len > KEY_MAX || !rw_path_join(key->path, sizeof key->path, dir, name))
        key->path[0] = '\0';
    key->len = text_len;
}

bool rw_store_slice(void **out, rw_weight_store *store, size_t count, size_t element)
{
    size_t bytes, end;

    *out = NULL;
    if (!rw_size_mul(&bytes, count, element) || !rw_size_add(&end, bytes, RW_ALIGNMENT - 1))
        return false;
    end &= ~(size_t)(RW_ALIGNMENT - 1);
    if (store->buffer == NULL)
        return rw_size_add(&store->used, store->used, end);
    if (end > store->len - store->used)
        return false;
    *out = store->buffer + store->used;
    if (!store->cached) /* padding is written to the file too */
        memset(store->buffer + store->used + bytes, 0, end - bytes);
    store->used += end;
    return true;
}

static bool is_hex(const char *text)
{
    return strspn(text, "0123456789abcdef") == HEX;
}

bool rw_store_allocate(rw_weight_store *store, rw_arena *arena)
{
    *store = (rw_weight_store){ .buffer = rw_arena_array(arena, store->used, 1), .len = store->used };
    if (store->buffer == NULL)
        return false;
    rw_advise_large_pages(store->buffer, store->len);
    return true;
}

static bool read_slices(rw_weight_store *store, slices_sum *sum, const rw_file *file)
{
    for (size_t at = 0; at < store->len; at += PIECE) {
        size_t some = store->len - at < PIECE ? store->len - at : PIECE;

        if (rw_file_get(file, store->buffer + at, some, RW_STORE_HEADER + at, "", NULL) != RWDA_OK)
            return false;
        add_piece(sum, store->buffer + at, some);
    }
    return true;
}

bool rw_store_load(rw_weight_store *store, char sha256[65], const rw_store_key *key)
{
    char       header[RW_STORE_HEADER], sum[HEX + 1], slices[HEX + 1], stored[HEX + 1] = "";
    slices_sum total = { { 0, 0 } };
    rw_file    file;

    if (key->path[0] == '\0' || !rw_file_open_own(&file, key->path))
        return false;
    if (file.stamp.size == RW_STORE_HEADER + store->len &&
        rw_file_get(&file, header, sizeof header, 0, key->path, NULL) == RWDA_OK) {
        rw_sha256_hex(sum, header, SUMMED);
        memcpy(stored, header + key->len, HEX);
        if (memcmp(sum, header + SUMMED, HEX) == 0 && memcmp(header, key->text, key->len) == 0 && is_hex(stored) &&
            read_slices(store, &total, &file)) {
            write_sum(slices, &total);
            store->cached = memcmp(slices, header + key->len + HEX + 1, strlen(slices)) == 0;
        }
    }
    rw_file_close(&file);
    if (store->cached)
        memcpy(sha256, stored, sizeof stored);
    return store->cached;
}

void rw_store_write(const rw_weight_store *store, const char sha256[65], const rw_store_key *key)
{
    char       header[RW_STORE_HEADER] = "", sum[HEX + 1];
    slices_sum total                   = { { 0, 0 } };
    rw_output *output                  = NULL;

    if (key->path[0] == '\0' || store->used != store->len)
        return;
    memcpy(header, key->text, key->len);
    memcpy(header + key->len, sha256, HEX);
    header[key->len + HEX] = '\n';
    for (size_t at = 0; at < store->len; at += PIECE)
        add_piece(&total, store->buffer + at, store->len - at < PIECE ? store->len - at : PIECE);
    write_sum(sum, &total);
    strcpy(header + key->len + HEX + 1, sum);
    strcat(header + key->len + HEX + 1, "\n");
    rw_sha256_hex(sum, header, SUMMED);
    memcpy(header + SUMMED, sum, HEX);
    rw_output_remove_stale(key->path);
    if (rw_output_new_own(&output, key->path, false, NULL) == RWDA_OK &&
        rw_output_write(output, header, sizeof header, NULL) == RWDA_OK &&
        rw_output_write(output, store->buffer, store->len, NULL) == RWDA_OK)
        (void)rw_output_commit(output, NULL);
    rw_output_free(output);
}
