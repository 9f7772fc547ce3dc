#include "common/brace_names.h"

#include "base/memory.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS_MAX 9

/* "A..B" up to `end`. */
static bool read_range(long *from, long *to, int *width, const char *text, const char *end)
{
    size_t a = strspn(text, "0123456789"), b;

    if (a == 0 || a > DIGITS_MAX || strncmp(text + a, "..", 2) != 0)
        return false;
    b = strspn(text + a + 2, "0123456789");
    if (b == 0 || b > DIGITS_MAX || text + a + 2 + b != end)
        return false;
    *from  = strtol(text, NULL, 10);
    *to    = strtol(text + a + 2, NULL, 10);
    *width = (text[0] == '0' && a > 1) || (text[a + 2] == '0' && b > 1) ? (int)(a > b ? a : b) : 0;
    return true;
}

/* The first braces at or behind *open that mean something. */
static bool find_braces(const char **open, const char **close, const char *text)
{
    for (*open = strchr(text, '{'); *open != NULL; *open = strchr(*open + 1, '{')) {
        long from, to;
        int  width;

        *close = *open + 1 + strcspn(*open + 1, "{}");
        if (**close == '}' &&
            (memchr(*open, ',', (size_t)(*close - *open)) != NULL || read_range(&from, &to, &width, *open + 1, *close)))
            return true;
    }
    return false;
}

/* Takes `text`, whose first `done` bytes have no braces that mean something. */
static rwda_status expand(char ***names, size_t *n, size_t *room, char *text, size_t done, rwda_error *err)
{
    const char *open, *close;
    long        from = 0, to = 0, step, at;
    int         width  = 0;
    bool        range  = false;
    rwda_status status = RWDA_OK;

    if (text == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the names of a pattern");
    if (!find_braces(&open, &close, text + done)) {
        if (*n == RW_BRACE_NAMES_MAX)
            RW_TRY(rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "a pattern for over %d names", RW_BRACE_NAMES_MAX));
        if (!rw_array_reserve((void **)names, room, *n, 1, sizeof **names))
            RW_TRY(rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %zu names", *n));
        (*names)[(*n)++] = text;
        return RWDA_OK;
    }
    range = read_range(&from, &to, &width, open + 1, close);
    step  = from <= to ? 1 : -1;
    at    = from;
    for (const char *word = open + 1; status == RWDA_OK;) {
        size_t len  = range ? DIGITS_MAX : strcspn(word, ",}");
        size_t head = (size_t)(open - text), tail = strlen(close + 1);
        char  *other = malloc(head + len + tail + 2);

        if (other != NULL) {
            memcpy(other, text, head);
            if (range)
                len = (size_t)snprintf(other + head, len + 1, "%0*ld", width, at);
            else
                memcpy(other + head, word, len);
            memcpy(other + head + len, close + 1, tail + 1);
        }
        status = expand(names, n, room, other, head + len, err);
        if (range ? at == to : word[len] == '}')
            break;
        at += step;
        word += range ? 0 : len + 1;
    }
done:
    free(text);
    return status;
}

rwda_status rw_brace_names(char ***names, size_t *n, size_t *room, const char *pattern, bool braces, rwda_error *err)
{
    return expand(names, n, room, rw_string_copy(pattern), braces ? 0 : strlen(pattern), err);
}
