#include "metrics/rank_martingale.h"

#include "base/memory.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define TAIL_PART   20    /* the highest n / 20 calibration values begin the tail */
#define TAIL_SHARE  0.25  /* a share of the stream in the tail that is no evidence yet */
#define CAPITAL_MAX 1e290 /* far beyond any alarm; what is cut off makes it smaller only */

/* A bet: this share of the stream lies in the tail (0: not looked at), and the place u of a value among the other bins, 0..1, has the
 * density floor + (1 - floor) scale u^of_u v^of_v (u - v)^apart with v = 1 - u.  With the floor the whole capital is never at stake.  The
 * gentlest gain from where a value of now lies above (or below) one of the calibration with a probability of about 0.6; less is not
 * looked for, since a line has anomalies. */
static const struct {
    rw_bet_kind kind;
    double      share, floor, scale;
    int         of_u, of_v, apart;
} bets[RW_BETS] = {
    { RW_BET_HIGHER, 0, 0.1, 2, 1, 0, 0 },     { RW_BET_LOWER, 0, 0.1, 2, 0, 1, 0 },
    { RW_BET_LOWER, 0, 0.1, 5, 0, 4, 0 },      { RW_BET_WIDER, 0, 0.5, 5, 0, 0, 4 },
    { RW_BET_NARROWER, 0, 0.1, 140, 3, 3, 0 }, { RW_BET_HIGHER, 0.5, 0.1, 5, 4, 0, 0 },
    { RW_BET_HIGHER, 0.5, 1, 0, 0, 0, 0 },     { RW_BET_HIGHER, 0.95, 1, 0, 0, 0, 0 },
};

static double raised(double x, int power)
{
    double product = 1.0;

    for (int i = 0; i < power; i++)
        product *= x;
    return product;
}

/* Of a bin below the tail. */
static double density(const rw_rank_martingale *m, size_t i, size_t bin)
{
    double u = ((double)bin + 0.5) / (double)m->order, v = 1.0 - u;

    return bets[i].floor + (1.0 - bets[i].floor) * bets[i].scale * raised(u, bets[i].of_u) * raised(v, bets[i].of_v) *
                               raised(u - v, bets[i].apart);
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

rwda_status rw_rank_martingale_init(rw_rank_martingale *m, const double *sorted, size_t n, uint64_t seed, uint64_t stream,
                                    rwda_error *err)
{
    *m = (rw_rank_martingale){ .sorted  = sorted,
                               .n       = n,
                               .order   = n - n / TAIL_PART,
                               .ties    = rw_new_array(n, sizeof *m->ties),
                               .random  = rw_random_init(seed, stream),
                               .capital = 1.0 };
    if (m->ties == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "a drift monitor of %zu values", n);
    rw_random_fill(m->ties, n, &m->random);
    for (size_t first = 0, end; first < n; first = end) {
        for (end = first + 1; end < n && sorted[end] <= sorted[first]; end++)
            continue;
        if (end - first > 1)
            qsort(m->ties + first, end - first, sizeof *m->ties, by_value);
    }
    for (size_t i = 0; i < RW_BETS; i++)
        for (size_t bin = 0; bin < m->order; bin++)
            m->bets[i].sum += density(m, i, bin);
    return RWDA_OK;
}

void rw_rank_martingale_done(rw_rank_martingale *m)
{
    free(m->ties);
}

/* How many calibration values lie below; among equal ones chance decides. */
static size_t bin_of(rw_rank_martingale *m, double value)
{
    size_t   low = 0, high = m->n, end;
    uint32_t tie;

    while (low < high) { /* sorted[0..low) < value <= sorted[high..n) */
        size_t middle = low + (high - low) / 2;

        if (m->sorted[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == m->n || m->sorted[low] > value)
        return low;
    tie = rw_random_u32(&m->random);
    for (end = m->n; low < end;) { /* the same among equal values by their ties; larger values are above all of them */
        size_t middle = low + (end - low) / 2;

        if (m->sorted[middle] <= value && m->ties[middle] < tie)
            low = middle + 1;
        else
            end = middle;
    }
    return low;
}

/* expected: the share in the tail by the law of the bins, or the largest that is no evidence; a bet on less is none. */
static double tail_factor(size_t i, bool in_tail, double expected)
{
    double share = fmax(bets[i].share, expected);

    return bets[i].share > 0.0 ? (in_tail ? share / expected : (1.0 - share) / (1.0 - expected)) : 1.0;
}

void rw_rank_martingale_add(rw_rank_martingale *m, double value, size_t number)
{
    size_t bin    = bin_of(m, value);
    double ranked = (double)(m->order + m->kept), all = (double)(m->n + 1 + m->seen); /* gaps between the values so far */
    bool   in_tail = bin >= m->order;
    double stake, sum = 0.0;

    m->seen++;
    m->kept += !in_tail;
    stake = 1.0 / ((double)m->seen * (double)(m->seen + 1)); /* of the capital: the part that waited for a beginning here */
    for (size_t i = 0; i < RW_BETS; i++) {
        rw_bet *bet = &m->bets[i];
        double  f   = in_tail ? 0.0 : density(m, i, bin);
        double  factor =
            tail_factor(i, in_tail, fmax(TAIL_SHARE, (all - ranked) / all)) * (in_tail ? 1.0 : f * ranked / bet->sum);

        if (bet->run <= 1.0) {
            bet->run   = 1.0;
            bet->since = number;
        }
        bet->run     = fmin(factor * bet->run, CAPITAL_MAX);
        bet->capital = fmin(factor * (bet->capital + stake), CAPITAL_MAX);
        bet->sum += f;
        sum += bet->capital / RW_BETS;
    }
    m->capital = sum + 1.0 / (double)(m->seen + 1); /* with the part that waits still */
}

const rw_bet *rw_rank_martingale_leader(const rw_rank_martingale *m, rw_bet_kind *kind)
{
    size_t best = 0;

    for (size_t i = 1; i < RW_BETS; i++)
        if (m->bets[i].capital > m->bets[best].capital)
            best = i;
    *kind = bets[best].kind;
    return &m->bets[best];
}
