/* test_score_record.c - does a record say how it was made, for every method, and is it JSON whatever a file is called? */
#include "common/score_record.h"

#include "tests/common/demo.h"

#include <rwda_memory.h>

#include <math.h>
#include <stdbool.h>

static rwda_scorer *new_scorer(rwda_method method, const rwda_detector *detector)
{
    rwda_scorer_options options = RWDA_SCORER_OPTIONS_INIT;
    rwda_scorer        *scorer  = NULL;
    rwda_error          err     = { 0 };

    options.method      = method;
    options.object      = "metal_nut";
    options.temperature = 0.07f;
    options.crops       = RWDA_CROPS_2X2;
    assert_ok(rwda_scorer_new(&scorer, demo.session, detector, &options, &err), err);
    return scorer;
}

/* A record as programs make it, through text and back; `memory`: the distance to one, NaN where there is none. */
static json_t *recorded_beside(const rwda_scorer *scorer, const rwda_detector *detector, const char *name, float memory)
{
    const rwda_score score = {
        .score = 0.75f, .score_fnn = NAN, .score_clip = 0.25f, .crops = 5, .logit = 1.0986123f, .score_memory = memory
    };
    json_t      *scoring = score_record_scoring(scorer);
    score_record record  = { .name      = name,
                             .width     = 640,
                             .height    = 480,
                             .score     = &score,
                             .label     = "review",
                             .threshold = 0.5,
                             .p_value   = NAN,
                             .detector  = detector != NULL ? rwda_detector_sha256(detector) : NULL,
                             .model     = rwda_model_get_info(demo.model)->sha256,
                             .scoring   = scoring,
                             .decode_ms = 1.5,
                             .encode_ms = 2.25 };
    json_t      *json    = score_record_json(&record), *back;
    char        *text    = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(9));

    assert_non_null(text);
    back = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(back);
    free(text);
    json_decref(json);
    json_decref(scoring);
    return back;
}

static json_t *recorded(const rwda_scorer *scorer, const rwda_detector *detector, const char *name)
{
    return recorded_beside(scorer, detector, name, NAN);
}

static void build_and_describe_are_inverse(void **state)
{
    (void)state;
    for (int method = RWDA_METHOD_FNN; method <= RWDA_METHOD_WINCLIP; method++)
        for (int given = 0; given < 2; given++) {
            const rwda_detector *detector = given ? demo.detector : NULL;
            rwda_scorer         *scorer;
            json_t              *record, *described, *wanted;

            if (!given && method != RWDA_METHOD_CLIP && method != RWDA_METHOD_WINCLIP)
                continue;
            scorer    = new_scorer((rwda_method)method, detector);
            record    = recorded(scorer, detector, "x.png");
            described = score_record_described(record);
            wanted    = json_loads(rwda_scorer_describe(scorer), 0, NULL);
            assert_non_null(described);
            if (!json_equal(described, wanted))
                fail_msg("method %d, detector %d: %s", method, given, json_dumps(described, 0));
            /* the record names the detector that was given, used or not, and the scoring names none */
            assert_int_equal(json_is_string(json_object_get(record, "detector")), given);
            assert_null(json_object_get(json_object_get(record, "scoring"), "detector"));
            assert_null(json_object_get(json_object_get(record, "scoring"), "model"));
            json_decref(wanted);
            json_decref(described);
            json_decref(record);
            rwda_scorer_free(scorer);
        }
}

/* What a threshold file made from such records says fits the scorer that made them. */
static void a_threshold_file_from_records_fits(void **state)
{
    rwda_scorer     *scorer     = new_scorer(RWDA_METHOD_WINCLIP, demo.detector);
    json_t          *record     = recorded(scorer, demo.detector, "x.png");
    json_t          *described  = score_record_described(record);
    char            *text       = json_dumps(described, JSON_COMPACT | JSON_REAL_PRECISION(9));
    double           scores[]   = { 0.1, 0.2, 0.3 };
    rwda_thresholds *thresholds = NULL;
    rwda_error       err        = { 0 };

    (void)state;
    assert_ok(rwda_thresholds_new(&thresholds, scores, NULL, 3, text, NULL, &err), err);
    assert_ok(rwda_thresholds_check(thresholds, scorer, &err), err);
    rwda_thresholds_free(thresholds);
    free(text);
    json_decref(described);
    json_decref(record);
    rwda_scorer_free(scorer);
}

static void every_key_is_there(void **state)
{
    static const char *const keys[] = { "schema",  "path",      "width",      "height",  "score",
                                        "logit",   "score_fnn", "score_clip", "label",   "threshold",
                                        "p_value", "detector",  "model",      "scoring", "ms" };
    rwda_scorer             *scorer = new_scorer(RWDA_METHOD_CLIP, NULL);
    json_t                  *record = recorded(scorer, NULL, "a \"b\"\n\\c.png");

    (void)state;
    assert_int_equal(json_object_size(record), RW_COUNTOF(keys)); /* no map where there is none */
    for (size_t i = 0; i < RW_COUNTOF(keys); i++)
        assert_non_null(json_object_get(record, keys[i]));
    assert_string_equal(json_string_value(json_object_get(record, "schema")), "rwda.score/1");
    assert_string_equal(json_string_value(json_object_get(record, "path")), "a \"b\"\n\\c.png");
    assert_true(json_real_value(json_object_get(record, "score")) == 0.75);
    assert_true(json_is_null(json_object_get(record, "score_fnn")));
    assert_true(json_is_null(json_object_get(record, "p_value")));
    assert_true(json_is_null(json_object_get(record, "detector")));
    assert_true(json_real_value(json_object_get(json_object_get(record, "ms"), "total")) == 3.75);
    assert_int_equal(strncmp(json_string_value(json_object_get(record, "model")), "sha256:", 7), 0);
    assert_int_equal(strlen(json_string_value(json_object_get(record, "model"))), 71);
    json_decref(record);
    rwda_scorer_free(scorer);
}

/* A memory of the samples that are normal; `mutual`: a batch. */
static rwda_memory *new_memory(int mutual)
{
    static const char *const names[] = { "good/wood.jpg", "good/grid.jpg" };
    rwda_memory_options      options = RWDA_MEMORY_OPTIONS_INIT;
    rwda_memory_builder     *builder;
    rwda_memory             *memory;
    rwda_error               err = { 0 };

    options.mutual = mutual;
    options.crops  = RWDA_CROPS_2X2;
    assert_ok(rwda_memory_builder_new(&builder, demo.session, NULL, &options, &err), err);
    for (size_t i = 0; i < RW_COUNTOF(names); i++) {
        rwda_image *image = demo_sample(names[i]);

        assert_ok(rwda_memory_builder_add(builder, (const rwda_image *const *)&image, &names[i], NULL, 1, &err), err);
        rwda_image_free(image);
    }
    assert_ok(rwda_memory_builder_finish(&memory, builder, NULL, NULL, &err), err);
    rwda_memory_builder_free(builder);
    return memory;
}

/* What a record says of a memory, alone and beside words, and that a threshold file can be made of it. */
static void records_beside_a_memory_say_so(void **state)
{
    static const char *const methods[] = { "memory", "memory+words", "mutual", "mutual+words" };

    (void)state;
    for (size_t way = 0; way < RW_COUNTOF(methods); way++) {
        const bool           mutual = way / 2 == 1, words = way % 2 == 1;
        rwda_memory         *memory  = new_memory(mutual);
        rwda_scorer_options  options = RWDA_SCORER_OPTIONS_INIT;
        rwda_scorer         *scorer;
        const rwda_detector *detector = words ? demo.detector : NULL;
        json_t              *record, *scoring, *described, *wanted;
        rwda_error           err = { 0 };

        options.memory = memory;
        options.crops  = RWDA_CROPS_2X2;
        options.fuse   = words ? 0.25 : 0.0;
        assert_ok(rwda_scorer_new(&scorer, demo.session, detector, &options, &err), err);
        record  = recorded_beside(scorer, detector, "x.png", 0.125f);
        scoring = json_object_get(record, "scoring");
        assert_int_equal(json_object_size(record), 16);
        assert_true(json_real_value(json_object_get(record, mutual ? "score_mutual" : "score_memory")) == 0.125);
        assert_null(json_object_get(record, mutual ? "score_memory" : "score_mutual"));
        assert_string_equal(json_string_value(json_object_get(scoring, "method")), methods[way]);
        assert_int_equal(json_is_object(json_object_get(scoring, "memory")), mutual); /* a batch's: the recipe */
        assert_true(words ? json_real_value(json_object_get(scoring, "fuse")) == 0.25
                          : json_object_get(scoring, "fuse") == NULL);
        assert_true(words ? strcmp(json_string_value(json_object_get(scoring, "words")), "fnn") == 0
                          : json_object_get(scoring, "words") == NULL);
        (void)json_object_set_new(scoring, "compared_with", json_integer(2)); /* as of a batch: no part of how it was made */
        described = score_record_described(record);
        wanted    = json_loads(rwda_scorer_describe(scorer), 0, NULL);
        if (!json_equal(described, wanted))
            fail_msg("%s: %s", methods[way], json_dumps(described, 0));
        json_decref(wanted);
        json_decref(described);
        json_decref(record);
        rwda_scorer_free(scorer);
        rwda_memory_free(memory);
    }
}

static void any_name_becomes_json(void **state)
{
    static const struct {
        const char *name, *wanted;
    } cases[]           = { { "\xc3\xa4.png", "\xc3\xa4.png" },
                            { "\xff\xfe.png", "\\xff\\xfe.png" },
                            { "cut\xc3", "cut\\xc3" },
                            { "", "" },
                            { "\xed\xa0\x80", "\\xed\\xa0\\x80" },
                            /* a surrogate */ { "</script>", "</script>" } };
    rwda_scorer *scorer = new_scorer(RWDA_METHOD_CLIP, NULL);

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        rwda_error err    = { RWDA_EFORMAT, RWDA_NO_OFFSET, "" };
        json_t    *record = recorded(scorer, NULL, cases[i].name), *failure;

        assert_string_equal(json_string_value(json_object_get(record, "path")), cases[i].wanted);
        (void)snprintf(err.message, sizeof err.message, "%s: no", cases[i].name);
        failure = score_record_failure(cases[i].name, &err, NULL);
        assert_non_null(failure);
        assert_string_equal(json_string_value(json_object_get(failure, "path")), cases[i].wanted);
        assert_string_equal(json_string_value(json_object_get(json_object_get(failure, "error"), "code")), "RWDA_EFORMAT");
        assert_non_null(strstr(json_string_value(json_object_get(json_object_get(failure, "error"), "message")), ": no"));
        assert_null(json_object_get(failure, "given"));
        assert_null(json_object_get(record, "given"));
        json_decref(failure);
        json_decref(record);
    }
    json_decref(recorded(scorer, NULL, NULL));
    rwda_scorer_free(scorer);
}

static void what_the_input_says_is_kept(void **state)
{
    rwda_scorer *scorer = new_scorer(RWDA_METHOD_CLIP, NULL);
    rwda_score   score  = { .score = 0.5f, .score_memory = NAN };
    rwda_error   err    = { RWDA_EFORMAT, RWDA_NO_OFFSET, "x: no" };
    json_t      *given  = json_pack("{s:i, s:[s]}", "id", 7, "label", "good"), *record, *failure;

    (void)state;
    record  = score_record_json(&(score_record){
         .name = "x", .score = &score, .model = "m", .scoring = json_object_get(given, "label"), .given = given });
    failure = score_record_failure("x", &err, given);
    assert_true(json_equal(json_object_get(record, "given"), given));
    assert_true(json_equal(json_object_get(failure, "given"), given));
    json_decref(record);
    json_decref(failure);
    json_decref(given);
    rwda_scorer_free(scorer);
}

static void hostile_records_describe_nothing_or_themselves(void **state)
{
    static const char *const none[] = { "{}", "[]", "1", "{\"scoring\":1}", "{\"scoring\":null}", "{\"scoring\":[]}" };
    static const char *const some[] = { "{\"scoring\":{}}", "{\"scoring\":{\"method\":1}}",
                                        "{\"scoring\":{\"method\":\"fnn\"}}",
                                        "{\"scoring\":{\"method\":\"clip\"},\"detector\":5,\"model\":[]}" };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(none); i++) {
        json_t *record = json_loads(none[i], JSON_DECODE_ANY, NULL);

        assert_null(score_record_described(record));
        json_decref(record);
    }
    for (size_t i = 0; i < RW_COUNTOF(some); i++) {
        json_t *record = json_loads(some[i], 0, NULL), *before = json_deep_copy(record);
        json_t *described = score_record_described(record);

        assert_true(json_is_object(described));
        assert_true(json_equal(record, before)); /* a copy was changed */
        json_decref(described);
        json_decref(before);
        json_decref(record);
    }
}

static void regions_are_capped(void **state)
{
    rwda_region *regions = calloc(SCORE_REGIONS_MAX, sizeof *regions);
    json_t      *list;

    (void)state;
    assert_non_null(regions);
    regions[0] = (rwda_region){ 1, 2, 3, 4, (int64_t)1 << 40, 0.5f, 2, 3 };
    list       = score_record_regions(regions, 1);
    assert_int_equal(json_array_size(list), 1);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 0), "area")), (int64_t)1 << 40);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 0), "peak_y")), 3);
    assert_true(json_real_value(json_object_get(json_array_get(list, 0), "peak")) == 0.5);
    json_decref(list);
    list = score_record_regions(regions, 5000000);
    assert_int_equal(json_array_size(list), SCORE_REGIONS_MAX);
    json_decref(list);
    list = score_record_regions(NULL, 0);
    assert_int_equal(json_array_size(list), 0);
    json_decref(list);
    free(regions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(build_and_describe_are_inverse),
        cmocka_unit_test(a_threshold_file_from_records_fits),
        cmocka_unit_test(every_key_is_there),
        cmocka_unit_test(records_beside_a_memory_say_so),
        cmocka_unit_test(any_name_becomes_json),
        cmocka_unit_test(what_the_input_says_is_kept),
        cmocka_unit_test(hostile_records_describe_nothing_or_themselves),
        cmocka_unit_test(regions_are_capped),
    };

    return cmocka_run_group_tests(tests, demo_open, demo_close);
}
