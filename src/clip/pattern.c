#include "clip/pattern.h"

#include "base/memory.h"
#include "clip/pattern_program.h"
#include "clip/unicode.h"

#include <stdlib.h>
#include <string.h>

#define STEPS_LEAST ((uint64_t)1 << 20)
#define STEPS_EACH  ((uint64_t)4096)    /* for a byte of the text; the golden texts take under 100 */
#define STEPS_MOST  ((uint64_t)1 << 26) /* half a second */
#define STACK_MAX   ((size_t)1 << 22)

struct rw_pattern {
    rw_program program;
};

/* Where to go on when what is being tried fails. */
typedef struct {
    uint32_t at;
    size_t   point;
} choice;

typedef struct {
    const rw_program *program;
    const int32_t    *points;
    size_t            n;
    choice           *stack;
    size_t            used, room;
    uint64_t          left; /* steps */
} matcher;

typedef enum { NO_MATCH, MATCH, TOO_LONG, NO_MEMORY } outcome;

static bool in_class(const rw_program *program, uint32_t number, int32_t point)
{
    const rw_class *class = &program->classes[number];
    bool found            = false;

    if (point < 128)
        return (class->ascii[point / 32] >> (point % 32) & 1) != 0;
    for (uint32_t i = 0; i < class->count && !found; i++)
        found = rw_class_item_has(&program->items[class->first + i], point);
    return found != class->negated;
}

static bool same_letter(uint32_t letter, int32_t point)
{
    uint32_t p = (uint32_t)(point >= 'A' && point <= 'Z' ? point + 32 : point);

    return p == letter || (letter == 's' && p == 0x17f) || (letter == 'k' && p == 0x212a); /* long s, Kelvin */
}

/* Steps of an instruction: a class may have thousands of ranges, all of which are looked through. */
static uint64_t price_of(const rw_program *program, const rw_instruction *in)
{
    return in->op == RW_OP_CLASS ? 1 + program->classes[in->a].count / 16 : 1;
}

/* One instruction that takes or looks at the code point at `i`: whether it holds; *i moves past what it took. */
static bool holds(const matcher *m, const rw_instruction *in, size_t *i)
{
    bool left = *i < m->n, fine;

    switch (in->op) {
    case RW_OP_POINT: fine = left && (uint32_t)m->points[*i] == in->a; break;
    case RW_OP_LETTER: fine = left && same_letter(in->a, m->points[*i]); break;
    case RW_OP_ANY: fine = left && m->points[*i] != '\n'; break;
    case RW_OP_CLASS: fine = left && in_class(m->program, in->a, m->points[*i]); break;
    case RW_OP_LINE_BEGIN: return *i == 0 || m->points[*i - 1] == '\n';
    case RW_OP_LINE_END: return *i == m->n || m->points[*i] == '\n';
    case RW_OP_TEXT_BEGIN: return *i == 0;
    default: return *i == m->n; /* RW_OP_TEXT_END */
    }
    *i += fine;
    return fine;
}

static outcome run(matcher *m, uint32_t at, size_t *i);

/* A lookahead or an atomic group: its program from the next instruction on, by itself. */
static outcome run_group(matcher *m, uint32_t at, size_t *i)
{
    const rw_instruction *in     = &m->program->code[at];
    size_t                inner  = *i;
    outcome               result = run(m, at + 1, &inner);

    if (result > MATCH)
        return result;
    if (in->op == RW_OP_NOT_AHEAD)
        return result == MATCH ? NO_MATCH : MATCH;
    if (in->op == RW_OP_ATOMIC && result == MATCH)
        *i = inner;
    return result;
}

/* From instruction `at` and code point *i to RW_OP_MATCH; *i is then the match's end. */
static outcome run(matcher *m, uint32_t at, size_t *i)
{
    size_t  bottom = m->used, here = *i;
    outcome result = NO_MATCH;

    for (;;) {
        const rw_instruction *in    = &m->program->code[at];
        uint64_t              price = price_of(m->program, in);
        bool                  fine;

        if (m->left < price) {
            m->left = 0;
            result  = TOO_LONG;
            break;
        }
        m->left -= price;
        switch (in->op) {
        case RW_OP_MATCH:
            *i      = here;
            m->used = bottom;
            return MATCH;
        case RW_OP_JUMP: at = in->a; continue;
        case RW_OP_SPLIT:
            if (m->used == STACK_MAX || !rw_array_reserve((void **)&m->stack, &m->room, m->used, 1, sizeof *m->stack)) {
                m->used = bottom;
                return NO_MEMORY;
            }
            m->stack[m->used++] = (choice){ in->b, here };
            at                  = in->a;
            continue;
        case RW_OP_AHEAD:
        case RW_OP_NOT_AHEAD:
        case RW_OP_ATOMIC:
            result = run_group(m, at, &here);
            if (result > MATCH) {
                m->used = bottom;
                return result;
            }
            fine = result == MATCH;
            at   = in->a;
            break;
        default: fine = holds(m, in, &here); at++;
        }
        if (fine)
            continue;
        result = NO_MATCH;
        if (m->used == bottom)
            break;
        m->used--;
        at   = m->stack[m->used].at;
        here = m->stack[m->used].point;
    }
    m->used = bottom;
    return result;
}

rwda_status rw_pattern_new(rw_pattern **out, const char *text, size_t len, const char *name, rwda_error *err)
{
    rwda_status status = RWDA_OK;
    rw_pattern *p      = calloc(1, sizeof *p);

    *out = NULL;
    if (p == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "a pattern of %zu bytes", len);
    RW_TRY(rw_program_compile(&p->program, text, len, name, err));
    *out = p;
    return RWDA_OK;
done:
    rw_pattern_free(p);
    return status;
}

rwda_status rw_pattern_literal(rw_pattern **out, const char *text, size_t len, const char *name, rwda_error *err)
{
    rwda_status status = RWDA_OK;
    rw_pattern *p      = calloc(1, sizeof *p);

    *out = NULL;
    if (p == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "a pattern of %zu bytes", len);
    RW_TRY(rw_program_literal(&p->program, text, len, name, err));
    *out = p;
    return RWDA_OK;
done:
    rw_pattern_free(p);
    return status;
}

void rw_pattern_free(rw_pattern *pattern)
{
    if (pattern != NULL)
        rw_program_done(&pattern->program);
    free(pattern);
}

/* The first match that begins at *begin or later. */
static outcome search(matcher *m, size_t *begin, size_t *end)
{
    for (size_t i = *begin; i <= m->n; i++) {
        size_t  stop   = i;
        outcome result = run(m, 0, &stop);

        if (result != NO_MATCH) {
            *begin = i;
            *end   = stop;
            return result;
        }
    }
    return NO_MATCH;
}

rw_pattern_budget rw_pattern_budget_of(size_t bytes)
{
    uint64_t steps = STEPS_LEAST + STEPS_EACH * bytes;

    steps = steps < STEPS_MOST ? steps : STEPS_MOST;
    return (rw_pattern_budget){ steps, steps, bytes };
}

rwda_status rw_pattern_cut(rw_span **spans, size_t *count, size_t *capacity, const rw_pattern *pattern,
                           const int32_t *points, size_t n, rw_pattern_budget *budget, rwda_error *err)
{
    matcher     m       = { &pattern->program, points, n, NULL, 0, 0, budget->left };
    size_t      done_to = 0, from = 0, last_end = SIZE_MAX;
    rwda_status status = RWDA_OK;

    *count = 0;
    while (n > 0 && from <= n) {
        size_t  begin = from, end = from;
        outcome result = search(&m, &begin, &end);

        if (result == TOO_LONG) {
            status = rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET,
                             "the tokenizer's patterns take over %llu steps on %zu bytes of text",
                             (unsigned long long)budget->steps, budget->bytes);
            goto done;
        }
        if (result == NO_MATCH)
            break;
        if (result == NO_MEMORY || !rw_array_reserve((void **)spans, capacity, *count, 3, sizeof **spans)) {
            status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "matches in a text of %zu characters", n);
            goto done;
        }
        if (begin == end && begin == last_end) { /* an empty match right after a match is none */
            from = end + 1;
            continue;
        }
        if (done_to < begin)
            (*spans)[(*count)++] = (rw_span){ done_to, begin, false };
        (*spans)[(*count)++] = (rw_span){ begin, end, true };
        from = last_end = done_to = end;
    }
    if (!rw_array_reserve((void **)spans, capacity, *count, 1, sizeof **spans)) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "matches in a text of %zu characters", n);
        goto done;
    }
    if (done_to != n || n == 0)
        (*spans)[(*count)++] = (rw_span){ done_to, n, false };
done:
    budget->left = m.left;
    free(m.stack);
    return status;
}
