/* html_entities.h - HTML character references, as Python's html.unescape() reads them                 rank 2: clip */
#ifndef RW_HTML_ENTITIES_H
#define RW_HTML_ENTITIES_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *name;          /* without '&', with ';' where it has one */
    int32_t     first, second; /* code points; 0: only one */
} rw_html_entity;

const rw_html_entity *rw_html_find(const char *name); /* NULL: none */

/* "#123;" or "#x1f;" after an ampersand.  Returns how many code points it takes, 0 when it is none.  *value: what it stands for; -1:
 * nothing. */
size_t rw_html_read_numeric(const int32_t *at, const int32_t *end, int32_t *value);

/* The name after an ampersand: the longest that the standard knows.  Returns how many code points the reference takes, 0: none. */
size_t rw_html_read_named(const int32_t *at, const int32_t *end, const rw_html_entity **found);

#endif
