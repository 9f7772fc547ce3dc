/* tokenizer.h - tokenizers of every kind behind one interface, with the rules of the model they belong to  rank 2: clip
 *
 *     text -> cleaning -> CLIP's own BPE, or a tokenizer.json -> cut to the context -> padding
 *
 * Immutable once made: share between threads.  The public handle is this object. */
#ifndef RW_TOKENIZER_H
#define RW_TOKENIZER_H

#include "clip/bpe.h"
#include "clip/tokenizer_json.h"

typedef struct rwda_tokenizer rw_tokenizer;

/* How a model uses its tokenizer. */
typedef struct {
    rw_text_cleaning cleaning;
    size_t           context; /* ids a text has at most; 0: whatever the file says */
    bool             cuts_left;
    bool             pads; /* to the context, on the right or left */
    bool             pads_left;
    int32_t          pad_id;
    bool             ends; /* a causal text is read at its first end_id */
    int32_t          end_id;
} rw_tokenizer_rules;

/* CLIP's own: needs no file, does not pad, and has the context 0. */
rwda_status rw_tokenizer_new_clip(rw_tokenizer **out, size_t context, rwda_error *err);

/* Takes a tokenizer.json that was read: it is freed with the tokenizer, or here when memory is short.  rules NULL: the file's own truncation
 * and padding, no cleaning. */
rwda_status rw_tokenizer_take_json(rw_tokenizer **out, rw_json_tokenizer *json, const rw_tokenizer_rules *rules,
                                   rwda_error *err);

void                      rw_tokenizer_free(rw_tokenizer *tokenizer); /* NULL is fine */
const rw_tokenizer_rules *rw_tokenizer_get_rules(const rw_tokenizer *tokenizer);

/* Ids of a text without padding; capacity and the context bound them.  See rwda_tokenizer_encode(). */
rwda_status rw_tokenizer_encode(int32_t *ids, size_t *count, size_t capacity, int *cut, const rw_tokenizer *tokenizer,
                                const char *text, size_t len, rwda_error *err);

/* Pads ids [*count] as the tokenizer does: to the context, or `capacity` where that is less.  ELIMIT: a file's own padding goes beyond it. */
rwda_status rw_tokenizer_pad(int32_t *ids, size_t *count, size_t capacity, const rw_tokenizer *tokenizer, rwda_error *err);

#endif
