#include "clip/prefix_tree.h"

#include "clip/block.h"

#include <stdlib.h>

static size_t common_prefix(const rw_text *a, const rw_text *b)
{
    size_t most = a->length < b->length ? a->length : b->length, i = 0;

    while (i < most && a->ids[i] == b->ids[i])
        i++;
    return i;
}

static int by_tokens(const void *left, const void *right)
{
    const rw_text *a = left, *b = right;
    size_t         i = common_prefix(a, b);

    if (i < a->length && i < b->length)
        return a->ids[i] < b->ids[i] ? -1 : 1;
    if (a->length != b->length)
        return a->length < b->length ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

void rw_texts_sort(rw_text *texts, size_t n)
{
    qsort(texts, n, sizeof *texts, by_tokens);
}

bool rw_texts_equal(const rw_text *a, const rw_text *b)
{
    return a->length == b->length && common_prefix(a, b) == a->length;
}

size_t rw_texts_common_prefix(const rw_text *a, const rw_text *b)
{
    size_t shorter = a->length < b->length ? a->length : b->length, same = common_prefix(a, b);

    return same < shorter ? same : shorter - 1;
}

static size_t end_of(const rw_prefix_tree *tree, size_t node)
{
    return node != RW_NO_PARENT ? tree->end[node] : 0;
}

/* One scan over the sorted texts.  `open` is the deepest prefix node on the path to the previous text, `parent` leads from it to the root.
 * Nodes longer than what the next text shares are closed.  If it shares more than the deepest open node holds, a new node opens there and
 * becomes the parent of what was last at that place: the previous text, or the node just closed. */
rwda_status rw_prefix_tree_build(rw_prefix_tree *out, const rw_text *texts, size_t n, bool share, rw_arena *arena,
                                 rwda_error *err)
{
    size_t open = RW_NO_PARENT;

    *out =
        (rw_prefix_tree){ n, rw_arena_array(arena, n, 2 * sizeof *out->parent),
                          rw_arena_array(arena, n, 2 * sizeof *out->text), rw_arena_array(arena, n, 2 * sizeof *out->first),
                          rw_arena_array(arena, n, 2 * sizeof *out->end) };
    if (out->parent == NULL || out->text == NULL || out->first == NULL || out->end == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "prefix tree of %zu texts", n);
    for (size_t i = 0; i < n; i++) {
        size_t shared = share && i > 0 ? rw_texts_common_prefix(&texts[i - 1], &texts[i]) : 0, last = i > 0 ? i - 1 : 0;

        while (end_of(out, open) > shared) {
            last = open;
            open = out->parent[open];
        }
        if (end_of(out, open) < shared) {
            out->parent[last]   = out->n;
            out->parent[out->n] = open;
            out->text[out->n]   = i;
            out->end[out->n]    = shared;
            open                = out->n++;
        }
        out->parent[i] = open;
        out->text[i]   = i;
        out->end[i]    = texts[i].length;
    }
    for (size_t i = 0; i < out->n; i++)
        out->first[i] = end_of(out, out->parent[i]);
    return RWDA_OK;
}
