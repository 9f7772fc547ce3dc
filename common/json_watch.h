/* json_watch.h - JSON that is written whole or said to be lost for want of memory.                  layer: common
 *
 * Records are built value by value, and a value that there was no memory for is missing without a word.  A program that watches knows: a
 * stream is not kept (common/output.h) and an answer is not sent after that. */
#ifndef RW_JSON_WATCH_H
#define RW_JSON_WATCH_H

#include "base/status.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

void rw_json_watch(void); /* for programs alone: sets jansson's allocator */
bool rw_json_lost(void);  /* has this thread lost JSON since it last asked? */
void rw_json_lose(void);  /* it has: for who finds it out otherwise */

/* Takes a record (NULL: it could not be made) and writes it with a line's end, whole or not at all.  name: the output's, for the message.
 * RWDA_ENOMEM, RWDA_EIO. */
rwda_status rw_json_line(FILE *out, const char *name, json_t *record, size_t flags, rwda_error *err);

#endif
