/* pattern.h - regular expressions of tokenizer.json: a subset of Oniguruma's, over code points     rank 2: clip
 *
 * Literals, classes ([...], \s \w \d \p{L}), groups, alternation, greedy, lazy and possessive repetition, lookahead, (?i:...) of letters,
 * line and text ends.  Backtracking over a small program with an explicit stack; its steps are counted, over all patterns of a
 * text, so that hostile ones cost a bounded time.  What is not read is refused by name: lookbehind, references, scripts, \b. */
#ifndef RW_PATTERN_H
#define RW_PATTERN_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct rw_pattern rw_pattern;

/* text [len]: UTF-8.  `name` begins the message.  EUNSUPPORTED: not of the subset; EFORMAT: no pattern; ELIMIT: too large. */
rwda_status rw_pattern_new(rw_pattern **out, const char *text, size_t len, const char *name, rwda_error *err);
/* A pattern that matches these code points and nothing else. */
rwda_status rw_pattern_literal(rw_pattern **out, const char *text, size_t len, const char *name, rwda_error *err);
void        rw_pattern_free(rw_pattern *pattern);

typedef struct {
    size_t begin, end;
    bool   match;
} rw_span;

/* The steps that a text has left. */
typedef struct {
    uint64_t left, steps;
    size_t   bytes;
} rw_pattern_budget;

rw_pattern_budget rw_pattern_budget_of(size_t bytes); /* for a text of so many */

/* Cuts points [n] into matches and what lies between them, in order; an empty text is one span.  *spans [*count] grows as needed and is the
 * caller's to free.  As `tokenizers` goes on after empty matches.  ELIMIT: the budget is used up. */
rwda_status rw_pattern_cut(rw_span **spans, size_t *count, size_t *capacity, const rw_pattern *pattern,
                           const int32_t *points, size_t n, rw_pattern_budget *budget, rwda_error *err);

#endif
