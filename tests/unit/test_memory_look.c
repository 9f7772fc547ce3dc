/* test_memory_look.c - does a memory see each tile as if it were an image, and put its patches where they belong? */
#include "anomaly/memory_look.h"

#include "api/session.h"
#include "clip/layer_tokens.h"
#include "tests/unit/memory_rig.h"

#include <stdbool.h>

#define WIDTH 16
#define SIDE  3 /* patches along a tile */

/* A session, and what images are looked at with. */
typedef struct {
    rwda_model         *model;
    rwda_session       *session;
    rw_encoder          encoder;
    rw_clip             view;
    float              *positions;
    rwda_memory_options options;
} rig;

static void rig_open(rig *r, int batch, int tiles, int image_size)
{
    rwda_memory_options o   = RWDA_MEMORY_OPTIONS_INIT;
    rwda_error          err = { 0 };

    r->model     = rig_model(0, RWDA_CPU_AUTO);
    r->session   = rig_session(r->model, 2, batch);
    r->encoder   = rw_session_encoder(r->session);
    o.tiles      = tiles;
    o.image_size = image_size;
    o.resize     = RWDA_RESIZE_SQUASH;
    assert_ok(rw_memory_options_complete(&r->options, &o, r->model->clip, &err), err);
    assert_ok(rw_clip_at_side(&r->view, &r->positions, r->model->clip, r->options.image_size, &err), err);
}

static void rig_close(rig *r)
{
    free(r->positions);
    rwda_session_free(r->session);
    rwda_model_free(r->model);
}

static rw_memory_look look_at(rig *r, const rwda_memory_options *options, const rwda_image *image)
{
    rw_memory_look look;
    rwda_error     err = { 0 };

    assert_ok(rw_memory_look_at(&look, options, &r->view, &r->encoder, &image, 1, &err), err);
    return look;
}

static void tiles_are_looked_at_as_images(void **state)
{
    static const int sizes[][2] = { { 24, 24 }, { 36, 12 }, { 12, 30 }, { 25, 31 } }; /* the last is cut unevenly */

    (void)state;
    for (int n = 1; n <= 3; n++)
        for (size_t s = 0; s < RW_COUNTOF(sizes); s++)
            for (int batch = 1; batch <= 16; batch += 5) { /* tiles of an image in several passes, or in one */
                int                 width = sizes[s][0], height = sizes[s][1];
                size_t              grid = (size_t)n * SIDE;
                rwda_memory_options one;
                rw_memory_look      whole;
                rig_image           image;
                rig                 r;

                rig_open(&r, batch, n, 8 * SIDE);
                rig_image_make(&image, (unsigned)s, width, height);
                one       = r.options;
                one.tiles = 1;
                whole     = look_at(&r, &r.options, &image.image);
                assert_int_equal(whole.cells, grid * grid);
                for (int row = 0; row < n; row++)
                    for (int column = 0; column < n; column++) {
                        int        left = column * width / n, top = row * height / n;
                        rwda_image tile = { (column + 1) * width / n - left, (row + 1) * height / n - top, 3 * (size_t)width,
                                            image.pixels + 3 * (top * width + left) };
                        rw_memory_look part = look_at(&r, &one, &tile);

                        for (size_t l = 0; l < 2; l++)
                            for (size_t y = 0; y < SIDE; y++)
                                assert_memory_equal(part.tokens[l] + y * SIDE * WIDTH,
                                                    whole.tokens[l] +
                                                        (((size_t)row * SIDE + y) * grid + (size_t)column * SIDE) * WIDTH,
                                                    SIDE * WIDTH * sizeof(float));
                    }
                rig_close(&r);
            }
}

/* Images of several sizes in one call, whatever fits a pass. */
static void images_together_are_looked_at_as_alone(void **state)
{
    rig_image         images[5];
    const rwda_image *all[5];

    (void)state;
    for (int n = 1; n <= 2; n++)
        for (int batch = 1; batch <= 7; batch += 3) {
            rw_memory_look looks[5];
            rwda_error     err = { 0 };
            size_t         taken;
            rig            r;

            rig_open(&r, batch, n, 16); /* the model's own side */
            for (size_t i = 0; i < 5; i++) {
                rig_image_make(&images[i], (unsigned)i, 12 + 3 * (int)i, i == 2 ? 18 : 20);
                all[i] = &images[i].image;
            }
            assert_ok(rw_memory_look_at(looks, &r.options, &r.view, &r.encoder, all, 5, &err), err);
            assert_int_equal(rw_memory_images_together(&r.options, &r.view, &r.encoder),
                             batch / (n * n) > 0 ? batch / (n * n) : 1);
            taken = rw_arena_bytes(r.encoder.arena);
            for (size_t i = 0; i < 5; i++) {
                rw_arena_mark  mark = rw_arena_save(r.encoder.arena);
                rw_memory_look look = look_at(&r, &r.options, all[i]);
                float          x[12];

                for (size_t l = 0; l < 2; l++)
                    assert_memory_equal(look.tokens[l], looks[i].tokens[l], look.cells * WIDTH * sizeof(float));
                assert_int_equal(looks[i].embedding != NULL,
                                 n == 1); /* of one tile at the model's side: the whole image's */
                if (looks[i].embedding != NULL) {
                    assert_ok(rwda_session_embed_images(x, r.session, &all[i], 1, RWDA_RESIZE_SQUASH, RWDA_CROPS_ONE, &err),
                              err);
                    assert_memory_equal(x, looks[i].embedding, sizeof x);
                }
                rw_arena_rewind(r.encoder.arena, mark);
                assert_int_equal(rw_arena_bytes(r.encoder.arena), taken);
            }
            rig_close(&r);
        }
}

/* The pass gives the image's embedding only where words would see the image so. */
static void embeddings_come_from_the_pass_where_they_are_the_words(void **state)
{
    static const struct {
        int         image_size, words, width;
        rwda_resize resize;
        rwda_crops  crops;
        bool        given;
    } cases[] = {
        { 16, 1, 20, RWDA_RESIZE_SQUASH, RWDA_CROPS_ONE, true },
        { 24, 1, 20, RWDA_RESIZE_SQUASH, RWDA_CROPS_ONE, false },
        { 16, 0, 20, RWDA_RESIZE_SQUASH, RWDA_CROPS_ONE, false },
        { 16, 1, 30, RWDA_RESIZE_SQUASH, RWDA_CROPS_ONE, true },
        { 16, 1, 20, RWDA_RESIZE_SHORTEST, RWDA_CROPS_ONE, true },
        { 16, 1, 30, RWDA_RESIZE_SHORTEST, RWDA_CROPS_ONE, false },
        { 16, 1, 20, RWDA_RESIZE_SQUASH, RWDA_CROPS_2X2, false },
    };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        rig_image      image;
        rw_memory_look look;
        rig            r;

        rig_open(&r, 16, 1, cases[i].image_size);
        rig_image_make(&image, 1, cases[i].width, 20);
        r.options.words  = cases[i].words;
        r.options.resize = cases[i].resize;
        r.options.crops  = cases[i].crops;
        look             = look_at(&r, &r.options, &image.image);
        assert_int_equal(look.embedding != NULL, cases[i].given);
        rig_close(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiles_are_looked_at_as_images),
        cmocka_unit_test(images_together_are_looked_at_as_alone),
        cmocka_unit_test(embeddings_come_from_the_pass_where_they_are_the_words),
    };

    return cmocka_run_group_tests(tests, rig_begin, rig_end);
}
