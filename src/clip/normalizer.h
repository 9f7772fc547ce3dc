/* normalizer.h - normalizers of tokenizer.json: a list of steps that rewrite a text                 rank 2: clip */
#ifndef RW_NORMALIZER_H
#define RW_NORMALIZER_H

#include "clip/charsmap.h"
#include "clip/text_pieces.h"

#include <jansson.h>

typedef struct {
    const struct rw_normalizer_kind *kind;
    bool                             left, right;                       /* Strip */
    bool                             clean, ideographs, accents, lower; /* BertNormalizer */
    rw_pattern                      *pattern;                           /* Replace */
    rw_chars                         content;                           /* Replace, Prepend */
    rw_charsmap                     *map;                               /* Precompiled */
} rw_normalizer_step;

typedef struct {
    rw_normalizer_step *steps; /* a Sequence is its steps */
    size_t              count, room;
} rw_normalizer;

/* json: NULL or null is none.  EUNSUPPORTED names the kind that is not read. */
rwda_status rw_normalizer_read(rw_normalizer *out, const json_t *json, const char *name, rwda_error *err);
void        rw_normalizer_done(rw_normalizer *normalizer);

/* work->text in place. */
rwda_status rw_normalizer_run(rw_text_work *work, const rw_normalizer *normalizer, rwda_error *err);

/* The character that stands for a byte in byte-level vocabularies. */
int32_t rw_byte_level_point(uint8_t byte);

#endif
