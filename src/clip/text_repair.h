/* text_repair.h - repair of texts that were decoded or typed wrongly, as ftfy does it                  rank 2: clip */
#ifndef RW_TEXT_REPAIR_H
#define RW_TEXT_REPAIR_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* points [*count] with room for `capacity` -> ftfy.fix_text() of them, in place: entities that end in a semicolon, text decoded with the
 * wrong code page, ligatures, full and half width, curly quotes, line breaks, terminal escapes, control characters, normalisation form C.
 * capacity: the bytes of the text in UTF-8 suffice, but no step makes it longer than that.  RWDA_ENOMEM. */
rwda_status rw_text_repair(int32_t *points, size_t *count, size_t capacity, rwda_error *err);

#endif
