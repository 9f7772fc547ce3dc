/* test_memory_map.c - is a map beside a memory its distances enlarged, and its score the one without a map? */
#include "anomaly/memory_bank.h"

#include "tests/unit/memory_rig.h"

#include <math.h>
#include <stdbool.h>

#define IMAGES 6

static rwda_model   *model;
static rwda_session *session;
static rig_image     images[IMAGES + 1];

static const rwda_memory_options defaults = RWDA_MEMORY_OPTIONS_INIT;

static int set_up(void **state)
{
    if (rig_begin(state) != 0)
        return 1;
    model   = rig_model(0, RWDA_CPU_AUTO);
    session = rig_session(model, 2, 16);
    rig_images_make(images, RW_COUNTOF(images));
    images[IMAGES].image = (rwda_image){ 31, 12, 93, images[IMAGES].pixels }; /* not square */
    return 0;
}

static int tear_down(void **state)
{
    rwda_session_free(session);
    rwda_model_free(model);
    return rig_end(state);
}

static void a_map_and_its_score_come_from_one_call(void **state)
{
    static float map[2][2048];

    (void)state;
    for (size_t way = 0; way < 8; way++) {
        bool                fused = way % 2 == 1;
        rwda_memory_options o     = defaults;
        rwda_map_options    maps  = RWDA_MAP_OPTIONS_INIT;
        rwda_memory        *m;
        rwda_scorer        *scorer;
        rwda_error          err = { 0 };

        o.mutual    = way / 2 == 1;
        o.tiles     = way / 2 == 2 ? 2 : 1;
        m           = rig_memory(session, &o, images, IMAGES);
        scorer      = rig_scorer_of(session, NULL, m, fused ? 0.5 : 0.0, RWDA_METHOD_CLIP, RWDA_CROPS_ONE);
        maps.mode   = way == 7 ? RWDA_MAP_PATCHES : RWDA_MAP_MEMORY;
        maps.smooth = way == 6 ? 1.5f : 0.0f;
        for (size_t i = IMAGES - 1; i <= IMAGES; i++) { /* one that the memory has, one that it has not */
            const rwda_image *image = &images[i].image;
            size_t            n     = (size_t)image->width * (size_t)image->height;
            rwda_score        both, score = rig_score(session, scorer, image);
            float             most = 0.0f;

            for (size_t p = 0; p < n; p++)
                map[0][p] = map[1][p] = NAN;
            assert_ok(rwda_map_score(&both, map[0], session, scorer, image, way == 6 || way == 7 ? &maps : NULL, &err), err);
            assert_ok(rwda_map_compute(map[1], session, scorer, image, &maps, &err), err);
            assert_same_score(&both, &score);
            assert_memory_equal(map[0], map[1], n * sizeof **map);
            for (size_t p = 0; p < n; p++) {
                assert_true(map[0][p] >= 0.0f && map[0][p] <= 1.0f);
                most = fmaxf(most, map[0][p]);
            }
            if (i < IMAGES && !o.mutual && way != 7)
                assert_true(most < 2e-7f); /* an image that is remembered is nowhere far */
            else
                assert_true(most > 1e-4f);
        }
        rwda_scorer_free(scorer);
        rwda_memory_free(m);
    }
}

/* Each patch of an image that is as many pixels wide as the memory sees has its distance at its centre. */
static void a_map_is_the_distances_enlarged(void **state)
{
    static float        map[24 * 24];
    rwda_memory_options o = defaults;
    rwda_memory        *m;
    rwda_scorer        *scorer;
    rig_image           image;
    float               patches[9], most = 0.0f;
    rwda_error          err = { 0 };

    (void)state;
    o.share = 0.1f; /* the highest of nine */
    m       = rig_memory(session, &o, images, IMAGES);
    scorer  = rig_scorer(session, m);
    rig_image_make(&image, 50, 24, 24);
    assert_ok(rwda_map_compute(map, session, scorer, &image.image, NULL, &err), err);
    for (int i = 0; i < 9; i++) { /* bilinear: the mean of the four pixels around the centre */
        int x = 8 * (i % 3) + 3, y = 8 * (i / 3) + 3;

        patches[i] = (map[y * 24 + x] + map[y * 24 + x + 1] + map[(y + 1) * 24 + x] + map[(y + 1) * 24 + x + 1]) / 4;
        most       = fmaxf(most, patches[i]);
    }
    assert_true(map[0] > 0.0f && map[0] != map[24 * 24 - 1]);
    assert_true(fabsf(rig_score(session, scorer, &image.image).score - most) < 0.05f * most);
    rwda_scorer_free(scorer);
    rwda_memory_free(m);
}

static void maps_that_do_not_fit_are_refused(void **state)
{
    static float map[2048];
    rwda_memory *m      = rig_memory(session, NULL, images, IMAGES);
    rwda_scorer *memory = rig_scorer(session, m),
                *words  = rig_scorer_of(session, NULL, NULL, 0.0, RWDA_METHOD_CLIP, RWDA_CROPS_ONE),
                *fused  = rig_scorer_of(session, NULL, m, 0.5, RWDA_METHOD_CLIP, RWDA_CROPS_ONE);
    rwda_image empty    = { 3, 0, 9, images[0].pixels };
    rwda_error err      = { 0 };

    (void)state;
#define REFUSED(with, kind, field, value, says)                                                                             \
    do {                                                                                                                    \
        rwda_map_options o = RWDA_MAP_OPTIONS_INIT;                                                                         \
        rwda_score       score;                                                                                             \
        o.mode  = kind;                                                                                                     \
        o.field = value;                                                                                                    \
        assert_refused(says, rwda_map_compute(map, session, with, &images[0].image, &o, &err), RWDA_EINVAL, &err, says);    \
        assert_refused(says, rwda_map_score(&score, map, session, with, &images[0].image, &o, &err), RWDA_EINVAL, &err,     \
                       says);                                                                                               \
    } while (0)
    REFUSED(words, RWDA_MAP_MEMORY, tile, 0, "mode memory, but the scorer has no memory");
    REFUSED(memory, RWDA_MAP_WINDOWS, tile, 0, "mode windows needs words");
    REFUSED(memory, RWDA_MAP_PATCHES, tile, 0, "mode patches needs words");
    REFUSED(memory, RWDA_MAP_CROPS, tile, 0, "mode crops needs words");
    REFUSED(memory, (rwda_map_mode)4, tile, 0, "mode");
    REFUSED(words, (rwda_map_mode)4, tile, 0, "mode 4");
    REFUSED(fused, (rwda_map_mode)4, tile, 0, "mode 4");
    REFUSED(memory, RWDA_MAP_MEMORY, tile, 32, "tile 32");
    REFUSED(memory, RWDA_MAP_MEMORY, smooth, -1.0f, "smooth -1");
    REFUSED(memory, RWDA_MAP_MEMORY, smooth, NAN, "smooth nan");
    REFUSED(memory, RWDA_MAP_MEMORY, smooth, 300.0f, "smooth 300");
#undef REFUSED
    assert_refused("empty", rwda_map_compute(map, session, memory, &empty, NULL, &err), RWDA_EINVAL, &err, "3 x 0");
    {
        rwda_map_options o =
            RWDA_MAP_OPTIONS_INIT; /* beside a memory the modes of words are there too, and the scale is theirs */

        o.mode = RWDA_MAP_PATCHES;
        assert_ok(rwda_map_compute(map, session, fused, &images[0].image, &o, &err), err);
    }
    rwda_scorer_free(memory);
    rwda_scorer_free(words);
    rwda_scorer_free(fused);
    rwda_memory_free(m);
}

static void maps_are_drawn_on_the_memorys_scale(void **state)
{
    rwda_memory *m = rig_memory(session, NULL, images, IMAGES), *one = rig_memory(session, NULL, images, 1);
    rwda_scorer *memory = rig_scorer(session, m), *alone = rig_scorer(session, one),
                *words = rig_scorer_of(session, NULL, NULL, 0.0, RWDA_METHOD_CLIP, RWDA_CROPS_ONE);
    float most         = 0.0f;

    (void)state;
    for (size_t i = 0; i < IMAGES; i++)
        most = fmaxf(most, rwda_memory_image_at(m, i)->score);
    assert_true(rwda_scorer_map_scale(memory, RWDA_MAP_MEMORY) == 2.0f * most);
    assert_true(rwda_scorer_map_scale(memory, RWDA_MAP_PATCHES) == 1.0f);
    assert_true(rwda_scorer_map_scale(alone, RWDA_MAP_MEMORY) == 0.25f);
    assert_true(rwda_scorer_map_scale(words, RWDA_MAP_MEMORY) == 1.0f);
    assert_true(rwda_scorer_map_scale(words, RWDA_MAP_WINDOWS) == 1.0f);
    m->images[2].score = 0.9f; /* never above 1 */
    assert_true(rwda_scorer_map_scale(memory, RWDA_MAP_MEMORY) == 1.0f);
    rwda_scorer_free(memory);
    rwda_scorer_free(alone);
    rwda_scorer_free(words);
    rwda_memory_free(m);
    rwda_memory_free(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_and_its_score_come_from_one_call),
        cmocka_unit_test(a_map_is_the_distances_enlarged),
        cmocka_unit_test(maps_that_do_not_fit_are_refused),
        cmocka_unit_test(maps_are_drawn_on_the_memorys_scale),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
