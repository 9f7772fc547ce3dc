/* prefix_tree.h - prefix tree of the texts of one pass, so that shared prefixes are computed once rank 2: clip
 *
 * In a causal transformer a token's activations depend only on the tokens before it, so texts with a common prefix share its rows.  RWDA's
 * prompts share "a photo of a {state}", and neighbours in sorted order share the first letters of their random words too.  Each longest
 * common prefix of neighbours becomes a node: a sequence that is computed once, without what it shares with its own parent.
 *
 *     a photo of a normal cat        0: cat <end>         parent: 3       3: normal             parent: 4
 *     a photo of a normal dog        1: dog <end>         parent: 3       4: <start> a photo of a
 *     a photo of a broken dog        2: broken dog <end>  parent: 4 */
#ifndef RW_PREFIX_TREE_H
#define RW_PREFIX_TREE_H

#include "base/memory.h"

#include <stdint.h>

typedef struct {
    const int32_t *ids;    /* [length], first the start token, last the end token */
    size_t         length; /* 1 or more */
    size_t         number; /* the owner's */
} rw_text;

/* Lexicographically by token ids, equal texts by number: common prefixes become neighbours. */
void rw_texts_sort(rw_text *texts, size_t n);

bool rw_texts_equal(const rw_text *a, const rw_text *b);

/* Length of the common prefix, at most the shorter length - 1: each text keeps a token of its own. */
size_t rw_texts_common_prefix(const rw_text *a, const rw_text *b);

typedef struct {
    size_t  n;      /* nodes: text i is leaf i, the shared prefixes follow */
    size_t *parent; /* [n] or RW_NO_PARENT (block.h) */
    size_t *text;   /* [n] a text that contains the node's tokens: */
    size_t *first;  /* [n] from this one on, where the parent ends, */
    size_t *end;    /* [n] up to this one, exclusive; at least one token */
} rw_prefix_tree;

/* Only neighbours are compared, so sorted texts give the fewest rows (the sum of end - first): each distinct prefix token once, and each
 * text's last token.  share: false where attention is not causal: each text is a root, whole.  Arrays come from `arena`.  RWDA_ENOMEM. */
rwda_status rw_prefix_tree_build(rw_prefix_tree *out, const rw_text *texts, size_t n, bool share, rw_arena *arena,
                                 rwda_error *err);

#endif
