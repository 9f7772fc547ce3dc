/* test_memory_coreset.c - which tokens does a thinned memory hold, when it is made and when it is continued? */
#include "anomaly/memory_builder.h"

#include "tests/unit/memory_rig.h"

#include <math.h>
#include <stdbool.h>

#define IMAGES 6
#define CELLS  9 /* tokens of an image */
#define LAYERS 2
#define WIDTH  16

static rwda_model   *model;
static rwda_session *session;
static rig_image     images[IMAGES + 3];

static const rwda_memory_options defaults = RWDA_MEMORY_OPTIONS_INIT;

static int set_up(void **state)
{
    if (rig_begin(state) != 0)
        return 1;
    model   = rig_model(0, RWDA_CPU_AUTO);
    session = rig_session(model, 2, 16);
    rig_images_make(images, RW_COUNTOF(images));
    return 0;
}

static int tear_down(void **state)
{
    rwda_session_free(session);
    rwda_model_free(model);
    return rig_end(state);
}

static rwda_memory_options keeping(float keep)
{
    rwda_memory_options o = defaults;

    o.keep = keep;
    return o;
}

static size_t count_of(const rwda_memory *m, size_t layer, size_t image)
{
    return m->starts[layer][image + 1] - m->starts[layer][image];
}

/* Number of the image with these pixels. */
static size_t place_of(const rwda_memory *m, const rig_image *image)
{
    char sha256[65];

    rw_image_sha256(sha256, &image->image);
    return rw_memory_find(m, sha256);
}

/* Whether the tokens of image `a` of one memory are, in their order, some of those of image `b` of the other. */
static bool are_some_of(const rwda_memory *few, size_t a, const rwda_memory *many, size_t b)
{
    float x[CELLS * WIDTH], y[CELLS * WIDTH];

    for (size_t l = 0; l < LAYERS; l++) {
        size_t n = count_of(few, l, a), m = count_of(many, l, b), next = 0;

        assert_true(n <= CELLS && m <= CELLS);
        rw_memory_widen(x, few, l, few->starts[l][a], n);
        rw_memory_widen(y, many, l, many->starts[l][b], m);
        for (size_t t = 0; t < m && next < n; t++)
            next += memcmp(x + next * WIDTH, y + t * WIDTH, WIDTH * sizeof *x) == 0;
        if (next < n)
            return false;
    }
    return true;
}

static void a_share_of_each_layer_stays(void **state)
{
    static const float shares[] = { 0.0001f, 0.1f, 0.25f, 0.5f, 0.99f };
    rwda_memory       *whole    = rig_memory(session, NULL, images, IMAGES);

    (void)state;
    for (size_t s = 0; s < RW_COUNTOF(shares); s++) {
        rwda_memory_options o = keeping(shares[s]);
        rwda_memory        *m;

        for (o.storage = RWDA_PRECISION_F32; o.storage != RWDA_PRECISION_AUTO;
             o.storage = o.storage == RWDA_PRECISION_F32   ? RWDA_PRECISION_F16
                         : o.storage == RWDA_PRECISION_F16 ? RWDA_PRECISION_INT8
                                                           : RWDA_PRECISION_AUTO) {
            float first[WIDTH], kept[WIDTH];

            m = rig_memory(session, &o, images, IMAGES);
            assert_int_equal(rwda_memory_get_info(m)->tokens, rw_share_of((double)shares[s], IMAGES * CELLS));
            assert_int_equal(rwda_memory_get_info(m)->scores_exact, 1);
            for (size_t i = 0; i < IMAGES && o.storage == RWDA_PRECISION_F32; i++)
                assert_true(are_some_of(m, i, whole, i));
            for (size_t l = 0; l < LAYERS; l++) { /* the first that is picked is the first of all */
                rw_memory_widen(first, whole, l, 0, 1);
                rw_memory_widen(kept, m, l, 0, 1);
                assert_true(count_of(m, l, 0) > 0);
                for (size_t j = 0; j < WIDTH; j++)
                    assert_true(fabsf(first[j] - kept[j]) < 0.01f);
            }
            rwda_memory_free(m);
        }
    }
    rwda_memory_free(whole);
}

/* Picked by plain loops: each time the token farthest from all that are chosen, of two the one with the lower number. */
static void it_is_the_greedy_choice(void **state)
{
    static float        x[IMAGES * CELLS * WIDTH], y[IMAGES * CELLS * WIDTH];
    rwda_memory_options o     = keeping(0.3f);
    rwda_memory        *whole = rig_memory(session, NULL, images, IMAGES), *m = rig_memory(session, &o, images, IMAGES);
    const rw_kernels   *kernels = whole->view.kernels;

    (void)state;
    for (size_t l = 0; l < LAYERS; l++) {
        bool   chosen[IMAGES * CELLS] = { true };
        size_t n = IMAGES * CELLS, next = 0;

        rw_memory_widen(x, whole, l, 0, n);
        rw_memory_widen(y, m, l, 0, m->starts[l][IMAGES]);
        for (size_t k = 1; k < m->starts[l][IMAGES]; k++) {
            size_t farthest = n;
            float  least    = INFINITY;

            for (size_t i = 0; i < n; i++) {
                float nearest = -INFINITY;

                for (size_t j = 0; j < n; j++)
                    if (chosen[j])
                        nearest = fmaxf(nearest, kernels->dot(x + i * WIDTH, x + j * WIDTH, WIDTH));
                if (!chosen[i] && nearest < least) {
                    least    = nearest;
                    farthest = i;
                }
            }
            chosen[farthest] = true;
        }
        for (size_t i = 0; i < n; i++)
            if (chosen[i])
                assert_memory_equal(x + i * WIDTH, y + next++ * WIDTH, WIDTH * sizeof *x);
        assert_int_equal(next, m->starts[l][IMAGES]);
    }
    rwda_memory_free(whole);
    rwda_memory_free(m);
}

static void added_images_are_thinned_beside_those_that_are_there(void **state)
{
    rwda_memory_options  o    = keeping(0.25f);
    rwda_memory         *base = rig_memory(session, &o, images, IMAGES), *m, *decoded;
    rwda_memory_builder *b    = rig_builder(session, base, NULL);
    size_t               len;
    const void          *bytes;
    rwda_error           err = { 0 };

    (void)state;
    rig_add(b, images + IMAGES, 2);
    m = rig_finish(b);
    assert_int_equal(rwda_memory_get_info(m)->images, IMAGES + 2);
    assert_int_equal(rwda_memory_get_info(m)->tokens, rw_share_of(0.25, IMAGES * CELLS) + rw_share_of(0.25, 2 * CELLS));
    assert_int_equal(rwda_memory_get_info(m)->scores_exact, 0);
    for (size_t i = 0; i < IMAGES; i++) { /* what was there is untouched: tokens and scores */
        size_t then = place_of(base, &images[i]), now = place_of(m, &images[i]);

        assert_true(are_some_of(base, then, m, now) && are_some_of(m, now, base, then));
        assert_true(rwda_memory_image_at(m, now)->score == rwda_memory_image_at(base, then)->score);
    }
    for (size_t i = IMAGES; i < IMAGES + 2; i++)
        assert_true(rwda_memory_image_at(m, place_of(m, &images[i]))->score > 0.0f);
    bytes = rwda_memory_file(m, &len); /* the file says so too, and a builder that changes nothing does not forget */
    assert_ok(rwda_memory_decode(&decoded, model, bytes, len, 0, &err), err);
    assert_int_equal(rwda_memory_get_info(decoded)->scores_exact, 0);
    rwda_memory_free(m);
    b = rig_builder(session, decoded, NULL);
    m = rig_finish(b);
    assert_same_memory("unchanged", decoded, m);
    rwda_memory_free(m);
    rwda_memory_free(decoded);
    b = rig_builder(session, base, NULL);
    m = rig_finish(b);
    assert_same_memory("unchanged base", base, m);
    rwda_memory_free(m);
    rwda_memory_free(base);
}

static void dropped_images_take_their_tokens_with_them(void **state)
{
    rwda_memory_options  o    = keeping(0.25f);
    rwda_memory         *base = rig_memory(session, &o, images, IMAGES), *m;
    rwda_memory_builder *b    = rig_builder(session, base, NULL);
    size_t               left = 0;
    rwda_error           err  = { 0 };

    (void)state;
    assert_ok(rwda_memory_builder_drop(b, images[2].name, NULL, &err), err);
    m = rig_finish(b);
    assert_int_equal(rwda_memory_get_info(m)->scores_exact, 0);
    assert_int_equal(place_of(m, &images[2]), SIZE_MAX);
    for (size_t i = 0; i < IMAGES; i++)
        if (i != 2) {
            size_t then = place_of(base, &images[i]), now = place_of(m, &images[i]);

            assert_true(are_some_of(base, then, m, now) && are_some_of(m, now, base, then));
            left += count_of(m, LAYERS - 1, now);
        }
    assert_int_equal(rwda_memory_get_info(m)->tokens, left);
    rwda_memory_free(m);
    rwda_memory_free(base);
    b = rig_builder(session, NULL, &o); /* dropped before anything was thinned: as if it had never been there */
    rig_add(b, images, IMAGES);
    assert_ok(rwda_memory_builder_drop(b, images[2].name, NULL, &err), err);
    base = rig_finish(b);
    b    = rig_builder(session, NULL, &o);
    rig_add(b, images, 2);
    rig_add(b, images + 3, IMAGES - 3);
    m = rig_finish(b);
    assert_same_memory("dropped early", base, m);
    rwda_memory_free(m);
    rwda_memory_free(base);
}

/* Of so few tokens some images have none: they are not among the images whose distances are averaged. */
static void images_without_tokens_do_not_count(void **state)
{
    rwda_memory_options o        = keeping(0.05f); /* 3 of 54 */
    float               robust[] = { 0.0f, 0.3f, 0.5f, 1.0f };

    (void)state;
    for (size_t r = 0; r < RW_COUNTOF(robust); r++) {
        rwda_memory *m;
        rwda_scorer *scorer;
        size_t       empty = 0;
        float        score;

        o.robust = robust[r];
        m        = rig_memory(session, &o, images, IMAGES);
        scorer   = rig_scorer(session, m);
        for (size_t i = 0; i < IMAGES; i++) {
            empty += count_of(m, 0, i) == 0;
            assert_true(rwda_memory_image_at(m, i)->score < 0.9f); /* an empty one would be as far away as can be */
        }
        assert_true(empty >= IMAGES - 3);
        score = rig_score(session, scorer, &images[IMAGES].image).score;
        assert_true(score > 1e-5f && score < 0.9f);
        rwda_scorer_free(scorer);
        rwda_memory_free(m);
    }
    o.keep = 0.0001f; /* one token of all: the image that has it cannot be left out */
    {
        rwda_memory *m = rig_memory(session, &o, images, IMAGES);

        assert_int_equal(rwda_memory_get_info(m)->tokens, 1);
        for (size_t i = 0; i < IMAGES; i++)
            assert_true(count_of(m, 0, i) > 0 || count_of(m, 1, i) > 0 ? isnan(rwda_memory_image_at(m, i)->score)
                                                                       : rwda_memory_image_at(m, i)->score < 0.9f);
        rwda_memory_free(m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_share_of_each_layer_stays),
        cmocka_unit_test(it_is_the_greedy_choice),
        cmocka_unit_test(added_images_are_thinned_beside_those_that_are_there),
        cmocka_unit_test(dropped_images_take_their_tokens_with_them),
        cmocka_unit_test(images_without_tokens_do_not_count),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
