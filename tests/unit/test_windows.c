/* test_windows.c - do window passes and patch passes see what they should, whatever the chunks and threads? */
#include "clip/window_pass.h"

#include "api/session.h"
#include "clip/block.h"
#include "clip/patch_tower.h"
#include "clip/towers.h"
#include "rwda.h"
#include "tests/unit/check.h"

#include <math.h>

static rwda_model *model;

static int open_model(void **state)
{
    rwda_error err;

    (void)state;
    return rwda_model_open(&model, RWDA_TEST_DIR "/model", NULL, &err) != RWDA_OK;
}

static int close_model(void **state)
{
    (void)state;
    rwda_model_free(model);
    return 0;
}

typedef struct {
    rwda_session *session;
    rw_encoder    encoder;
    size_t        side, grid, tokens, d, dim;
    float        *pixels, *x; /* one crop, and its tokens */
} bench;

static void bench_new(bench *b, int threads)
{
    rwda_session_options options = RWDA_SESSION_OPTIONS_INIT;
    rwda_error           err     = { 0 };
    const rw_clip       *clip    = model->clip;

    options.threads = threads;
    assert_ok(rwda_session_new(&b->session, model, &options, &err), err);
    b->encoder = rw_session_encoder(b->session);
    b->side    = (size_t)clip->config.image_size;
    b->grid    = rw_vision_grid(clip);
    b->tokens  = rw_vision_token_count(clip);
    b->d       = (size_t)clip->config.vision.width;
    b->dim     = (size_t)clip->config.embed_dim;
    b->pixels  = rw_new_array(3 * b->side * b->side, sizeof(float));
    b->x       = rw_new_array(b->tokens * b->d, sizeof(float));
    assert_true(b->pixels != NULL && b->x != NULL);
    for (size_t i = 0; i < 3 * b->side * b->side; i++)
        b->pixels[i] = sinf((float)(i % 7919)) + (i / b->side % b->side > b->side / 2 ? 0.7f : 0.0f);
    assert_ok(rw_vision_tokens(b->x, clip, b->pixels, 1, b->encoder.arena, b->encoder.pool, &err), err);
}

static void bench_free(bench *b)
{
    free(b->pixels);
    free(b->x);
    rwda_session_free(b->session);
}

static void windows_are_counted(void **state)
{
    (void)state;
    assert_int_equal(rw_window_count(15, 2), 196);
    assert_int_equal(rw_window_count(15, 3), 169);
    assert_int_equal(rw_window_count(3, 3), 1);
    assert_int_equal(rw_window_count(2, 3), 0);
    assert_int_equal(rw_window_count(4, 0), 0);
}

/* Embeds n sequences one by one through the plain parts; the windows' tokens are picked here by coordinates, not by gather(). */
static void each_window_is_its_own_small_image(void **state)
{
    static const size_t sides[] = { 2, 3 };
    bench               b;
    rwda_error          err = { 0 };
    size_t              n, at = 0;
    float              *out, *alone, *rows;

    (void)state;
    bench_new(&b, 2);
    n     = rw_window_count(b.grid, 2) + rw_window_count(b.grid, 3);
    out   = rw_new_array(n * b.dim, sizeof *out);
    alone = rw_new_array(b.dim, sizeof *alone);
    rows  = rw_new_array(10 * b.d, sizeof *rows);
    assert_true(out != NULL && alone != NULL && rows != NULL);
    assert_ok(rw_windows_encode(out, model->clip, b.x, sides, 2, RW_WINDOW_ROWS, b.encoder.arena, b.encoder.pool, &err),
              err);
    for (size_t s = 0; s < 2; s++)
        for (size_t y = 0; y + sides[s] <= b.grid; y++)
            for (size_t x = 0; x + sides[s] <= b.grid; x++, at++) {
                size_t       start[] = { 0, 1 }, *end = &start[1];
                rw_sequences window = { start, NULL, 1 };

                memcpy(rows, b.x, b.d * sizeof *rows);
                for (size_t v = 0; v < b.grid; v++)
                    for (size_t u = 0; u < b.grid; u++)
                        if (v >= y && v < y + sides[s] && u >= x && u < x + sides[s])
                            memcpy(rows + (*end)++ * b.d, b.x + (1 + v * b.grid + u) * b.d, b.d * sizeof *rows);
                assert_int_equal(*end, 1 + sides[s] * sides[s]);
                assert_ok(rw_vision_encode_sequences(alone, rows, &window, model->clip, b.encoder.arena, NULL, &err), err);
                assert_memory_equal(alone, out + at * b.dim, b.dim * sizeof *alone);
            }
    assert_int_equal(at, n);
    free(out);
    free(alone);
    free(rows);
    bench_free(&b);
}

static void chunks_and_threads_change_no_bit(void **state)
{
    static const struct {
        int    threads;
        size_t rows;
    } ways[]                     = { { 1, RW_WINDOW_ROWS }, { 2, 1 }, { 3, 23 }, { 1, 100000 } };
    static const size_t sides[]  = { 2, 3, 99 }; /* 99 does not fit: no window */
    float              *first[2] = { NULL, NULL };
    bench               b;

    (void)state;
    for (size_t w = 0; w < RW_COUNTOF(ways); w++) {
        rwda_error err = { 0 };
        size_t     n, cells;
        float     *windows, *patches;

        bench_new(&b, ways[w].threads);
        n       = (rw_window_count(b.grid, 2) + rw_window_count(b.grid, 3)) * b.dim;
        cells   = b.grid * b.grid * b.dim;
        windows = rw_new_array(n, sizeof *windows);
        patches = rw_new_array(cells, sizeof *patches);
        assert_true(windows != NULL && patches != NULL);
        assert_ok(
            rw_windows_encode(windows, model->clip, b.x, sides, 3, ways[w].rows, b.encoder.arena, b.encoder.pool, &err),
            err);
        assert_ok(rw_patches_encode(patches, NULL, model->clip, b.x, 3, b.encoder.arena, b.encoder.pool, &err), err);
        if (w == 0) {
            first[0] = windows;
            first[1] = patches;
        } else {
            assert_memory_equal(first[0], windows, n * sizeof *windows);
            assert_memory_equal(first[1], patches, cells * sizeof *patches);
            free(windows);
            free(patches);
        }
        bench_free(&b);
    }
    free(first[0]);
    free(first[1]);
}

/* The class token beside the patches, and the one window that is the whole grid, are the crop's plain embedding to the bit; without
 * v-v attention the patches are the plain tower's tokens. */
static void the_usual_stream_is_the_plain_tower(void **state)
{
    bench      b;
    rwda_error err      = { 0 };
    int        layers   = model->clip->config.vision.layers;
    size_t     start[2] = { 0, 0 };
    float     *plain, *whole, *patches, *other, *x;

    (void)state;
    bench_new(&b, 2);
    start[1] = b.tokens;
    plain    = rw_new_array(b.dim, sizeof *plain);
    whole    = rw_new_array(b.dim, sizeof *whole);
    patches  = rw_new_array(b.tokens * b.dim, sizeof *patches);
    other    = rw_new_array(b.tokens * b.dim, sizeof *other);
    x        = rw_new_array(b.tokens * b.d, sizeof *x);
    assert_true(plain != NULL && whole != NULL && patches != NULL && other != NULL && x != NULL);
    assert_ok(rw_encode_crops(plain, &b.encoder, b.pixels, 1, &err), err);
    assert_ok(rw_windows_encode(whole, model->clip, b.x, &b.grid, 1, 1, b.encoder.arena, b.encoder.pool, &err), err);
    assert_memory_equal(plain, whole, b.dim * sizeof *plain);
    for (int blocks = 0; blocks <= layers; blocks += layers) {
        memset(whole, 0, b.dim * sizeof *whole);
        assert_ok(rw_patches_encode(patches, whole, model->clip, b.x, blocks, b.encoder.arena, b.encoder.pool, &err), err);
        assert_memory_equal(plain, whole, b.dim * sizeof *plain);
    }
    {
        rw_sequences whole_image = { start, NULL, 1 };
        rw_batch     batch       = rw_vision_batch(model->clip, &whole_image, b.encoder.pool);

        memcpy(x, b.x, b.tokens * b.d * sizeof *x);
        for (int i = 0; i < layers; i++)
            assert_ok(rw_block_run(x, &batch, &model->clip->vision.blocks[i], b.encoder.arena, &err), err);
        assert_ok(rw_vision_project(other, x, model->clip, b.tokens, b.encoder.arena, b.encoder.pool, &err), err);
    }
    assert_memory_not_equal(patches, other + b.dim, (b.tokens - 1) * b.dim * sizeof *other);
    assert_ok(rw_patches_encode(patches, NULL, model->clip, b.x, 0, b.encoder.arena, b.encoder.pool, &err), err);
    assert_memory_equal(patches, other + b.dim, (b.tokens - 1) * b.dim * sizeof *other);
    free(plain);
    free(whole);
    free(patches);
    free(other);
    free(x);
    bench_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_are_counted),
        cmocka_unit_test(each_window_is_its_own_small_image),
        cmocka_unit_test(chunks_and_threads_change_no_bit),
        cmocka_unit_test(the_usual_stream_is_the_plain_tower),
    };

    return cmocka_run_group_tests(tests, open_model, close_model);
}
