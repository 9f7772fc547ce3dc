/* test_drift_pixels.c - are other light, a blur and another object noticed in real pixels, through the shipped model, and nothing where nothing
 * changed? */
#include "studies/corruption.h"

#include "base/random.h"
#include "tests/common/demo.h"

#include <rwda_drift.h>

#include <math.h>

#define SIDE    160 /* of the pieces of a sample that stand for images of one product */
#define NORMALS (SANITIZED ? 40 : 100)
#define LIKE    (SANITIZED ? 20 : 100)
#define STATED  30 /* images; docs/calibration.md */

static rw_random random_places;

/* A piece of a sample as an image of its own; it points into the sample. */
static rwda_image piece(const rwda_image *sample)
{
    uint32_t x = rw_random_below(&random_places, (uint32_t)(sample->width - SIDE));
    uint32_t y = rw_random_below(&random_places, (uint32_t)(sample->height - SIDE));

    return (rwda_image){ SIDE, SIDE, sample->stride, sample->pixels + y * sample->stride + (size_t)3 * x };
}

/* Score and embedding of a piece of the sample, changed as `how` says (NULL: not). */
static double see(float *x, const rwda_scorer *scorer, const rwda_image *sample, const corruption *how)
{
    rwda_image        part = piece(sample), *changed = how != NULL ? corruption_apply(&part, how, 1) : NULL;
    const rwda_image *image = how != NULL ? changed : &part;
    rwda_error        err   = { 0 };
    rwda_score        score;

    assert_non_null(image);
    assert_ok(rwda_session_embed_images(x, demo.session, &image, 1, RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, &err), err);
    assert_ok(rwda_scorer_score_embeddings(&score, demo.session, scorer, x, 1, &err), err);
    free(changed);
    return (double)score.score;
}

static void a_change_of_pixels_is_noticed(void **state)
{
    static const struct {
        const char *name, *sample; /* sample NULL: the calibration's */
        corruption  how;           /* amount 0: none */
    } cases[] = {
        { "nothing", NULL, { 0 } },
        { "brightness x 0.7", NULL, { CORRUPTION_BRIGHTNESS, NULL, NULL, 0.7 } },
        { "brightness x 1.3", NULL, { CORRUPTION_BRIGHTNESS, NULL, NULL, 1.3 } },
        { "blur of 3 %", NULL, { CORRUPTION_BLUR, NULL, NULL, 0.03 } },
        { "noise of 30", NULL, { CORRUPTION_NOISE, NULL, NULL, 30 } },
        { "another object", "good/leather.jpg", { 0 } },
    };
    static const char *const products[] = { "good/wood.jpg", "good/grid.jpg", "good/mosaic.jpg" };
    rwda_scorer             *scorer;
    size_t                   dim = (size_t)rwda_model_get_info(demo.model)->embed_dim;
    float                   *x   = calloc((size_t)NORMALS + 1, dim * sizeof *x);
    double                   scores[NORMALS];
    rwda_error               err = { 0 };

    (void)state;
    assert_non_null(x);
    random_places = rw_random_init(1, 0);
    assert_ok(rwda_scorer_new(&scorer, demo.session, demo.detector, NULL, &err), err);
    for (size_t p = 0; p < RW_COUNTOF(products); p++) {
        rwda_image      *sample = demo_sample(products[p]);
        rwda_thresholds *thresholds;

        for (size_t i = 0; i < NORMALS; i++)
            scores[i] = see(x + i * dim, scorer, sample, NULL);
        assert_ok(rwda_thresholds_new_with_embeddings(&thresholds, scores, NULL, NORMALS, x, NORMALS, dim,
                                                      rwda_scorer_describe(scorer), NULL, &err),
                  err);
        for (size_t c = 0; c < RW_COUNTOF(cases);
             c += SANITIZED ? RW_COUNTOF(cases) - 1 : 1) { /* small inputs do not show all */
            rwda_image      *other = cases[c].sample != NULL ? demo_sample(cases[c].sample) : sample;
            rwda_drift      *drift;
            rwda_drift_state s = { 0 };

            assert_ok(rwda_drift_new(&drift, thresholds, NULL, &err), err);
            while (!s.alarm && s.images < (c == 0 ? LIKE : 4 * STATED)) {
                double score = see(x, scorer, other, cases[c].how.amount > 0 ? &cases[c].how : NULL);

                assert_ok(rwda_drift_add(&s, drift, score, x, dim, &err), err);
            }
            print_message("%-16s %-18s %s after %zu images (%s)\n", products[p], cases[c].name,
                          s.alarm ? "noticed" : "no alarm", s.images, rwda_drift_change_name(s.change));
            if (c == 0 ? s.alarm : !s.alarm || s.alarm_image > STATED)
                fail_msg("%s, %s", products[p], cases[c].name);
            rwda_drift_free(drift);
            if (other != sample)
                rwda_image_free(other);
        }
        rwda_thresholds_free(thresholds);
        rwda_image_free(sample);
    }
    rwda_scorer_free(scorer);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_of_pixels_is_noticed),
    };

    return cmocka_run_group_tests(tests, demo_open, demo_close);
}
