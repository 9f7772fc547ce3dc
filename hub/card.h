/* card.h - the licence that a repository's README names.                                              layer: hub */
#ifndef RW_HUB_CARD_H
#define RW_HUB_CARD_H

#include <stddef.h>

/* The value of "license" (or "license_name", which "other" refers to) between the two lines "---" at its top; "": it has none. */
void rw_hub_card_licence(char *out, size_t room, const char *path);

#endif
