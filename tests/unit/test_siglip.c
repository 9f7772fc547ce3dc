/* test_siglip.c - is a model with attention pooling and padded texts what its formulas say?
 *
 * A tiny SigLIP in Hugging Face's layout: 21 px with patches of 8 (5 px are left over), width 16, two blocks, two heads; texts of 6 tokens.
 * The reference below computes in double, keys and values of every token, as the formulas stand. */
#include "api/session.h"
#include "clip/layer_tokens.h"
#include "clip/patch_tower.h"
#include "clip/towers.h"
#include "clip/window_pass.h"

#include "tests/unit/tiny_clip.h"

#include <math.h>
#include <sys/stat.h>

enum {
    SIDE    = 21,
    PATCH   = 8,
    GRID    = 2,
    TOKENS  = GRID * GRID,
    D       = 16,
    HEADS   = 2,
    HD      = D / HEADS,
    MLP     = 40,
    CONTEXT = 6,
    VOCAB   = 50,
    TEXTS   = 5
};

#define CONFIG                                                                                                              \
    "{\"model_type\":\"siglip\",\"text_config\":{\"hidden_size\":16,\"intermediate_size\":40,\"num_hidden_layers\":1,"      \
    "\"num_attention_heads\":2,\"max_position_embeddings\":6,\"vocab_size\":50},\"vision_config\":{\"hidden_size\":16,"     \
    "\"intermediate_size\":40,\"num_hidden_layers\":2,\"num_attention_heads\":2,\"image_size\":21,\"patch_size\":8}}"

static char      folder[] = "/tmp/rwda-test-siglip-XXXXXX";
static tiny_clip t;

/* ---- The checkpoint -------------------------------------------------------------------------------------------------- */

static void add_tower(const char *prefix, int layers)
{
    static const char *const parts[] = { "self_attn.q_proj.", "self_attn.k_proj.", "self_attn.v_proj.",
                                         "self_attn.out_proj." };
    char                     block[64], name[96];

    for (int i = 0; i < layers; i++) {
        (void)snprintf(block, sizeof block, "%s.encoder.layers.%d", prefix, i);
        for (int n = 1; n <= 2; n++) {
            (void)snprintf(name, sizeof name, "%s.layer_norm%d", block, n);
            tiny_norm(&t, name, D);
        }
        for (size_t p = 0; p < 4; p++)
            tiny_linear(&t, block, parts[p], "", D, D);
        tiny_linear(&t, block, "mlp.fc1.", "", MLP, D);
        tiny_linear(&t, block, "mlp.fc2.", "", D, MLP);
    }
}

static void make(void)
{
    tiny_add(&t, "vision_model.embeddings.patch_embedding.weight", 4, D, 3, PATCH, PATCH);
    tiny_add(&t, "vision_model.embeddings.patch_embedding.bias", 1, D, 1, 1, 1);
    tiny_add(&t, "vision_model.embeddings.position_embedding.weight", 2, TOKENS, D, 1, 1);
    add_tower("vision_model", 2);
    tiny_norm(&t, "vision_model.post_layernorm", D);
    tiny_add(&t, "vision_model.head.probe", 3, 1, 1, D, 1);
    tiny_linear(&t, "vision_model.head", "attention.in_proj", "_", 3 * D, D);
    tiny_linear(&t, "vision_model.head", "attention.out_proj.", "", D, D);
    tiny_norm(&t, "vision_model.head.layernorm", D);
    tiny_linear(&t, "vision_model.head", "mlp.fc1.", "", MLP, D);
    tiny_linear(&t, "vision_model.head", "mlp.fc2.", "", D, MLP);
    tiny_add(&t, "text_model.embeddings.token_embedding.weight", 2, VOCAB, D, 1, 1);
    tiny_add(&t, "text_model.embeddings.position_embedding.weight", 2, CONTEXT, D, 1, 1);
    add_tower("text_model", 1);
    tiny_norm(&t, "text_model.final_layer_norm", D);
    tiny_linear(&t, "text_model", "head.", "", D, D);
    *tiny_add(&t, "logit_scale", 1, 1, 1, 1, 1) = 2.5f;
    *tiny_add(&t, "logit_bias", 1, 1, 1, 1, 1)  = -12.5f;
}

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return 1;
    make();
    tiny_write(&t, folder, "model.safetensors", "config.json", CONFIG);
    return 0;
}

static int tear_down(void **state)
{
    char path[RW_PATH_MAX];

    (void)state;
    tiny_free(&t);
    (void)snprintf(path, sizeof path, "%s/model.safetensors", folder);
    unlink(path);
    (void)snprintf(path, sizeof path, "%s/config.json", folder);
    unlink(path);
    return rmdir(folder);
}

/* ---- The formulas ---------------------------------------------------------------------------------------------------- */

static const float *tensor(const char *prefix, const char *name)
{
    char full[128];

    (void)snprintf(full, sizeof full, "%s%s", prefix, name);
    return t.data[tiny_find(&t, full)];
}

static void norm(double *y, const double *x, const char *prefix, const char *name)
{
    char         weight[96], bias[96];
    double       mean = 0.0, square = 0.0;
    const float *gain, *shift;

    (void)snprintf(weight, sizeof weight, "%s.weight", name);
    (void)snprintf(bias, sizeof bias, "%s.bias", name);
    gain  = tensor(prefix, weight);
    shift = tensor(prefix, bias);
    for (size_t i = 0; i < D; i++)
        mean += x[i] / D;
    for (size_t i = 0; i < D; i++)
        square += (x[i] - mean) * (x[i] - mean) / D;
    for (size_t i = 0; i < D; i++)
        y[i] = (x[i] - mean) / sqrt(square + 1e-6) * (double)gain[i] + (double)shift[i];
}

/* y [n] = W x + b, W [n, k] from row `first` on */
static void apply(double *y, const double *x, const float *w, const float *b, size_t first, size_t n, size_t k)
{
    for (size_t i = 0; i < n; i++) {
        y[i] = (double)b[first + i];
        for (size_t j = 0; j < k; j++)
            y[i] += (double)w[(first + i) * k + j] * x[j];
    }
}

static void linear(double *y, const double *x, const char *prefix, const char *name, size_t n, size_t k)
{
    char weight[96], bias[96];

    (void)snprintf(weight, sizeof weight, "%s.weight", name);
    (void)snprintf(bias, sizeof bias, "%s.bias", name);
    apply(y, x, tensor(prefix, weight), tensor(prefix, bias), 0, n, k);
}

/* x += fc2(gelu(fc1(LN(x)))) */
static void mlp(double *x, const char *prefix, const char *ln)
{
    double h[D], wide[MLP], y[D];

    norm(h, x, prefix, ln);
    linear(wide, h, prefix, "mlp.fc1", MLP, D);
    for (size_t i = 0; i < MLP; i++)
        wide[i] = 0.5 * wide[i] * (1.0 + tanh(sqrt(2.0 / acos(-1.0)) * (wide[i] + 0.044715 * pow(wide[i], 3.0))));
    linear(y, wide, prefix, "mlp.fc2", D, MLP);
    for (size_t i = 0; i < D; i++)
        x[i] += y[i];
}

/* out [D] = softmax(q k^T / sqrt(hd)) v, head by head */
static void attend(double *out, const double *q, double k[][D], double v[][D], size_t tokens)
{
    for (size_t head = 0; head < HEADS; head++) {
        double weights[TOKENS > CONTEXT ? TOKENS : CONTEXT], sum = 0.0;

        for (size_t s = 0; s < tokens; s++) {
            double score = 0.0;

            for (size_t j = head * HD; j < (head + 1) * HD; j++)
                score += q[j] * k[s][j];
            sum += weights[s] = exp(score / sqrt((double)HD));
        }
        for (size_t j = head * HD; j < (head + 1) * HD; j++) {
            out[j] = 0.0;
            for (size_t s = 0; s < tokens; s++)
                out[j] += weights[s] / sum * v[s][j];
        }
    }
}

static void run_block(double x[][D], size_t tokens, const char *prefix)
{
    double q[CONTEXT][D], k[CONTEXT][D], v[CONTEXT][D], h[D], y[D];

    for (size_t s = 0; s < tokens; s++) {
        norm(h, x[s], prefix, "layer_norm1");
        linear(q[s], h, prefix, "self_attn.q_proj", D, D);
        linear(k[s], h, prefix, "self_attn.k_proj", D, D);
        linear(v[s], h, prefix, "self_attn.v_proj", D, D);
    }
    for (size_t s = 0; s < tokens; s++) {
        attend(h, q[s], k, v, tokens);
        linear(y, h, prefix, "self_attn.out_proj", D, D);
        for (size_t i = 0; i < D; i++)
            x[s][i] += y[i];
        mlp(x[s], prefix, "layer_norm2");
    }
}

static void assert_direction(const float *ours, const double *theirs)
{
    double length = 0.0;

    for (size_t i = 0; i < D; i++)
        length += theirs[i] * theirs[i];
    for (size_t i = 0; i < D; i++)
        if (!(fabs((double)ours[i] - theirs[i] / sqrt(length)) < 2e-6))
            fail_msg("element %zu: %.9f, not %.9f", i, (double)ours[i], theirs[i] / sqrt(length));
}

/* The head over tokens x, already normed. */
static void pool(double *out, double x[][D], size_t tokens)
{
    const float *w = tensor("vision_model.head.", "attention.in_proj_weight"),
                *b = tensor("vision_model.head.", "attention.in_proj_bias"), *probe = tensor("vision_model.head.", "probe");
    double query[D], q[D], k[TOKENS][D], v[TOKENS][D], y[D];

    for (size_t i = 0; i < D; i++)
        query[i] = (double)probe[i];
    apply(q, query, w, b, 0, D, D);
    for (size_t s = 0; s < tokens; s++) {
        apply(k[s], x[s], w, b, D, D, D);
        apply(v[s], x[s], w, b, 2 * D, D, D);
    }
    attend(y, q, k, v, tokens);
    linear(out, y, "vision_model.head.", "attention.out_proj", D, D);
    mlp(out, "vision_model.head.", "layernorm");
}

/* x [TOKENS][D]: what the tower leaves, normed. */
static void vision(double x[][D], const float *pixels)
{
    const float *w = tensor("vision_model.embeddings.", "patch_embedding.weight"),
                *b = tensor("vision_model.embeddings.", "patch_embedding.bias"),
                *p = tensor("vision_model.embeddings.", "position_embedding.weight");

    for (size_t s = 0; s < TOKENS; s++)
        for (size_t i = 0; i < D; i++) {
            x[s][i] = (double)b[i] + (double)p[s * D + i];
            for (size_t c = 0; c < 3; c++)
                for (size_t row = 0; row < PATCH; row++)
                    for (size_t column = 0; column < PATCH; column++)
                        x[s][i] += (double)w[((i * 3 + c) * PATCH + row) * PATCH + column] *
                                   (double)pixels[(c * SIDE + s / GRID * PATCH + row) * SIDE + s % GRID * PATCH + column];
        }
    run_block(x, TOKENS, "vision_model.encoder.layers.0.");
    run_block(x, TOKENS, "vision_model.encoder.layers.1.");
    for (size_t s = 0; s < TOKENS; s++)
        norm(x[s], x[s], "vision_model.", "post_layernorm");
}

static void text(double *out, const int32_t *ids)
{
    const float *table = tensor("text_model.embeddings.", "token_embedding.weight"),
                *p     = tensor("text_model.embeddings.", "position_embedding.weight");
    double x[CONTEXT][D];

    for (size_t s = 0; s < CONTEXT; s++)
        for (size_t i = 0; i < D; i++)
            x[s][i] = (double)table[(size_t)ids[s] * D + i] + (double)p[s * D + i];
    run_block(x, CONTEXT, "text_model.encoder.layers.0.");
    norm(x[CONTEXT - 1], x[CONTEXT - 1], "text_model.", "final_layer_norm");
    linear(out, x[CONTEXT - 1], "text_model.", "head", D, D);
}

/* ---- Tests ------------------------------------------------------------------------------------------------------------- */

typedef struct {
    rwda_model   *model;
    rwda_session *session;
    rw_encoder    encoder;
    float         pixels[2 * 3 * SIDE * SIDE];
} rig;

static void open_rig(rig *r, rwda_precision precision)
{
    rwda_model_options   options = RWDA_MODEL_OPTIONS_INIT;
    rwda_session_options chosen  = RWDA_SESSION_OPTIONS_INIT;
    rwda_error           err     = { 0 };
    rw_random            random  = rw_random_init(3, 4);

    options.precision = precision;
    chosen.threads    = 2;
    assert_ok(rwda_model_open(&r->model, folder, &options, &err), err);
    assert_ok(rwda_session_new(&r->session, r->model, &chosen, &err), err);
    r->encoder = rw_session_encoder(r->session);
    for (size_t i = 0; i < RW_COUNTOF(r->pixels); i++)
        r->pixels[i] = 2.0f * rw_random_unit(&random) - 1.0f;
}

static void close_rig(rig *r)
{
    rwda_session_free(r->session);
    rwda_model_free(r->model);
}

static void images_and_patches_follow_the_formulas(void **state)
{
    rig        r;
    float      out[2 * D], again[D], tokens[TOKENS * D], patches[TOKENS * D], layer[TOKENS * D], *layers = layer, windows[D];
    double     x[2][TOKENS][D], want[D];
    rwda_error err    = { 0 };
    int        second = 2;
    size_t     whole  = GRID;

    (void)state;
    open_rig(&r, RWDA_PRECISION_F32);
    assert_ok(rw_encode_crops(out, &r.encoder, r.pixels, 2, &err), err);
    for (size_t i = 0; i < 2; i++) {
        vision(x[i], r.pixels + i * 3 * SIDE * SIDE);
        pool(want, x[i], TOKENS);
        assert_direction(out + i * D, want);
    }
    assert_ok(rw_encode_crops(again, &r.encoder, r.pixels + 3 * SIDE * SIDE, 1, &err), err);
    assert_memory_equal(again, out + D, sizeof again);
    assert_ok(rw_vision_tokens(tokens, r.model->clip, r.pixels, 1, r.encoder.arena, r.encoder.pool, &err), err);
    assert_ok(rw_patches_encode(patches, again, r.model->clip, tokens, 0, r.encoder.arena, r.encoder.pool, &err), err);
    assert_memory_equal(again, out, sizeof again);
    for (size_t s = 0; s < TOKENS; s++) {
        pool(want, &x[0][s], 1);
        assert_direction(patches + s * D, want);
    }
    assert_ok(rw_layer_tokens(&layers, again, r.model->clip, r.pixels, 1, &second, 1, r.encoder.arena, r.encoder.pool, &err),
              err);
    assert_memory_equal(again, out, sizeof again);
    assert_ok(rw_windows_encode(windows, r.model->clip, tokens, &whole, 1, 1000, r.encoder.arena, r.encoder.pool, &err),
              err);
    assert_memory_equal(windows, out, sizeof windows);
    close_rig(&r);
}

static void texts_follow_the_formulas(void **state)
{
    static const int32_t ids[TEXTS][CONTEXT] = {
        { 3, 4, 5, 6, 1, 1 }, { 3, 4, 5, 6, 7, 1 }, { 49, 1, 1, 1, 1, 1 }, { 3, 4, 5, 6, 1, 1 }, { 0, 9, 8, 7, 6, 5 }
    };
    rw_text     texts[TEXTS], bad;
    float       out[TEXTS * D], alone[D];
    double      want[D];
    rwda_error  err           = { 0 };
    const char *word          = "a";
    int32_t     high[CONTEXT] = { 1, 1, VOCAB, 1, 1, 1 };
    rig         r;

    (void)state;
    open_rig(&r, RWDA_PRECISION_F32);
    for (size_t i = 0; i < TEXTS; i++)
        texts[i] = (rw_text){ ids[i], CONTEXT, i };
    assert_ok(rw_encode_ids(out, &r.encoder, texts, TEXTS, &err), err);
    for (size_t i = 0; i < TEXTS; i++) {
        text(want, ids[i]);
        assert_direction(out + i * D, want);
        assert_ok(rw_encode_ids(alone, &r.encoder, texts + i, 1, &err), err);
        assert_memory_equal(alone, out + i * D, sizeof alone); /* a common beginning is not shared: later tokens change it */
    }
    bad = (rw_text){ ids[0], CONTEXT - 1, 0 };
    assert_refused("without its pads", rw_encode_ids(out, &r.encoder, &bad, 1, &err), RWDA_EINVAL, &err, "6, pads included");
    bad = (rw_text){ high, CONTEXT, 0 };
    assert_refused("an id too high", rw_encode_ids(out, &r.encoder, &bad, 1, &err), RWDA_EINVAL, &err, "id 50 is not below");
    assert_refused("words", rwda_session_embed_texts(out, r.session, &word, NULL, 1, &err), RWDA_ENOTFOUND, &err,
                   "tokenizer.json");
    close_rig(&r);
}

/* tests/golden/siglip, with embeddings of transformers (tools/reference/tiny_siglip.py). */
static void words_are_as_transformers_has_them(void **state)
{
    rwda_session_options chosen = RWDA_SESSION_OPTIONS_INIT;
    rwda_model          *model  = NULL;
    rwda_session        *sessions[2];
    uint8_t             *strings, *floats;
    size_t               len, n_floats, n = 0;
    const char          *texts[16];
    float                out[2][16 * D];
    rwda_error           err = { 0 };

    (void)state;
    assert_ok(rw_file_read(&strings, &len, RWDA_TEST_DIR "/golden/siglip/texts.txt", 4096, &err), err);
    assert_ok(rw_file_read(&floats, &n_floats, RWDA_TEST_DIR "/golden/siglip/texts.f32", 4096, &err), err);
    for (char *at = (char *)strings, *end; (end = memchr(at, '\n', len - (size_t)(at - (char *)strings))) != NULL;
         at       = end + 1) {
        *end       = '\0';
        texts[n++] = at;
    }
    assert_true(n == 9 && n_floats == n * D * sizeof(float));
    assert_ok(rwda_model_open(&model, RWDA_TEST_DIR "/golden/siglip", NULL, &err), err);
    assert_int_equal(strlen(rwda_model_get_info(model)->tokenizer), 64);
    assert_int_equal(rwda_tokenizer_context(rwda_model_get_tokenizer(model)), 64);
    for (int s = 0; s < 2; s++) {
        chosen.threads = 1 + 2 * s;
        assert_ok(rwda_session_new(&sessions[s], model, &chosen, &err), err);
    }
    assert_ok(rwda_session_embed_texts(out[0], sessions[0], texts, NULL, n, &err), err);
    for (size_t i = 0; i < n; i++)
        assert_ok(rwda_session_embed_texts(out[1] + i * D, sessions[1], texts + i, NULL, 1, &err), err);
    assert_memory_equal(out[0], out[1], n_floats);
    for (size_t i = 0; i < n * D; i++) {
        float want;

        memcpy(&want, floats + i * sizeof want, sizeof want);
        if (!(fabsf(out[0][i] - want) <= 2e-6f))
            fail_msg("text %zu: %.9f, not %.9f", i / D, (double)out[0][i], (double)want);
    }
    for (int s = 0; s < 2; s++)
        rwda_session_free(sessions[s]);
    rwda_model_free(model);
    free(strings);
    free(floats);
}

static void what_is_known_of_the_model_is_told(void **state)
{
    const rwda_model_info *info;
    rig                    r;

    (void)state;
    open_rig(&r, RWDA_PRECISION_F32);
    info = rwda_model_get_info(r.model);
    assert_string_equal(info->family, "SigLIP");
    assert_string_equal(info->activation, "gelu_tanh");
    assert_string_equal(info->filter, "bicubic");
    assert_true(info->sigmoid == 1 && info->logit_bias == -12.5f && fabsf(info->logit_scale - 12.182494f) < 1e-4f);
    assert_true(info->mean[0] == 0.5f && info->resize == RWDA_RESIZE_SQUASH);
    close_rig(&r);
}

static void every_precision_is_near(void **state)
{
    float      exact[D], out[D];
    rwda_error err = { 0 };
    rig        r;

    (void)state;
    for (int precision = RWDA_PRECISION_F32; precision <= RW_PRECISION_LAST; precision++) {
        double cosine = 0.0;

        open_rig(&r, (rwda_precision)precision);
        assert_ok(rw_encode_crops(out, &r.encoder, r.pixels, 1, &err), err);
        if (precision == RWDA_PRECISION_F32)
            memcpy(exact, out, sizeof exact);
        for (size_t i = 0; i < D; i++)
            cosine += (double)out[i] * (double)exact[i];
        assert_true(cosine > 0.999);
        close_rig(&r);
    }
}

static void a_head_without_its_probe_is_refused(void **state)
{
    size_t             at      = tiny_find(&t, "vision_model.head.probe");
    rwda_model_options options = RWDA_MODEL_OPTIONS_INIT;
    rwda_model        *model   = NULL;
    rwda_error         err     = { 0 };

    (void)state;
    t.names[at][0] = 'x';
    tiny_write(&t, folder, "model.safetensors", "config.json", CONFIG);
    assert_refused("probe", rwda_model_open(&model, folder, &options, &err), RWDA_EMISMATCH, &err,
                   "\"vision_model.head.probe\" is missing");
    t.names[at][0]     = 'v';
    t.tensors[at].ndim = 1; /* [1] */
    tiny_write(&t, folder, "model.safetensors", "config.json", CONFIG);
    assert_refused("probe's shape", rwda_model_open(&model, folder, &options, &err), RWDA_EMISMATCH, &err, "has shape [1]");
    t.tensors[at].ndim = 3;
    tiny_write(&t, folder, "model.safetensors", "config.json", CONFIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_and_patches_follow_the_formulas),
        cmocka_unit_test(texts_follow_the_formulas),
        cmocka_unit_test(words_are_as_transformers_has_them),
        cmocka_unit_test(what_is_known_of_the_model_is_told),
        cmocka_unit_test(every_precision_is_near),
        cmocka_unit_test(a_head_without_its_probe_is_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
