#include "clip/vocabulary.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

rwda_status rw_vocabulary_new(rw_vocabulary *out, size_t count, size_t bytes, rwda_error *err)
{
    size_t slots = 16;

    memset(out, 0, sizeof *out);
    while (slots < 2 * count)
        slots *= 2;
    out->pool    = malloc(bytes + 1);
    out->offsets = rw_new_array(count + 1, sizeof *out->offsets);
    out->ids     = rw_new_array(count, sizeof *out->ids);
    out->slots   = rw_new_array(slots, sizeof *out->slots);
    out->mask    = slots - 1;
    out->key     = rw_hash_key_draw();
    if (out->pool == NULL || out->offsets == NULL || out->ids == NULL || out->slots == NULL) {
        rw_vocabulary_done(out);
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "a vocabulary of %zu tokens, %zu bytes", count, bytes);
    }
    memset(out->slots, 0xff, slots * sizeof *out->slots);
    return RWDA_OK;
}

void rw_vocabulary_done(rw_vocabulary *vocabulary)
{
    free(vocabulary->pool);
    free(vocabulary->offsets);
    free(vocabulary->ids);
    free(vocabulary->slots);
    memset(vocabulary, 0, sizeof *vocabulary);
}

/* The token's slot, or the empty one where it belongs. */
static size_t slot_of(const rw_vocabulary *v, const char *bytes, size_t len)
{
    size_t slot = (size_t)rw_keyed_hash(v->key, bytes, len) & v->mask;

    for (; v->slots[slot] != RW_NO_TOKEN; slot = (slot + 1) & v->mask) {
        uint32_t i = v->slots[slot];

        if (v->offsets[i + 1] - v->offsets[i] == len && memcmp(v->pool + v->offsets[i], bytes, len) == 0)
            break;
    }
    return slot;
}

char *rw_vocabulary_room(rw_vocabulary *vocabulary)
{
    return vocabulary->pool + vocabulary->pool_used;
}

void rw_vocabulary_add(rw_vocabulary *v, size_t len, uint32_t id)
{
    size_t slot = slot_of(v, v->pool + v->pool_used, len);

    if (v->slots[slot] == RW_NO_TOKEN) {
        v->slots[slot] = (uint32_t)v->count++;
        v->pool_used += len;
        v->offsets[v->count] = (uint32_t)v->pool_used;
    }
    v->ids[v->slots[slot]] = id;
}

uint32_t rw_vocabulary_find(const rw_vocabulary *vocabulary, const char *bytes, size_t len)
{
    uint32_t index;

    if (vocabulary->slots == NULL)
        return RW_NO_TOKEN;
    index = vocabulary->slots[slot_of(vocabulary, bytes, len)];
    return index == RW_NO_TOKEN ? RW_NO_TOKEN : vocabulary->ids[index];
}

rw_token rw_vocabulary_token(const rw_vocabulary *v, size_t index)
{
    uint32_t begin = v->offsets[index];

    return (rw_token){ v->pool + begin, v->offsets[index + 1] - begin, v->ids[index] };
}
