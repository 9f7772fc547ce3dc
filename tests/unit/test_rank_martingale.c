/* test_rank_martingale.c - are ranks uniform and independent while nothing changes, and is a bet fair to the last cent? */
#include "metrics/rank_martingale.h"

#include "base/memory.h"
#include "tests/unit/check.h"

#include <math.h>

#define MOST 64 /* the largest calibration of a round */
#define RANKED                                                                                                              \
    (RW_BETS - 3) /* bets on ranks alone: fair; the others are on more than a quarter in the tail, and lose otherwise */

static int rounds_of(int plain)
{
    return SANITIZED ? plain / 20 : plain;
}

/* One of a continuous law, or one of three values. */
static double draw(rw_random *random, bool ties)
{
    double u = ((double)rw_random_u32(random) + 0.5) * 0x1p-32;

    return ties ? floor(3 * u) : u * u * u;
}

/* A calibration of n and a monitor of it, whose own random numbers differ from round to round. */
static rw_rank_martingale begin(double *sorted, size_t n, rw_random *random, bool ties)
{
    rw_rank_martingale m;
    rwda_error         err = { 0 };

    for (size_t i = 0; i < n; i++)
        sorted[i] = draw(random, ties);
    rw_sort_doubles(sorted, n);
    assert_ok(rw_rank_martingale_init(&m, sorted, n, rw_random_u32(random), 0, &err), err);
    return m;
}

/* Capital that waits and capital at stake are 1 on average after any number of values: less is a wasted bet, more a false alarm. */
static void bets_are_fair(void **state)
{
    static const size_t sizes[]   = { 3, 20, 40 };
    static const size_t lengths[] = { 2, 6 };
    double              sorted[MOST];
    rw_random           random = rw_random_init(7, 0);
    int                 rounds = rounds_of(200000);

    (void)state;
    for (size_t s = 0; s < RW_COUNTOF(sizes); s++)
        for (size_t l = 0; l < RW_COUNTOF(lengths); l++) {
            double sums[RW_BETS] = { 0 }, squares[RW_BETS] = { 0 }, total = 0.0;

            for (int round = 0; round < rounds; round++) {
                rw_rank_martingale m = begin(sorted, sizes[s], &random, round % 2);

                for (size_t t = 1; t <= lengths[l]; t++)
                    rw_rank_martingale_add(&m, draw(&random, round % 2), t);
                for (size_t i = 0; i < RW_BETS; i++) {
                    double whole = m.bets[i].capital + 1.0 / (double)(m.seen + 1);

                    sums[i] += whole / rounds;
                    squares[i] += whole * whole / rounds;
                }
                total += m.capital / rounds;
                rw_rank_martingale_done(&m);
            }
            for (size_t i = 0; i < RW_BETS; i++) {
                double error = sqrt((squares[i] - sums[i] * sums[i]) / rounds);

                if (sums[i] > 1.0 + 5 * error || (i < RANKED && sums[i] < 1.0 - 5 * error))
                    fail_msg("n %zu, %zu values: bet %zu has %.4f on average, standard error %.4f", sizes[s], lengths[l], i,
                             sums[i], error);
            }
            assert_true(total > 0.5 && total < 1.02);
        }
}

/* Whatever the anomalies of a line are worth: what lies in the tail is no evidence as long as it is a quarter at most. */
static void anomalies_up_to_a_quarter_are_no_evidence(void **state)
{
    double             sorted[MOST], most = 0.0;
    rw_random          random = rw_random_init(8, 0);
    rw_rank_martingale m      = begin(sorted, 60, &random, false);

    (void)state;
    for (size_t t = 1; t <= 20000; t++) {
        rw_rank_martingale_add(&m, t % 4 == 0 ? 2.0 : draw(&random, false), t);
        for (size_t i = RANKED; i < RW_BETS; i++)
            most = fmax(most, m.bets[i].capital);
    }
    assert_true(most < 8.0);
    assert_true(m.seen == 20000 && m.kept < 15001);
    rw_rank_martingale_done(&m);
}

static void the_leader_says_what_and_since_when(void **state)
{
    static const struct {
        double      low, high; /* the stream is uniform between them; the calibration in 0..1 */
        rw_bet_kind kind;
    } cases[]        = { { 0.6, 0.9, RW_BET_HIGHER },
                         { 2.0, 3.0, RW_BET_HIGHER },
                         { 0.0, 0.3, RW_BET_LOWER },
                         { -1.0, -0.5, RW_BET_LOWER },
                         { 0.4, 0.55, RW_BET_NARROWER } };
    rw_random random = rw_random_init(9, 0);

    (void)state;
    for (size_t c = 0; c <= RW_COUNTOF(cases); c++) { /* the last: both ends */
        double             sorted[200];
        rw_bet_kind        kind;
        rw_rank_martingale m;
        rwda_error         err = { 0 };
        size_t             t   = 0;

        for (size_t i = 0; i < 200; i++)
            sorted[i] = ((double)i + 0.5) / 200;
        assert_ok(rw_rank_martingale_init(&m, sorted, 200, 1, 0, &err), err);
        for (; t < 100; t++)
            rw_rank_martingale_add(&m, (double)rw_random_unit(&random), t + 1);
        assert_true(m.capital < 20.0);
        for (; m.capital < 1e4 && t < 1000; t++) {
            double u = (double)rw_random_unit(&random);
            double v = c < RW_COUNTOF(cases) ? cases[c].low + u * (cases[c].high - cases[c].low)
                       : u < 0.5             ? u / 6
                                             : 1 - u / 6;

            rw_rank_martingale_add(&m, v, t + 1);
        }
        assert_true(rw_rank_martingale_leader(&m, &kind)->since <= t);
        if (m.capital < 1e4 || kind != (c < RW_COUNTOF(cases) ? cases[c].kind : RW_BET_WIDER) ||
            rw_rank_martingale_leader(&m, &kind)->since < 85)
            fail_msg("case %zu: kind %d since %zu, capital %g after %zu", c, (int)kind,
                     rw_rank_martingale_leader(&m, &kind)->since, m.capital, t);
        rw_rank_martingale_done(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bets_are_fair),
        cmocka_unit_test(anomalies_up_to_a_quarter_are_no_evidence),
        cmocka_unit_test(the_leader_says_what_and_since_when),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
