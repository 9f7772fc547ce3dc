/* test_paths.c - what do paths share, where do they lead back to, and what fits? */
#include "common/paths.h"

#include "tests/common/scratch.h"

static void paths_fit_or_are_empty(void **state)
{
    char *name = malloc(RW_PATH_MAX + 1), out[RW_PATH_MAX] = "before";

    (void)state;
    memset(name, 'n', RW_PATH_MAX);
    name[RW_PATH_MAX - 1] = '\0';
    assert_true(rw_path_format(out, "%s", name));
    assert_string_equal(out, name);
    assert_false(rw_path_format(out, "/%s", name));
    assert_string_equal(out, "");
    assert_false(rw_path_format(out, "%s", ""));
    assert_false(rw_path_is_file(name, "x"));
    free(name);
}

static void files_and_folders_are_told_apart(void **state)
{
    (void)state;
    make_text("file", "");
    make_folder("folder");
    assert_int_equal(symlink("file", in_scratch("link")), 0);
    assert_int_equal(mkfifo(in_scratch("pipe"), 0600), 0);
    assert_true(rw_path_is_file(scratch, "file") && rw_path_is_file(in_scratch("file"), "") &&
                rw_path_is_file(scratch, "link"));
    assert_false(rw_path_is_file(scratch, "folder") || rw_path_is_file(scratch, "pipe") || rw_path_is_file(scratch, "none"));
    assert_true(rw_path_is_directory(scratch, "folder") && rw_path_is_directory(scratch, ""));
    assert_false(rw_path_is_directory(scratch, "file") || rw_path_is_directory("", ""));
}

static void ends_of_paths(void **state)
{
    (void)state;
    assert_string_equal(rw_path_base("a/b.png"), "b.png");
    assert_string_equal(rw_path_base("b"), "b");
    assert_string_equal(rw_path_base("a/"), "");
    assert_true(rw_path_ends_in("x.PNG", ".png") && rw_path_ends_in("a/x.jsonl", ".JSONL"));
    assert_false(rw_path_ends_in(".png", ".png") || rw_path_ends_in("png", ".png") || rw_path_ends_in("", ".png"));
}

static void what_lies_in_a_folder(void **state)
{
    (void)state;
    assert_true(rw_path_contains("/a", "/a") && rw_path_contains("/a", "/a/b/c") && rw_path_contains("/", "/a"));
    assert_false(rw_path_contains("/a", "/ab") || rw_path_contains("/a/b", "/a") || rw_path_contains("/a", "/"));
}

static void names_are_sorted_without_hidden_ones(void **state)
{
    char **names;

    (void)state;
    make_folder("list");
    make_folder("list/b");
    make_text("list/c", "");
    make_text("list/a", "");
    make_text("list/.hidden", "");
    make_text("list/Thumbs.db", "");
    make_text("list/DESKTOP.INI", "");
    make_folder("list/__MACOSX");
    names = rw_names_list(in_scratch("list"));
    assert_non_null(names);
    assert_string_equal(names[0], "a");
    assert_string_equal(names[1], "b");
    assert_string_equal(names[2], "c");
    assert_null(names[3]);
    rw_names_free(names);
    assert_int_equal(rw_names_debris(in_scratch("list")), 4);
    assert_int_equal(rw_names_debris(in_scratch("list/none")), 0);
    names = rw_names_list(in_scratch("list/b"));
    assert_non_null(names);
    assert_null(names[0]);
    rw_names_free(names);
    assert_null(rw_names_list(in_scratch("list/c")));
    assert_null(rw_names_list(in_scratch("none")));
    rw_names_free(NULL);
}

static void folders_are_made_on_the_way(void **state)
{
    char       path[RW_PATH_MAX];
    rwda_error err = { 0 };

    (void)state;
    assert_true(rw_path_format(path, "%s/m/n/o/file", scratch));
    for (int i = 0; i < 2; i++) { /* there already, the second time */
        assert_ok(rw_path_make_folders(path, &err), err);
        assert_true(rw_path_is_directory(scratch, "m/n/o"));
        assert_false(rw_path_is_directory(scratch, "m/n/o/file"));
    }
    assert_true(rw_path_format(path, "%s/m/p/", scratch));
    assert_ok(rw_path_make_folders(path, &err), err);
    assert_true(rw_path_is_directory(scratch, "m/p"));
    make_text("m/p/blocked", "");
    assert_true(rw_path_format(path, "%s/m/p/blocked/x/y", scratch));
    assert_refused("file", rw_path_make_folders(path, &err), RWDA_EIO, &err,
                   "m/p/blocked/x: folder cannot be made: Not a dir");
    assert_non_null(strstr(path, "/blocked/x/y")); /* as it was */
}

static void common_folders_end_at_a_slash(void **state)
{
    static const struct {
        const char *paths[3];
        size_t      n, common;
    } cases[] = {
        { { "a/b/1", "a/b/2", "a/b/3" }, 3, 4 },
        { { "a/bc/1", "a/bd/2" }, 2, 2 },
        { { "a/b", "a/b/c" }, 2, 2 },
        { { "a/b/c", "a/b" }, 2, 2 },
        { { "x", "y" }, 2, 0 },
        { { "/x", "/y" }, 2, 1 },
        { { "a/b.png" }, 1, 2 },
        { { "b.png" }, 1, 0 },
        { { "" }, 1, 0 },
        { { "a/same", "a/same" }, 2, 2 },
        { { NULL }, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        char *copies[3];

        for (size_t k = 0; k < cases[i].n; k++)
            copies[k] = strdup(cases[i].paths[k]);
        assert_int_equal(rw_path_common(copies, cases[i].n), cases[i].common);
        for (size_t k = 0; k < cases[i].n; k++)
            free(copies[k]);
    }
}

static void assert_back(const char *file, const char *wanted)
{
    char out[RW_PATH_MAX];

    rw_path_back(out, file);
    assert_string_equal(out, wanted);
}

static void paths_lead_back(void **state)
{
    char home[RW_PATH_MAX], absolute[RW_PATH_MAX], real[RW_PATH_MAX];

    (void)state;
    assert_non_null(getcwd(home, sizeof home));
    make_folder("here");
    make_folder("here/in");
    make_folder("here/in/deep");
    make_folder("hereafter");
    assert_non_null(realpath(in_scratch("here"), real));
    assert_int_equal(chdir(real), 0);
    assert_back("-", "");
    assert_back("report.html", "");
    assert_back("./report.html", "");
    assert_back("in/report.html", "../");
    assert_back("in/deep/report.html", "../../");
    assert_back("../report.html", "here/");
    assert_back("../hereafter/report.html", "../here/");
    assert_back("no/such/folder/report.html", ""); /* where it would lead is not known */
    assert_true(rw_path_format(absolute, "%s/in/report.html", real));
    assert_back(absolute, "../");
    assert_true(rw_path_format(absolute, "%s/", real + 1));
    assert_back("/report.html", absolute);
    assert_int_equal(chdir("/"), 0);
    assert_true(rw_path_format(absolute, "%s/report.html", real));
    rw_path_back(home, absolute);
    for (const char *c = real; *c != '\0'; c++) /* once up for each folder on the way down */
        if (*c == '/') {
            assert_int_equal(strncmp(home, "../", 3), 0);
            memmove(home, home + 3, strlen(home + 3) + 1);
        }
    assert_string_equal(home, "");
    assert_back("/report.html", "");
}

static void assert_found(const char *asked, const char *wanted)
{
    char out[RW_PATH_MAX];

    assert_int_equal(rw_path_find(out, in_scratch(asked)), wanted != NULL);
    assert_string_equal(out, in_scratch(wanted != NULL ? wanted : asked));
}

#define NFC_A "\xc3\xa4"
#define NFD_A "a\xcc\x88"

static void files_are_found_however_they_are_spelt(void **state)
{
    (void)state;
    make_folder("sp");
    make_folder("sp/" NFC_A);
    make_folder("sp/" NFC_A "/" NFD_A);
    make_text("sp/" NFC_A "/" NFD_A "/" NFC_A ".png", "");
    make_text("sp/\xfc.png", "");  /* Latin-1 */
    make_text("sp/\\xe4.png", ""); /* a name that looks like an escape */
    make_text("sp/x\\y.png", "");
    assert_found("sp/" NFD_A "/" NFC_A "/" NFD_A ".png", "sp/" NFC_A "/" NFD_A "/" NFC_A ".png");
    assert_found("sp/" NFC_A "/" NFC_A "/" NFC_A ".png", "sp/" NFC_A "/" NFD_A "/" NFC_A ".png");
    assert_found("sp\\" NFD_A "\\" NFC_A "\\" NFC_A ".png", "sp/" NFC_A "/" NFD_A "/" NFC_A ".png");
    assert_found("sp//" NFC_A "/" NFC_A "/", "sp//" NFC_A "/" NFD_A "/");
    assert_found("sp/\\xfc.png", "sp/\xfc.png");
    assert_found("sp\\\\xfc.png", NULL);          /* \xfc behind a backslash: no one folder is both */
    assert_found("sp/\\xe4.png", "sp/\\xe4.png"); /* what is there as it is written comes first */
    assert_found("sp/\\x5cxe4.png", "sp/\\xe4.png");
    assert_found("sp/x\\y.png", "sp/x\\y.png");
    assert_found("sp\\x\\y.png", NULL);
    assert_found("sp/" NFD_A "/none.png", NULL);
    assert_found("sp/\xff\xfe.png", NULL);
    assert_found("sp/none.png", NULL);
}

static void names_have_one_normal_form(void **state)
{
    char *one = rw_name_normalized("x" NFD_A), *raw = rw_name_normalized("\xff" NFD_A);

    (void)state;
    assert_string_equal(one, "x" NFC_A);
    assert_string_equal(raw, "\xff" NFD_A); /* not UTF-8: as it is */
    free(one);
    free(raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_fit_or_are_empty),
        cmocka_unit_test(files_and_folders_are_told_apart),
        cmocka_unit_test(ends_of_paths),
        cmocka_unit_test(what_lies_in_a_folder),
        cmocka_unit_test(names_are_sorted_without_hidden_ones),
        cmocka_unit_test(folders_are_made_on_the_way),
        cmocka_unit_test(common_folders_end_at_a_slash),
        cmocka_unit_test(paths_lead_back),
        cmocka_unit_test(files_are_found_however_they_are_spelt),
        cmocka_unit_test(names_have_one_normal_form),
    };

    return cmocka_run_group_tests(tests, scratch_new, scratch_free);
}
