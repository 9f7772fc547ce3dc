/* test_memories.c - are memories found by id, name and sum, does the idlest give way within number and bytes, and what is said of each? */
#include "serve/memories.h"

#include "serve/scorers.h"

#include "tests/serve/fixture.h"

#include <math.h>

static fixture_engine engine;
static detectors     *no_detectors;
static service_limits limits = FIXTURE_LIMITS;

static int set_up(void **state)
{
    (void)state;
    fixture_engine_open(&engine);
    no_detectors = detectors_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    detectors_free(no_detectors);
    fixture_engine_close(&engine);
    return 0;
}

static memory_entry *add(memories *m, uint64_t seed, const char *name)
{
    memory_entry *entry;
    rwda_error    err;

    assert_ok(memories_add_made(&entry, m, fixture_remember(&engine, seed, 3, NULL), name, engine.session, &err), err);
    return entry;
}

static void add_and_let_go(memories *m, uint64_t seed, const char *name)
{
    memories_release(m, add(m, seed, name));
}

static rwda_status try_to_add(memories *m, uint64_t seed, rwda_error *err)
{
    memory_entry *entry = POISON;
    rwda_status status = memories_add_made(&entry, m, fixture_remember(&engine, seed, 3, NULL), "more", engine.session, err);

    assert_null(entry);
    return status;
}

/* Names in the registry's order, each followed by a space. */
static const char *names(memories *m)
{
    static char text[400];
    json_t     *list = memories_describe(m), *one;
    size_t      i;

    text[0] = '\0';
    json_array_foreach(list, i, one)(void)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s ", json_string_value(json_object_get(one, "name")));
    json_decref(list);
    return text;
}

static void assert_found(memories *m, const char *name, const memory_entry *wanted)
{
    memory_entry *found = memories_hold(m, name);

    assert_ptr_equal(found, wanted);
    memories_release(m, found);
}

static void entries_are_found(void **state)
{
    memories     *m = memories_new(no_detectors, &limits);
    memory_entry *a = add(m, 1, "wood"), *b = add(m, 2, ""), *c;
    char          sum[80];

    (void)state;
    (void)snprintf(sum, sizeof sum, "sha256:%s", rwda_memory_get_info(a->memory)->sha256);
    assert_found(m, a->id, a);
    assert_found(m, "wood", a);
    assert_found(m, sum, a);
    assert_found(m, sum + 7, a);
    assert_found(m, "memory-1", b);
    assert_null(memories_hold(m, "nobody"));
    assert_null(memories_hold(m, ""));
    c = add(m, 3, b->id); /* a name that is another's id finds nothing of its own */
    assert_found(m, b->id, b);
    memories_release(m, a);
    memories_release(m, b);
    memories_release(m, c);
    memories_free(m);
}

static void the_idlest_gives_way(void **state)
{
    memories  *m = memories_new(no_detectors, &limits);
    rwda_error err;

    (void)state;
    add_and_let_go(m, 1, "a");
    add_and_let_go(m, 2, "b");
    add_and_let_go(m, 3, "c");
    memories_release(m, memories_hold(m, "a")); /* asked for again */
    add_and_let_go(m, 4, "d");
    assert_string_equal(names(m), "a c d ");
    add_and_let_go(m, 4, "");                              /* its twin takes no place */
    assert_int_equal(try_to_add(m, 4, &err), RWDA_EEXIST); /* nor another name, silently */
    assert_non_null(strstr(err.message, "\"d\""));
    assert_string_equal(names(m), "a c d ");
    add_and_let_go(m, 5, "c"); /* takes the place of the one called so */
    assert_string_equal(names(m), "a d c ");
    assert_int_equal(memories_count(m).count, 3);
    memories_free(m);
}

static void those_in_use_stay(void **state)
{
    memories     *m = memories_new(no_detectors, &limits);
    memory_entry *held[3];
    rwda_error    err;

    (void)state;
    for (size_t i = 0; i < 3; i++)
        held[i] = add(m, 10 + i, "");
    assert_refused("all are in use", try_to_add(m, 20, &err), RWDA_ENOMEM, &err, "that could give way are in use");
    assert_int_equal(memories_count(m).count, 3);
    memories_release(m, held[1]);
    add_and_let_go(m, 20, "more");
    assert_string_equal(names(m), "memory-1 memory-3 more ");
    memories_release(m, held[0]);
    memories_release(m, held[2]);
    memories_free(m);
}

/* Who cannot be replaced, because it is in use and its bytes count until then, is still there. */
static void a_refused_one_replaces_nothing(void **state)
{
    service_limits own  = limits;
    memories      *m    = memories_new(no_detectors, &own);
    memory_entry  *held = add(m, 1, "more");
    rwda_error     err;

    (void)state;
    own.memory_bytes = 2 * rwda_memory_get_info(held->memory)->bytes - 1;
    assert_refused("in use", try_to_add(m, 2, &err), RWDA_ENOMEM, &err, "that could give way are in use");
    assert_found(m, "more", held);
    memories_release(m, held);
    add_and_let_go(m, 2, "more");
    assert_string_equal(names(m), "more ");
    assert_int_equal(memories_count(m).count, 1);
    memories_free(m);
}

/* A removed one counts as long as somebody holds it. */
static void bytes_are_bounded(void **state)
{
    service_limits own  = limits;
    memories      *m    = memories_new(no_detectors, &own);
    memory_entry  *held = add(m, 1, "a");
    int64_t        one  = rwda_memory_get_info(held->memory)->bytes;
    rwda_error     err;

    (void)state;
    assert_int_equal(memories_count(m).bytes, one);
    own.memory_bytes = 2 * one + 100; /* lists of names differ by some bytes at most */
    own.memories     = 100;
    add_and_let_go(m, 2, "b");
    add_and_let_go(m, 3, "c");
    assert_string_equal(names(m), "a c ");
    assert_true(memories_remove(m, "a"));
    assert_int_equal(memories_count(m).bytes, 2 * one);
    add_and_let_go(m, 4, "d"); /* c goes: a is still held */
    assert_string_equal(names(m), "d ");
    memories_release(m, held);
    assert_int_equal(memories_count(m).bytes, one);
    own.memory_bytes = one - 1;
    assert_refused("too large", try_to_add(m, 5, &err), RWDA_ELIMIT, &err, "the most is");
    assert_string_equal(names(m), "d "); /* nothing gave way for it */
    memories_free(m);
}

static void the_starts_ones_stay(void **state)
{
    memories     *m      = memories_new(no_detectors, &limits);
    rwda_memory  *memory = fixture_remember(&engine, 1, 3, NULL);
    char          path[RW_PATH_MAX];
    memory_entry *entry;
    rwda_error    err;

    (void)state;
    assert_true(rw_path_join(path, sizeof path, engine.folder, "start.safetensors"));
    assert_ok(rwda_memory_save(memory, path, 1, &err), err);
    assert_ok(memories_add_file(m, path, engine.model, engine.session, &err), err);
    assert_false(memories_may_be_called(m, "start"));
    assert_true(memories_may_be_called(m, "other"));
    assert_int_equal(memories_count(m).bytes, 0); /* not counted: who starts the service decides */
    for (uint64_t seed = 2; seed < 7; seed++)
        add_and_let_go(m, seed, "");
    assert_string_equal(names(m), "start memory-3 memory-4 memory-5 ");
    assert_false(memories_remove(m, "start"));
    assert_true(memories_remove(m, "memory-4"));
    assert_ok(memories_add_made(&entry, m, memory, "", engine.session, &err), err);
    assert_string_equal(entry->name, "start"); /* the same memory */
    memories_release(m, entry);
    assert_refused("no file", memories_add_file(m, "/nowhere/m", engine.model, engine.session, &err), RWDA_ENOTFOUND, &err,
                   "/nowhere/m");
    memories_free(m);
}

/* Threshold, warning and scale follow from the leave-one-out scores; one image has none. */
static void what_follows_is_said(void **state)
{
    memories     *m     = memories_new(no_detectors, &limits);
    memory_entry *three = add(m, 1, "three"), *one;
    json_t       *said;
    float         most = 0.0f;
    rwda_error    err;

    (void)state;
    for (size_t i = 0; i < 3; i++)
        most = fmaxf(most, rwda_memory_image_at(three->memory, i)->score);
    said = memories_describe_whole(three);
    assert_true(fabs(json_real_value(json_object_get(said, "threshold")) - rwda_score_next((double)most)) < 1e-12);
    assert_true(fabsf(three->map_scale - fminf(2.0f * most, 1.0f)) < 1e-7f);
    assert_non_null(strstr(json_string_value(json_object_get(said, "warning")), "3 normal scores are too few"));
    assert_int_equal(json_array_size(json_object_get(said, "images")), 3);
    assert_string_equal(json_string_value(json_object_get(json_object_get(said, "thresholds"), "schema")), "rwda.card/1");
    json_decref(said);
    assert_ok(memories_add_made(&one, m, fixture_remember(&engine, 2, 1, NULL), "one", engine.session, &err), err);
    said = memories_describe_whole(one);
    assert_true(json_is_null(json_object_get(said, "threshold")) && json_is_null(json_object_get(said, "thresholds")));
    assert_non_null(strstr(json_string_value(json_object_get(said, "warning")), "no leave-one-out scores"));
    assert_true(json_is_null(json_object_get(json_array_get(json_object_get(said, "images"), 0), "score")));
    json_decref(said);
    memories_release(m, three);
    memories_release(m, one);
    memories_free(m);
}

static void a_batchs_memory_is_refused(void **state)
{
    memories           *m       = memories_new(no_detectors, &limits);
    rwda_memory_options options = RWDA_MEMORY_OPTIONS_INIT;
    memory_entry       *entry;
    rwda_error          err;

    (void)state;
    options.mutual = 1;
    assert_refused("mutual",
                   memories_add_made(&entry, m, fixture_remember(&engine, 1, 3, &options), "", engine.session, &err),
                   RWDA_EINVAL, &err, "the memory of a batch");
    assert_int_equal(memories_count(m).count, 0);
    memories_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_found),    cmocka_unit_test(the_idlest_gives_way),
        cmocka_unit_test(those_in_use_stay),    cmocka_unit_test(a_refused_one_replaces_nothing),
        cmocka_unit_test(bytes_are_bounded),    cmocka_unit_test(the_starts_ones_stay),
        cmocka_unit_test(what_follows_is_said), cmocka_unit_test(a_batchs_memory_is_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
