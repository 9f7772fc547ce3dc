/* text_file.h - what a text file says: its lines, its words.                                           layer: common */
#ifndef RW_TEXT_FILE_H
#define RW_TEXT_FILE_H

#include "base/status.h"

/* All lines of a file ("-": standard input), without their ends and without NUL bytes: *lines [*n], the caller's to free with
 * rw_image_names_free() in either case.  RWDA_ENOTFOUND, RWDA_EFORMAT (UTF-16), RWDA_EIO, RWDA_ENOMEM. */
rwda_status rw_text_file_lines(char ***lines, size_t *n, const char *path, rwda_error *err);

/* A file's words with one space between them, the caller's to free().  RWDA_EIO, RWDA_ELIMIT (over 1 MiB), RWDA_EFORMAT (NUL bytes),
 * RWDA_ENOMEM. */
rwda_status rw_text_file_words(char **words, const char *path, rwda_error *err);

#endif
