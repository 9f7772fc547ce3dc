/* json_reader.h - pull reader of JSON: one value after another, no tree                            rank 2: clip
 *
 * For files of tens of megabytes, of which a tree takes ten times as much memory (docs/tokenizers.md has the figures); small parts go to
 * jansson.  The whole text is checked by rw_json_open() (grammar, UTF-8, depth), so that walking it afterwards cannot fail.  Walking:
 *
 *     for (rw_json at = rw_json_enter(value); rw_json_next(&at, &key, &element);) ... */
#ifndef RW_JSON_READER_H
#define RW_JSON_READER_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RW_JSON_DEPTH_MAX 64

/* A piece of checked text, without the white space around it. */
typedef struct {
    const char *text; /* NULL: absent */
    size_t      len;
} rw_json_value;

/* A place in an array or an object. */
typedef struct {
    const char *at, *end;
    bool        object;
} rw_json;

/* EFORMAT with the byte offset of the fault; ELIMIT: nested deeper than RW_JSON_DEPTH_MAX. */
rwda_status rw_json_open(rw_json_value *out, const char *text, size_t len, const char *name, rwda_error *err);

rw_json rw_json_enter(rw_json_value value); /* neither array nor object: as an empty one */
/* The next element; key (NULL is fine) is a string with its quotes, in an array the absent value.  false: there is none left. */
bool rw_json_next(rw_json *at, rw_json_value *key, rw_json_value *element);

#define RW_JSON_MEMBERS_MAX 64

/* An object's members, found in one walk. */
typedef struct {
    rw_json_value keys[RW_JSON_MEMBERS_MAX], values[RW_JSON_MEMBERS_MAX];
    size_t        count;
} rw_json_members;

/* No object: as an empty one.  ELIMIT: over RW_JSON_MEMBERS_MAX; `what` of the file `name` is it. */
rwda_status rw_json_list(rw_json_members *out, rw_json_value object, const char *what, const char *name, rwda_error *err);
/* The last member of that name, as other readers take it; absent: none. */
rw_json_value rw_json_member(const rw_json_members *members, const char *name);

/* How many values it holds, itself among them: what a tree of it takes follows from this. */
size_t rw_json_values(rw_json_value value);

char rw_json_kind(rw_json_value value);    /* its first byte: { [ " t f n, 0 for a number, '\0' for one that is absent */
bool rw_json_is_null(rw_json_value value); /* null, or absent */

/* A string's bytes into out, which has room for value.len; returns how many.  0 for what is no string. */
size_t rw_json_string(char *out, rw_json_value value);
/* Is it that string, however it is escaped?  text: ASCII of up to 40 bytes. */
bool rw_json_equals(rw_json_value value, const char *text);

/* A whole number in 0..UINT32_MAX; false: it is none. */
bool rw_json_whole(uint32_t *out, rw_json_value value);

/* As serde_json reads it, which rounds twice: up to 19 digits to a double, then times a power of ten.  false: no number, or too large. */
bool rw_json_double(double *out, rw_json_value value);

#endif
