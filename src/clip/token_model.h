/* token_model.h - models of tokenizer.json: words to token ids                                      rank 2: clip
 *
 * BPE joins neighbours by the rank of their merge; Unigram takes the way through a word whose tokens' scores add up to most. */
#ifndef RW_TOKEN_MODEL_H
#define RW_TOKEN_MODEL_H

#include "clip/json_reader.h"
#include "clip/vocabulary.h"

typedef struct {
    int32_t *ids;
    size_t   n, room;
} rw_ids;

rwda_status rw_ids_add(rw_ids *ids, uint32_t id, rwda_error *err); /* ENOMEM */

typedef struct rw_bpe_model     rw_bpe_model;
typedef struct rw_unigram_model rw_unigram_model;

/* From "model" of tokenizer.json.  Nothing of it is kept. */
rwda_status rw_bpe_model_read(rw_bpe_model **out, rw_json_value value, const char *name, rwda_error *err);
void        rw_bpe_model_free(rw_bpe_model *model);
rwda_status rw_unigram_model_read(rw_unigram_model **out, rw_json_value value, const char *name, rwda_error *err);
void        rw_unigram_model_free(rw_unigram_model *model);

/* Ids of a word's bytes [len], which are UTF-8, behind those of `ids`. */
rwda_status rw_bpe_model_run(rw_ids *ids, const rw_bpe_model *model, const char *bytes, size_t len, rwda_error *err);
rwda_status rw_unigram_model_run(rw_ids *ids, const rw_unigram_model *model, const char *bytes, size_t len, rwda_error *err);

const rw_vocabulary *rw_bpe_model_vocabulary(const rw_bpe_model *model);
const rw_vocabulary *rw_unigram_model_vocabulary(const rw_unigram_model *model);

/* ---- What both readers need ------------------------------------------------------------------------------------------------- */

#define RW_TOKENS_MAX ((size_t)1 << 22)
#define RW_ID_MAX     ((uint32_t)INT32_MAX)

/* The ids of "<0x00>" to "<0xFF>", RW_NO_TOKEN where one is missing. */
void rw_byte_tokens(uint32_t ids[256], const rw_vocabulary *vocabulary);
/* A flag of the model; null counts as absent, which is false. */
rwda_status rw_model_flag(bool *out, const rw_json_members *json, const char *key, const char *name, rwda_error *err);

#endif
