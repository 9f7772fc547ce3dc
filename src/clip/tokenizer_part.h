/* tokenizer_part.h - what the readers of tokenizer.json's small parts share                        rank 2: clip */
#ifndef RW_TOKENIZER_PART_H
#define RW_TOKENIZER_PART_H

#include "clip/text_pieces.h"

#include <jansson.h>

#define RW_PART_DEPTH_MAX 8 /* of a Sequence in a Sequence */

const char *rw_part_type(const json_t *json); /* its "type", or "" */
rwda_status rw_part_refuse(const char *what, const char *type, const char *name, rwda_error *err);

/* fallback -1: must be there; null counts as absent. */
rwda_status rw_part_flag(bool *out, const json_t *json, const char *key, int fallback, const char *name, rwda_error *err);
/* A string as code points. */
rwda_status rw_part_text(rw_chars *out, const json_t *json, const char *key, const char *name, rwda_error *err);
/* "pattern": {"String": ...} or {"Regex": ...}. */
rwda_status rw_part_pattern(rw_pattern **out, const json_t *json, const char *name, rwda_error *err);

#endif
