/* test_scorers.c - are scorers found again, and does the one not used for longest give way with the detector it holds? */
#include "serve/scorers.h"

#include "tests/serve/fixture.h"

static fixture_engine engine;
static detectors     *registry;

static int set_up(void **state)
{
    rwda_error err;

    (void)state;
    fixture_engine_open(&engine);
    registry = detectors_new();
    assert_ok(detectors_add_given(registry, fixture_train(&engine, 1), "a", &err), err);
    assert_ok(detectors_add_given(registry, fixture_train(&engine, 2), "b", &err), err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    detectors_free(registry);
    fixture_engine_close(&engine);
    return 0;
}

static const rwda_scorer *ask(scorers *cache, const settings *wanted)
{
    const rwda_scorer *scorer;
    rwda_error         err;

    assert_ok(scorers_get(&scorer, cache, engine.session, wanted, &err), err);
    return scorer;
}

/* Scoring with the network of a detector; without one with prompts at this temperature. */
static settings wanted(detector_entry *entry, float temperature)
{
    settings s = { .options = RWDA_SCORER_OPTIONS_INIT, .detector = entry };

    s.options.method      = entry != NULL ? RWDA_METHOD_FNN : RWDA_METHOD_CLIP;
    s.options.prompts     = RWDA_PROMPTS_SINGLE;
    s.options.temperature = temperature;
    return s;
}

static void the_same_settings_share_a_scorer(void **state)
{
    scorers           *cache = scorers_new(registry);
    detector_entry    *a     = detectors_hold(registry, "a");
    settings           s     = wanted(a, 0.0f);
    const rwda_scorer *first = ask(cache, &s), *others[6];

    (void)state;
    assert_ptr_equal(ask(cache, &s), first);
    s.threshold = 0.5f; /* no matter to a scorer */
    s.map       = MAP_PNG;
    assert_ptr_equal(ask(cache, &s), first);
    s.options.crops  = RWDA_CROPS_5;
    others[0]        = ask(cache, &s);
    s.options.pool   = RWDA_POOL_MAX;
    others[1]        = ask(cache, &s);
    s.options.resize = RWDA_RESIZE_SQUASH;
    others[2]        = ask(cache, &s);
    s                = wanted(NULL, 0.0f);
    others[3]        = ask(cache, &s);
    strcpy(s.object, "wood");
    s.options.object = s.object;
    others[4]        = ask(cache, &s);
    s.options.names  = RWDA_NAMES_RAW;
    others[5]        = ask(cache, &s);
    for (size_t i = 0; i < RW_COUNTOF(others); i++) {
        assert_ptr_not_equal(others[i], first);
        for (size_t k = 0; k < i; k++)
            assert_ptr_not_equal(others[i], others[k]);
    }
    s = wanted(a, 0.0f);
    assert_ptr_equal(ask(cache, &s), first);
    detectors_release(registry, a);
    scorers_free(cache);
    assert_int_equal(a->users, 1); /* the registry's own */
}

static void the_one_not_used_for_longest_gives_way(void **state)
{
    scorers        *cache = scorers_new(registry);
    detector_entry *a = detectors_hold(registry, "a"), *b = detectors_hold(registry, "b");
    settings        with_a = wanted(a, 0.0f), with_b = wanted(b, 0.0f), s;

    (void)state;
    (void)ask(cache, &with_a);
    (void)ask(cache, &with_b);
    assert_int_equal(a->users, 3);
    assert_int_equal(b->users, 3);
    for (int i = 0; i < SCORERS_MAX - 2; i++) {
        s = wanted(NULL, 1.0f + (float)i);
        (void)ask(cache, &s);
    }
    (void)ask(cache, &with_a); /* b's is now the oldest */
    assert_int_equal(b->users, 3);
    s = wanted(NULL, 100.0f);
    (void)ask(cache, &s);
    assert_int_equal(a->users, 3);
    assert_int_equal(b->users, 2);
    detectors_release(registry, a);
    detectors_release(registry, b);
    scorers_free(cache);
    assert_int_equal(a->users, 1);
}

/* A request waits with a detector that is removed and trained again, to the same id, before its turn. */
static void a_removed_detector_lives_as_long_as_its_scorer(void **state)
{
    scorers           *cache = scorers_new(registry);
    detector_entry    *old, *twin;
    const rwda_scorer *scorer;
    char               id[17];
    settings           s;
    rwda_error         err;

    (void)state;
    assert_ok(detectors_add_trained(registry, fixture_train(&engine, 3), "old", id, &err), err);
    old = detectors_hold(registry, id);
    s   = wanted(old, 0.0f);
    assert_true(detectors_remove(registry, id));
    assert_ok(detectors_add_trained(registry, fixture_train(&engine, 3), "twin", id, &err), err);
    twin   = detectors_hold(registry, id);
    scorer = ask(cache, &s);
    assert_ptr_not_equal(old, twin);
    assert_int_equal(old->users, 2); /* this test and the scorer */
    assert_int_equal(twin->users, 2);
    detectors_release(registry, old);
    s = wanted(twin, 0.0f);
    assert_ptr_not_equal(ask(cache, &s), scorer);
    detectors_release(registry, twin);
    scorers_free(cache);
    assert_true(detectors_remove(registry, id));
}

/* A memory has a cache of its own: its scorers go with it, and give the detectors back that they hold. */
static void a_memorys_scorers_go_with_it(void **state)
{
    service_limits     limits = FIXTURE_LIMITS;
    memories          *m      = memories_new(registry, &limits);
    detector_entry    *a      = detectors_hold(registry, "a");
    settings           alone = wanted(NULL, 0.0f), fused = wanted(a, 0.0f);
    const rwda_scorer *first, *second;
    const decision    *d;
    memory_entry      *entry;
    rwda_error         err;

    (void)state;
    assert_ok(memories_add_made(&entry, m, fixture_remember(&engine, 1, 3, NULL), "", engine.session, &err), err);
    alone.memory = fused.memory = entry;
    alone.options.memory = fused.options.memory = entry->memory;
    fused.options.fuse                          = 0.25;
    first                                       = ask(entry->scorers, &alone);
    second                                      = ask(entry->scorers, &fused);
    assert_ptr_not_equal(first, second);
    assert_ptr_equal(ask(entry->scorers, &alone), first);
    assert_ptr_equal(ask(entry->scorers, &fused), second);
    fused.options.fuse = 0.5;
    assert_ptr_not_equal(ask(entry->scorers, &fused), second);
    d = scorers_decision(entry->scorers, first);
    assert_true(d->threshold >= entry->decision.threshold && d->threshold <= entry->decision.threshold);
    assert_true(scorers_decision(entry->scorers, second)->threshold > d->threshold); /* another scale */
    assert_int_equal(a->users, 4);                                                   /* list, this test, two scorers */
    memories_release(m, entry);
    memories_free(m);
    assert_int_equal(a->users, 2);
    detectors_release(registry, a);
}

/* A failure takes the place of the oldest, and nothing else. */
static void a_failure_leaves_the_cache_in_order(void **state)
{
    scorers           *cache = scorers_new(registry);
    settings           bad = wanted(NULL, -1.0f), good = wanted(NULL, 1.0f);
    const rwda_scorer *scorer, *first                  = ask(cache, &good);
    rwda_error         err;

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_refused("a temperature below 0", scorers_get(&scorer, cache, engine.session, &bad, &err), RWDA_EINVAL, &err,
                       "temperature");
    assert_ptr_equal(ask(cache, &good), first);
    scorers_free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_settings_share_a_scorer),
        cmocka_unit_test(the_one_not_used_for_longest_gives_way),
        cmocka_unit_test(a_removed_detector_lives_as_long_as_its_scorer),
        cmocka_unit_test(a_memorys_scorers_go_with_it),
        cmocka_unit_test(a_failure_leaves_the_cache_in_order),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
