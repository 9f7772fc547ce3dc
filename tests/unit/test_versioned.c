/* test_versioned.c - are structs of other sizes read and written as far as both sides know them? */
#include "base/versioned.h"

#include "tests/unit/check.h"

typedef struct {
    size_t size;
    int    first, second;
    double later;
} options;

#define LEAST RW_SIZE_TO(options, second)

static rwda_status read_sized(options *ours, const void *theirs, rwda_error *err)
{
    *ours = (options){ sizeof *ours, 1, 2, 3.0 };
    return rw_versioned_read(ours, sizeof *ours, LEAST, theirs, "options", err);
}

static void missing_fields_have_their_defaults(void **state)
{
    const options theirs = { LEAST, 10, 20, 99.0 };
    guarded       g      = guarded_copy(&theirs, LEAST); /* reading past it stops the test */
    options       ours;
    rwda_error    err = { 0 };

    (void)state;
    assert_ok(read_sized(&ours, NULL, &err), err);
    assert_true(ours.first == 1 && ours.second == 2 && ours.later == 3.0);
    assert_ok(read_sized(&ours, g.bytes, &err), err);
    assert_true(ours.size == sizeof ours && ours.first == 10 && ours.second == 20 && ours.later == 3.0);
    guarded_free(&g);
}

static void unknown_fields_must_be_zero(void **state)
{
    struct {
        options known;
        uint8_t unknown[16];
    } theirs = { { sizeof theirs, 10, 20, 30.0 }, { 0 } };
    options    ours;
    rwda_error err = { 0 };

    (void)state;
    assert_ok(read_sized(&ours, &theirs, &err), err);
    assert_true(ours.size == sizeof ours && ours.first == 10 && ours.later == 30.0);
    for (size_t i = 0; i < sizeof theirs.unknown; i++) {
        theirs.unknown[i] = 1;
        assert_refused("unknown", read_sized(&ours, &theirs, &err), RWDA_EUNSUPPORTED, &err, "options: 40 bytes are given");
        assert_non_null(strstr(err.message, "knows 24,"));
        assert_int_equal(ours.first, 1); /* the defaults, untouched */
        theirs.unknown[i] = 0;
    }
}

static void sizes_that_no_version_has_are_refused(void **state)
{
    static const size_t sizes[] = { 0, 1, LEAST - 1, 4097, (size_t)-1 };
    options             ours, theirs = { 0 };
    rwda_error          err = { 0 };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(sizes); i++) {
        theirs.size = sizes[i];
        assert_refused("size", read_sized(&ours, &theirs, &err), RWDA_EINVAL, &err, "which is not in 16..4096");
    }
}

static void results_are_cut_or_filled_with_zeros(void **state)
{
    const options result = { sizeof result, 1, 2, 3.0 };
    uint8_t       out[sizeof result + 24];

    (void)state;
    for (size_t size = 0; size <= sizeof result + 16; size++) {
        memset(out, 0xa5, sizeof out);
        rw_versioned_write(out, size, &result, sizeof result);
        for (size_t i = 0; i < sizeof out; i++)
            assert_int_equal(out[i], i >= size ? 0xa5 : i < sizeof result ? ((const uint8_t *)&result)[i] : 0);
    }
}

/* Each _default() equals its _INIT value, and writes as much as it is given. */
#define COMPARE_DEFAULTS(type, last, init)                                                                                  \
    {                                                                                                                       \
        static const rwda_##type wanted = init;                                                                             \
        struct {                                                                                                            \
            rwda_##type options;                                                                                            \
            uint8_t     later[8], guard[8];                                                                                 \
        } got;                                                                                                              \
                                                                                                                            \
        memset(&got, 0xa5, sizeof got);                                                                                     \
        rwda_##type##_default(&got.options, sizeof got.options + sizeof got.later);                                         \
        assert_int_equal(got.options.size, sizeof got.options + sizeof got.later);                                          \
        got.options.size = wanted.size;                                                                                     \
        assert_memory_equal(&got.options, &wanted, RW_SIZE_TO(rwda_##type, last));                                          \
        assert_memory_equal(got.later, ((uint8_t[8]){ 0 }), sizeof got.later);                                              \
        assert_int_equal(got.guard[0], 0xa5);                                                                               \
        assert_ok(rw_##type##_read(&got.options, &got.options, &err), err);                                                 \
    }

static void defaults_have_a_function_form(void **state)
{
    rwda_train_options train, paper;
    rwda_error         err = { 0 };

    (void)state;
    RW_OPTIONS(COMPARE_DEFAULTS)
    rwda_train_options_default(&train, sizeof train);
    assert_ok(rwda_train_options_preset(&paper, "paper", &err), err);
    assert_memory_equal(&train, &paper, sizeof paper);
}

/* Every call that fills a caller's struct looks at its size first. */
static void results_of_impossible_sizes_are_refused(void **state)
{
    static const double  scores[] = { 0.1, 0.9 };
    static const uint8_t labels[] = { 0, 1 };
    rwda_train_options   train;
    rwda_metrics         m;
    rwda_region          region;
    size_t               count;
    rwda_error           err = { 0 };

    (void)state;
    assert_refused("metrics", rwda_metrics_compute_sized(&m, 16, scores, labels, 2, &err), RWDA_EINVAL, &err,
                   "rwda_metrics");
    assert_refused("bootstrap", rwda_metrics_bootstrap_sized(&m, &m, 16, scores, labels, 2, 100, 1, &err), RWDA_EINVAL, &err,
                   "rwda_metrics");
    assert_refused("regions", rwda_map_regions_sized(&region, 4, &count, 1, (const float[]){ 1.0f }, 1, 1, 0.5f, 1, &err),
                   RWDA_EINVAL, &err, "rwda_region");
    assert_refused("preset", rwda_train_options_preset_sized(&train, 8, "paper", &err), RWDA_EINVAL, &err,
                   "rwda_train_options");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_fields_have_their_defaults),    cmocka_unit_test(unknown_fields_must_be_zero),
        cmocka_unit_test(sizes_that_no_version_has_are_refused), cmocka_unit_test(results_are_cut_or_filled_with_zeros),
        cmocka_unit_test(defaults_have_a_function_form),         cmocka_unit_test(results_of_impossible_sizes_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
