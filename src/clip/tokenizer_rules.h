/* tokenizer_rules.h - the tokenizer that a checkpoint's directory asks for                            rank 2: clip */
#ifndef RW_TOKENIZER_RULES_H
#define RW_TOKENIZER_RULES_H

#include "clip/tokenizer.h"

/* path: a tokenizer.json, or a checkpoint's directory, whose configs give the rules (docs/tokenizers.md).  EUNSUPPORTED names what is asked
 * for and not there. */
rwda_status rw_tokenizer_open(rw_tokenizer **out, const char *path, rwda_error *err);

#endif
