/* rwda_drift.h - drift detection: is what arrives still like the normal images of the calibration?
 *
 * An exchangeability martingale (a conformal test martingale).  Each image's score, and the distance of its embedding from the mean of
 * the calibration's embeddings, is ranked among the calibration's values.  While the stream is exchangeable with the calibration (like
 * it, in any order), the law of the next rank after those before it is known, whatever the distribution.  The martingale bets against
 * that law and stays small: it reaches 1 / p with a probability of at most p, however long the stream (J. Ville, 1939).
 * Sources: V. Vovk, I. Nouretdinov, A. Gammerman, "Testing exchangeability on-line", ICML 2003; V. Vovk, "Testing randomness online",
 * Statistical Science 36, 2021.  What is noticed how soon, and what is not: docs/calibration.md.
 *
 * The rules at the top of rwda.h hold here too.  rwda_drift is mutable: one thread at a time. */
#ifndef RWDA_DRIFT_H
#define RWDA_DRIFT_H

/* clang-format off: it tears comments away from what they stand beside */

#include <rwda.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- What a threshold file keeps of embeddings -------------------------------------------------------------------- */

#define RWDA_EMBEDDED_NORMALS_MIN 8 /* normal images with an embedding, from which on a threshold file keeps something of them */

/* rwda_thresholds_new() that also keeps mean and covariance of the normal images' embeddings, and Mahalanobis distances to that mean.
 * Of the normal images with an embedding every second one gives mean and covariance, the others their distances: an image that is part
 * of the mean lies nearer to it than any new one.
 *   x   [rows, dim]: embeddings of the first `rows` <= n images, in their order, one for each image (of several crops their mean)
 * With fewer than RWDA_EMBEDDED_NORMALS_MIN the same as rwda_thresholds_new().  RWDA_EINVAL also: an embedding is not finite, rows, dim. */
RWDA_API rwda_status rwda_thresholds_new_with_embeddings(rwda_thresholds **out, const double *scores, const uint8_t *labels,
                                                         size_t n, const float *x, size_t rows, size_t dim,
                                                         const char *scoring, const rwda_thresholds_options *options,
                                                         rwda_error *err);
RWDA_API size_t rwda_thresholds_embedding_dim(const rwda_thresholds *thresholds); /* 0: it keeps no embeddings */

/* ---- The monitor ---------------------------------------------------------------------------------------------------- */

typedef struct rwda_drift rwda_drift;

typedef struct {
    size_t   size;
    double   false_alarms; /* probability that a stream like the normal images EVER raises an alarm, 1e-9..0.5; 0: 0.01 */
    uint64_t seed;         /* of the random numbers that order equal values; 0: 1 */
} rwda_drift_options;
#define RWDA_DRIFT_OPTIONS_INIT { sizeof(rwda_drift_options), 0.01, 1 }

RWDA_API void rwda_drift_options_default(rwda_drift_options *out, size_t size);

/* What is other than it was, as the bet that gained most says. */
typedef enum {
    RWDA_DRIFT_NONE = 0,
    RWDA_DRIFT_SCORES_HIGHER,     /* or over a quarter of the images score above 95 % of the normal ones */
    RWDA_DRIFT_SCORES_LOWER,
    RWDA_DRIFT_SCORES_WIDER,      /* more at both ends of the normal ones' range, fewer in its middle */
    RWDA_DRIFT_SCORES_NARROWER,
    RWDA_DRIFT_EMBEDDINGS_FARTHER, /* from the mean; the rest as of scores */
    RWDA_DRIFT_EMBEDDINGS_NEARER,
    RWDA_DRIFT_EMBEDDINGS_WIDER,
    RWDA_DRIFT_EMBEDDINGS_NARROWER
} rwda_drift_change;

RWDA_API const char *rwda_drift_change_name(rwda_drift_change change); /* "scores higher", ...; "none"; never NULL */

/* A result, as rwda_score: it grows at its end. */
typedef struct {
    size_t            images;      /* seen so far */
    double            evidence;    /* logarithm of the larger signal's martingale; 0 at the start */
    double            limit;       /* the alarm is raised when evidence reaches it: log(signals / false_alarms) */
    int               alarm;       /* 1: it was raised, and stays */
    rwda_drift_change change;      /* after the alarm: what raised it */
    size_t            alarm_image; /* number of the image that raised it, the first is 1; 0: none */
    size_t            since_image; /* where the change began, as far as the evidence tells; <= alarm_image */
    double            p_value;     /* of the last image: rwda_thresholds_p_value() of its score.  NaN: no image yet */
    double            p_embedding; /* the conformal p-value of its embedding's distance.  NaN also without one */
} rwda_drift_state;

/* A monitor of images scored as the thresholds' were.  The thresholds are borrowed and must outlive it.  They keep embeddings: there are
 * two signals, and each has half of false_alarms.  Memory: 4 bytes for each of the thresholds' values, however long the stream.
 * RWDA_EINVAL (an option's range), RWDA_ENOMEM. */
RWDA_API rwda_status rwda_drift_new(rwda_drift **out, const rwda_thresholds *thresholds, const rwda_drift_options *options,
                                    rwda_error *err);
RWDA_API void        rwda_drift_free(rwda_drift *drift);

/* The next image of the stream, whatever its label: a threshold decides about an image, this about all of them.
 *   embedding  [dim], as in rwda_thresholds_new_with_embeddings(); NULL: the score alone is looked at.  Not used where the thresholds
 *              keep none
 *   out        the state after it
 * RWDA_EINVAL (a number is not finite), RWDA_EMISMATCH (dim is not the thresholds'); the state is then as before. */
RWDA_API rwda_status rwda_drift_add_sized(rwda_drift_state *out, size_t size, rwda_drift *drift, double score,
                                          const float *embedding, size_t dim, rwda_error *err);
#define rwda_drift_add(out, ...) rwda_drift_add_sized(out, sizeof(rwda_drift_state), __VA_ARGS__)

RWDA_API rwda_status rwda_drift_get_state_sized(rwda_drift_state *out, size_t size, const rwda_drift *drift, rwda_error *err);
#define rwda_drift_get_state(out, ...) rwda_drift_get_state_sized(out, sizeof(rwda_drift_state), __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
