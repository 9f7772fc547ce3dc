/* test_detector.c - is training repeatable, does a saved detector come back the same, and is a damaged or foreign one refused? */
#include "rwda.h"

#include "tests/unit/tiny_clip.h"

#include <math.h>
#include <dirent.h>
#include <sys/stat.h>

static char          folder[] = "/tmp/rwda-test-detector-XXXXXX";
static char          path[128], cache[128];
static rwda_model   *model;
static rwda_session *session;

static int set_up(void **state)
{
    tiny_clip  t;
    rwda_error err;

    (void)state;
    if (mkdtemp(folder) == NULL)
        return 1;
    (void)snprintf(path, sizeof path, "%s/detector.safetensors", folder);
    (void)snprintf(cache, sizeof cache, "%s/cache", folder);
    tiny_make(&t);
    tiny_write(&t, folder, "open_clip_model.safetensors", "open_clip_config.json", TINY_CONFIG);
    tiny_free(&t);
    return mkdir(cache, 0700) != 0 || rwda_model_open(&model, folder, NULL, &err) != RWDA_OK ||
           rwda_session_new(&session, model, NULL, &err) != RWDA_OK;
}

static void remove_all(const char *dir)
{
    DIR *entries = opendir(dir);

    if (entries == NULL)
        return;
    for (const struct dirent *e; (e = readdir(entries)) != NULL;)
        if (e->d_name[0] != '.') {
            char file[RW_PATH_MAX];

            assert_true(rw_path_join(file, sizeof file, dir, e->d_name));
            unlink(file);
        }
    closedir(entries);
}

static int tear_down(void **state)
{
    (void)state;
    rwda_session_free(session);
    rwda_model_free(model);
    remove_all(cache);
    rmdir(cache);
    remove_all(folder);
    return rmdir(folder);
}

static rwda_train_options small(void)
{
    rwda_train_options options;
    rwda_error         err = { 0 };

    assert_ok(rwda_train_options_preset(&options, "paper", &err), err);
    options.pairs       = 60;
    options.hidden      = 16;
    options.batch_pairs = 25; /* the last batch is smaller */
    options.ensemble    = 2;
    return options;
}

static rwda_detector *train(const rwda_train_options *options)
{
    rwda_detector *detector = NULL;
    rwda_error     err      = { 0 };

    assert_ok(rwda_detector_train(&detector, session, options, NULL, NULL, &err), err);
    return detector;
}

static void the_same_recipe_gives_the_same_file(void **state)
{
    rwda_train_options options = small();
    rwda_detector     *a = train(&options), *b = train(&options), *c;

    (void)state;
    assert_string_equal(rwda_detector_sha256(a), rwda_detector_sha256(b));
    assert_string_equal(rwda_detector_model_sha256(a), rwda_model_get_info(model)->sha256);
    assert_non_null(strstr(rwda_detector_recipe(a), "\"pairs\":60"));
    options.seed = 2;
    c            = train(&options);
    assert_string_not_equal(rwda_detector_sha256(a), rwda_detector_sha256(c));
    rwda_detector_free(a);
    rwda_detector_free(b);
    rwda_detector_free(c);
}

static void prompts_can_be_looked_at(void **state)
{
    rwda_train_options options = small();
    char             **texts;
    size_t             count;
    rwda_error         err = { 0 };

    (void)state;
    options.word_list = "bolt";
    options.words_min = options.words_max = 1;
    assert_ok(rwda_prompts_draw(&texts, &count, model, &options, &err), err);
    assert_int_equal(count, 120);
    for (size_t i = 0; i < count; i += 2) {
        assert_string_equal(texts[i], "a photo of a normal bolt");
        assert_string_equal(texts[i + 1], "a photo of a anomalous bolt");
    }
    rwda_prompts_free(texts);
    options.pairs = 0;
    assert_int_equal(rwda_prompts_draw(&texts, &count, model, &options, &err), RWDA_EINVAL);
    assert_null(texts);
    rwda_prompts_free(texts);
}

static void comes_back_the_same(void **state)
{
    static const rwda_loss losses[] = { RWDA_LOSS_BCE, RWDA_LOSS_CE };

    (void)state;
    for (size_t i = 0; i < 2; i++)
        for (int hidden = 0; hidden <= 16; hidden += 16) {
            rwda_train_options options = small();
            rwda_detector     *made, *loaded = NULL;
            rwda_error         err = { 0 };
            float              x[24], one[2], other[2];

            options.loss   = losses[i];
            options.hidden = hidden;
            made           = train(&options);
            for (size_t j = 0; j < 24; j++)
                x[j] = (float)j / 24.0f - 0.5f;
            assert_ok(rwda_detector_save(made, path, 1, &err), err);
            assert_ok(rwda_detector_load(&loaded, path, &err), err);
            assert_string_equal(rwda_detector_sha256(made), rwda_detector_sha256(loaded));
            assert_string_equal(rwda_detector_recipe(made), rwda_detector_recipe(loaded));
            assert_ok(rwda_detector_logits(one, made, x, 2, 12, &err), err);
            assert_ok(rwda_detector_logits(other, loaded, x, 2, 12, &err), err);
            assert_memory_equal(one, other, sizeof one);
            assert_int_equal(rwda_detector_logits(one, made, x, 2, 11, &err), RWDA_EMISMATCH);
            x[13] = NAN;
            assert_int_equal(rwda_detector_logits(one, made, x, 2, 12, &err), RWDA_EINVAL);
            assert_non_null(strstr(err.message, "embedding 1 of 2: number 1 of 12 is not finite"));
            rwda_detector_free(made);
            rwda_detector_free(loaded);
        }
}

static void an_existing_file_is_kept_unless_asked(void **state)
{
    rwda_train_options options  = small();
    rwda_detector     *detector = train(&options);
    rwda_error         err      = { 0 };

    (void)state;
    assert_ok(rwda_detector_save(detector, path, 1, &err), err);
    assert_refused("exists", rwda_detector_save(detector, path, 0, &err), RWDA_EEXIST, &err, path);
    rwda_detector_free(detector);
}

static void damaged_files_are_refused(void **state)
{
    rwda_train_options options  = small();
    rwda_detector     *detector = train(&options), *loaded;
    rw_random          random   = rw_random_init(3, 3);
    rwda_error         err      = { 0 };
    uint8_t           *bytes, *copy;
    rw_safetensors    *file = NULL;
    size_t             len;

    (void)state;
    assert_ok(rwda_detector_save(detector, path, 1, &err), err);
    rwda_detector_free(detector);
    assert_ok(rw_file_read(&bytes, &len, path, 1 << 24, &err), err);
    copy = malloc(len);
    assert_non_null(copy);
    for (size_t n = 0; n < len; n += 1 + n / 7) { /* cut */
        loaded = POISON;
        assert_ok(rw_file_write(path, bytes, n, true, &err), err);
        assert_int_equal(rwda_detector_load(&loaded, path, &err), RWDA_EFORMAT);
        assert_null(loaded);
        assert_non_null(strstr(err.message, path));
    }
    for (int i = 0; i < 300; i++) { /* bytes of the header changed: refused, or still a whole detector */
        float x[12] = { 0 }, logit;

        memcpy(copy, bytes, len);
        copy[rw_random_below(&random, 1500)] = (uint8_t)rw_random_u32(&random);
        loaded                               = POISON;
        assert_ok(rw_file_write(path, copy, len, true, &err), err);
        if (rwda_detector_load(&loaded, path, &err) == RWDA_OK)
            assert_ok(rwda_detector_logits(&logit, loaded, x, 1, 12, &err), err);
        else
            assert_null(loaded);
        rwda_detector_free(loaded);
    }
    memcpy(copy, bytes, len);
    memcpy(copy + len - 4, "\0\0\xc0\x7f", 4); /* the last weight is NaN */
    assert_ok(rw_file_write(path, copy, len, true, &err), err);
    assert_refused("NaN", rwda_detector_load(&loaded, path, &err), RWDA_EFORMAT, &err, "is not finite");
    memcpy(copy, bytes, len);
    assert_ok(rw_safetensors_parse(&file, copy, len, &err), err);
    memset(copy + (rw_safetensors_find(file, "lda.weight")->data - copy), 0, 12 * sizeof(float));
    rw_safetensors_close(file);
    assert_ok(rw_file_write(path, copy, len, true, &err), err);
    assert_refused("no direction", rwda_detector_load(&loaded, path, &err), RWDA_EFORMAT, &err,
                   "\"lda.weight\" has length 0, expected 1");
    free(bytes);
    free(copy);
}

static void a_model_is_not_a_detector(void **state)
{
    char           weights[192];
    rwda_detector *loaded = POISON;
    rwda_error     err    = { 0 };

    (void)state;
    (void)snprintf(weights, sizeof weights, "%s/open_clip_model.safetensors", folder);
    assert_refused("weights", rwda_detector_load(&loaded, weights, &err), RWDA_EFORMAT, &err, "is not a detector");
    assert_null(loaded);
    assert_refused("nothing", rwda_detector_load(&loaded, "/dev/null/none", &err), RWDA_ENOTFOUND, &err, "/dev/null/none");
}

static void a_detector_of_another_model_is_refused(void **state)
{
    char               other[] = "/tmp/rwda-test-other-XXXXXX";
    tiny_clip          t;
    rwda_train_options options  = small();
    rwda_detector     *detector = train(&options);
    rwda_model        *stranger = NULL;
    rwda_session      *visit    = NULL;
    rwda_scorer       *scorer   = POISON;
    rwda_error         err      = { 0 };

    (void)state;
    assert_non_null(mkdtemp(other));
    tiny_make(&t);
    t.data[3][0] += 1.0f;
    tiny_write(&t, other, "open_clip_model.safetensors", "open_clip_config.json", TINY_CONFIG);
    tiny_free(&t);
    assert_ok(rwda_model_open(&stranger, other, NULL, &err), err);
    assert_ok(rwda_session_new(&visit, stranger, NULL, &err), err);
    assert_refused("stranger", rwda_scorer_new(&scorer, visit, detector, NULL, &err), RWDA_EMISMATCH, &err,
                   rwda_model_get_info(stranger)->sha256);
    assert_non_null(strstr(err.message, rwda_detector_model_sha256(detector)));
    assert_null(scorer);
    rwda_session_free(visit);
    rwda_model_free(stranger);
    rwda_detector_free(detector);
    remove_all(other);
    rmdir(other);
}

/* A detector says at which precision its texts were embedded, where that was not f32; any precision of the model scores with it. */
static void the_precision_is_kept_and_binds_nobody(void **state)
{
    rwda_train_options train_options = small();
    rwda_model_options options       = RWDA_MODEL_OPTIONS_INIT;
    rwda_model        *integers      = NULL;
    rwda_session      *other         = NULL;
    rwda_detector     *made = NULL, *plain = train(&train_options), *loaded = NULL;
    rwda_scorer       *scorer = NULL;
    rwda_error         err    = { 0 };
    uint8_t           *bytes, *at;
    size_t             len;

    (void)state;
    assert_string_equal(rwda_detector_precision(plain), "f32");
    options.precision = RWDA_PRECISION_INT8;
    assert_ok(rwda_model_open(&integers, folder, &options, &err), err);
    assert_ok(rwda_session_new(&other, integers, NULL, &err), err);
    assert_ok(rwda_detector_train(&made, other, &train_options, NULL, NULL, &err), err);
    assert_ok(rwda_detector_save(made, path, 1, &err), err);
    assert_ok(rwda_detector_load(&loaded, path, &err), err);
    assert_string_equal(rwda_detector_precision(loaded), "int8");
    assert_string_equal(rwda_detector_sha256(loaded), rwda_detector_sha256(made));
    assert_ok(rwda_scorer_new(&scorer, session, loaded, NULL, &err), err);
    rwda_scorer_free(scorer);
    assert_ok(rwda_scorer_new(&scorer, other, plain, NULL, &err), err);
    rwda_scorer_free(scorer);
    rwda_detector_free(loaded);
    assert_ok(rw_file_read(&bytes, &len, path, 1 << 24, &err), err);
    at = memmem(bytes, len, "\"int8\"", 6);
    assert_non_null(at);
    at[4]  = '9';
    loaded = POISON;
    assert_ok(rw_file_write(path, bytes, len, true, &err), err);
    assert_refused("int9", rwda_detector_load(&loaded, path, &err), RWDA_EFORMAT, &err, "\"int9\"");
    assert_null(loaded);
    free(bytes);
    rwda_detector_free(made);
    rwda_detector_free(plain);
    rwda_session_free(other);
    rwda_model_free(integers);
}

static int count_stages(void *user, const char *stage, size_t done, size_t total)
{
    (void)done;
    (void)total;
    *(int *)user += strstr(stage, "embedding") != NULL;
    return 0;
}

/* A second training with a cache embeds nothing; a damaged cache is made again; the detector is the same each time. */
static void the_cache_changes_nothing_but_the_time(void **state)
{
    rwda_train_options options = small();
    rwda_detector     *first, *again = NULL;
    rwda_error         err = { 0 };
    DIR               *entries;
    char               file[RW_PATH_MAX] = "";
    int                embeddings        = 0;

    (void)state;
    first             = train(&options);
    options.cache_dir = cache;
    for (int round = 0; round < 3; round++) {
        embeddings = 0;
        assert_ok(rwda_detector_train(&again, session, &options, count_stages, &embeddings, &err), err);
        assert_string_equal(rwda_detector_sha256(first), rwda_detector_sha256(again));
        assert_true(round == 1 ? embeddings == 0 : embeddings > 0);
        rwda_detector_free(again);
        if (round == 1) { /* flip a bit of the last number */
            uint8_t *bytes;
            size_t   len;

            entries = opendir(cache);
            assert_non_null(entries);
            for (const struct dirent *e; (e = readdir(entries)) != NULL;)
                if (e->d_name[0] != '.')
                    assert_true(rw_path_join(file, sizeof file, cache, e->d_name));
            closedir(entries);
            assert_ok(rw_file_read(&bytes, &len, file, 1 << 24, &err), err);
            bytes[len - 1] ^= 1;
            assert_ok(rw_file_write(file, bytes, len, true, &err), err);
            free(bytes);
        }
    }
    rwda_detector_free(first);
}

static int stop(void *user, const char *stage, size_t done, size_t total)
{
    (void)stage;
    (void)done;
    (void)total;
    return --*(int *)user < 0;
}

static void training_stops_when_asked(void **state)
{
    rwda_train_options options = small();

    (void)state;
    for (int calls = 0; calls < 12; calls += 3) {
        rwda_detector *detector = POISON;
        rwda_error     err      = { 0 };
        int            left     = calls;

        assert_int_equal(rwda_detector_train(&detector, session, &options, stop, &left, &err), RWDA_ECANCELLED);
        assert_null(detector);
    }
}

static void every_method_scores(void **state)
{
    static uint8_t     pixels[2][20 * 30 * 3];
    rwda_image         sources[2]    = { { 20, 30, 60, pixels[0] }, { 30, 20, 90, pixels[1] } };
    const rwda_image  *images[2]     = { &sources[0], &sources[1] };
    rwda_train_options train_options = small();
    rwda_detector     *detector      = train(&train_options);
    rwda_error         err           = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof pixels[0]; i++) {
        pixels[0][i] = (uint8_t)(i * i * 3 + i);
        pixels[1][i] = (uint8_t)(i / 7);
    }
    for (int method = RWDA_METHOD_FNN; method <= RWDA_METHOD_WINCLIP; method++)
        for (int crops = RWDA_CROPS_ONE; crops <= RWDA_CROPS_3X3; crops++) {
            rwda_scorer_options options = RWDA_SCORER_OPTIONS_INIT;
            rwda_scorer        *scorer  = NULL;
            rwda_score          both[2], alone;

            options.method = (rwda_method)method;
            options.crops  = (rwda_crops)crops;
            assert_ok(rwda_scorer_new(&scorer, session, detector, &options, &err), err);
            assert_ok(rwda_scorer_score_images(both, session, scorer, images, 2, &err), err);
            for (int i = 0; i < 2; i++) {
                assert_true(both[i].score >= 0.0f && both[i].score <= 1.0f);
                assert_int_equal(both[i].crops,
                                 rwda_crops_count(sources[i].width, sources[i].height, RWDA_RESIZE_SHORTEST, options.crops));
                assert_int_equal(isnan(both[i].score_clip) == 0,
                                 method == RWDA_METHOD_CLIP || method == RWDA_METHOD_BOTH || method == RWDA_METHOD_WINCLIP);
                if (method == RWDA_METHOD_BOTH)
                    assert_true(fabsf(both[i].score - (both[i].score_fnn + both[i].score_clip) / 2) < 1e-6f);
                assert_ok(rwda_scorer_score_images(&alone, session, scorer, &images[i], 1, &err), err);
                assert_memory_equal(&alone.score, &both[i].score, sizeof alone.score); /* the same alone and in a batch */
            }
            rwda_scorer_free(scorer);
        }
    rwda_detector_free(detector);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_recipe_gives_the_same_file),
        cmocka_unit_test(prompts_can_be_looked_at),
        cmocka_unit_test(comes_back_the_same),
        cmocka_unit_test(an_existing_file_is_kept_unless_asked),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(a_model_is_not_a_detector),
        cmocka_unit_test(the_precision_is_kept_and_binds_nobody),
        cmocka_unit_test(a_detector_of_another_model_is_refused),
        cmocka_unit_test(the_cache_changes_nothing_but_the_time),
        cmocka_unit_test(training_stops_when_asked),
        cmocka_unit_test(every_method_scores),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
