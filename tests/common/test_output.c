/* test_output.c - whole or not at all: what stands under the name while an output is written, after it, and after what goes wrong? */
#include "common/output.h"

#include "tests/common/scratch.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

static void a_file_appears_when_it_is_closed(void **state)
{
    const char *path = in_scratch("whole.txt");
    rw_stream   out;
    rwda_error  err = { 0 };
    struct stat info;
    mode_t      mask = umask(0);

    (void)state;
    (void)umask(mask);
    assert_ok(rw_stream_open(&out, path, false, &err), err);
    fputs("all of it", out.file);
    assert_int_equal(access(path, F_OK), -1);
    assert_ok(rw_stream_close(&out, true, &err), err);
    assert_file_holds(path, "all of it");
    assert_int_equal(names_in(scratch), 1);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0666 & ~mask);
    assert_null(out.file);
    assert_ok(rw_stream_close(&out, true, &err), err); /* closed already */
    assert_int_equal(unlink(path), 0);
}

static void an_aborted_output_leaves_nothing(void **state)
{
    const char *path = in_scratch("aborted.txt");
    rw_stream   out;
    rwda_error  err = { 0 };

    (void)state;
    assert_ok(rw_stream_open(&out, path, false, &err), err);
    fputs("half", out.file);
    assert_ok(rw_stream_close(&out, false, &err), err);
    assert_int_equal(names_in(scratch), 0);
    assert_ok(rw_stream_check(path, false, &err), err);
    assert_int_equal(names_in(scratch), 0);
}

static void what_exists_is_replaced_when_asked_only(void **state)
{
    const char *path = make_text("there.txt", "old");
    rw_stream   out;
    rwda_error  err = { 0 };

    (void)state;
    assert_refused("open", rw_stream_open(&out, path, false, &err), RWDA_EEXIST, &err, "there.txt: exists");
    assert_null(out.file);
    assert_refused("check", rw_stream_check(path, false, &err), RWDA_EEXIST, &err, "exists");
    assert_refused("write", rw_stream_write(path, false, "new", 3, &err), RWDA_EEXIST, &err, "exists");
    assert_file_holds(path, "old");
    assert_ok(rw_stream_open(&out, path, true, &err), err);
    fputs("new", out.file);
    assert_file_holds(path, "old");
    assert_ok(rw_stream_close(&out, true, &err), err);
    assert_file_holds(path, "new");
    assert_ok(rw_stream_write(path, true, NULL, 0, &err), err);
    assert_file_holds(path, "");
    assert_int_equal(unlink(path), 0);
}

/* Somebody else makes the file while ours is written: theirs stays. */
static void a_file_made_meanwhile_is_kept(void **state)
{
    const char *path = in_scratch("race.txt");
    rw_stream   out;
    rwda_error  err = { 0 };

    (void)state;
    assert_ok(rw_stream_open(&out, path, false, &err), err);
    fputs("ours", out.file);
    make_text("race.txt", "theirs");
    assert_refused("close", rw_stream_close(&out, true, &err), RWDA_EEXIST, &err, "race.txt");
    assert_file_holds(path, "theirs");
    assert_int_equal(names_in(scratch), 1);
    assert_int_equal(unlink(path), 0);
}

static void folders_and_missing_folders_are_refused(void **state)
{
    rw_stream  out;
    rwda_error err = { 0 };

    (void)state;
    assert_refused("folder", rw_stream_open(&out, scratch, true, &err), RWDA_EIO, &err, "directory");
    assert_refused("missing", rw_stream_open(&out, in_scratch("no/such/file"), false, &err), RWDA_ENOTFOUND, &err,
                   "No such file");
    assert_refused("check", rw_stream_check(in_scratch("no/such/file"), false, &err), RWDA_ENOTFOUND, &err, "No such file");
    assert_null(out.file);
    assert_null(out.path);
    assert_ok(rw_stream_close(&out, true, &err), err);
}

static void pipes_are_written_as_they_are(void **state)
{
    const char *path = in_scratch("pipe");
    rw_stream   out;
    rwda_error  err = { 0 };
    char        got[16];
    struct stat info;
    int         in;

    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    in = open(path, O_RDONLY | O_NONBLOCK);
    assert_true(in >= 0);
    assert_ok(rw_stream_check(path, false, &err), err);
    assert_ok(rw_stream_open(&out, path, false, &err), err); /* exists, and is not overwritten but written */
    fputs("through", out.file);
    fflush(out.file);
    assert_int_equal(read(in, got, sizeof got), 7);
    assert_ok(rw_stream_close(&out, true, &err), err);
    assert_int_equal(stat(path, &info), 0);
    assert_true(S_ISFIFO(info.st_mode));
    assert_ok(rw_stream_write("/dev/null", false, "gone", 4, &err), err);
    assert_int_equal(stat("/dev/null", &info), 0);
    assert_true(S_ISCHR(info.st_mode));
    close(in);
    assert_int_equal(unlink(path), 0);
}

static void a_full_device_is_said(void **state)
{
    char      *much = calloc(1, 1 << 20);
    rw_stream  out;
    rwda_error err = { 0 };

    (void)state;
    assert_non_null(much);
    assert_refused("little", rw_stream_write("/dev/full", false, "x", 1, &err), RWDA_EIO, &err, "No space left");
    assert_refused("much", rw_stream_write("/dev/full", false, much, 1 << 20, &err), RWDA_EIO, &err,
                   "/dev/full: cannot be written: No space left");
    assert_ok(rw_stream_open(&out, "/dev/full", false, &err), err);
    fputs("x", out.file);
    assert_true(fflush(out.file) != 0); /* the failure is an old one when the stream is closed */
    assert_refused("early", rw_stream_close(&out, true, &err), RWDA_EIO, &err, "cannot be written: ");
    assert_null(strstr(err.message, "Success"));
    assert_ok(rw_stream_open(&out, "/dev/full", false, &err), err);
    fputs("x", out.file);
    assert_ok(rw_stream_close(&out, false, &err), err); /* nobody wanted it */
    free(much);
}

/* Runs a check in a process of its own; how that ended. */
static int in_child(int (*check)(void))
{
    int   status = -1;
    pid_t child  = fork();

    assert_true(child >= 0);
    if (child == 0)
        _exit(check());
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static int full_standard_output(void)
{
    rw_stream   out;
    rwda_error  err = { 0 };
    rwda_status status;

    if (freopen("/dev/full", "w", stdout) == NULL || rw_stream_open(&out, "-", false, &err) != RWDA_OK || out.file != stdout)
        return 1;
    fputs("x", out.file);
    status = rw_stream_close(&out, true, &err);
    return !(status == RWDA_EIO && strstr(err.message, "standard output: cannot be written: No space left") != NULL);
}

static int plain_standard_output(void)
{
    rw_stream  out;
    rwda_error err     = { 0 };
    char       text[8] = "";
    FILE      *in;

    if (freopen(in_scratch("stdout"), "w", stdout) == NULL || rw_stream_check(NULL, false, &err) != RWDA_OK ||
        rw_stream_open(&out, NULL, false, &err) != RWDA_OK)
        return 1;
    fputs("one", out.file);
    if (rw_stream_close(&out, false, &err) != RWDA_OK || rw_stream_write("-", false, "two", 3, &err) != RWDA_OK)
        return 2;
    in = fopen(in_scratch("stdout"), "r"); /* flushed, not closed */
    return in == NULL || fread(text, 1, sizeof text, in) != 6 || memcmp(text, "onetwo", 6) != 0;
}

static void standard_output_is_flushed_and_stays_open(void **state)
{
    (void)state;
    assert_int_equal(in_child(full_standard_output), 0);
    assert_int_equal(in_child(plain_standard_output), 0);
    assert_int_equal(unlink(in_scratch("stdout")), 0);
}

static int into_locked_folder(void)
{
    rw_stream   out;
    rwda_error  err = { 0 };
    rwda_status status;

    if (geteuid() == 0 && setuid(65534) != 0)
        return 1;
    status = rw_stream_open(&out, in_scratch("locked/x"), false, &err);
    return !(status == RWDA_EIO && strstr(err.message, "Permission denied") != NULL && out.file == NULL);
}

static void a_locked_folder_is_said(void **state)
{
    (void)state;
    assert_int_equal(chmod(scratch, 0755), 0);
    assert_int_equal(chmod(make_folder("locked"), 0555), 0);
    assert_int_equal(in_child(into_locked_folder), 0);
    assert_int_equal(rmdir(in_scratch("locked")), 0);
}

/* The file system takes 4096 bytes, and no more: nothing may appear under the name. */
static int over_the_limit(void)
{
    const struct rlimit limit = { 4096, 4096 };
    rw_stream           out;
    rwda_error          err = { 0 };

    if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR || setrlimit(RLIMIT_FSIZE, &limit) != 0 ||
        rw_stream_open(&out, in_scratch("large"), false, &err) != RWDA_OK)
        return 1;
    for (int i = 0; i < 5000; i++)
        fputc('x', out.file);
    return !(rw_stream_close(&out, true, &err) == RWDA_EIO &&
             strstr(err.message, "large: cannot be written: File too large"));
}

static void a_full_disk_leaves_nothing(void **state)
{
    (void)state;
    assert_int_equal(in_child(over_the_limit), 0);
    assert_int_equal(names_in(scratch), 0);
}

/* Two outputs under way, one finished before, and a stream that was never opened. */
static int die_by_a_signal(void)
{
    rw_stream  done, under_way[2], closed = { 0 };
    rwda_error err = { 0 };

    rw_stream_clean_up_on_signals();
    if (rw_stream_open(&done, in_scratch("done"), false, &err) != RWDA_OK ||
        rw_stream_open(&under_way[0], in_scratch("a"), false, &err) != RWDA_OK ||
        rw_stream_open(&under_way[1], in_scratch("b"), false, &err) != RWDA_OK ||
        rw_stream_close(&done, true, &err) != RWDA_OK || rw_stream_close(&closed, false, &err) != RWDA_OK)
        return 1;
    fputs("half", under_way[0].file);
    fflush(under_way[0].file);
    raise(SIGTERM);
    return 2;
}

static void a_signal_removes_what_is_under_way(void **state)
{
    int status = in_child(die_by_a_signal);

    (void)state;
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    assert_int_equal(access(in_scratch("done"), F_OK), 0);
    assert_int_equal(names_in(scratch), 1);
    assert_int_equal(unlink(in_scratch("done")), 0);
}

/* Nor may a moment be found at which a file is there and not known: a child opens and closes until it is ended. */
static void a_signal_at_any_moment_leaves_nothing(void **state)
{
    (void)state;
    for (int round = 0; round < 200; round++) {
        const struct timespec some   = { 0, 500000 + 7919L * round };
        int                   status = 0;
        pid_t                 child  = fork();

        assert_true(child >= 0);
        if (child == 0) {
            rw_stream out;

            rw_stream_clean_up_on_signals();
            for (;;)
                if (rw_stream_open(&out, in_scratch("x"), true, NULL) != RWDA_OK ||
                    rw_stream_close(&out, false, NULL) != RWDA_OK)
                    _exit(1);
        }
        (void)nanosleep(&some, NULL);
        assert_int_equal(kill(child, SIGTERM), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
        assert_int_equal(names_in(scratch), 0);
    }
}

/* A file more than the handler knows is written all the same, and places are free again after closing. */
static void many_outputs_at_once(void **state)
{
    rw_stream  out[12];
    rwda_error err = { 0 };
    char       name[16];

    (void)state;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 12; i++) {
            (void)snprintf(name, sizeof name, "many%d", i);
            assert_ok(rw_stream_open(&out[i], in_scratch(name), true, &err), err);
            assert_true(i < 8 ? out[i].slot == i + 1 : out[i].slot == 0);
            fprintf(out[i].file, "%d", round);
        }
        for (int i = 0; i < 12; i++)
            assert_ok(rw_stream_close(&out[i], true, &err), err);
    }
    assert_file_holds(in_scratch("many11"), "2");
    assert_int_equal(names_in(scratch), 12);
}

static int nohup(void)
{
    struct sigaction now;

    if (signal(SIGHUP, SIG_IGN) == SIG_ERR)
        return 1;
    rw_stream_clean_up_on_signals();
    return sigaction(SIGHUP, NULL, &now) != 0 || now.sa_handler != SIG_IGN;
}

static void an_ignored_signal_stays_ignored(void **state)
{
    (void)state;
    assert_int_equal(in_child(nohup), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_appears_when_it_is_closed),
        cmocka_unit_test(an_aborted_output_leaves_nothing),
        cmocka_unit_test(what_exists_is_replaced_when_asked_only),
        cmocka_unit_test(a_file_made_meanwhile_is_kept),
        cmocka_unit_test(folders_and_missing_folders_are_refused),
        cmocka_unit_test(pipes_are_written_as_they_are),
        cmocka_unit_test(a_full_device_is_said),
        cmocka_unit_test(standard_output_is_flushed_and_stays_open),
        cmocka_unit_test(a_locked_folder_is_said),
        cmocka_unit_test(a_full_disk_leaves_nothing),
        cmocka_unit_test(a_signal_removes_what_is_under_way),
        cmocka_unit_test(a_signal_at_any_moment_leaves_nothing),
        cmocka_unit_test(an_ignored_signal_stays_ignored),
        cmocka_unit_test(many_outputs_at_once),
    };

    return cmocka_run_group_tests(tests, scratch_new, scratch_free);
}
