/* test_checks.c - are right numbers called right, and is one that is not noticed? */
#include "diagnostics/checks.h"

#include "tests/unit/check.h"

static struct {
    size_t n, failed;
    char   last[256], failed_name[32];
} heard;

static void listen(void *user, const char *name, bool fine, const char *detail)
{
    (void)user;
    heard.n++;
    heard.failed += !fine;
    (void)snprintf(heard.last, sizeof heard.last, "%s", detail);
    if (!fine && heard.failed_name[0] == '\0')
        (void)snprintf(heard.failed_name, sizeof heard.failed_name, "%s", name);
}

static const check_listener to     = { listen, NULL };
static const char           path[] = RWDA_TEST_DIR "/../models/demo";
static rwda_model          *model;
static const check_scope    all = { true, true };
static golden               g;

static int open_all(void **state)
{
    rwda_error err = { 0 };

    (void)state;
    assert_ok(rwda_model_open(&model, path, NULL, &err), err);
    assert_true(golden_read(&g));
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    golden_free(&g);
    rwda_model_free(model);
    return 0;
}

static int begin(void **state)
{
    (void)state;
    memset(&heard, 0, sizeof heard);
    return 0;
}

static void test_tokenizer(void **state)
{
    (void)state;
    check_tokenizer(&to);
    assert_int_equal(heard.n, 1);
    assert_int_equal(heard.failed, 0);
}

static void test_golden_numbers(void **state)
{
    double right = g.values[0];

    (void)state;
    check_kernel_sets(&to, path, &g, all, rwda_model_get_info(model));
    assert_true(heard.n >= 1);
    assert_int_equal(heard.failed, 0);
    assert_non_null(strstr(heard.last, "golden"));
    begin(NULL);
    g.values[0] += 1e-5;
    check_kernel_sets(&to, path, &g, all, rwda_model_get_info(model));
    g.values[0] = right;
    assert_int_equal(heard.failed, heard.n);
    assert_string_equal(heard.failed_name, "ref");
}

/* Of a model without golden numbers, wrong ones are not looked at. */
static void test_another_model(void **state)
{
    double right = g.values[0];
    char   first = g.model[0];

    (void)state;
    g.model[0] = first == '0' ? '1' : '0';
    g.values[0] += 1e-5;
    check_kernel_sets(&to, path, &g, all, rwda_model_get_info(model));
    g.values[0] = right;
    g.model[0]  = first;
    assert_int_equal(heard.failed, 0);
}

static void test_bytes(void **state)
{
    (void)state;
    check_bytes(&to, path, &g, all, rwda_model_get_info(model));
    assert_int_equal(heard.failed, 0);
    check_bytes(&to, RWDA_TEST_DIR "/no such model", &g, all, rwda_model_get_info(model));
    assert_int_equal(heard.failed, 1);
    assert_non_null(strstr(heard.last, "no such model"));
}

/* A tower alone: the other one's rows are neither asked for nor compared. */
static void test_a_part_of_a_model(void **state)
{
    static const check_scope parts[] = { { true, false }, { false, true } };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        begin(NULL);
        check_kernel_sets(&to, path, &g, parts[i], rwda_model_get_info(model));
        check_bytes(&to, path, &g, parts[i], rwda_model_get_info(model));
        assert_true(heard.n >= 1);
        assert_int_equal(heard.failed, 0);
        assert_string_equal(heard.last, "3 of 3 settings of threads and batch give the same bytes");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_tokenizer, begin),         cmocka_unit_test_setup(test_golden_numbers, begin),
        cmocka_unit_test_setup(test_another_model, begin),     cmocka_unit_test_setup(test_bytes, begin),
        cmocka_unit_test_setup(test_a_part_of_a_model, begin),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
