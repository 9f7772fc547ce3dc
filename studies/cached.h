/* cached.h - numbers on disk that are taken again while what they depend on is the same.             layer: studies */
#ifndef STUDY_CACHED_H
#define STUDY_CACHED_H

#include <stdbool.h>
#include <stddef.h>

/* FOLDER/NAME.npy beside FOLDER/NAME.txt, which holds `text`: everything the numbers depend on.  Of the name letters, digits and '-' are
 * taken, others become '_'. */

/* True when `name` has exactly `count` numbers made under `text`; they are then in out [count]. */
bool cached_take(float *out, size_t count, const char *folder, const char *name, const char *text);

/* Caching is a help, not a promise: what cannot be written is computed again next time. */
void cached_keep(const char *folder, const char *name, const char *text, const float *numbers, size_t count);

#endif
