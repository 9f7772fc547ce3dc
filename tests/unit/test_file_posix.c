/* test_file_posix.c - are pipes, modes, links and ends of processes of POSIX as file.h promises? */
#include "tests/unit/file_rig.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

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

static void a_pipe_is_refused(void **state)
{
    uint8_t   *bytes = NULL;
    size_t     len;
    rwda_error err;

    (void)state;
    assert_int_equal(mkfifo(in_folder("pipe"), 0600), 0);
    assert_int_equal(rw_file_read(&bytes, &len, in_folder("pipe"), 10, &err), RWDA_EIO); /* and does not wait */
    assert_int_equal(rw_file_write(in_folder("pipe"), "x", 1, true, &err), RWDA_EIO);    /* and it is still a pipe */
    assert_int_equal(rw_file_read(&bytes, &len, in_folder("pipe"), 10, &err), RWDA_EIO);
    unlink(in_folder("pipe"));
}

/* ---- Modes, links, names -------------------------------------------------------------------------------------------------- */

static mode_t mode_of(const char *path)
{
    struct stat info;

    assert_int_equal(stat(path, &info), 0);
    return info.st_mode & 07777;
}

static atomic_bool over;

/* Files of another thread, which the outputs of this one must not open to others. */
static void *make_files(void *user)
{
    char path[256];
    int *wide = user;

    (void)snprintf(path, sizeof path, "%s/other", folder);
    while (!over) {
        int fd = open(path, O_WRONLY | O_CREAT, 0666);

        assert_true(fd >= 0);
        close(fd);
        *wide += (mode_of(path) & 066) != 0;
        unlink(path);
    }
    return NULL;
}

static void modes_are_the_umasks_and_it_is_left_alone(void **state)
{
    const char *path = in_folder("mode");
    mode_t      old  = umask(077);
    int         wide = 0;
    pthread_t   other;
    rw_output  *output;
    rwda_error  err;

    (void)state;
    over = false;
    assert_int_equal(pthread_create(&other, NULL, make_files, &wide), 0);
    for (int i = 0; i < 3000; i++) {
        assert_int_equal(rw_output_new(&output, path, false, &err), RWDA_OK);
        rw_output_free(output);
    }
    over = true;
    pthread_join(other, NULL);
    assert_int_equal(wide, 0);
    assert_int_equal(rw_file_write(path, "x", 1, false, &err), RWDA_OK);
    assert_int_equal(mode_of(path), 0600);
    umask(027);
    assert_int_equal(rw_file_write(path, "x", 1, true, &err), RWDA_OK);
    assert_int_equal(mode_of(path), 0640);
    umask(0); /* a cache file is not writable by others all the same */
    assert_int_equal(rw_file_write_own(path, "x", 1, &err), RWDA_OK);
    assert_int_equal(mode_of(path), 0644);
    umask(old);
    unlink(path);
}

static bool is_own(const char *path)
{
    uint8_t *bytes = NULL;
    size_t   len;
    FILE    *stream = rw_file_stream_own(path);
    bool     own    = rw_file_read_own(&bytes, &len, path, 100);

    assert_int_equal(own, stream != NULL);
    free(bytes);
    if (stream != NULL)
        fclose(stream);
    return own;
}

static void only_ones_own_files_are_caches(void **state)
{
    char       path[256], link[256];
    rwda_error err;

    (void)state;
    (void)snprintf(path, sizeof path, "%s", in_folder("own"));
    (void)snprintf(link, sizeof link, "%s", in_folder("link"));
    assert_false(is_own(path));
    assert_false(is_own(folder));
    assert_int_equal(rw_file_write_own(path, "x", 1, &err), RWDA_OK);
    assert_true(is_own(path));
    assert_int_equal(symlink(path, link), 0);
    assert_false(is_own(link));
    assert_int_equal(chmod(path, 0664), 0);
    assert_false(is_own(path));
    assert_int_equal(chmod(path, 0646), 0);
    assert_false(is_own(path));
    assert_int_equal(chmod(path, 0600), 0);
    assert_true(is_own(path));
    if (geteuid() == 0) {
        assert_int_equal(chown(path, 65534, 65534), 0);
        assert_false(is_own(path));
    }
    unlink(path);
    unlink(link);
}

static void a_link_to_nothing_is_there_already(void **state)
{
    const char *path   = in_folder("dangling");
    rw_output  *output = NULL;
    rwda_error  err;

    (void)state;
    assert_int_equal(symlink("nothing", path), 0);
    assert_int_equal(rw_output_new(&output, path, false, &err), RWDA_EEXIST);
    assert_non_null(strstr(err.message, "exists already, a link to nothing"));
    assert_int_equal(rw_file_write(path, "x", 1, true, &err), RWDA_OK);
    assert_int_equal(files_in_folder(), 1); /* in the link's place */
    unlink(path);
}

static void a_killed_writer_leaves_nothing(void **state)
{
    pid_t      child;
    rw_output *output = NULL;
    rwda_error err;
    int        code;

    (void)state;
    child = fork();
    if (child == 0) {
        if (rw_output_new(&output, in_folder("killed"), false, &err) == RWDA_OK)
            (void)rw_output_write(output, "half", 4, &err);
        (void)kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_true(WIFSIGNALED(code));
    if (files_in_folder() > 0) { /* a file system without unnamed files: the next start sweeps, after an hour */
        print_message("no O_TMPFILE here\n");
        skip();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_write_that_fails_leaves_nothing),         cmocka_unit_test(a_pipe_is_refused),
        cmocka_unit_test(modes_are_the_umasks_and_it_is_left_alone), cmocka_unit_test(only_ones_own_files_are_caches),
        cmocka_unit_test(a_link_to_nothing_is_there_already),        cmocka_unit_test(a_killed_writer_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
