/* text_stream.h - a stream into memory that says when memory ended.                               layer: common */
#ifndef RW_TEXT_STREAM_H
#define RW_TEXT_STREAM_H

#include <stdbool.h>
#include <stdio.h>

/* As open_memstream(), which drops bytes without a word where there is no memory for them (glibc 2.36). */
FILE *rw_text_stream(char **text, size_t *len);
/* false: some of the text is missing.  *text, with a NUL behind it, is the caller's to free either way. */
bool rw_text_stream_close(FILE *stream);

#endif
