/* test_precision.c - what do 16-bit weights change: the memory, how little of the result, and nothing about threads? */
#include "api/session.h"
#include "rwda.h"
#include "tests/tolerance.h"
#include "tests/unit/tiny_clip.h"

#include <math.h>

#define DEMO  RWDA_TEST_DIR "/model"
#define TEXTS 6
#define CROPS 5

static char folder[] = "/tmp/rwda-test-precision-XXXXXX";

/* A random ViT of some width: 48 px, patch 16, vision 160 x 4 layers, text 96 x 3 layers, embedding 112. */
#define RANDOM_CONFIG                                                                                                       \
    "{\"model_cfg\":{\"embed_dim\":112,\"vision_cfg\":{\"image_size\":48,\"layers\":4,\"width\":160,\"head_width\":32,"     \
    "\"patch_size\":16},\"text_cfg\":{\"context_length\":77,\"vocab_size\":49408,\"width\":96,\"heads\":3,\"layers\":3}}}"

static int set_up(void **state)
{
    tiny_clip t = { .count = 0 };

    (void)state;
    assert_non_null(mkdtemp(folder));
    tiny_add(&t, "visual.class_embedding", 1, 160, 1, 1, 1);
    tiny_add(&t, "visual.positional_embedding", 2, 10, 160, 1, 1);
    tiny_add(&t, "visual.proj", 2, 160, 112, 1, 1);
    tiny_add(&t, "visual.conv1.weight", 4, 160, 3, 16, 16);
    tiny_norm(&t, "visual.ln_pre", 160);
    tiny_norm(&t, "visual.ln_post", 160);
    tiny_blocks(&t, "visual.transformer", 4, 160);
    tiny_add(&t, "token_embedding.weight", 2, 49408, 96, 1, 1);
    tiny_add(&t, "positional_embedding", 2, 77, 96, 1, 1);
    tiny_blocks(&t, "transformer", 3, 96);
    tiny_norm(&t, "ln_final", 96);
    tiny_add(&t, "text_projection", 2, 96, 112, 1, 1);
    *tiny_add(&t, "logit_scale", 0, 1, 1, 1, 1) = 2.5f;
    tiny_write(&t, folder, "open_clip_model.safetensors", "open_clip_config.json", RANDOM_CONFIG);
    tiny_free(&t);
    return 0;
}

static int tear_down(void **state)
{
    static const char *const files[] = { "open_clip_model.safetensors", "open_clip_config.json" };
    char                     path[RW_PATH_MAX];

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(files); i++) {
        assert_true(rw_path_join(path, sizeof path, folder, files[i]));
        unlink(path);
    }
    return rmdir(folder);
}

static rwda_model *open_model(const char *path, rwda_precision precision, rwda_cpu cpu)
{
    rwda_model_options options = RWDA_MODEL_OPTIONS_INIT;
    rwda_model        *model   = NULL;
    rwda_error         err     = { 0 };

    options.precision = precision;
    options.cpu       = cpu;
    if (rwda_model_open(&model, path, &options, &err) != RWDA_OK && err.code != RWDA_EUNSUPPORTED)
        fail_msg("%s", err.message);
    return model; /* NULL: this machine lacks the kernel set */
}

/* Under the sanitizers one image of the shipped model, and all of the random one, which is small. */
static size_t crops_of(const rwda_model *model)
{
    return SANITIZED && rwda_model_get_info(model)->image_size > 48 ? 1 : CROPS;
}

/* [TEXTS + crops_of(model), D], the caller's to free. */
static float *embed(const rwda_model *model, int threads, int batch)
{
    static const char *const texts[TEXTS] = { "a photo of a normal qwert",
                                              "a photo of a anomalous qwert",
                                              "crack",
                                              "",
                                              "one two three four five six seven eight nine ten",
                                              "a photo of a normal zuiop asdfg" };
    const rwda_model_info   *info         = rwda_model_get_info(model);
    size_t                   dim = (size_t)info->embed_dim, crop = 3 * (size_t)info->image_size * (size_t)info->image_size;
    size_t                   crops = crops_of(model);
    float *out = rw_new_array((TEXTS + crops) * dim, sizeof *out), *pixels = rw_new_array(crops * crop, sizeof *out);
    rwda_session_options options = RWDA_SESSION_OPTIONS_INIT;
    rwda_session        *session = NULL;
    rwda_error           err     = { 0 };
    rw_encoder           encoder;

    assert_non_null(out);
    assert_non_null(pixels);
    for (size_t i = 0; i < crops * crop; i++)
        pixels[i] = 2.0f * sinf((float)(i % 7919) * 0.37f);
    options.threads = threads;
    options.batch   = batch;
    assert_ok(rwda_session_new(&session, model, &options, &err), err);
    encoder = rw_session_encoder(session);
    assert_ok(rwda_session_embed_texts(out, session, texts, NULL, TEXTS, &err), err);
    assert_ok(rw_encode_crops(out + TEXTS * dim, &encoder, pixels, crops, &err), err);
    rwda_session_free(session);
    free(pixels);
    return out;
}

/* 1 - cosine of the two rows that are furthest apart. */
static double furthest(const float *a, const float *b, size_t rows, size_t dim)
{
    double worst = 0.0;

    for (size_t i = 0; i < rows; i++) {
        double dot = 0.0, aa = 0.0, bb = 0.0;

        for (size_t j = i * dim; j < (i + 1) * dim; j++) {
            dot += (double)a[j] * (double)b[j];
            aa += (double)a[j] * (double)a[j];
            bb += (double)b[j] * (double)b[j];
        }
        worst = fmax(worst, 1.0 - dot / sqrt(aa * bb));
    }
    return worst;
}

/* The shipped weights are F16: kept as F16 they give the bytes of float32, with every kernel set. */
static void weights_stored_as_halves_give_the_bytes_of_float32(void **state)
{
    (void)state;
    for (int cpu = RWDA_CPU_REF; cpu <= RWDA_CPU_NEON; cpu++) {
        rwda_model *full = open_model(DEMO, RWDA_PRECISION_F32, (rwda_cpu)cpu), *half;
        float      *a, *b;

        if (full == NULL)
            continue;
        half = open_model(DEMO, RWDA_PRECISION_F16, (rwda_cpu)cpu);
        assert_string_equal(rwda_model_get_info(half)->precision, "f16");
        a = embed(full, 2, 16);
        b = embed(half, 2, 16);
        assert_memory_equal(a, b, (TEXTS + crops_of(full)) * (size_t)rwda_model_get_info(full)->embed_dim * sizeof *a);
        free(a);
        free(b);
        rwda_model_free(full);
        rwda_model_free(half);
    }
}

static const struct {
    rwda_precision precision;
    double         bound;  /* of 1 - cosine to float32 */
    double         memory; /* share of float32's bytes at most */
} precisions[] = {
    { RWDA_PRECISION_F16, TOLERANCE_F16, 0.52 }, /* biases, LayerNorms and positions stay */
    { RWDA_PRECISION_BF16, TOLERANCE_BF16, 0.52 },
    { RWDA_PRECISION_INT8, TOLERANCE_INT8, 0.50 }, /* these models are mostly token table, which is F16 then */
};

static void check_against_float32(const char *path, const char *what)
{
    rwda_model *full = open_model(path, RWDA_PRECISION_F32, RWDA_CPU_AUTO);
    size_t      dim  = (size_t)rwda_model_get_info(full)->embed_dim;
    float      *want = embed(full, 2, 16);

    assert_string_equal(rwda_model_get_info(full)->precision, "f32");
    for (size_t i = 0; i < RW_COUNTOF(precisions); i++)
        for (int cpu = RWDA_CPU_REF; cpu <= RWDA_CPU_NEON; cpu++) {
            rwda_model *model = open_model(path, precisions[i].precision, (rwda_cpu)cpu);
            float      *got;
            double      texts, crops, memory;

            if (model == NULL)
                continue;
            got    = embed(model, 2, 16);
            texts  = furthest(got, want, TEXTS, dim);
            crops  = furthest(got + TEXTS * dim, want + TEXTS * dim, crops_of(full), dim);
            memory = (double)rwda_model_get_info(model)->memory / (double)rwda_model_get_info(full)->memory;
            print_message("%s %s %s: 1 - cosine texts %.2g, images %.2g; memory %.3f\n", what,
                          rwda_model_get_info(model)->precision, rwda_model_get_info(model)->cpu, texts, crops, memory);
            assert_true(texts <= precisions[i].bound);
            assert_true(crops <= precisions[i].bound);
            assert_true(memory <= precisions[i].memory);
            free(got);
            rwda_model_free(model);
        }
    free(want);
    rwda_model_free(full);
}

static void embeddings_stay_near_float32_in_less_memory(void **state)
{
    (void)state;
    check_against_float32(DEMO, "shipped");
    check_against_float32(folder, "random");
}

static void threads_and_batches_change_no_bit(void **state)
{
    static const struct {
        int threads, batch;
    } ways[] = { { 2, 16 }, { 3, 2 }, { 2, 1 }, { 4, 3 } };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(precisions); i++) {
        rwda_model *model = open_model(folder, precisions[i].precision, RWDA_CPU_AUTO);
        float      *first = embed(model, 1, 16);

        for (size_t w = 0; w < RW_COUNTOF(ways); w++) {
            float *other = embed(model, ways[w].threads, ways[w].batch);

            assert_memory_equal(first, other,
                                (TEXTS + crops_of(model)) * (size_t)rwda_model_get_info(model)->embed_dim * sizeof *first);
            free(other);
        }
        free(first);
        rwda_model_free(model);
    }
}

/* Rows are quantised one by one, so a text is the same alone and beside texts that begin alike. */
static void company_changes_no_bit(void **state)
{
    static const char *const texts[] = { "a photo of a normal qwert", "a photo of a anomalous qwert",
                                         "a photo of a normal zuiop", "the cat", "" };
    float                    together[RW_COUNTOF(texts) * 112], alone[112];
    rwda_error               err = { 0 };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(precisions); i++) {
        rwda_model   *model   = open_model(folder, precisions[i].precision, RWDA_CPU_AUTO);
        rwda_session *session = NULL;

        assert_ok(rwda_session_new(&session, model, NULL, &err), err);
        assert_ok(rwda_session_embed_texts(together, session, texts, NULL, RW_COUNTOF(texts), &err), err);
        for (size_t t = 0; t < RW_COUNTOF(texts); t++) {
            assert_ok(rwda_session_embed_texts(alone, session, &texts[t], NULL, 1, &err), err);
            assert_memory_equal(alone, together + t * 112, sizeof alone);
        }
        rwda_session_free(session);
        rwda_model_free(model);
    }
}

/* Nobody gets integers who did not ask for them; who asks the CPU gets them only where it is made for them. */
static void the_cpu_decides_only_when_asked(void **state)
{
    const rwda_model_options defaults = RWDA_MODEL_OPTIONS_INIT;
    rwda_model              *plain, *own;
    const char              *name = rwda_int8_name(RWDA_CPU_AUTO);

    (void)state;
    assert_int_equal(defaults.precision, RWDA_PRECISION_F32);
    plain = open_model(DEMO, RWDA_PRECISION_AUTO, RWDA_CPU_REF);
    assert_string_equal(rwda_model_get_info(plain)->precision, "f32");
    own = open_model(DEMO, RWDA_PRECISION_AUTO, RWDA_CPU_AUTO);
    assert_string_equal(rwda_model_get_info(own)->precision, strstr(name, "vnni") != NULL ? "int8" : "f32");
    rwda_model_free(plain);
    rwda_model_free(own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_stored_as_halves_give_the_bytes_of_float32),
        cmocka_unit_test(embeddings_stay_near_float32_in_less_memory),
        cmocka_unit_test(threads_and_batches_change_no_bit),
        cmocka_unit_test(company_changes_no_bit),
        cmocka_unit_test(the_cpu_decides_only_when_asked),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
