/* json_text.h - how does any file name become a JSON string? */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include <jansson.h>

json_t *json_text(const char *text); /* what is no UTF-8 is shown with '?' for its odd bytes: a record must stay JSON */

#endif
