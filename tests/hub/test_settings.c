/* test_settings.c - does the environment mean here what it means to huggingface_hub? */
#include "hub/settings.h"

#include "tests/common/scratch.h"

static rw_hub_settings settings;

static int clean_environment(void **state)
{
    static const char *const names[] = { "HF_HOME",
                                         "HF_HUB_CACHE",
                                         "HUGGINGFACE_HUB_CACHE",
                                         "XDG_CACHE_HOME",
                                         "HF_ENDPOINT",
                                         "HF_TOKEN",
                                         "HF_TOKEN_PATH",
                                         "HUGGING_FACE_HUB_TOKEN",
                                         "HF_HUB_OFFLINE",
                                         "TRANSFORMERS_OFFLINE",
                                         "HF_HUB_ETAG_TIMEOUT",
                                         "HF_HUB_DOWNLOAD_TIMEOUT",
                                         "HF_HUB_DISABLE_IMPLICIT_TOKEN" };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(names); i++)
        if (unsetenv(names[i]) != 0)
            return 1;
    return setenv("HOME", scratch, 1);
}

static const char *cache(void)
{
    rwda_error err = { 0 };

    assert_ok(rw_hub_settings_read(&settings, &err), err);
    return settings.cache;
}

static void set(const char *name, const char *value)
{
    assert_int_equal(setenv(name, value, 1), 0);
}

static void the_cache_is_where_it_is_for_the_others(void **state)
{
    (void)state;
    assert_string_equal(cache(), in_scratch(".cache/huggingface/hub"));
    set("XDG_CACHE_HOME", "/x");
    assert_string_equal(cache(), "/x/huggingface/hub");
    set("HF_HOME", "~/hf");
    assert_string_equal(cache(), in_scratch("hf/hub"));
    set("HUGGINGFACE_HUB_CACHE", "/old");
    assert_string_equal(cache(), "/old");
    set("HF_HUB_CACHE", "/new//");
    assert_string_equal(cache(), "/new");
    set("HF_HUB_CACHE", "");
    assert_string_equal(cache(), "/old");
}

static void without_a_home_there_is_none(void **state)
{
    char long_name[RW_PATH_MAX + 2];

    (void)state;
    assert_int_equal(unsetenv("HOME"), 0);
    assert_string_equal(cache(), "");
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    set("HF_HOME", long_name);
    assert_string_equal(cache(), "");
}

static void the_token_comes_from_the_nearest_place(void **state)
{
    (void)state;
    cache();
    assert_string_equal(settings.token, "");
    make_folder(".cache");
    make_folder(".cache/huggingface");
    make_text(".cache/huggingface/token", " hf_file\n");
    cache();
    assert_string_equal(settings.token, "hf_file");
    set("HUGGING_FACE_HUB_TOKEN", "hf_old");
    cache();
    assert_string_equal(settings.token, "hf_old");
    set("HF_TOKEN", "\thf_new \r\n");
    cache();
    assert_string_equal(settings.token, "hf_new");
    set("HF_HUB_DISABLE_IMPLICIT_TOKEN", "True");
    cache();
    assert_string_equal(settings.token, "");
}

static void refused(const char *name, const char *value)
{
    rwda_error err = { 0 };

    set(name, value);
    assert_int_equal(rw_hub_settings_read(&settings, &err), RWDA_EINVAL);
    assert_non_null(strstr(err.message, name));
    if (strcmp(name, "HF_TOKEN") == 0)
        assert_null(strstr(err.message, "hf_")); /* it is a secret */
    assert_int_equal(unsetenv(name), 0);
}

static void what_cannot_be_meant_is_refused(void **state)
{
    char long_name[600];

    (void)state;
    refused("HF_ENDPOINT", "ftp://x");
    refused("HF_ENDPOINT", "huggingface.co");
    refused("HF_TOKEN", "hf_a\r\nX-Evil: 1");
    refused("HF_TOKEN", "hf_\x80");
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    refused("HF_TOKEN", long_name);
    refused("HF_HUB_ETAG_TIMEOUT", "0");
    refused("HF_HUB_DOWNLOAD_TIMEOUT", "1h");
}

static void the_rest(void **state)
{
    (void)state;
    cache();
    assert_string_equal(settings.endpoint, "https://huggingface.co");
    assert_false(settings.offline);
    assert_int_equal(settings.stall_timeout, 10);
    set("HF_ENDPOINT", "http://127.0.0.1:1/mirror//");
    set("TRANSFORMERS_OFFLINE", "yes");
    set("HF_HUB_DOWNLOAD_TIMEOUT", "99");
    cache();
    assert_string_equal(settings.endpoint, "http://127.0.0.1:1/mirror");
    assert_true(settings.offline);
    assert_int_equal(settings.stall_timeout, 99);
    set("HF_HUB_OFFLINE", "0");
    cache();
    assert_false(settings.offline);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_cache_is_where_it_is_for_the_others, clean_environment),
        cmocka_unit_test_setup(without_a_home_there_is_none, clean_environment),
        cmocka_unit_test_setup(the_token_comes_from_the_nearest_place, clean_environment),
        cmocka_unit_test_setup(what_cannot_be_meant_is_refused, clean_environment),
        cmocka_unit_test_setup(the_rest, clean_environment),
    };

    return cmocka_run_group_tests(tests, scratch_new, scratch_free);
}
