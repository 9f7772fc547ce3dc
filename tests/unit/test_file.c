/* test_file.c - are files read within limits, and do outputs appear whole or not at all? */
#include "base/file.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>
#include <cmocka.h>

static char folder[] = "/tmp/rwda-test-file-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int files_in_folder(void)
{
    DIR *dir   = opendir(folder);
    int  count = 0;

    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

static int remove_folder(void **state)
{
    (void)state;
    assert_int_equal(files_in_folder(), 0); /* no test leaves a temporary file behind */
    return rmdir(folder);
}

static const char *in_folder(const char *name)
{
    static char path[256];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void written_bytes_are_read_and_mapped(void **state)
{
    const char *path  = in_folder("a");
    uint8_t    *bytes = NULL;
    size_t      len   = 0;
    rw_mapping  map;
    rwda_error  err;

    (void)state;
    assert_int_equal(rw_file_write(path, "hello", 5, false, &err), RWDA_OK);
    assert_int_equal(rw_file_read(&bytes, &len, path, 5, &err), RWDA_OK);
    assert_int_equal(len, 5);
    assert_string_equal((char *)bytes, "hello");
    free(bytes);
    assert_int_equal(rw_file_map(&map, path, &err), RWDA_OK);
    assert_memory_equal(map.bytes, "hello", 5);
    rw_file_unmap(&map);
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

/* A full disk, as the system reports it for a file over its size limit. */
static void a_write_that_fails_leaves_nothing(void **state)
{
    struct rlimit old, small;
    char          block[4096] = { 0 };
    rwda_status   status;
    rwda_error    err;

    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = (struct rlimit){ 1024, old.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    status = rw_file_write(in_folder("e"), block, sizeof block, false, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(status, RWDA_EIO);
    assert_non_null(strstr(err.message, "cannot be written"));
    assert_int_equal(files_in_folder(), 0);
}

static void what_is_no_file_is_refused(void **state)
{
    uint8_t   *bytes = NULL;
    size_t     len;
    rw_mapping map;
    rwda_error err;

    (void)state;
    assert_int_equal(rw_file_read(&bytes, &len, in_folder("none"), 10, &err), RWDA_ENOTFOUND);
    assert_non_null(strstr(err.message, "none: cannot open: No such file"));
    assert_int_equal(rw_file_map(&map, folder, &err), RWDA_EIO);
    assert_non_null(strstr(err.message, "is a directory, not a regular file"));
    assert_int_equal(mkfifo(in_folder("pipe"), 0600), 0);
    assert_int_equal(rw_file_read(&bytes, &len, in_folder("pipe"), 10, &err), RWDA_EIO); /* and does not wait */
    assert_int_equal(rw_file_write(in_folder("pipe"), "x", 1, true, &err), RWDA_EIO);    /* and it is still a pipe */
    assert_int_equal(rw_file_read(&bytes, &len, in_folder("pipe"), 10, &err), RWDA_EIO);
    unlink(in_folder("pipe"));
    assert_int_equal(rw_file_write(folder, "x", 1, true, &err), RWDA_EIO);
    assert_int_equal(rw_file_write("/nowhere/at/all", "x", 1, false, &err), RWDA_ENOTFOUND);
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
        cmocka_unit_test(written_bytes_are_read_and_mapped),
        cmocka_unit_test(overwriting_must_be_asked_for),
        cmocka_unit_test(an_output_without_commit_leaves_nothing),
        cmocka_unit_test(a_file_made_meanwhile_is_not_lost),
        cmocka_unit_test(a_write_that_fails_leaves_nothing),
        cmocka_unit_test(what_is_no_file_is_refused),
        cmocka_unit_test(sha256_is_sha256),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
