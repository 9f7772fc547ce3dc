/* charsmap.h - SentencePiece's compiled normalization rules ("precompiled_charsmap")               rank 2: clip
 *
 * Bytes: length of the trie (4 bytes, little-endian), the trie (a double array of 32-bit units), then the replacements, each ended by a NUL.
 * A unit holds a label in its low byte, an offset to its children and whether there is a value; values are indices of replacements. */
#ifndef RW_CHARSMAP_H
#define RW_CHARSMAP_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct rw_charsmap rw_charsmap;

/* From base64, as tokenizer.json has it. */
rwda_status rw_charsmap_new(rw_charsmap **out, const char *base64, size_t len, const char *name, rwda_error *err);
void        rw_charsmap_free(rw_charsmap *map);

/* What the shortest known beginning of bytes [len] is replaced by, through *len_out; NULL: nothing. */
const char *rw_charsmap_find(size_t *len_out, const rw_charsmap *map, const char *bytes, size_t len);

#endif
