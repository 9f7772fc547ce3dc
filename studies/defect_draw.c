#include "studies/defect_draw.h"

#include "base/random.h"

#include <string.h>

/* The first k steps of Fisher and Yates's shuffle. */
void defect_draw(const char **names, size_t n, size_t k, uint64_t *state)
{
    for (size_t i = 0; i < k; i++) {
        size_t      j    = i + (size_t)(rw_splitmix64(state) % (n - i));
        const char *swap = names[i];

        names[i] = names[j];
        names[j] = swap;
    }
}

bool defect_drawn(const char *defect_types, const char *const *chosen, size_t k)
{
    for (size_t i = 0; i < k; i++) {
        size_t len = strlen(chosen[i]);

        for (const char *at = defect_types; at != NULL; at = strchr(at, '+'), at += at != NULL)
            if (strncmp(at, chosen[i], len) == 0 && (at[len] == '\0' || at[len] == '+'))
                return true;
    }
    return false;
}
