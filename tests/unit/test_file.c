/* test_file.c - are files read within limits, and do outputs appear whole or not at all?  What systems share: the rest is in
 * test_file_posix.c and tests/windows. */
#include "base/checked_file.h"
#include "tests/unit/file_rig.h"

#include <fcntl.h>

static void written_bytes_are_read(void **state)
{
    const char *path  = in_folder("a");
    uint8_t    *bytes = NULL;
    size_t      len   = 0;
    rw_file     file;
    char        some[4] = "";
    rwda_error  err;

    (void)state;
    assert_int_equal(rw_file_write(path, "hello", 5, false, &err), RWDA_OK);
    assert_int_equal(rw_file_read(&bytes, &len, path, 5, &err), RWDA_OK);
    assert_int_equal(len, 5);
    assert_string_equal((char *)bytes, "hello");
    free(bytes);
    assert_int_equal(rw_file_open(&file, path, &err), RWDA_OK);
    assert_int_equal(rw_file_get(&file, some, 3, 1, path, &err), RWDA_OK);
    assert_string_equal(some, "ell");
    assert_int_equal(rw_file_get(&file, some, 3, 3, path, &err), RWDA_EIO);
    assert_non_null(strstr(err.message, "ends at 5 while it is read, it had 5 bytes"));
    rw_file_close(&file);
    rw_file_close(&file);
    assert_int_equal(rw_file_read(&bytes, &len, path, 4, &err), RWDA_ELIMIT);
    assert_null(bytes);
    assert_non_null(strstr(err.message, "file of 5 bytes is over the limit of 4"));
    unlink(path);
}

static void overwriting_must_be_asked_for(void **state)
{
    const char *path  = in_folder("b");
    uint8_t    *bytes = NULL;
    size_t      len   = 0;
    rwda_error  err;

    (void)state;
    assert_int_equal(rw_file_write(path, "old", 3, false, &err), RWDA_OK);
    assert_int_equal(rw_file_write(path, "new", 3, false, &err), RWDA_EEXIST);
    assert_non_null(strstr(err.message, path));
    assert_int_equal(rw_file_write(path, "new", 3, true, &err), RWDA_OK);
    assert_int_equal(rw_file_read(&bytes, &len, path, 100, &err), RWDA_OK);
    assert_string_equal((char *)bytes, "new");
    free(bytes);
    assert_int_equal(files_in_folder(), 1);
    unlink(path);
}

static void an_output_without_commit_leaves_nothing(void **state)
{
    rw_output *output = NULL;
    rwda_error err;

    (void)state;
    assert_int_equal(rw_output_new(&output, in_folder("c"), false, &err), RWDA_OK);
    assert_int_equal(rw_output_write(output, "half", 4, &err), RWDA_OK);
    rw_output_free(output);
    assert_int_equal(files_in_folder(), 0);
}

static void a_file_made_meanwhile_is_not_lost(void **state)
{
    const char *path   = in_folder("d");
    rw_output  *output = NULL;
    FILE       *other;
    char        line[8] = "";
    rwda_error  err;

    (void)state;
    assert_int_equal(rw_output_new(&output, path, false, &err), RWDA_OK);
    other = fopen(path, "w");
    assert_non_null(other);
    fputs("first", other);
    fclose(other);
    assert_int_equal(rw_output_commit(output, &err), RWDA_EEXIST);
    rw_output_free(output);
    other = fopen(path, "r");
    assert_non_null(other);
    assert_non_null(fgets(line, sizeof line, other));
    fclose(other);
    assert_string_equal(line, "first");
    unlink(path);
}

static void what_is_no_file_is_refused(void **state)
{
    uint8_t   *bytes = NULL;
    size_t     len;
    rw_file    file;
    rwda_error err;

    (void)state;
    assert_int_equal(rw_file_read(&bytes, &len, in_folder("none"), 10, &err), RWDA_ENOTFOUND);
    assert_non_null(strstr(err.message, "none: cannot open: No such file"));
    assert_int_equal(rw_file_open(&file, folder, &err), RWDA_EIO);
    assert_non_null(strstr(err.message, "is a directory, not a regular file"));
    assert_int_equal(rw_file_write(folder, "x", 1, true, &err), RWDA_EIO);
    assert_int_equal(rw_file_write("/nowhere/at/all", "x", 1, false, &err), RWDA_ENOTFOUND);
}

static void the_longest_name_can_be_written_and_replaced(void **state)
{
    char       path[512], name[256];
    rwda_error err;

    (void)state;
    for (size_t i = 0; i < 255; i++)
        name[i] = i % 2 == 0 ? '\xC3' : '\xA9';
    name[254] = 'x'; /* 127 letters of two bytes, then one */
    name[255] = '\0';
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    for (int replace = 0; replace < 2; replace++)
        assert_int_equal(rw_file_write(path, "x", 1, replace, &err), RWDA_OK);
    assert_int_equal(files_in_folder(), 1);
    unlink(path);
}

/* ---- Files that change ---------------------------------------------------------------------------------------------------- */

static void change(const char *path, long at, long length)
{
    int fd = open(path, O_WRONLY);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, "\1", 1, at), 1);
    if (length >= 0)
        assert_int_equal(ftruncate(fd, length), 0);
    close(fd);
}

static void a_file_that_changes_after_its_sum_is_noticed(void **state)
{
    const size_t    len     = 3 * RW_PIECE / 2;
    uint8_t        *zeros   = calloc(len, 1);
    char            sum[65] = "", expected[65];
    uint8_t         some[64];
    const char     *path = in_folder("changing");
    rw_checked_file file;
    rwda_error      err;

    (void)state;
    assert_non_null(zeros);
    rw_sha256_hex(expected, zeros, len);
    assert_int_equal(rw_file_write(path, zeros, len, false, &err), RWDA_OK);
    assert_int_equal(rw_checked_open(&file, path, &err), RWDA_OK);
    assert_int_equal(rw_checked_sum(&file, sum, path, &err), RWDA_OK);
    assert_string_equal(sum, expected);
    assert_int_equal(rw_checked_read(&file, some, sizeof some, RW_PIECE - 32, path, &err), RWDA_OK); /* of two pieces */
    change(path, 5, -1);
    assert_int_equal(rw_checked_read(&file, some, sizeof some, 100, path, &err), RWDA_EIO); /* any byte of the piece */
    assert_non_null(strstr(err.message, "was written to while it was read"));
    assert_int_equal(rw_checked_read(&file, some, sizeof some, RW_PIECE, path, &err), RWDA_OK);
    change(path, 5, (long)RW_PIECE + 10);
    file.held = SIZE_MAX;
    assert_int_equal(rw_checked_read(&file, some, sizeof some, RW_PIECE, path, &err), RWDA_EIO);
    assert_non_null(strstr(err.message, "ends at"));
    rw_checked_close(&file);

    assert_int_equal(rw_checked_open(&file, path, &err), RWDA_OK);
    (void)usleep(20000); /* the clock of files has moved on */
    change(path, 7, -1);
    assert_int_equal(rw_checked_sum(&file, sum, path, &err), RWDA_EIO);
    assert_non_null(strstr(err.message, "was written to while it was read"));
    rw_checked_close(&file);
    rw_checked_close(&file);
    free(zeros);
    unlink(path);
}

/* FIPS 180-2 examples. */
static void sha256_is_sha256(void **state)
{
    char hex[65];

    (void)state;
    rw_sha256_hex(hex, "abc", 3);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    rw_sha256_hex(hex, NULL, 0);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_bytes_are_read),
        cmocka_unit_test(overwriting_must_be_asked_for),
        cmocka_unit_test(an_output_without_commit_leaves_nothing),
        cmocka_unit_test(a_file_made_meanwhile_is_not_lost),
        cmocka_unit_test(what_is_no_file_is_refused),
        cmocka_unit_test(the_longest_name_can_be_written_and_replaced),
        cmocka_unit_test(a_file_that_changes_after_its_sum_is_noticed),
        cmocka_unit_test(sha256_is_sha256),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
