/* post_processor.h - post-processors of tokenizer.json: special tokens around a text's                rank 2: clip */
#ifndef RW_POST_PROCESSOR_H
#define RW_POST_PROCESSOR_H

#include "base/status.h"

#include <jansson.h>
#include <stddef.h>

#define RW_POST_TEXT (-1)

typedef struct {
    int64_t *items;                /* [count] ids, and RW_POST_TEXT where the text's are */
    size_t   count, room, special; /* special: how many of them are ids */
} rw_post_processor;

/* json: NULL or null leaves the text's ids alone.  EUNSUPPORTED names the kind that is not read. */
rwda_status rw_post_processor_read(rw_post_processor *out, const json_t *json, const char *name, rwda_error *err);
void        rw_post_processor_done(rw_post_processor *processor);

#endif
