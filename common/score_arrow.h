/* score_arrow.h - records of scored images as rows of an Arrow stream.                              layer: common
 *
 * A column for each key of a record (common/score_record.h) but `schema`, null where a record has none: always the same ones, so that streams of
 * different runs go together.  Objects and arrays are their JSON text; `error` is the message, beside `error_code`; `ms` is three numbers. */
#ifndef RW_SCORE_ARROW_H
#define RW_SCORE_ARROW_H

#include "common/arrow_writer.h"

#include <jansson.h>

rwda_status score_arrow_new(rw_arrow_writer **out, rw_stream *stream, rwda_error *err);
/* The record is taken; NULL: there was no memory for it. */
rwda_status score_arrow_add(rw_arrow_writer *writer, json_t *record, rwda_error *err);

#endif
