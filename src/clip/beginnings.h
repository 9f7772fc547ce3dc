/* beginnings.h - which texts of a pass begin alike, so that their beginnings are computed once?     rank 2: clip
 *
 * In a causal tower a row depends only on the rows before it: where two texts have the same first tokens, those rows are the same
 * bytes.  RWDA's prompts share "a photo of a {state}", and those that stand side by side when sorted share the first letters of their
 * random words too.  Every longest common beginning of neighbours becomes a sequence of its own, computed once; what it shares with
 * a shorter one is left to that one, and so on: a tree, the texts its leaves.
 *
 *     a photo of a normal cat        0: cat <end>       before: 3        3: normal             before: 4
 *     a photo of a normal dog        1: dog <end>       before: 3        4: <start> a photo of a
 *     a photo of a broken dog        2: broken dog <end>  before: 4 */
#ifndef RW_BEGINNINGS_H
#define RW_BEGINNINGS_H

#include "base/memory.h"

#include <stdint.h>

typedef struct {
    const int32_t *ids;    /* [length], first the start token, last the end token */
    size_t         length; /* 1 or more */
    size_t         number; /* the owner's */
} rw_text;

/* By tokens, so that texts that begin alike stand side by side; the same ones by number. */
void rw_texts_sort(rw_text *texts, size_t n);

bool rw_texts_equal(const rw_text *a, const rw_text *b);

/* First tokens that both have; each keeps at least one of its own. */
size_t rw_texts_shared(const rw_text *a, const rw_text *b);

typedef struct {
    size_t  n;      /* sequences: text i is sequence i, the shared beginnings follow */
    size_t *before; /* [n] the sequence that comes first, or RW_NONE (block.h) */
    size_t *text;   /* [n] a text that has these tokens ... */
    size_t *first;  /* [n] ... from this one, where the sequence before ends, ... */
    size_t *end;    /* [n] ... to before this one; at least one */
} rw_beginnings;

/* Neighbours share, so the rows (the sum of end - first) are the fewest when the texts are sorted: one for each different beginning, and
 * for each text its last.  The arrays come from `arena`.  RWDA_ENOMEM. */
rwda_status rw_beginnings_find(rw_beginnings *out, const rw_text *texts, size_t n, rw_arena *arena, rwda_error *err);

#endif
