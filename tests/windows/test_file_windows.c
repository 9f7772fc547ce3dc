/* test_file_windows.c - are names, folders, access lists and devices of Windows as file.h promises? */
#include "base/cpus.h"
#include "base/entropy.h"
#include "base/memory.h"
#include "base/path_windows.h"
#include "tests/unit/file_rig.h"

#include <sys/utime.h>
#include <windows.h>

static void assert_written_and_read(const char *path)
{
    uint8_t   *bytes = NULL;
    size_t     len   = 0;
    rwda_error err   = { 0 };

    assert_ok(rw_file_write(path, "a\r\n\x1a\n", 5, false, &err),
              err); /* text mode would change these bytes and end at one */
    assert_int_equal(rw_file_write(path, "x", 1, false, &err), RWDA_EEXIST);
    assert_ok(rw_file_read(&bytes, &len, path, 5, &err), err);
    assert_int_equal(len, 5);
    assert_memory_equal(bytes, "a\r\n\x1a\n", 5);
    free(bytes);
}

static void names_are_utf8(void **state)
{
    const char *path =
        in_folder("\xC3\x9C\xE7\xBC\xBA\xE9\x99\xB7\xF0\x9F\x94\xA9.png"); /* an umlaut, Chinese, one beyond 16 bits */
    wchar_t    wide[300];
    char      *bytes = NULL;
    size_t     len;
    rwda_error err;

    (void)state;
    assert_written_and_read(path);
    assert_true(MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, 300) > 0);
    assert_true(GetFileAttributesW(wide) != INVALID_FILE_ATTRIBUTES);
    assert_true(DeleteFileW(wide));
    assert_int_equal(rw_file_read((uint8_t **)&bytes, &len, in_folder("\xFF\xFE"), 5, &err), RWDA_EIO); /* no UTF-8 */
    assert_int_equal(rw_file_write(in_folder("\xC3"), "x", 1, false, &err), RWDA_EIO);
}

static void paths_may_be_long(void **state)
{
    char  path[RW_PATH_MAX], real[RW_PATH_MAX], part[101];
    char *ends[6];

    (void)state;
    memset(part, 'd', 100);
    part[100] = '\0';
    (void)snprintf(path, sizeof path, "%s", folder);
    for (int i = 0; i < 6; i++) {
        ends[i] = path + strlen(path);
        (void)snprintf(ends[i], 102, "%c%s", i % 2 == 0 ? '/' : '\\', part);
        assert_true(rw_make_own_folder(path));
        assert_true(rw_is_directory(path));
    }
    assert_true(strlen(path) > 600);
    strcat(path, "\\file");
    assert_written_and_read(path);
    assert_true(rw_path_exists(path));
    assert_true(rw_real_path(real, path));
    assert_non_null(strstr(real, "dd/file"));
    assert_null(strchr(real, '\\'));
    assert_int_equal(real[1], ':');
    for (int i = 6; i >= 0; i--) { /* the file, then its folders */
        wchar_t *wide = rw_wide_path(path);

        assert_non_null(wide);
        assert_true(i == 6 ? DeleteFileW(wide) : RemoveDirectoryW(wide));
        free(wide);
        *(i == 6 ? strrchr(path, '\\') : ends[i]) = '\0';
    }
}

static void parts_of_paths(void **state)
{
    static const struct {
        const char *path, *folder, *name;
    } cases[] = {
        { "a/b", "a", "b" },       { "a\\b", "a", "b" },   { "a/b\\c", "a/b", "c" },
        { "a\\b/c", "a\\b", "c" }, { "c", ".", "c" },      { "C:c", "C:", "c" },
        { "C:\\c", "C:\\", "c" },  { "C:/c", "C:/", "c" }, { "C:\\d\\c", "C:\\d", "c" },
        { "/c", "/", "c" },        { "\\c", "\\", "c" },   { "\\\\host\\share\\c", "\\\\host\\share", "c" },
    };
    static const char *const paths[] = { "", "a/b", "a\\b", "..\\b", "C:b", "b:stream" };
    char                     out[RW_PATH_MAX];

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        const char *last = rw_last_separator(cases[i].path);

        assert_string_equal(last != NULL ? last + 1 : cases[i].path, cases[i].name);
        strcpy(out, cases[i].path);
        rw_path_to_folder(out);
        assert_string_equal(out, cases[i].folder);
    }
    for (size_t i = 0; i < RW_COUNTOF(paths); i++)
        assert_false(rw_is_name(paths[i]));
    assert_true(rw_is_name("model-00001-of-00002.safetensors"));
    assert_true(rw_path_join(out, sizeof out, "a\\", "b"));
    assert_string_equal(out, "a\\b");
    assert_true(rw_path_join(out, sizeof out, "C:", "b"));
    assert_string_equal(out, "C:b");
    assert_true(rw_path_join(out, sizeof out, "a\\d", "b"));
    assert_string_equal(out, "a\\d/b");
}

static void devices_are_no_files(void **state)
{
    uint8_t   *bytes = NULL;
    size_t     len;
    rwda_error err;

    (void)state;
    assert_int_equal(rw_file_read(&bytes, &len, "NUL", 10, &err), RWDA_EIO);
    assert_non_null(strstr(err.message, "not a regular file"));
    assert_int_equal(rw_file_write("NUL", "x", 1, true, &err), RWDA_EIO);
    assert_non_null(strstr(err.message, "not a regular file"));
}

static void a_reader_keeps_what_it_opened(void **state)
{
    const char *path    = in_folder("open");
    char        some[4] = "";
    rw_file     file;
    rwda_error  err = { 0 };

    (void)state;
    assert_ok(rw_file_write(path, "old", 3, false, &err), err);
    assert_ok(rw_file_open(&file, path, &err), err);
    assert_true(DeleteFileA(path)); /* as POSIX has it: nobody's file is held back by a reader */
    assert_ok(rw_file_get(&file, some, 3, 0, path, &err), err);
    assert_string_equal(some, "old");
    rw_file_close(&file);
}

static bool is_own(const char *path)
{
    rw_file file;
    bool    own = rw_file_open_own(&file, path);

    rw_file_close(&file);
    return own;
}

static void only_ones_own_files_are_caches(void **state)
{
    char       path[256];
    rwda_error err = { 0 };

    (void)state;
    (void)snprintf(path, sizeof path, "%s", in_folder("own"));
    assert_false(is_own(path));
    assert_false(is_own(folder));
    assert_ok(rw_file_write_own(path, "x", 1, &err), err);
    assert_true(is_own(path));
    assert_int_equal(chmod(path, 0666), 0);
    assert_false(is_own(path));
    assert_ok(rw_file_write_own(path, "x", 1, &err), err); /* in its place, with a list of its own */
    assert_true(is_own(path));
    unlink(path);
}

static void unfinished_outputs_are_removed_after_an_hour(void **state)
{
    char           path[256], old[256], young[256], other[256];
    struct utimbuf hours_ago = { time(NULL) - 7200, time(NULL) - 7200 };
    rwda_error     err       = { 0 };

    (void)state;
    (void)snprintf(path, sizeof path, "%s", in_folder("cache"));
    (void)snprintf(old, sizeof old, "%s", in_folder("cache.abcDE1"));
    (void)snprintf(young, sizeof young, "%s", in_folder("cache.abcDE2"));
    (void)snprintf(other, sizeof other, "%s", in_folder("cache.abcDE12"));
    assert_ok(rw_file_write(old, "x", 1, false, &err), err);
    assert_ok(rw_file_write(young, "x", 1, false, &err), err);
    assert_ok(rw_file_write(other, "x", 1, false, &err), err);
    assert_int_equal(utime(old, &hours_ago), 0);
    assert_int_equal(utime(other, &hours_ago), 0);
    rw_output_remove_stale(path);
    assert_false(rw_path_exists(old));
    assert_true(rw_path_exists(young));
    assert_true(rw_path_exists(other));
    unlink(young);
    unlink(other);
}

static void stamps_are_of_the_file(void **state)
{
    const char   *path = in_folder("stamp");
    rw_file_stamp before, after;
    rwda_error    err = { 0 };

    (void)state;
    assert_false(rw_file_stamp_of(&before, path));
    assert_false(rw_file_stamp_of(&before, folder));
    assert_ok(rw_file_write(path, "hello", 5, false, &err), err);
    assert_true(rw_file_stamp_of(&before, path));
    assert_int_equal(before.size, 5);
    assert_true(before.modified / 1000000000 >= time(NULL) - 100 && before.modified / 1000000000 <= time(NULL) + 1);
    assert_true(rw_file_stamp_of(&after, path));
    assert_true(rw_file_stamp_same(&before, &after));
    Sleep(20);
    assert_ok(rw_file_write(path, "world", 5, true, &err), err);
    assert_true(rw_file_stamp_of(&after, path));
    assert_false(rw_file_stamp_same(&before, &after));
    unlink(path);
}

static void the_machine_answers(void **state)
{
    uint8_t a[32] = { 0 }, b[32] = { 0 };

    (void)state;
    assert_true(rw_usable_cpus() >= 1);
    assert_true(rw_entropy(a, sizeof a, true));
    assert_true(rw_entropy(b, sizeof b, false));
    assert_memory_not_equal(a, b, sizeof a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_utf8),
        cmocka_unit_test(paths_may_be_long),
        cmocka_unit_test(parts_of_paths),
        cmocka_unit_test(devices_are_no_files),
        cmocka_unit_test(a_reader_keeps_what_it_opened),
        cmocka_unit_test(only_ones_own_files_are_caches),
        cmocka_unit_test(unfinished_outputs_are_removed_after_an_hour),
        cmocka_unit_test(stamps_are_of_the_file),
        cmocka_unit_test(the_machine_answers),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
