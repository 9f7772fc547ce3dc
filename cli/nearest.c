/* nearest.c - Which name was meant? */
#include "cli/cli.h"

#include <string.h>

#define WORD_MAX 32

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Letters changed, left out, added, or swapped with the next one (Damerau-Levenshtein, optimal string alignment); [WORD_MAX] at most. */
static size_t distance(const char *a, const char *b)
{
    size_t m = strlen(a), n = strlen(b), d[WORD_MAX + 1][WORD_MAX + 1];

    for (size_t i = 0; i <= m; i++)
        for (size_t j = 0; j <= n; j++) {
            if (i == 0 || j == 0) {
                d[i][j] = i + j;
                continue;
            }
            d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[m][n];
}

const char *cli_nearest(const char *word, const char *const *names, size_t n)
{
    const char *best = NULL;
    size_t      most = 2 * strlen(word) / 5; /* letters that may be wrong */

    for (size_t i = 0; i < n && strlen(word) <= WORD_MAX; i++) {
        size_t d = strlen(names[i]) <= WORD_MAX ? distance(word, names[i]) : WORD_MAX;

        if (d > most || (best != NULL && d == most))
            continue;
        best = names[i];
        most = d;
    }
    return best;
}
