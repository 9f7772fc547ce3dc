/* test_from_memory.c - do detectors, configs and texts come from memory as they come from files? */
#include "anomaly/detector.h"
#include "base/file.h"
#include "clip/checkpoint.h"
#include "tests/unit/check.h"

#define DEMO RWDA_TEST_DIR "/model"

static rwda_model   *model;
static rwda_session *session;

static int set_up(void **state)
{
    rwda_error err = { 0 };

    (void)state;
    assert_ok(rwda_model_open(&model, DEMO, NULL, &err), err);
    assert_ok(rwda_session_new(&session, model, NULL, &err), err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rwda_session_free(session);
    rwda_model_free(model);
    return 0;
}

/* A detector of few bytes. */
static rwda_detector *small_detector(void)
{
    rwda_train_options options;
    rwda_detector     *detector;
    rwda_error         err = { 0 };

    rwda_train_options_default(&options, sizeof options);
    options.pairs  = 4;
    options.epochs = 1;
    options.hidden = 0;
    assert_ok(rwda_detector_train(&detector, session, &options, NULL, NULL, &err), err);
    return detector;
}

static void a_detector_comes_back_from_its_bytes(void **state)
{
    rwda_detector *detector = small_detector(), *read;
    size_t         len, len_again;
    const void    *bytes = rwda_detector_bytes(detector, &len);
    guarded        g     = guarded_copy(bytes, len);
    rwda_error     err   = { 0 };

    (void)state;
    assert_ok(rwda_detector_decode(&read, g.bytes, g.len, &err), err);
    guarded_free(&g); /* they were copied */
    assert_string_equal(rwda_detector_sha256(read), rwda_detector_sha256(detector));
    assert_memory_equal(rwda_detector_bytes(read, &len_again), bytes, len);
    assert_int_equal(len_again, len);
    rwda_detector_free(read);
    rwda_detector_free(detector);
}

static void hostile_bytes_are_no_detector(void **state)
{
    rwda_detector *detector = small_detector(), *read;
    size_t         len;
    const void    *bytes = rwda_detector_bytes(detector, &len);
    rwda_error     err   = { 0 };

    (void)state;
    assert_int_equal(rwda_detector_decode(&read, NULL, 0, &err), RWDA_EFORMAT);
    assert_refused("large", rwda_detector_decode(&read, bytes, ((size_t)1 << 30) + 1, &err), RWDA_ELIMIT, &err,
                   "over the limit");
    for (size_t n = 0; n < len; n += n < 1024 ? 1 : 61) { /* cut */
        guarded g = guarded_copy(bytes, n);

        read = POISON;
        if (rwda_detector_decode(&read, g.bytes, g.len, &err) == RWDA_OK)
            fail_msg("%zu of %zu bytes are a detector", n, len);
        assert_null(read);
        guarded_free(&g);
    }
    for (size_t i = 0; i < len; i += i < 2048 ? 1 : 61) { /* changed: refused, or another detector, which is whole */
        guarded g      = guarded_copy(bytes, len);
        float   x[512] = { 1.0f }, logit;

        g.bytes[i] ^= 0x91;
        if (rwda_detector_decode(&read, g.bytes, g.len, NULL) == RWDA_OK) {
            assert_true(read->dim <= RW_COUNTOF(x));
            assert_ok(rwda_detector_logits(&logit, read, x, 1, read->dim, &err), err);
            rwda_detector_free(read);
        }
        guarded_free(&g);
    }
    rwda_detector_free(detector);
}

static void a_model_opens_with_a_config_in_memory(void **state)
{
    rwda_model_options options = RWDA_MODEL_OPTIONS_INIT;
    rwda_model        *other;
    uint8_t           *text;
    guarded            g;
    rwda_error         err     = { 0 };
    const char        *weights = rwda_model_get_info(model)->weights_path;

    (void)state;
    assert_ok(rw_file_read(&text, &options.config_len, DEMO "/open_clip_config.json", 1 << 20, &err), err);
    g              = guarded_copy(text, options.config_len);
    options.config = (const char *)g.bytes;
    assert_ok(rwda_model_open(&other, weights, &options, &err), err);
    assert_string_equal(rwda_model_get_info(other)->sha256, rwda_model_get_info(model)->sha256);
    assert_string_equal(rwda_model_get_info(other)->layout, "openclip");
    assert_int_equal(rwda_model_get_info(other)->memory, rwda_model_get_info(model)->memory);
    rwda_model_free(other);
    assert_refused("directory", rwda_model_open(&other, DEMO, &options, &err), RWDA_EIO, &err, DEMO);
    assert_refused("missing", rwda_model_open(&other, DEMO "/none", &options, &err), RWDA_ENOTFOUND, &err, "none");
    assert_null(other);
    guarded_free(&g);
    for (size_t len = 0; len + 2 < options.config_len; len += 3) { /* the last bytes are "}\n" */
        size_t whole = options.config_len;

        g                  = guarded_copy(text, len);
        options.config     = (const char *)g.bytes;
        options.config_len = len;
        assert_int_equal(rwda_model_open(&other, weights, &options, &err), RWDA_EFORMAT);
        options.config_len = whole;
        guarded_free(&g);
    }
    free(text);
}

static void both_layouts_of_a_config_are_told_apart(void **state)
{
    static const char huggingface[] =
        "{\"model_type\":\"clip\",\"projection_dim\":12,\"text_config\":{\"hidden_size\":8,\"intermediate_size\":32,"
        "\"num_hidden_layers\":1,\"num_attention_heads\":2},\"vision_config\":{\"hidden_size\":16,\"intermediate_size\":64,"
        "\"num_hidden_layers\":2,\"num_attention_heads\":2,\"image_size\":16,\"patch_size\":8}}";
    static char    long_path[RW_PATH_MAX + 1];
    rw_clip_config config;
    char           path[RW_PATH_MAX];
    rwda_error     err = { 0 };

    (void)state;
    assert_ok(rw_checkpoint_take(&config, path, "w.safetensors", huggingface, strlen(huggingface), &err), err);
    assert_true(config.layout == RW_LAYOUT_HUGGINGFACE && config.embed_dim == 12 && strcmp(path, "w.safetensors") == 0);
    memset(long_path, 'x', RW_PATH_MAX);
    assert_int_equal(rw_checkpoint_take(&config, path, long_path, huggingface, strlen(huggingface), &err), RWDA_ELIMIT);
    assert_int_equal(rw_checkpoint_take(&config, path, "w", huggingface, (size_t)2 << 20, &err), RWDA_ELIMIT);
}

static void texts_may_have_lengths(void **state)
{
    const char  *texts[] = { "a nut", "a nut and a bolt", "a nut\0and" };
    const size_t lens[] = { 5, 5, 9 }, dim = (size_t)rwda_model_get_info(model)->embed_dim;
    guarded      g = guarded_copy("a nut", 5); /* without a NUL */
    float       *x = calloc(3 * dim, sizeof *x), *ended = calloc(dim, sizeof *ended);
    rwda_error   err = { 0 };

    (void)state;
    assert_ok(rwda_session_embed_texts(ended, session, texts, NULL, 1, &err), err);
    texts[0] = (const char *)g.bytes;
    assert_ok(rwda_session_embed_texts(x, session, texts, lens, 3, &err), err);
    assert_memory_equal(x, ended, dim * sizeof *x);
    assert_memory_equal(x + dim, ended, dim * sizeof *x);
    assert_memory_not_equal(x + 2 * dim, ended, dim * sizeof *x); /* a NUL does not end it */
    guarded_free(&g);
    free(x);
    free(ended);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_detector_comes_back_from_its_bytes),
        cmocka_unit_test(hostile_bytes_are_no_detector),
        cmocka_unit_test(a_model_opens_with_a_config_in_memory),
        cmocka_unit_test(both_layouts_of_a_config_are_told_apart),
        cmocka_unit_test(texts_may_have_lengths),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
