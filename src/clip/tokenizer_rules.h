/* tokenizer_rules.h - the tokenizer that a checkpoint's directory asks for                            rank 2: clip */
#ifndef RW_TOKENIZER_RULES_H
#define RW_TOKENIZER_RULES_H

#include "clip/clip.h"
#include "clip/tokenizer.h"

/* path: a tokenizer.json, or a checkpoint's directory, whose configs give the rules (docs/tokenizers.md).  EUNSUPPORTED names what is asked
 * for and not there. */
rwda_status rw_tokenizer_open(rw_tokenizer **out, const char *path, rwda_error *err);

/* That of a model whose tokenizer is not CLIP's.  path: its directory; with a config in memory (text [len], else NULL) the weights file.
 * id: SHA-256 of all that ids depend on, "" where the files are not there.  out NULL: the id alone.
 * RWDA_EUNSUPPORTED, RWDA_ENOTFOUND, RWDA_EFORMAT: its texts are not read. */
rwda_status rw_tokenizer_of_model(rw_tokenizer **out, char id[65], const char *path, const rw_clip_config *config,
                                  const char *text, size_t len, rwda_error *err);

#endif
