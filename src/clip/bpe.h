/* bpe.h - CLIP's byte-pair-encoding tokenizer                                                     rank 2: clip
 *
 * Exactly OpenCLIP's SimpleTokenizer: repaired as ftfy does, HTML entities unescaped twice, white space collapsed, lower-cased, split by
 * its pattern, byte-pair merges in rank order.  Immutable after _new: share between threads. */
#ifndef RW_BPE_H
#define RW_BPE_H

#include "base/status.h"

typedef struct rw_bpe rw_bpe;

rwda_status rw_bpe_new(rw_bpe **out, rwda_error *err);
void        rw_bpe_free(rw_bpe *bpe);

/* See rwda_tokenizer_encode().  Stops merging once `capacity` ids are full, so the cost is bounded by len. */
rwda_status rw_bpe_encode(int32_t *ids, size_t *count, size_t capacity, int *cut, const rw_bpe *bpe, const char *text,
                          size_t len, rwda_error *err);

#endif
