/* rank_martingale.h - exchangeability martingale over the ranks of a stream in a calibration sample   rank 1: metrics
 *
 * n calibration values cut the line into n + 1 bins.  While stream and calibration are exchangeable, the next value is as likely in each
 * of the gaps between all values so far, so it lies in bin j with probability (1 + c_j) / (n + 1 + seen), where c_j earlier ones of the
 * stream lie there.  A bet pays f(bin) over the mean of f under this law: 1 on average, for a calibration of any size, and one sum a bet
 * is all that the past leaves behind.  Equal values are ordered at random, once and for all.  (V. Vovk, I. Nouretdinov, A. Gammerman,
 * "Testing exchangeability on-line", 2003, with the bins of an inductive conformal predictor and the law of their counts.)
 *
 * Bins from `order` on are the tail, a twentieth of the calibration.  There a line's true anomalies lie, so of the tail only the share
 * counts, and only above a quarter; in the other bins the rank among them counts.  Bets on both may begin at any value (a prior over
 * the beginning, as A. Shiryaev's, 1963); their capital is 1 on average, or less, however many values come. */
#ifndef RW_RANK_MARTINGALE_H
#define RW_RANK_MARTINGALE_H

#include "base/random.h"
#include "base/status.h"

#define RW_BETS 8

/* What a bet is on.  In the order of rwda_drift_change. */
typedef enum { RW_BET_HIGHER = 0, RW_BET_LOWER, RW_BET_WIDER, RW_BET_NARROWER } rw_bet_kind;

typedef struct {
    double capital; /* of all beginnings up to now */
    double sum;     /* of f over the bins below the tail, each counted 1 + c_j times */
    double run;     /* capital of the beginning that gained most (as E. Page's cumulative sum, 1954) ... */
    size_t since;   /* ... and the number of its value */
} rw_bet;

typedef struct {
    const double *sorted;     /* [n] ascending, borrowed */
    size_t        n, order;   /* bins 0..order - 1 are ranked, order..n are the tail */
    uint32_t     *ties;       /* [n] ascending among equal values */
    uint64_t      seen, kept; /* values so far, and those not in the tail */
    rw_bet        bets[RW_BETS];
    rw_random     random;
    double        capital; /* mean of all bets, with what has not begun */
} rw_rank_martingale;

/* sorted [n], n >= 1, must outlive it; (seed, stream) names its random numbers.  Release with _done() in either case.  RWDA_ENOMEM. */
rwda_status rw_rank_martingale_init(rw_rank_martingale *m, const double *sorted, size_t n, uint64_t seed, uint64_t stream,
                                    rwda_error *err);
void        rw_rank_martingale_done(rw_rank_martingale *m);

/* value: not NaN; number: what it is called in rw_bet.since, growing from 1. */
void          rw_rank_martingale_add(rw_rank_martingale *m, double value, size_t number);
const rw_bet *rw_rank_martingale_leader(const rw_rank_martingale *m, rw_bet_kind *kind); /* the bet that holds most */

#endif
