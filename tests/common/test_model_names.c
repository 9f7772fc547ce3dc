/* test_model_names.c - which directory does a model's name mean, in which environment? */
#include "common/model_names.h"

#include "tests/common/scratch.h"

static const char *meant(const char *given, const char **origin)
{
    static char path[RW_PATH_MAX];

    assert_true(model_names_path(path, given, origin));
    return path;
}

static int clean_environment(void **state)
{
    (void)state;
    return unsetenv("XDG_DATA_HOME") | unsetenv("HOME") | unsetenv("RWDA_MODEL");
}

static void folders_follow_the_environment(void **state)
{
    char folder[RW_PATH_MAX], long_name[RW_PATH_MAX + 2];

    (void)state;
    assert_true(model_names_folder(folder, 0));
    assert_string_equal(folder, ""); /* no home */
    assert_int_equal(setenv("HOME", "/home/x", 1), 0);
    assert_true(model_names_folder(folder, 0));
    assert_string_equal(folder, "/home/x/.local/share/rwda/models");
    assert_int_equal(setenv("XDG_DATA_HOME", "relative", 1), 0); /* must be ignored, its specification says */
    assert_true(model_names_folder(folder, 0));
    assert_string_equal(folder, "/home/x/.local/share/rwda/models");
    assert_int_equal(setenv("XDG_DATA_HOME", "/data", 1), 0);
    assert_true(model_names_folder(folder, 0));
    assert_string_equal(folder, "/data/rwda/models");
    memset(long_name, '/', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    assert_int_equal(setenv("XDG_DATA_HOME", long_name, 1), 0);
    assert_true(model_names_folder(folder, 0));
    assert_string_equal(folder, ""); /* no room: not there */
    assert_true(model_names_folder(folder, 1));
    assert_non_null(strstr(folder, "/../share/rwda/models"));
    assert_true(model_names_folder(folder, 2));
    assert_false(model_names_folder(folder, 3));
    assert_false(model_names_folder(folder, -1));
}

static void a_model_is_a_folder_with_a_config(void **state)
{
    char path[RW_PATH_MAX], long_name[RW_PATH_MAX];

    (void)state;
    make_folder("empty");
    make_folder("openclip");
    make_text("openclip/open_clip_config.json", "{}");
    make_folder("hf");
    make_text("hf/config.json", "{}");
    assert_false(model_names_has(path, scratch, "empty"));
    assert_true(model_names_has(path, scratch, "openclip"));
    assert_string_equal(path, in_scratch("openclip"));
    assert_true(model_names_has(path, scratch, "hf"));
    assert_false(model_names_has(path, "", "hf"));
    memset(long_name, 'n', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    assert_false(model_names_has(path, scratch, long_name));
}

static void names_are_looked_up_and_paths_are_not(void **state)
{
    const char *origin = NULL;
    char        long_name[RW_PATH_MAX + 1], path[RW_PATH_MAX];

    (void)state;
    assert_int_equal(setenv("XDG_DATA_HOME", scratch, 1), 0);
    make_folder("rwda");
    make_folder("rwda/models");
    make_folder("rwda/models/mine");
    make_text("rwda/models/mine/config.json", "{}");
    assert_string_equal(meant("mine", &origin), in_scratch("rwda/models/mine"));
    assert_string_equal(origin, "--model");
    assert_string_equal(meant("./mine", &origin), "./mine");
    assert_string_equal(meant("/no/such/model", &origin), "/no/such/model");
    assert_string_equal(meant("unknown", &origin), "unknown"); /* opening it says that it is not there */
    assert_non_null(strstr(meant("demo", &origin), "/models/demo"));
    make_folder("rwda/models/demo");
    make_text("rwda/models/demo/config.json", "{}");
    assert_string_equal(meant("demo", &origin), in_scratch("rwda/models/demo")); /* the user's own comes first */
    memset(long_name, 'n', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    assert_false(model_names_path(path, long_name, &origin));
}

static void without_a_name_the_environment_decides(void **state)
{
    const char *origin = NULL;

    (void)state;
    assert_non_null(strstr(meant(NULL, &origin), "/models/demo"));
    assert_non_null(strstr(origin, "shipped with rwda"));
    assert_int_equal(setenv("RWDA_MODEL", "", 1), 0); /* as if it were not set */
    assert_non_null(strstr(meant(NULL, &origin), "/models/demo"));
    assert_non_null(strstr(origin, "shipped with rwda"));
    assert_int_equal(setenv("RWDA_MODEL", "/my/model", 1), 0);
    assert_string_equal(meant(NULL, &origin), "/my/model");
    assert_string_equal(origin, "$RWDA_MODEL");
    assert_string_equal(meant("/other", &origin), "/other");
    assert_string_equal(origin, "--model");
}

/* A directory of that name here is meant before a model of that name. */
static void a_directory_here_comes_first(void **state)
{
    const char *origin = NULL;
    char        home[RW_PATH_MAX];

    (void)state;
    assert_non_null(getcwd(home, sizeof home));
    make_folder("cwd");
    make_folder("cwd/demo");
    assert_int_equal(chdir(in_scratch("cwd")), 0);
    assert_string_equal(meant("demo", &origin), "demo");
    assert_non_null(strstr(meant(NULL, &origin), "/models/demo")); /* nobody named it */
    assert_int_equal(chdir(home), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(folders_follow_the_environment, clean_environment),
        cmocka_unit_test_setup(a_model_is_a_folder_with_a_config, clean_environment),
        cmocka_unit_test_setup(names_are_looked_up_and_paths_are_not, clean_environment),
        cmocka_unit_test_setup(without_a_name_the_environment_decides, clean_environment),
        cmocka_unit_test_setup(a_directory_here_comes_first, clean_environment),
    };

    return cmocka_run_group_tests(tests, scratch_new, scratch_free);
}
