/* weight_store.c - do a tower's packed weights come from memory that is filled, or from a file? */
#include "clip/weight_store.h"

#include <stdio.h>
#include <string.h>

#define HEX    ((size_t)64)            /* digits of a SHA-256 */
#define SUMMED (RW_STORE_HEADER - HEX) /* bytes of the header that its sum is of */
#define KEY_MAX                                                                                                             \
    (SUMMED - 2 * (HEX + 1) - 1) /* two sums, a line each, stand behind the key: the checkpoint's and the slices' */
#define PAGE ((size_t)4096)
#define LINE ((size_t)64)

/* Sum of the first line of every page, and of the last line: storage loses or swaps whole blocks, and that is seen in a few
 * milliseconds, where reading every weight would take longer than the rest of a start. */
static void sum_pages(char out[HEX + 1], const uint8_t *bytes, size_t len)
{
    char   lines[HEX + 1024 * LINE]; /* behind the sum of those before */
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
    if (len >= LINE) { /* there is room: a full buffer was summed */
        memcpy(lines + used, bytes + len - LINE, LINE);
        used += LINE;
    }
    rw_sha256_hex(out, lines, used);
}

/* The number goes up whenever packed bytes change while RWDA_VERSION does not. */
void rw_store_key_make(rw_store_key *key, const char *dir, const char *place, const char *state)
{
    char   sum[HEX + 1], name[HEX + sizeof "weights-.packed"];
    int    len      = snprintf(key->text, sizeof key->text, "rwda.weights/2 %s\n%s\n%s\n", RWDA_VERSION, place, state);
    size_t text_len = len > 0 ? (size_t)len : sizeof key->text;

    rw_sha256_hex(sum, place, strlen(place));
    (void)snprintf(name, sizeof name, "weights-%s.packed", sum);
    if (text_len > KEY_MAX || !rw_path_join(key->path, sizeof key->path, dir, name))
        key->path[0] = '\0';
    key->len = text_len;
}

bool rw_store_take(void **out, rw_weight_store *store, size_t count, size_t element)
{
    size_t bytes, end;

    *out = NULL;
    if (!rw_size_mul(&bytes, count, element) || !rw_size_add(&end, bytes, RW_ALIGNMENT - 1))
        return false;
    end &= ~(size_t)(RW_ALIGNMENT - 1);
    if (store->room == NULL)
        return rw_size_add(&store->used, store->used, end);
    if (end > store->len - store->used)
        return false;
    *out = store->room + store->used;
    if (store->file.bytes == NULL) /* the slices' gaps go to the file too */
        memset(store->room + store->used + bytes, 0, end - bytes);
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
    sum_pages(pages, file.bytes + RW_STORE_HEADER, len - RW_STORE_HEADER);
    if (memcmp(sum, header + SUMMED, HEX) != 0 || memcmp(header, key->text, key->len) != 0 || !is_hex(stored) ||
        memcmp(pages, header + key->len + HEX + 1, HEX) != 0) {
        rw_file_unmap(&file);
        return false;
    }
    memcpy(sha256, stored, sizeof stored);
    *store = (rw_weight_store){ (uint8_t *)(uintptr_t)file.bytes + RW_STORE_HEADER, 0, store->used, file };
    return true;
}

bool rw_store_make(rw_weight_store *store, rw_arena *arena)
{
    *store = (rw_weight_store){ .room = rw_arena_array(arena, store->used, 1), .len = store->used };
    return store->room != NULL;
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
    sum_pages(sum, store->room, store->len);
    memcpy(header + key->len + HEX + 1, sum, HEX);
    header[key->len + 2 * HEX + 1] = '\n';
    rw_sha256_hex(sum, header, SUMMED);
    memcpy(header + SUMMED, sum, HEX);
    rw_output_sweep(key->path);
    if (rw_output_new(&output, key->path, true, NULL) == RWDA_OK) {
        rw_output_keep_private(output);
        if (rw_output_write(output, header, sizeof header, NULL) == RWDA_OK &&
            rw_output_write(output, store->room, store->len, NULL) == RWDA_OK)
            (void)rw_output_commit(output, NULL);
    }
    rw_output_free(output);
}

void rw_store_done(rw_weight_store *store)
{
    rw_file_unmap(&store->file);
    *store = (rw_weight_store){ .room = NULL };
}
