#include "clip/weight_store.h"

#include <stdio.h>
#include <string.h>

#define HEX    ((size_t)64)            /* digits of a SHA-256 */
#define SUMMED (RW_STORE_HEADER - HEX) /* bytes of the header that are hashed */
#define KEY_MAX                                                                                                             \
    (SUMMED - 2 * (HEX + 1) - 1) /* two checksums, a line each, follow the key: the checkpoint's and the slices' */
#define PAGE ((size_t)4096)
#define LINE ((size_t)64)

/* SHA-256 over the first cache line of every page, and the last line: detects lost or swapped blocks in a few milliseconds, where hashing
 * every weight would dominate start-up. */
static void checksum_pages(char out[HEX + 1], const uint8_t *bytes, size_t len)
{
    char   lines[HEX + 1024 * LINE]; /* chained: starts with the hash of those before */
    size_t used = HEX;

    memset(lines, '0', HEX);
    for (size_t at = 0; at + LINE <= len; at += PAGE) {
        memcpy(lines + used, bytes + at, LINE);
        used += LINE;
        if (used == sizeof lines) {
            rw_sha256_hex(out, lines, used);
            memcpy(lines, out, HEX);
            used = HEX;
        }
    }
    if (len >= LINE) { /* fits: a full buffer has been hashed */
        memcpy(lines + used, bytes + len - LINE, LINE);
        used += LINE;
    }
    rw_sha256_hex(out, lines, used);
}

/* The format number is raised when packed bytes change and RWDA_VERSION does not. */
void rw_store_key_make(rw_store_key *key, const char *dir, const char *identity, const char *state)
{
    char   sum[HEX + 1], name[HEX + sizeof "weights-.packed"];
    int    len      = snprintf(key->text, sizeof key->text, "rwda.weights/2 %s\n%s\n%s\n", RWDA_VERSION, identity, state);
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
    if (store->file.bytes == NULL) /* padding is written to the file too */
        memset(store->buffer + store->used + bytes, 0, end - bytes);
    store->used += end;
    return true;
}

static bool is_hex(const char *text)
{
    return strspn(text, "0123456789abcdef") == HEX;
}

bool rw_store_map(rw_weight_store *store, char sha256[65], const rw_store_key *key)
{
    rw_mapping  file;
    size_t      len;
    const char *header;
    char        sum[HEX + 1], pages[HEX + 1], stored[HEX + 1] = "";

    if (key->path[0] == '\0' || !rw_size_add(&len, RW_STORE_HEADER, store->used) || !rw_file_map_own(&file, key->path, len))
        return false;
    header = (const char *)file.bytes;
    rw_sha256_hex(sum, header, SUMMED);
    memcpy(stored, header + key->len, HEX);
    checksum_pages(pages, file.bytes + RW_STORE_HEADER, len - RW_STORE_HEADER);
    if (memcmp(sum, header + SUMMED, HEX) != 0 || memcmp(header, key->text, key->len) != 0 || !is_hex(stored) ||
        memcmp(pages, header + key->len + HEX + 1, HEX) != 0) {
        rw_file_unmap(&file);
        return false;
    }
    memcpy(sha256, stored, sizeof stored);
    *store = (rw_weight_store){ (uint8_t *)(uintptr_t)file.bytes + RW_STORE_HEADER, 0, store->used, file };
    return true;
}

bool rw_store_allocate(rw_weight_store *store, rw_arena *arena)
{
    *store = (rw_weight_store){ .buffer = rw_arena_array(arena, store->used, 1), .len = store->used };
    return store->buffer != NULL;
}

void rw_store_write(const rw_weight_store *store, const char sha256[65], const rw_store_key *key)
{
    char       header[RW_STORE_HEADER] = "", sum[HEX + 1];
    rw_output *output                  = NULL;

    if (key->path[0] == '\0' || store->used != store->len)
        return;
    memcpy(header, key->text, key->len);
    memcpy(header + key->len, sha256, HEX);
    header[key->len + HEX] = '\n';
    checksum_pages(sum, store->buffer, store->len);
    memcpy(header + key->len + HEX + 1, sum, HEX);
    header[key->len + 2 * HEX + 1] = '\n';
    rw_sha256_hex(sum, header, SUMMED);
    memcpy(header + SUMMED, sum, HEX);
    rw_output_remove_stale(key->path);
    if (rw_output_new(&output, key->path, true, NULL) == RWDA_OK) {
        rw_output_make_private(output);
        if (rw_output_write(output, header, sizeof header, NULL) == RWDA_OK &&
            rw_output_write(output, store->buffer, store->len, NULL) == RWDA_OK)
            (void)rw_output_commit(output, NULL);
    }
    rw_output_free(output);
}

void rw_store_done(rw_weight_store *store)
{
    rw_file_unmap(&store->file);
    *store = (rw_weight_store){ .buffer = NULL };
}
