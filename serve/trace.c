#include "serve/trace.h"

#include "base/entropy.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void trace_numbers_init(trace_numbers *numbers)
{
    unsigned char seed[8];

    *numbers = (trace_numbers){ "", 0 };
    if (rw_entropy(seed, sizeof seed, true))
        for (size_t i = 0; i < sizeof seed; i++)
            (void)snprintf(numbers->instance + 2 * i, 3, "%02x", seed[i]);
}

static bool is_plain(const char *id, size_t capacity)
{
    size_t n = id != NULL ? strlen(id) : 0;

    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)id[i]) && strchr("-_.", id[i]) == NULL)
            return false;
    return n > 0 && n < capacity;
}

void trace_begin(request_trace *out, trace_numbers *numbers, const char *id, const char *parent)
{
    *out = (request_trace){ "", "" };
    if (is_plain(id, sizeof out->id))
        strcpy(out->id, id);
    else
        (void)snprintf(out->id, sizeof out->id, "%s-%zu", numbers->instance, ++numbers->count);
    if (parent != NULL && strlen(parent) == 55 && strspn(parent, "0123456789abcdef-") == 55)
        strcpy(out->parent, parent);
}
