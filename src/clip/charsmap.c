#include "clip/charsmap.h"

#include "base/memory.h"

#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>

#define CHARSMAP_MAX ((size_t)16 << 20) /* bytes of base64 */

struct rw_charsmap {
    unsigned char *bytes; /* trie and replacements */
    size_t         units; /* of the trie */
    const char    *texts;
    size_t         texts_len;
};

static uint32_t unit_at(const rw_charsmap *map, size_t i)
{
    const unsigned char *p = map->bytes + 4 + 4 * i;

    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static size_t offset_of(uint32_t unit)
{
    return (size_t)(unit >> 10) << ((unit & 1u << 9) >> 6);
}

rwda_status rw_charsmap_new(rw_charsmap **out, const char *base64, size_t len, const char *name, rwda_error *err)
{
    rw_charsmap             *map = NULL;
    struct base64_decode_ctx decoding;
    size_t                   used, trie;
    rwda_status              status = RWDA_OK;

    *out = NULL;
    if (len > CHARSMAP_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET,
                       "%.100s: precompiled_charsmap of %zu bytes is over the limit of %zu", name, len, CHARSMAP_MAX);
    map = calloc(1, sizeof *map);
    if (map != NULL)
        map->bytes = malloc(len / 4 * 3 + 4);
    if (map == NULL || map->bytes == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "normalization rules of %zu bytes", len);
        goto done;
    }
    base64_decode_init(&decoding);
    used = BASE64_DECODE_LENGTH(len);
    if (!base64_decode_update(&decoding, &used, map->bytes, len, base64) || !base64_decode_final(&decoding) || used < 4) {
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                         "%.100s: precompiled_charsmap of %zu bytes is no base64 of rules", name, len);
        goto done;
    }
    trie = (size_t)map->bytes[0] | (size_t)map->bytes[1] << 8 | (size_t)map->bytes[2] << 16 | (size_t)map->bytes[3] << 24;
    map->units = trie / 4;
    if (4 * map->units > used - 4 || map->units == 0) {
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.100s: precompiled_charsmap has a trie of %zu bytes in %zu",
                         name, trie, used);
        goto done;
    }
    map->texts     = (const char *)map->bytes + 4 + 4 * map->units;
    map->texts_len = used - 4 - 4 * map->units;
    *out           = map;
    map            = NULL;
done:
    rw_charsmap_free(map);
    return status;
}

void rw_charsmap_free(rw_charsmap *map)
{
    if (map != NULL)
        free(map->bytes);
    free(map);
}

const char *rw_charsmap_find(size_t *len_out, const rw_charsmap *map, const char *bytes, size_t len)
{
    uint32_t unit = unit_at(map, 0);
    size_t   at   = offset_of(unit);

    for (size_t i = 0; i < len && bytes[i] != '\0'; i++) {
        unsigned char c = (unsigned char)bytes[i];

        at ^= c;
        if (at >= map->units)
            return NULL;
        unit = unit_at(map, at);
        if ((unit & (1u << 31 | 0xff)) != c)
            return NULL;
        at ^= offset_of(unit);
        if ((unit >> 8 & 1) != 0) { /* a value: the shortest beginning counts */
            size_t index = at < map->units ? unit_at(map, at) & 0x7fffffff : SIZE_MAX;

            if (index > map->texts_len)
                return NULL;
            *len_out = strnlen(map->texts + index, map->texts_len - index);
            return map->texts + index;
        }
    }
    return NULL;
}
