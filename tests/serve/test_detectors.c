/* test_detectors.c - are detectors found by id, name and sum, does the oldest trained one give way, and does a held one live on? */
#include "serve/detectors.h"

#include "tests/serve/fixture.h"

static fixture_engine engine;

static int set_up(void **state)
{
    (void)state;
    fixture_engine_open(&engine);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_engine_close(&engine);
    return 0;
}

static void add_trained(detectors *d, uint64_t seed, char id[17])
{
    char       name[20];
    rwda_error err;

    (void)snprintf(name, sizeof name, "t%d", (int)seed);
    assert_ok(detectors_add_trained(d, fixture_train(&engine, seed), name, id, &err), err);
}

/* Names in the registry's order, each followed by a space. */
static const char *names(detectors *d)
{
    static char text[400];
    json_t     *list = detectors_describe(d), *one;
    size_t      i;

    text[0] = '\0';
    json_array_foreach(list, i, one)(void)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s ", json_string_value(json_object_get(one, "name")));
    json_decref(list);
    return text;
}

static void entries_are_found(void **state)
{
    detectors            *d = detectors_new();
    const detector_entry *first;
    detector_entry       *found;
    const char           *keys[4];
    char                  id[17], sum[80];
    rwda_error            err;

    (void)state;
    assert_null(detectors_hold(d, NULL));
    assert_ok(detectors_add_given(d, fixture_train(&engine, 1), "start", &err), err);
    add_trained(d, 2, id);
    first = found = detectors_hold(d, NULL);
    assert_string_equal(first->name, "start");
    assert_false(first->trained);
    detectors_release(d, found);
    (void)snprintf(sum, sizeof sum, "sha256:%s", rwda_detector_sha256(first->detector));
    keys[0] = first->id;
    keys[1] = "start";
    keys[2] = sum;
    keys[3] = sum + 7;
    for (size_t i = 0; i < RW_COUNTOF(keys); i++) {
        found = detectors_hold(d, keys[i]);
        assert_ptr_equal(found, first);
        detectors_release(d, found);
    }
    found = detectors_hold(d, id);
    assert_string_equal(found->name, "t2");
    detectors_release(d, found);
    assert_null(detectors_hold(d, "nobody"));
    assert_null(detectors_hold(d, ""));
    detectors_free(d);
}

static void the_oldest_trained_one_gives_way(void **state)
{
    detectors      *d = detectors_new();
    detector_entry *held;
    char            id[17];
    rwda_error      err;

    (void)state;
    assert_ok(detectors_add_given(d, fixture_train(&engine, 100), "start", &err), err);
    for (uint64_t seed = 1; seed <= DETECTORS_TRAINED_MAX; seed++)
        add_trained(d, seed, id);
    assert_string_equal(names(d), "start t1 t2 t3 t4 t5 t6 t7 t8 ");
    assert_ok(detectors_add_trained(d, fixture_train(&engine, 8), "twin", id, &err), err);
    assert_string_equal(names(d), "start t1 t2 t3 t4 t5 t6 t7 t8 "); /* a twin takes no place ... */
    held = detectors_hold(d, id);
    assert_string_equal(held->name, "t8"); /* ... and is told its id */
    detectors_release(d, held);
    held = detectors_hold(d, "t1");
    add_trained(d, 9, id);
    assert_string_equal(names(d), "start t2 t3 t4 t5 t6 t7 t8 t9 ");
    assert_null(detectors_hold(d, "t1"));
    assert_string_equal(held->name, "t1"); /* whoever holds it can go on */
    assert_int_equal(strlen(rwda_detector_sha256(held->detector)), 64);
    detectors_release(d, held);
    detectors_free(d);
}

static void trained_ones_are_removed(void **state)
{
    detectors      *d = detectors_new();
    detector_entry *held;
    char            id[17], other[17];
    rwda_error      err;

    (void)state;
    assert_ok(detectors_add_given(d, fixture_train(&engine, 1), "start", &err), err);
    add_trained(d, 2, id);
    add_trained(d, 3, other);
    held = detectors_hold(d, NULL);
    assert_false(detectors_remove(d, held->id)); /* it stays */
    detectors_release(d, held);
    held = detectors_hold(d, id);
    assert_true(detectors_remove(d, id));
    assert_false(detectors_remove(d, id));
    assert_string_equal(names(d), "start t3 ");
    assert_string_equal(held->id, id);
    detectors_release(d, held);
    detectors_free(d);
}

/* Nothing is written: a folder for temporary files is not needed. */
static void files_are_loaded_without_a_temporary_folder(void **state)
{
    detectors     *d        = detectors_new();
    rwda_detector *detector = fixture_train(&engine, 1);
    const char    *sha256   = rwda_model_get_info(engine.model)->sha256;
    char           path[RW_PATH_MAX];
    json_t        *list;
    size_t         len;
    rwda_error     err;

    (void)state;
    assert_int_equal(setenv("TMPDIR", "/nowhere", 1), 0);
    assert_true(rw_path_join(path, sizeof path, engine.folder, "wood.safetensors"));
    assert_ok(rwda_detector_save(detector, path, 0, &err), err);
    assert_ok(detectors_add_file(d, path, sha256, &err), err);
    list = detectors_describe(d);
    (void)rwda_detector_bytes(detector, &len);
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "name")), "wood");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 0), "bytes")), len);
    json_decref(list);
    assert_refused("another model", detectors_add_file(d, path, "0123456789abcdef0123", &err), RWDA_EMISMATCH, &err,
                   "this one has 0123456789abcdef...");
    assert_refused("no file", detectors_add_file(d, "/nowhere/d", sha256, &err), RWDA_ENOTFOUND, &err, "/nowhere/d");
    assert_string_equal(names(d), "wood ");
    detectors_free(d);
    rwda_detector_free(detector);
    assert_int_equal(unsetenv("TMPDIR"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_found),
        cmocka_unit_test(the_oldest_trained_one_gives_way),
        cmocka_unit_test(trained_ones_are_removed),
        cmocka_unit_test(files_are_loaded_without_a_temporary_folder),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
