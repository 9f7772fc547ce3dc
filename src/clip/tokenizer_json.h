/* tokenizer_json.h - tokenizer.json of Hugging Face's `tokenizers`                                    rank 2: clip
 *
 * Added tokens are cut out, the rest is normalized, cut into words and given to the model; special tokens go around it.  Each part has its
 * own file; what a file asks for and is not there is refused by name (docs/tokenizers.md). */
#ifndef RW_TOKENIZER_JSON_H
#define RW_TOKENIZER_JSON_H

#include "clip/text_clean.h"
#include "clip/token_model.h"

#define RW_TOKENIZER_BYTES_MAX ((size_t)64 << 20) /* the largest published one has 35 MB */

typedef struct rw_json_tokenizer rw_json_tokenizer;

/* What the file itself says about the number of ids. */
typedef struct {
    bool     truncates, cuts_left, pads, pads_left;
    size_t   max_length;
    size_t   pad_length;   /* 0: as long as the text is */
    size_t   pad_multiple; /* 0: any */
    uint32_t pad_id;
} rw_token_limits;

/* name: for messages. */
rwda_status rw_json_tokenizer_read(rw_json_tokenizer **out, const char *text, size_t len, const char *name, rwda_error *err);
void        rw_json_tokenizer_free(rw_json_tokenizer *tokenizer);

/* Ids of a text, special tokens around them, without padding.  limit: as many at most, 0: any number; cut (NULL is fine): some were left
 * out, at the end or, with cuts_left, at the beginning. */
rwda_status rw_json_tokenizer_encode(rw_ids *ids, const rw_json_tokenizer *tokenizer, size_t limit, bool cuts_left, int *cut,
                                     rw_text_cleaning cleaning, const char *text, size_t len, rwda_error *err);

const rw_token_limits *rw_json_tokenizer_limits(const rw_json_tokenizer *tokenizer);
uint32_t rw_json_tokenizer_find(const rw_json_tokenizer *tokenizer, const char *token, size_t len); /* RW_NO_TOKEN */

#endif
