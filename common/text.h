/* text.h - any text and number as JSON or CSV.                                                     layer: common */
#ifndef RW_TEXT_H
#define RW_TEXT_H

#include <jansson.h>
#include <stdio.h>

json_t     *rw_json_text(const char *text); /* as base/name_text.h escapes it: a record must stay JSON; NULL: null */
json_t     *rw_json_number(double value);   /* null where it is not finite */
void        rw_csv_text(FILE *out, const char *text);   /* the same in quotes, which are doubled inside */
void        rw_csv_quoted(FILE *out, const char *text); /* of what is text already: nothing is escaped */
const char *rw_s(size_t n);                             /* "s", the end of the noun after a count; of one thing "" */

#endif
