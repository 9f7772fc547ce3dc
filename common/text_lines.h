/* text_lines.h - what Windows puts before and behind lines of text.                                layer: common */
#ifndef RW_TEXT_LINES_H
#define RW_TEXT_LINES_H

#include <stdbool.h>
#include <stddef.h>

size_t rw_text_mark(const char *text, size_t len);     /* bytes of a UTF-8 byte order mark at its start: 3 or 0 */
bool   rw_text_is_utf16(const char *text, size_t len); /* begins with a UTF-16 byte order mark */
/* Cuts LF or CR LF from a line's end; its length then. */
size_t rw_line_trim(char *line, size_t len);

#endif
