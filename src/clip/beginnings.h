/* beginnings.h - which texts of a batch begin alike, so that their beginning is computed once?      rank 2: clip
 *
 * In a causal tower a row depends only on the rows before it: where two texts have the same first tokens, those rows are the same
 * bytes.  RWDA's prompts share "a photo of a {state}", a third of their tokens. */
#ifndef RW_BEGINNINGS_H
#define RW_BEGINNINGS_H

#include "base/memory.h"

#include <stdint.h>

typedef struct {
    size_t  length; /* tokens of every shared beginning; 0: sharing saves nothing */
    size_t  count;  /* different beginnings */
    size_t *of;     /* [n] number of the text's beginning, or SIZE_MAX: it is too short and stands alone */
    size_t *text;   /* [count] a text that begins so */
} rw_beginnings;

/* Chooses the length that leaves the fewest rows; every text keeps at least one token of its own.  Texts are ids[start[i]] ..
 * ids[start[i + 1] - 1].  The arrays come from `arena`.  RWDA_ENOMEM. */
rwda_status rw_beginnings_find(rw_beginnings *out, const int32_t *ids, const size_t *start, size_t n, rw_arena *arena,
                               rwda_error *err);

#endif
