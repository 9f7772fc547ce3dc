/* added_tokens.h - added tokens of tokenizer.json: found in a text before anything is cut            rank 2: clip */
#ifndef RW_ADDED_TOKENS_H
#define RW_ADDED_TOKENS_H

#include "clip/normalizer.h"
#include "clip/vocabulary.h"

typedef struct {
    int32_t *points; /* [n] content, normalized where the token is */
    size_t   n;
    uint32_t id;
    bool     single_word, lstrip, rstrip, normalized;
} rw_added_token;

typedef struct {
    rw_added_token *tokens;
    size_t          count;
    size_t         *sorted[2]; /* indices by content: [0] of those found in the raw text, [1] in the normalized one */
    size_t          sorted_count[2];
    rw_vocabulary   own; /* those that the model does not have, with the ids they got */
} rw_added_tokens;

/* json: the list "added_tokens".  A token of the model's vocabulary has its id there, another one the next free id, whatever id the file names:
 * so in the reference. */
rwda_status rw_added_tokens_read(rw_added_tokens *out, const json_t *json, const rw_vocabulary *vocabulary,
                                 const rw_normalizer *normalizer, const char *name, rwda_error *err);
void        rw_added_tokens_done(rw_added_tokens *added);

/* Cuts work->text into pieces behind those of work->next: added tokens, and what lies between them. */
rwda_status rw_added_tokens_cut(rw_text_work *work, const rw_added_tokens *added, bool normalized, rwda_error *err);

/* The id of a token, added or the model's; RW_NO_TOKEN: none. */
uint32_t rw_added_tokens_find(const rw_added_tokens *added, const rw_vocabulary *vocabulary, const char *text, size_t len);

#endif
