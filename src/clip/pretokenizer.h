/* pretokenizer.h - pre-tokenizers of tokenizer.json: a list of steps that cut a text into words     rank 2: clip */
#ifndef RW_PRETOKENIZER_H
#define RW_PRETOKENIZER_H

#include "clip/text_pieces.h"

#include <jansson.h>

typedef enum { RW_PREPEND_ALWAYS = 0, RW_PREPEND_FIRST, RW_PREPEND_NEVER } rw_prepend_scheme;

typedef struct {
    const struct rw_pretokenizer_kind *kind;
    rw_pattern                        *pattern;   /* Split, ByteLevel */
    rw_split_behaviour                 behaviour; /* Split, Punctuation */
    bool                               invert;    /* Split */
    bool                               single;    /* Digits */
    bool                               split;     /* Metaspace */
    bool                               prefix;    /* ByteLevel: a space is put before */
    int32_t                            point;     /* Metaspace, CharDelimiterSplit */
    rw_prepend_scheme                  scheme;    /* Metaspace */
    size_t                             length;    /* FixedLength */
} rw_pretokenizer_step;

typedef struct {
    rw_pretokenizer_step *steps; /* a Sequence is its steps */
    size_t                count, room;
} rw_pretokenizer;

/* json: NULL or null is none.  EUNSUPPORTED names the kind that is not read. */
rwda_status rw_pretokenizer_read(rw_pretokenizer *out, const json_t *json, const char *name, rwda_error *err);
void        rw_pretokenizer_done(rw_pretokenizer *pretokenizer);

/* work->now in place; added tokens pass as they are. */
rwda_status rw_pretokenizer_run(rw_text_work *work, const rw_pretokenizer *pretokenizer, rwda_error *err);

#endif
