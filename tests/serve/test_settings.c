/* test_settings.c - which way of scoring do options ask for, and which are refused? */
#include "tests/serve/fixture.h"

#include <math.h>

static fixture_engine engine;
static detectors     *registry, *empty;
static memories      *remembered;
static const char    *unnamed; /* the memory of requests that name nothing */
static service_limits limits = FIXTURE_LIMITS;

static int set_up(void **state)
{
    memory_entry *entry;
    rwda_error    err;

    (void)state;
    fixture_engine_open(&engine);
    registry = detectors_new();
    empty    = detectors_new();
    assert_ok(detectors_add_given(registry, fixture_train(&engine, 1), "first", &err), err);
    assert_ok(detectors_add_given(registry, fixture_train(&engine, 2), "second", &err), err);
    remembered = memories_new(registry, &limits);
    assert_ok(memories_add_made(&entry, remembered, fixture_remember(&engine, 1, 3, NULL), "normal", engine.session, &err),
              err);
    memories_release(remembered, entry);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    memories_free(remembered);
    detectors_free(registry);
    detectors_free(empty);
    fixture_engine_close(&engine);
    return 0;
}

/* Reads options in JSON; the reply is empty when they were taken.  Detector and memory are given back. */
static settings read_options(reply *r, const char *json, detectors *from)
{
    json_t  *options = json_loads(json, 0, NULL);
    settings s;
    bool     taken;

    assert_non_null(options);
    *r    = (reply){ .request_id = "test" };
    taken = settings_read(&s, r, options, from, remembered, unnamed, &(service_limits){ .images = 1 });
    assert_int_equal(taken, r->status == 0);
    if (s.detector != NULL)
        detectors_release(from, s.detector);
    if (s.memory != NULL)
        memories_release(remembered, s.memory);
    json_decref(options);
    return s;
}

static void defaults_follow_the_detector(void **state)
{
    reply    r;
    settings s = read_options(&r, "{}", registry);

    (void)state;
    assert_int_equal(r.status, 0);
    assert_int_equal(s.options.method, RWDA_METHOD_FNN);
    assert_string_equal(s.detector->name, "first");
    assert_int_equal(s.options.prompts, RWDA_PROMPTS_ENSEMBLE);
    assert_int_equal(s.options.crops, RWDA_CROPS_ONE);
    assert_int_equal(s.options.pool, RWDA_POOL_MEAN);
    assert_int_equal(s.options.resize, RWDA_RESIZE_CONFIG);
    assert_int_equal(s.map, MAP_NONE);
    assert_null(s.options.object);
    assert_string_equal(s.kinds, "");
    assert_true(isnan(s.threshold) && isnan(s.map_threshold));
    s = read_options(&r, "{}", empty);
    assert_int_equal(s.options.method, RWDA_METHOD_CLIP);
    assert_null(s.detector);
    s = read_options(&r, "{\"method\":\"winclip\",\"detector\":\"nobody\"}", registry);
    assert_int_equal(r.status, 0); /* prompts alone: it does not matter which */
    assert_null(s.detector);
    assert_int_equal(s.options.resize, RWDA_RESIZE_SQUASH);
    s = read_options(&r, "{\"method\":\"winclip\",\"resize\":\"tiles\"}", registry);
    assert_int_equal(s.options.resize, RWDA_RESIZE_TILES);
}

static void every_option_is_read(void **state)
{
    reply    r;
    settings s = read_options(
        &r,
        "{\"method\":\"both\",\"object\":\"wood\",\"names\":\"raw\",\"prompts\":\"single\",\"temperature\":\"0.5\","
        "\"crops\":\"2x2\",\"pool\":\"max\",\"resize\":\"shortest\",\"threshold\":0.25,\"detector\":\"second\","
        "\"map\":\"regions\",\"map_kind\":\"windows\",\"map_threshold\":\"1e-3\",\"kinds\":\"a, b\",\"name\":\"n\"}",
        registry);

    (void)state;
    assert_int_equal(r.status, 0);
    assert_int_equal(s.options.method, RWDA_METHOD_BOTH);
    assert_string_equal(s.object, "wood");
    assert_int_equal(s.options.names, RWDA_NAMES_RAW);
    assert_int_equal(s.options.prompts, RWDA_PROMPTS_SINGLE);
    assert_true(fabsf(s.options.temperature - 0.5f) < 1e-9f);
    assert_int_equal(s.options.crops, RWDA_CROPS_2X2);
    assert_int_equal(s.options.pool, RWDA_POOL_MAX);
    assert_int_equal(s.options.resize, RWDA_RESIZE_SHORTEST);
    assert_true(fabsf(s.threshold - 0.25f) < 1e-9f);
    assert_string_equal(s.detector->name, "second");
    assert_int_equal(s.map, MAP_REGIONS);
    assert_int_equal(s.map_mode, RWDA_MAP_WINDOWS);
    assert_true(fabsf(s.map_threshold - 1e-3f) < 1e-9f);
    assert_string_equal(s.kinds, "a, b");
    s = read_options(&r, "{\"threshold\":null,\"object\":\"\"}", registry);
    assert_int_equal(r.status, 0);
    assert_true(isnan(s.threshold));
    assert_null(s.options.object);
}

/* Alone it needs nothing of the words; beside it they are as ever. */
static void a_memory_scores_in_place_of_words(void **state)
{
    reply    r;
    settings s = read_options(&r, "{\"memory\":\"normal\",\"threshold\":0.2}", registry);

    (void)state;
    assert_int_equal(r.status, 0);
    assert_string_equal(s.memory->name, "normal");
    assert_ptr_equal(s.options.memory, s.memory->memory);
    assert_null(s.detector);
    assert_int_equal(s.map_mode, RWDA_MAP_MEMORY);
    s = read_options(&r, "{\"memory\":\"normal\",\"kinds\":\"a\",\"object\":\"wood\",\"names\":\"raw\"}", registry);
    assert_int_equal(r.status, 0); /* they stand in the prompts of kinds */
    assert_string_equal(s.object, "wood");
    assert_int_equal(s.options.names, RWDA_NAMES_RAW);
    s = read_options(&r, "{\"memory\":\"normal\",\"fuse\":\"0.3\",\"method\":\"both\",\"object\":\"wood\"}", registry);
    assert_int_equal(r.status, 0);
    assert_true(fabs(s.options.fuse - 0.3) < 1e-15); /* as the command line reads it: not a float */
    assert_string_equal(s.detector->name, "first");
    assert_int_equal(s.options.method, RWDA_METHOD_BOTH);
    assert_int_equal(s.map_mode, RWDA_MAP_MEMORY);
    s = read_options(&r, "{\"memory\":\"normal\",\"fuse\":0.3}", empty);
    assert_int_equal(s.options.method, RWDA_METHOD_CLIP);
    s = read_options(&r, "{\"memory\":\"normal\",\"fuse\":0.5,\"map_kind\":\"windows\"}", registry);
    assert_int_equal(s.map_mode, RWDA_MAP_WINDOWS);
    s = read_options(&r, "{\"fuse\":0}", registry);
    assert_int_equal(r.status, 0);
    assert_null(s.memory);
    assert_int_equal(s.map_mode, RWDA_MAP_PATCHES);
}

static void a_memory_of_the_start_scores_what_names_nothing(void **state)
{
    static const char *const by_it[]     = { "{}", "{\"map\":\"png\"}", "{\"kinds\":\"a\",\"object\":\"wood\"}",
                                             "{\"fuse\":0.3}", "{\"fuse\":0.3,\"method\":\"clip\"}" },
                             *by_words[] = { "{\"method\":\"clip\"}", "{\"detector\":\"second\"}",
                                             "{\"method\":\"both\",\"object\":\"wood\",\"fuse\":0}" };
    reply    r;
    settings s;

    (void)state;
    unnamed = "normal";
    for (size_t i = 0; i < RW_COUNTOF(by_it); i++) {
        s = read_options(&r, by_it[i], registry);
        assert_int_equal(r.status, 0);
        assert_string_equal(s.memory->name, "normal");
    }
    for (size_t i = 0; i < RW_COUNTOF(by_words); i++) {
        s = read_options(&r, by_words[i], registry);
        assert_int_equal(r.status, 0);
        assert_null(s.memory);
    }
    (void)read_options(&r, "{\"crops\":\"5\"}", registry);
    assert_problem(&r, 422,
                   "crops is about words, which a memory alone does not use: name a method, add fuse, or leave it out");
    reply_done(&r);
    unnamed = NULL;
}

static void what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *options, *says;
    } cases[] = {
        { "{\"method\":\"magic\"}", "method: \"magic\" is none of fnn clip both" },
        { "{\"map\":\"sketch\"}", "is none of none png regions" },
        { "{\"method\":3}", "method: a string is wanted" },
        { "{\"object\":null}", "object: a string is wanted" },
        { "{\"crop\":\"5\"}", "no option \"crop\"; there are detector, method" },
        { "{\"threshold\":\"much\"}", "threshold: \"much\" is not a number" },
        { "{\"threshold\":\"nan\"}", "threshold: \"nan\" is not a number" },
        { "{\"threshold\":\"1 \"}", "threshold: \"1 \" is not a number" },
        { "{\"threshold\":\"\"}", "threshold: \"\" is not a number" },
        { "{\"temperature\":1e39}", "temperature: \"?\" is not a number" },
        { "{\"temperature\":true}", "temperature: \"?\" is not a number" },
        { "{\"map_threshold\":null}", "map_threshold: \"?\" is not a number" },
        { "{\"detector\":\"nobody\"}", "no detector \"nobody\"" },
        { "{\"map\":\"regions\"}", "map=regions wants map_threshold" },
        { "{\"kinds\":[\"a\"]}", "kinds: a string is wanted" },
        { "{\"kinds\":\"a,,b\"}", "kinds: kind 2 has 0 bytes" },
        { "{\"kinds\":\"a,b,a\"}", "kinds: kinds 1 and 3 are the same" },
        { "{\"kinds\":\"0,1,2,3,4,5,6,7,8,9,a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w\"}",
          "kinds: 33 words; the most is 32" },
        { "{\"kinds\":\"a\",\"map\":\"png\"}", "kinds: the image of map=png has no place for them" },
        { "{\"memory\":\"normal\",\"names\":\"raw\"}", "names is about words" },
        { "{\"memory\":\"normal\",\"kinds\":\"a\",\"crops\":\"5\"}", "crops is about words" },
        { "{\"memory\":\"nobody\"}", "no memory \"nobody\"; GET /v1/memories lists them" },
        { "{\"memory\":3}", "memory: a string is wanted" },
        { "{\"fuse\":0.5}", "fuse: the words weigh beside a memory" },
        { "{\"memory\":\"normal\",\"fuse\":1.5}", "fuse: 1.5 is not in 0..1" },
        { "{\"memory\":\"normal\",\"fuse\":\"much\"}", "fuse: \"much\" is not a number" },
        { "{\"memory\":\"normal\",\"method\":\"clip\"}", "method is about words, which a memory alone does not use" },
        { "{\"memory\":\"normal\",\"detector\":\"first\"}", "detector is about words" },
        { "{\"memory\":\"normal\",\"temperature\":1}", "temperature is about words" },
        { "{\"memory\":\"normal\",\"fuse\":0,\"object\":\"wood\"}", "object is about words" },
    };
    char   json[KINDS_MAX + 100] = "{\"object\":\"";
    reply  r;
    size_t n = strlen(json);

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        (void)read_options(&r, cases[i].options, registry);
        assert_problem(&r, 422, cases[i].says);
        reply_done(&r);
    }
    (void)read_options(&r, "{\"method\":\"lda\"}", empty);
    assert_problem(&r, 422, "method lda needs a detector");
    reply_done(&r);
    memset(json + n, 'x', 201);
    memcpy(json + n + 200, "\"}", 3);
    (void)read_options(&r, json, registry);
    assert_int_equal(r.status, 0);
    memcpy(json + n + 200, "x\"}", 4);
    (void)read_options(&r, json, registry);
    assert_problem(&r, 422, "object: 201 bytes; the most is 200");
    reply_done(&r);
    (void)snprintf(json, sizeof json, "{\"kinds\":\"%0*d\"}", KINDS_MAX + 1, 0);
    (void)read_options(&r, json, registry);
    assert_problem(&r, 422, "kinds: 1001 bytes; the most is 1000");
    reply_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_follow_the_detector),
        cmocka_unit_test(every_option_is_read),
        cmocka_unit_test(a_memory_scores_in_place_of_words),
        cmocka_unit_test(a_memory_of_the_start_scores_what_names_nothing),
        cmocka_unit_test(what_is_wrong_is_said),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
