/* defect_draw.h - random choices among defect types.                                                 layer: studies */
#ifndef DEFECT_DRAW_H
#define DEFECT_DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Moves k <= n names, each choice as likely as every other, to the front of names [n].  The same state gives the same choice. */
void defect_draw(const char **names, size_t n, size_t k, uint64_t *state);

/* Whether an item's defect types "a+b" have one of the chosen [k] among them. */
bool defect_drawn(const char *defect_types, const char *const *chosen, size_t k);

#endif
