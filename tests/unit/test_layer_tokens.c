/* test_layer_tokens.c - are a layer's tokens those of the whole tower, at any side, in any batch? */
#include "clip/layer_tokens.h"

#include "api/session.h"
#include "clip/block.h"
#include "clip/positions.h"
#include "clip/towers.h"
#include "tests/unit/memory_rig.h"

#include <math.h>

#define N      3 /* crops of a batch */
#define DEMO   RWDA_TEST_DIR "/model"
#define LAYERS 8 /* of the shipped model */

/* One model, and what a pass over N crops gives. */
typedef struct {
    rwda_model   *model;
    rwda_session *session;
    rw_encoder    encoder;
    size_t        tokens, width, dim, crop; /* of a crop: tokens with the class token; floats */
    float        *pixels, *class_token, *out[LAYERS];
} rig;

static void rig_open(rig *r, rwda_model *model, int threads)
{
    const rw_clip *clip = model->clip;

    *r         = (rig){ .model = model, .session = rig_session(model, threads, 16) };
    r->encoder = rw_session_encoder(r->session);
    r->tokens  = rw_vision_token_count(clip);
    r->width   = (size_t)clip->config.vision.width;
    r->dim     = (size_t)clip->config.embed_dim;
    r->crop    = 3 * (size_t)clip->config.image_size * (size_t)clip->config.image_size;
    r->pixels  = rw_new_array(N * r->crop, sizeof *r->pixels);
    for (size_t i = 0; i < N * r->crop; i++)
        r->pixels[i] = sinf((float)(i * i % 4099));
    r->class_token = rw_new_array(N, r->dim * sizeof *r->class_token);
    for (size_t i = 0; i < LAYERS; i++)
        r->out[i] = rw_new_array(N * (r->tokens - 1), r->width * sizeof *r->out[i]);
}

static void rig_close(rig *r)
{
    for (size_t i = 0; i < LAYERS; i++)
        free(r->out[i]);
    free(r->class_token);
    free(r->pixels);
    rwda_session_free(r->session);
    rwda_model_free(r->model);
}

/* What running the blocks one by one gives after block `layer`: x [N, tokens, width]. */
static float *after_block(rig *r, int layer)
{
    const rw_clip *clip = r->model->clip;
    size_t         start[N + 1];
    rw_sequences   whole = { start, NULL, N };
    rw_batch       batch = rw_vision_batch(clip, &whole, r->encoder.pool);
    float         *x     = rw_new_array(N * r->tokens, r->width * sizeof *x);
    rwda_error     err   = { 0 };

    for (size_t i = 0; i <= N; i++)
        start[i] = i * r->tokens;
    assert_ok(rw_vision_tokens(x, clip, r->pixels, N, r->encoder.arena, r->encoder.pool, &err), err);
    for (int i = 0; i < layer; i++)
        assert_ok(rw_block_run(x, &batch, &clip->vision.blocks[i], r->encoder.arena, &err), err);
    return x;
}

static void check_against_tower(rig *r, const int *layers, size_t n_layers)
{
    const rw_clip *clip    = r->model->clip;
    size_t         patches = r->tokens - 1, taken = rw_arena_bytes(r->encoder.arena);
    float         *whole = rw_new_array(N, r->dim * sizeof *whole);
    rwda_error     err   = { 0 };

    assert_ok(rw_vision_encode(whole, clip, r->pixels, N, r->encoder.arena, r->encoder.pool, &err), err);
    assert_ok(rw_layer_tokens(r->out, r->class_token, clip, r->pixels, N, layers, n_layers, r->encoder.arena,
                              r->encoder.pool, &err),
              err);
    assert_memory_equal(r->class_token, whole, N * r->dim * sizeof *whole);
    for (size_t l = 0; l < n_layers; l++) {
        float *x = after_block(r, layers[l]);

        for (size_t i = 0; i < N; i++)
            assert_memory_equal(r->out[l] + i * patches * r->width, x + (i * r->tokens + 1) * r->width,
                                patches * r->width * sizeof *x);
        free(x);
    }
    assert_int_equal(rw_arena_bytes(r->encoder.arena), taken);
    free(whole);
}

static void tokens_and_class_are_the_towers(void **state)
{
    static const int both[] = { 1, 2 }, last[] = { 2 };

    (void)state;
    for (int cpu = RWDA_CPU_REF; cpu <= RWDA_CPU_NEON; cpu++)
        for (int threads = 1; threads <= 3; threads += 2) {
            rwda_model *model = rig_model(0, (rwda_cpu)cpu);
            rig         r;

            if (model == NULL)
                continue;
            rig_open(&r, model, threads);
            check_against_tower(&r, both, 2);
            check_against_tower(&r, last, 1);
            check_against_tower(&r, NULL, 0); /* the class token alone */
            rig_close(&r);
        }
}

static void the_shipped_model_in_every_precision_too(void **state)
{
    static const int layers[] = { 1, 3, 6, 8 };

    (void)state;
    for (int precision = RWDA_PRECISION_F32; precision <= RWDA_PRECISION_INT8; precision++) {
        rwda_model_options options = RWDA_MODEL_OPTIONS_INIT;
        rwda_model        *model;
        rwda_error         err = { 0 };
        rig                r;

        options.precision  = (rwda_precision)precision;
        options.towers     = RWDA_TOWERS_IMAGE;
        options.image_size = SANITIZED ? 64 : 0;
        if (precision == RWDA_PRECISION_AUTO)
            continue;
        assert_ok(rwda_model_open(&model, DEMO, &options, &err), err);
        rig_open(&r, model, 2);
        check_against_tower(&r, layers, RW_COUNTOF(layers));
        rig_close(&r);
    }
}

static void a_batch_is_its_crops_one_by_one(void **state)
{
    static const int layers[] = { 1, 2 };
    rig              all, one;

    (void)state;
    rig_open(&all, rig_model(0, RWDA_CPU_AUTO), 2);
    rig_open(&one, rig_model(0, RWDA_CPU_AUTO), 1);
    {
        rwda_error err    = { 0 };
        size_t     floats = (all.tokens - 1) * all.width;

        assert_ok(rw_layer_tokens(all.out, all.class_token, all.model->clip, all.pixels, N, layers, 2, all.encoder.arena,
                                  all.encoder.pool, &err),
                  err);
        for (size_t i = 0; i < N; i++) {
            assert_ok(rw_layer_tokens(one.out, one.class_token, one.model->clip, all.pixels + i * all.crop, 1, layers, 2,
                                      one.encoder.arena, NULL, &err),
                      err);
            assert_memory_equal(one.class_token, all.class_token + i * all.dim, all.dim * sizeof(float));
            for (size_t l = 0; l < 2; l++)
                assert_memory_equal(one.out[l], all.out[l] + i * floats, floats * sizeof(float));
        }
    }
    rig_close(&all);
    rig_close(&one);
}

/* The blocks behind the last layer have no weights here: running one would stop the test. */
static void blocks_that_nobody_asked_for_are_not_run(void **state)
{
    static const int first[] = { 1 };
    rw_block_weights blocks[2];
    rw_clip          clip;
    float           *x;
    rwda_error       err = { 0 };
    rig              r;

    (void)state;
    rig_open(&r, rig_model(0, RWDA_CPU_AUTO), 1);
    clip               = *r.model->clip;
    blocks[0]          = clip.vision.blocks[0];
    blocks[1]          = (rw_block_weights){ 0 };
    clip.vision.blocks = blocks;
    assert_ok(rw_layer_tokens(r.out, NULL, &clip, r.pixels, N, first, 1, r.encoder.arena, r.encoder.pool, &err), err);
    x = after_block(&r, 1);
    assert_memory_equal(r.out[0], x + r.width, (r.tokens - 1) * r.width * sizeof *x);
    free(x);
    rig_close(&r);
}

/* ---- Another input side ------------------------------------------------------------------------------------------------- */

static void a_view_is_the_model_opened_at_that_side(void **state)
{
    static const int sides[] = { 8, 24, 32, 56 }, layers[] = { 1, 2 };

    (void)state;
    for (size_t s = 0; s < RW_COUNTOF(sides); s++) {
        rwda_model *own = rig_model(0, RWDA_CPU_AUTO);
        rw_clip     view;
        float      *positions, *out[2];
        rwda_error  err = { 0 };
        size_t      grid, floats;
        rig         r;

        rig_open(&r, rig_model(sides[s], RWDA_CPU_AUTO), 2);
        assert_ok(rw_clip_at_side(&view, &positions, own->clip, sides[s], &err), err);
        grid   = rw_vision_grid(r.model->clip);
        floats = N * grid * grid * r.width;
        assert_true(view.vision.positions == positions && view.config.image_size == sides[s]);
        assert_memory_equal(positions, r.model->clip->vision.positions, (1 + grid * grid) * r.width * sizeof *positions);
        assert_true(view.vision.blocks == own->clip->vision.blocks); /* everything else is shared */
        for (size_t l = 0; l < 2; l++)
            out[l] = rw_new_array(floats, sizeof *out[l]);
        assert_ok(rw_layer_tokens(r.out, NULL, r.model->clip, r.pixels, N, layers, 2, r.encoder.arena, r.encoder.pool, &err),
                  err);
        assert_ok(rw_layer_tokens(out, NULL, &view, r.pixels, N, layers, 2, r.encoder.arena, r.encoder.pool, &err), err);
        for (size_t l = 0; l < 2; l++) {
            assert_memory_equal(out[l], r.out[l], floats * sizeof *out[l]);
            free(out[l]);
        }
        free(positions);
        rwda_model_free(own);
        rig_close(&r);
    }
}

static void sides_that_do_not_fit_are_refused(void **state)
{
    static const struct {
        int         opened, side;
        const char *says; /* NULL: it fits */
    } cases[] = {
        { 0, 16, NULL },
        { 0, 8, NULL },
        { 0, 0, "side 0" },
        { 0, -8, "side -8" },
        { 0, 7, "7 is" },
        { 0, 12, "8 in" },
        { 0, 4104, "8..4096" },
        { 24, 24, NULL },
        { 24, 32, "opened with 24 instead of its own 16" },
        { 24, 16, "opened with 24" },
    };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        rwda_model *model     = rig_model(cases[i].opened, RWDA_CPU_AUTO);
        float      *positions = POISON;
        rw_clip     view;
        rwda_error  err    = { 0 };
        rwda_status status = rw_clip_at_side(&view, &positions, model->clip, cases[i].side, &err);

        if (cases[i].says != NULL)
            assert_refused(cases[i].says, status, RWDA_EINVAL, &err, cases[i].says);
        else
            assert_ok(status, err);
        if (cases[i].says != NULL || cases[i].side == model->clip->config.image_size)
            assert_null(positions);
        free(positions);
        rwda_model_free(model);
    }
}

/* ---- Neighbourhoods ------------------------------------------------------------------------------------------------------ */

enum { GRID = 5, WIDTH = 19 };

static void neighbourhoods_are_averaged_to_the_borders(void **state)
{
    static float      x[GRID * GRID * WIDTH], from[GRID * GRID * WIDTH], scratch[GRID * GRID * WIDTH];
    const rw_kernels *kernels;
    rwda_error        err     = { 0 };
    double            largest = 0.0;

    (void)state;
    assert_ok(rw_kernels_find(&kernels, RWDA_CPU_AUTO, &err), err);
    for (size_t i = 0; i < RW_COUNTOF(from); i++)
        from[i] = sinf((float)(i * 7 % 101)) + 0.1f;
    for (int r = 1; r <= 7; r += 2) {
        memcpy(x, from, sizeof x);
        assert_true(rw_tokens_average_unit(x, scratch, GRID, WIDTH, r, kernels));
        for (int row = 0; row < GRID; row++)
            for (int column = 0; column < GRID; column++) {
                double mean[WIDTH] = { 0.0 }, square = 0.0;
                int    count = 0;

                for (int v = row - r / 2; v <= row + r / 2; v++)
                    for (int u = column - r / 2; u <= column + r / 2; u++)
                        if (v >= 0 && v < GRID && u >= 0 && u < GRID) {
                            for (int j = 0; j < WIDTH; j++)
                                mean[j] += (double)from[(v * GRID + u) * WIDTH + j];
                            count++;
                        }
                for (int j = 0; j < WIDTH; j++)
                    square += mean[j] / count * (mean[j] / count);
                for (int j = 0; j < WIDTH; j++)
                    largest =
                        fmax(largest, fabs((double)x[(row * GRID + column) * WIDTH + j] - mean[j] / count / sqrt(square)));
            }
    }
    print_message("largest difference %.2g\n", largest);
    assert_true(largest < 1e-6); /* float32 sums of up to 25 tokens; observed 1.6e-7 */
}

static void tokens_without_a_length_are_noticed(void **state)
{
    static const float bad[] = { 0.0f, NAN, INFINITY, 3e38f };
    float              x[4 * WIDTH], scratch[4 * WIDTH];
    const rw_kernels  *kernels;
    rwda_error         err = { 0 };

    (void)state;
    assert_ok(rw_kernels_find(&kernels, RWDA_CPU_AUTO, &err), err);
    for (size_t b = 0; b < RW_COUNTOF(bad); b++)
        for (size_t token = 0; token < 4; token++) {
            for (size_t i = 0; i < RW_COUNTOF(x); i++)
                x[i] = 0.5f;
            for (size_t j = 0; j < WIDTH; j++)
                x[token * WIDTH + j] = bad[b];
            assert_false(rw_tokens_average_unit(x, scratch, 2, WIDTH, 1, kernels));
        }
    for (size_t i = 0; i < RW_COUNTOF(x); i++)
        x[i] = (i / WIDTH) % 2 == 0 ? 0.5f : -0.5f; /* neighbours that cancel out */
    assert_false(rw_tokens_average_unit(x, scratch, 2, WIDTH, 3, kernels));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_and_class_are_the_towers),
        cmocka_unit_test(the_shipped_model_in_every_precision_too),
        cmocka_unit_test(a_batch_is_its_crops_one_by_one),
        cmocka_unit_test(blocks_that_nobody_asked_for_are_not_run),
        cmocka_unit_test(a_view_is_the_model_opened_at_that_side),
        cmocka_unit_test(sides_that_do_not_fit_are_refused),
        cmocka_unit_test(neighbourhoods_are_averaged_to_the_borders),
        cmocka_unit_test(tokens_without_a_length_are_noticed),
    };

    return cmocka_run_group_tests(tests, rig_begin, rig_end);
}
