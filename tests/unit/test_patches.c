/* test_patches.c - does v-v attention give what the formula gives, worked out in double from the checkpoint's tensors? */
#include "clip/patch_tower.h"

#include "api/session.h"
#include "clip/towers.h"
#include "rwda.h"
#include "tests/tolerance.h"
#include "tests/unit/tiny_clip.h"

#include <math.h>
#include <stdbool.h>

enum { LAYERS = 2, TOKENS = 5, WIDTH = 16, HEADS = 2, MLP = 64, DIM = 12 };

static tiny_clip t;

static const float *tensor(int layer, const char *part)
{
    char name[96];

    (void)snprintf(name, sizeof name, "visual.transformer.resblocks.%d.%s", layer, part);
    return t.data[tiny_find(&t, name)];
}

static void layer_norm(double *y, const double *x, const float *gain, const float *bias)
{
    for (int i = 0; i < TOKENS; i++, x += WIDTH, y += WIDTH) {
        double mean = 0.0, variance = 0.0;

        for (int j = 0; j < WIDTH; j++)
            mean += x[j] / WIDTH;
        for (int j = 0; j < WIDTH; j++)
            variance += (x[j] - mean) * (x[j] - mean) / WIDTH;
        for (int j = 0; j < WIDTH; j++)
            y[j] = (x[j] - mean) / sqrt(variance + 1e-5) * (double)gain[j] + (double)bias[j];
    }
}

/* y [TOKENS, n] (+)= x [TOKENS, k] weight [n, k]^T + bias */
static void linear(double *y, const double *x, const float *weight, const float *bias, int n, int k, bool add)
{
    for (int i = 0; i < TOKENS; i++)
        for (int o = 0; o < n; o++) {
            double sum = (double)bias[o];

            for (int j = 0; j < k; j++)
                sum += x[i * k + j] * (double)weight[o * k + j];
            y[i * n + o] = add ? y[i * n + o] + sum : sum;
        }
}

/* y += out_proj(softmax(ask key^T / sqrt(head)) v): ask and key are columns of q, k, v [TOKENS, 3 WIDTH]. */
static void attend(double *y, const double *qkv, int ask, int key, int layer)
{
    const int head                  = WIDTH / HEADS;
    double    mixed[TOKENS * WIDTH] = { 0 };

    for (int h = 0; h < HEADS; h++)
        for (int i = 0; i < TOKENS; i++) {
            double weights[TOKENS], total = 0.0;

            for (int j = 0; j < TOKENS; j++) {
                double dot = 0.0;

                for (int c = 0; c < head; c++)
                    dot += qkv[i * 3 * WIDTH + ask + h * head + c] * qkv[j * 3 * WIDTH + key + h * head + c];
                total += weights[j] = exp(dot / sqrt(head));
            }
            for (int j = 0; j < TOKENS; j++)
                for (int c = 0; c < head; c++)
                    mixed[i * WIDTH + h * head + c] += weights[j] / total * qkv[j * 3 * WIDTH + 2 * WIDTH + h * head + c];
        }
    linear(y, mixed, tensor(layer, "attn.out_proj.weight"), tensor(layer, "attn.out_proj.bias"), WIDTH, WIDTH, true);
}

/* One block of the usual stream x, and of the vv one where there is one. */
static void block(double *x, double *vv, int layer)
{
    double h[TOKENS * WIDTH], qkv[TOKENS * 3 * WIDTH], wide[TOKENS * MLP];

    layer_norm(h, x, tensor(layer, "ln_1.weight"), tensor(layer, "ln_1.bias"));
    linear(qkv, h, tensor(layer, "attn.in_proj_weight"), tensor(layer, "attn.in_proj_bias"), 3 * WIDTH, WIDTH, false);
    if (vv != NULL)
        attend(vv, qkv, 2 * WIDTH, 2 * WIDTH, layer);
    attend(x, qkv, 0, WIDTH, layer);
    layer_norm(h, x, tensor(layer, "ln_2.weight"), tensor(layer, "ln_2.bias"));
    linear(wide, h, tensor(layer, "mlp.c_fc.weight"), tensor(layer, "mlp.c_fc.bias"), MLP, WIDTH, false);
    for (int i = 0; i < TOKENS * MLP; i++)
        wide[i] *= 0.5 * (1.0 + erf(wide[i] / sqrt(2.0)));
    linear(x, wide, tensor(layer, "mlp.c_proj.weight"), tensor(layer, "mlp.c_proj.bias"), WIDTH, MLP, true);
}

/* Unit embeddings of the patches. */
static void expected(double *out, const float *tokens, int vv_blocks)
{
    const float *proj = t.data[tiny_find(&t, "visual.proj")];
    double       x[TOKENS * WIDTH], vv[TOKENS * WIDTH], h[TOKENS * WIDTH];

    for (int i = 0; i < TOKENS * WIDTH; i++)
        x[i] = (double)tokens[i];
    for (int layer = 0; layer < LAYERS; layer++) {
        if (layer == LAYERS - vv_blocks)
            memcpy(vv, x, sizeof vv);
        block(x, layer >= LAYERS - vv_blocks ? vv : NULL, layer);
    }
    layer_norm(h, vv_blocks > 0 ? vv : x, t.data[tiny_find(&t, "visual.ln_post.weight")],
               t.data[tiny_find(&t, "visual.ln_post.bias")]);
    for (int i = 1; i < TOKENS; i++, out += DIM) {
        double square = 0.0;

        for (int o = 0; o < DIM; o++) {
            out[o] = 0.0;
            for (int j = 0; j < WIDTH; j++)
                out[o] += h[i * WIDTH + j] * (double)proj[j * DIM + o];
            square += out[o] * out[o];
        }
        for (int o = 0; o < DIM; o++)
            out[o] /= sqrt(square);
    }
}

static void patches_follow_the_formula(void **state)
{
    char          folder[] = "/tmp/rwda-test-patches-XXXXXX", path[RW_PATH_MAX];
    rwda_model   *model    = NULL;
    rwda_session *session  = NULL;
    rwda_error    err      = { 0 };
    float         pixels[3 * 16 * 16], tokens[TOKENS * WIDTH], out[(TOKENS - 1) * DIM];
    double        want[(TOKENS - 1) * DIM], largest = 0.0;
    rw_encoder    encoder;

    (void)state;
    assert_non_null(mkdtemp(folder));
    tiny_make(&t);
    tiny_write(&t, folder, "open_clip_model.safetensors", "open_clip_config.json", TINY_CONFIG);
    for (size_t i = 0; i < RW_COUNTOF(pixels); i++)
        pixels[i] = sinf((float)(i * i % 4099));
    for (int cpu = RWDA_CPU_REF; cpu <= RWDA_CPU_NEON; cpu++) {
        rwda_model_options options = RWDA_MODEL_OPTIONS_INIT;

        options.cpu = (rwda_cpu)cpu;
        if (rwda_model_open(&model, folder, &options, &err) != RWDA_OK)
            continue; /* this machine lacks the kernel set */
        assert_ok(rwda_session_new(&session, model, NULL, &err), err);
        encoder = rw_session_encoder(session);
        assert_ok(rw_vision_tokens(tokens, model->clip, pixels, 1, encoder.arena, encoder.pool, &err), err);
        for (int blocks = 0; blocks <= LAYERS; blocks++) {
            assert_ok(rw_patches_encode(out, NULL, model->clip, tokens, blocks, encoder.arena, encoder.pool, &err), err);
            expected(want, tokens, blocks);
            for (size_t i = 0; i < RW_COUNTOF(out); i++)
                largest = fmax(largest, fabs((double)out[i] - want[i]));
        }
        rwda_session_free(session);
        rwda_model_free(model);
    }
    if (!(largest <= TOLERANCE_PATCH))
        fail_msg("largest difference %.3g", largest);
    print_message("largest difference %.2g\n", largest);
    for (int i = 0; i < 2; i++)
        if (rw_path_join(path, sizeof path, folder, i == 0 ? "open_clip_model.safetensors" : "open_clip_config.json"))
            unlink(path);
    rmdir(folder);
    tiny_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(patches_follow_the_formula) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
