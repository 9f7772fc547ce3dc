/* card.h - which bytes are a threshold card?                                                      rank 3: anomaly */
#ifndef RW_CARD_H
#define RW_CARD_H

#include "base/status.h"

/* bytes [len] from anywhere -> *out; what rwda_card_load() does with a file's bytes.  RWDA_EFORMAT, RWDA_ENOMEM. */
rwda_status rw_card_parse(rwda_card **out, const void *bytes, size_t len, rwda_error *err);

#endif
