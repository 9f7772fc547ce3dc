/* test_image_source.c - which names come out of arguments, folders and lists, in which order, and what ends a source? */
#include "common/image_source.h"

#include "common/paths.h"
#include "tests/common/scratch.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

static char said[1024]; /* the last warning */
static int  warnings;

static void on_warn(void *user, const char *message)
{
    (void)user;
    (void)snprintf(said, sizeof said, "%s", message);
    warnings++;
}

static const rwda_events events = { NULL, NULL, on_warn, NULL };

static rw_image_source *arguments(char **list, size_t n, bool nul_separated)
{
    rw_image_source *source = rw_image_source_arguments(list, n, nul_separated, &events);

    assert_non_null(source);
    warnings = 0;
    said[0]  = '\0';
    return source;
}

/* The next entry is this path below the folder. */
static void assert_next(rw_image_source *source, const char *name)
{
    rw_image_entry entry;
    rwda_error     err = { 0 };

    assert_ok(rw_image_source_next(source, &entry, &err), err);
    if (name == NULL) {
        assert_null(entry.name);
        return;
    }
    assert_non_null(entry.name);
    assert_string_equal(entry.name, name[0] == '/' ? name : in_scratch(name));
    assert_null(entry.bytes);
    assert_true(entry.below <= strlen(entry.name));
    free(entry.name);
}

static bool is_wanted(void *user, const rw_image_entry *entry)
{
    return strcmp(entry->name + entry->below, user) != 0;
}

/* A path below the folder is the same wherever the folder lies, with slashes behind its name too. */
static void a_filter_keeps_places(void **state)
{
    char             folder[RW_PATH_MAX];
    char            *list[] = { folder };
    rw_image_source *source;
    rw_image_entry   entry;
    rwda_error       err = { 0 };

    (void)state;
    make_folder("shared");
    make_folder("shared/b");
    (void)make_text("shared/a.png", "");
    (void)make_text("shared/b/2.png", "");
    (void)make_text("shared/c.png", "");
    (void)snprintf(folder, sizeof folder, "%s//", in_scratch("shared"));
    source = rw_image_source_filter(arguments(list, 1, false), is_wanted, (char[]){ "b/2.png" });
    assert_non_null(source);
    for (uint64_t order = 0; order <= 2; order += 2) {
        assert_ok(rw_image_source_next(source, &entry, &err), err);
        assert_string_equal(entry.name + entry.below, order == 0 ? "a.png" : "c.png");
        assert_int_equal(entry.order, order);
        free(entry.name);
    }
    assert_next(source, NULL);
    rw_image_source_free(source);
}

static void a_list_comes_as_it_is(void **state)
{
    char            *paths[] = { (char[]){ "b.png" }, (char[]){ "" }, (char[]){ "a" }, (char[]){ "b.png" } };
    rw_image_source *source  = rw_image_source_list(paths, 4);
    rw_image_entry   entry;
    char           **names;
    size_t           n;
    rwda_error       err = { 0 };

    (void)state;
    assert_non_null(source);
    assert_int_equal(source->total, 4);
    assert_ok(rw_image_source_names(&names, &n, source, &err), err);
    assert_int_equal(n, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(names[i], paths[i]);
    rw_image_names_free(names, n);
    assert_ok(rw_image_source_names(&names, &n, source, &err), err); /* it is at its end */
    assert_int_equal(n, 0);
    rw_image_names_free(names, n);
    rw_image_source_stop(source);
    assert_refused("stopped", rw_image_source_next(source, &entry, &err), RWDA_ECANCELLED, &err, "stopped");
    rw_image_source_free(source);
    rw_image_source_free(NULL);
    rw_image_names_free(NULL, 0);
}

static void folders_are_walked_in_order(void **state)
{
    char             folder[RW_PATH_MAX];
    char            *list[2] = { folder, folder };
    rw_image_source *source;

    (void)state;
    make_folder("w");
    make_folder("w/b");
    make_folder("w/b/deep");
    make_folder("w/none");
    make_text("w/z.png", "");
    make_text("w/A.JPG", "");
    make_text("w/.hidden.png", "");
    make_text("w/notes.txt", "");
    make_text("w/png", "");
    make_text("w/b/deep/1.tiff", "");
    make_text("w/b/0.webp", "");
    make_text("w/new\nline.bmp", "");
    assert_int_equal(symlink("..", in_scratch("w/b/up.png")), 0); /* leads back: cut */
    assert_int_equal(symlink("b", in_scratch("w/link")), 0);      /* read already */
    (void)snprintf(folder, sizeof folder, "%s///", in_scratch("w"));
    source = arguments(list, 2, false);
    assert_int_equal(source->total, 0);
    for (int round = 0; round < 2; round++) {
        assert_next(source, "w/A.JPG");
        assert_next(source, "w/b/0.webp");
        assert_next(source, "w/b/deep/1.tiff");
        assert_next(source, "w/new\nline.bmp");
        assert_next(source, "w/z.png");
    }
    assert_next(source, NULL);
    assert_next(source, NULL);
    assert_int_equal(source->skipped, 2 * 3); /* .hidden.png, notes.txt, png */
    assert_int_equal(warnings, 0);
    rw_image_source_free(source);
    source = arguments(list, 1, false); /* freed in the middle of a walk */
    for (int i = 0; i < 4; i++) {
        rw_image_entry entry;

        assert_int_equal(rw_image_source_next(source, &entry, NULL), RWDA_OK);
        free(entry.name);
    }
    rw_image_source_free(source);
}

static void a_named_link_is_followed(void **state)
{
    char             link_path[RW_PATH_MAX];
    char            *list[1] = { link_path };
    rw_image_source *source;

    (void)state;
    make_folder("target");
    make_text("target/1.png", "");
    (void)snprintf(link_path, sizeof link_path, "%s", in_scratch("to"));
    assert_int_equal(symlink("target", link_path), 0);
    source = arguments(list, 1, false);
    assert_next(source, "to/1.png");
    assert_next(source, NULL);
    rw_image_source_free(source);
}

static void an_empty_folder_is_warned_about(void **state)
{
    char             empty[RW_PATH_MAX], file[RW_PATH_MAX];
    char            *list[] = { empty, file };
    rw_image_source *source;

    (void)state;
    make_folder("empty");
    make_folder("empty/inside");
    make_text("empty/inside/x.txt", "");
    (void)snprintf(empty, sizeof empty, "%s/", in_scratch("empty"));
    (void)snprintf(file, sizeof file, "%s", in_scratch("no such.png"));
    source = arguments(list, 2, false);
    assert_next(source, "no such.png"); /* a name is not looked at */
    assert_next(source, NULL);
    assert_int_equal(warnings, 1);
    (void)snprintf(file, sizeof file, "%s: no image in this directory", in_scratch("empty"));
    assert_string_equal(said, file);
    assert_int_equal(source->skipped, 1);
    rw_image_source_free(source);
    source = rw_image_source_arguments(list, 1, false, NULL); /* nobody listens */
    assert_next(source, NULL);
    rw_image_source_free(source);
}

static void a_locked_folder_is_an_entry(void **state)
{
    char             parent[RW_PATH_MAX], locked[RW_PATH_MAX];
    char            *list[] = { locked, parent };
    rw_image_source *source;
    bool             root = geteuid() == 0;

    (void)state;
    make_folder("parent");
    make_folder("parent/locked");
    assert_int_equal(chmod(scratch, 0755), 0);
    assert_int_equal(chmod(in_scratch("parent/locked"), 0000), 0);
    (void)snprintf(parent, sizeof parent, "%s", in_scratch("parent"));
    (void)snprintf(locked, sizeof locked, "%s//", in_scratch("parent/locked"));
    if (root)
        assert_int_equal(seteuid(65534), 0);
    source = arguments(list, 2, false);
    assert_next(source, "parent/locked");
    assert_next(source, "parent/locked");
    assert_next(source, NULL);
    assert_int_equal(warnings, 0);
    rw_image_source_free(source);
    if (root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(rmdir(in_scratch("parent/locked")), 0);
}

/* 40 folders in each other: the 33rd is not entered, but named. */
static void deep_folders_end_somewhere(void **state)
{
    char             path[RW_PATH_MAX], top[RW_PATH_MAX];
    char            *list[1] = { top };
    rw_image_source *source;
    size_t           at32 = 0;

    (void)state;
    (void)snprintf(top, sizeof top, "%s", make_folder("deep"));
    (void)snprintf(path, sizeof path, "%s", top);
    for (int i = 1; i < 40; i++) {
        strcat(path, "/d");
        assert_int_equal(mkdir(path, 0777), 0);
        at32 = i == 32 ? strlen(path) : at32;
    }
    path[at32] = '\0';
    source     = arguments(list, 1, false);
    assert_next(source, path);
    assert_next(source, NULL);
    rw_image_source_free(source);
}

/* A folder whose images have names longer than a path may be. */
static void too_long_paths_are_warned_about(void **state)
{
    char             part[251], path[RW_PATH_MAX + 512];
    char            *list[1] = { path };
    rw_image_source *source;
    int              home = open(".", O_RDONLY | O_DIRECTORY);

    (void)state;
    memset(part, 'p', sizeof part - 1);
    part[sizeof part - 1] = '\0';
    (void)snprintf(path, sizeof path, "%s", make_folder("long"));
    assert_int_equal(chdir(path), 0);
    for (int i = 0; i < 17; i++) { /* no system call takes the whole path */
        assert_int_equal(mkdir(part, 0777), 0);
        assert_int_equal(chdir(part), 0);
    }
    assert_int_equal(fchdir(home), 0);
    source = arguments(list, 1, false);
    assert_next(source, NULL);
    assert_int_equal(warnings, 2); /* what is left out, and that there is no image */
    rw_image_source_free(source);
    assert_int_equal(chdir(path), 0);
    for (int i = 0; i < 16; i++)
        assert_int_equal(chdir(part), 0);
    for (int i = 0; i < 17; i++) {
        assert_int_equal(rmdir(part), 0);
        assert_int_equal(chdir(".."), 0);
    }
    assert_int_equal(fchdir(home), 0);
    close(home);
}

/* ---- Standard input ------------------------------------------------------------------------------------------------------ */

static int pipe_in = -1; /* writes to what is standard input now */

static void pipe_standard_input(void)
{
    int ends[2];

    if (pipe_in >= 0)
        close(pipe_in);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    pipe_in = ends[1];
}

/* `text` is all of standard input. */
static void give_standard_input(const char *text, size_t len)
{
    pipe_standard_input();
    assert_int_equal(write(pipe_in, text, len), len);
    close(pipe_in);
    pipe_in = -1;
}

static char  dash_text[] = "-";
static char *dash[]      = { dash_text };

static void lines_are_names(void **state)
{
    static const char text[] = "/a\n\n\n/b c\r\n/-\n/last";
    char             *list[] = { (char[]){ "/first" }, dash_text, (char[]){ "/then" }, dash_text };
    rw_image_source  *source;

    (void)state;
    give_standard_input(text, sizeof text - 1);
    source = arguments(list, 4, false);
    assert_int_equal(source->total, 0);
    assert_next(source, "/first");
    assert_next(source, "/a");
    assert_next(source, "/b c"); /* CR LF */
    assert_next(source, "/-");
    assert_next(source, "/last"); /* without an end of line */
    assert_next(source, "/then");
    assert_next(source, NULL); /* the second "-" finds nothing more */
    rw_image_source_free(source);
}

static void nul_separated_names_may_hold_anything(void **state)
{
    static const char text[] = "/a\nb\0\0/c\0/d";
    rw_image_source  *source;

    (void)state;
    give_standard_input(text, sizeof text - 1);
    source = arguments(dash, 1, true);
    assert_next(source, "/a\nb");
    assert_next(source, "/c");
    assert_next(source, "/d");
    assert_next(source, NULL);
    rw_image_source_free(source);
}

static void a_nul_byte_in_a_line_is_refused(void **state)
{
    static const char text[] = "/good\n/bad\0\n/never\n";
    rw_image_entry    entry;
    rw_image_source  *source;
    char            **names;
    size_t            n;
    rwda_error        err = { 0 };

    (void)state;
    give_standard_input(text, sizeof text - 1);
    source = arguments(dash, 1, false);
    assert_next(source, "/good");
    assert_refused("line", rw_image_source_next(source, &entry, &err), RWDA_EINVAL, &err, "NUL bytes: a list needs --null");
    assert_null(entry.name);
    rw_image_source_free(source);
    give_standard_input(text, sizeof text - 1);
    source = arguments(dash, 1, false);
    assert_refused("all", rw_image_source_names(&names, &n, source, &err), RWDA_EINVAL, &err, "NUL bytes");
    assert_null(names);
    assert_int_equal(n, 0);
    rw_image_source_free(source);
}

/* Writes names of every length around the reader's pieces and at the cap, from a thread: a pipe holds less. */
static void *write_long_names(void *argument)
{
    static char name[(64 << 10) + 2];
    const int  *over = argument;

    memset(name, 'n', sizeof name);
    for (size_t len = 16382; len <= 16387; len++)
        if (write(pipe_in, name, len) != (ssize_t)len || write(pipe_in, "\n", 1) != 1)
            return NULL;
    (void)!write(pipe_in, name, ((size_t)64 << 10) + (size_t)*over);
    close(pipe_in);
    pipe_in = -1;
    return NULL;
}

static void long_names_are_whole_up_to_the_cap(void **state)
{
    (void)state;
    for (int over = 0; over <= 1; over++) {
        rw_image_source *source;
        rw_image_entry   entry;
        pthread_t        writer;
        rwda_error       err = { 0 };

        pipe_standard_input();
        assert_int_equal(pthread_create(&writer, NULL, write_long_names, &over), 0);
        source = arguments(dash, 1, false);
        for (size_t len = 16382; len <= 16387; len++) {
            assert_ok(rw_image_source_next(source, &entry, &err), err);
            assert_int_equal(strlen(entry.name), len);
            free(entry.name);
        }
        assert_ok(rw_image_source_next(source, &entry, &err), err); /* over the cap: cut, to fail later by name */
        assert_int_equal(strlen(entry.name), 64 << 10);
        free(entry.name);
        assert_next(source, NULL);
        pthread_join(writer, NULL);
        rw_image_source_free(source);
    }
}

static void standard_input_that_cannot_be_read_is_said(void **state)
{
    rw_image_source *source = arguments(dash, 1, false);
    rw_image_entry   entry;
    int              folder = open("/", O_RDONLY | O_DIRECTORY);
    rwda_error       err    = { 0 };

    (void)state;
    assert_int_equal(dup2(folder, STDIN_FILENO), STDIN_FILENO);
    assert_refused("folder", rw_image_source_next(source, &entry, &err), RWDA_EIO, &err, "standard input: cannot be read");
    close(folder);
    rw_image_source_free(source);
}

static void nothing(int number)
{
    (void)number;
}

/* Sends the waiting thread a signal, which must not make it read without looking, then stops it. */
static void *stop_soon(void *argument)
{
    void          **what  = argument;
    struct timespec pause = { 0, 50000000 };

    nanosleep(&pause, NULL);
    pthread_kill(*(pthread_t *)what[1], SIGUSR1);
    nanosleep(&pause, NULL);
    rw_image_source_stop(what[0]);
    return NULL;
}

static void a_silent_standard_input_can_be_stopped(void **state)
{
    struct sigaction action = { .sa_handler = nothing };
    rw_image_source *source;
    rw_image_entry   entry;
    pthread_t        self = pthread_self(), other;
    rwda_error       err  = { 0 };
    bool             empty;

    (void)state;
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    pipe_standard_input();
    assert_int_equal(write(pipe_in, "/one\n/unfini", 12), 12);
    source = arguments(dash, 1, false);
    assert_ok(rw_image_source_peek(&source, &empty, &err), err);
    assert_false(empty);
    assert_next(source, "/one");
    assert_int_equal(pthread_create(&other, NULL, stop_soon, (void *[]){ source, &self }), 0);
    alarm(20); /* or it waits for ever */
    assert_refused("stop", rw_image_source_next(source, &entry, &err), RWDA_ECANCELLED, &err, "standard input: stopped");
    alarm(0);
    pthread_join(other, NULL);
    assert_refused("again", rw_image_source_next(source, &entry, &err), RWDA_ECANCELLED, &err, "stopped");
    rw_image_source_free(source);
}

/* ---- A first look -------------------------------------------------------------------------------------------------------- */

static void a_look_takes_nothing_away(void **state)
{
    char            *list[] = { (char[]){ "/a" }, (char[]){ "/b" } };
    rw_image_source *source = arguments(list, 2, false);
    rwda_error       err    = { 0 };
    bool             empty  = true;

    (void)state;
    assert_int_equal(source->total, 2);
    for (int i = 0; i < 3; i++) { /* one in the other */
        assert_ok(rw_image_source_peek(&source, &empty, &err), err);
        assert_false(empty);
        assert_int_equal(source->total, 2);
    }
    assert_next(source, "/a");
    assert_next(source, "/b");
    assert_next(source, NULL);
    assert_ok(rw_image_source_peek(&source, &empty, &err), err);
    assert_true(empty);
    assert_next(source, NULL);
    rw_image_source_free(source);
    source = rw_image_source_list(list, 2); /* freed with its first entry inside */
    assert_ok(rw_image_source_peek(&source, &empty, &err), err);
    rw_image_source_free(source);
}

static void a_look_counts_and_fails_as_the_source_does(void **state)
{
    char             folder[RW_PATH_MAX];
    char            *list[1] = { folder };
    rw_image_source *source;
    rwda_error       err = { 0 };
    bool             empty;

    (void)state;
    (void)snprintf(folder, sizeof folder, "%s", make_folder("counted"));
    make_text("counted/0.txt", "");
    make_text("counted/1.png", "");
    make_text("counted/2.txt", "");
    source = arguments(list, 1, false);
    assert_ok(rw_image_source_peek(&source, &empty, &err), err);
    assert_int_equal(source->skipped, 1);
    assert_next(source, "counted/1.png");
    assert_next(source, NULL);
    assert_int_equal(source->skipped, 2);
    rw_image_source_free(source);
    give_standard_input("\0", 1);
    source = arguments(dash, 1, false);
    assert_refused("peek", rw_image_source_peek(&source, &empty, &err), RWDA_EINVAL, &err, "NUL bytes");
    assert_null(source->inner); /* still the caller's own */
    rw_image_source_free(source);
}

static void lines_of_windows_are_names(void **state)
{
    static const char text[] = "\xef\xbb\xbf/a\r\n\r\n/b\r\n", nul[] = "\xef\xbb\xbf/a\r\0", utf16[] = "\xff\xfe/\0a\0";
    rw_image_source  *source;
    rw_image_entry    entry;
    rwda_error        err = { 0 };

    (void)state;
    give_standard_input(text, sizeof text - 1);
    source = arguments(dash, 1, false);
    assert_next(source, "/a");
    assert_next(source, "/b");
    assert_next(source, NULL);
    rw_image_source_free(source);
    give_standard_input(nul, sizeof nul - 1);
    source = arguments(dash, 1, true); /* exactly these bytes */
    assert_ok(rw_image_source_next(source, &entry, &err), err);
    assert_string_equal(entry.name, "\xef\xbb\xbf/a\r");
    free(entry.name);
    rw_image_source_free(source);
    give_standard_input(utf16, sizeof utf16 - 1);
    source = arguments(dash, 1, false);
    assert_refused("utf-16", rw_image_source_next(source, &entry, &err), RWDA_EINVAL, &err, "standard input is UTF-16");
    rw_image_source_free(source);
}

static void names_are_spelt_as_files_are(void **state)
{
    char             text[RW_PATH_MAX];
    rw_image_source *source;

    (void)state;
    make_folder("sp");
    make_text("sp/a\xcc\x88.png", "");
    make_text("sp/\xe4.png", "");
    (void)snprintf(text, sizeof text, "%s\n%s\n%s\n", in_scratch("sp/\xc3\xa4.png"), in_scratch("sp\\\xc3\xa4.png"),
                   in_scratch("sp/\\xe4.png"));
    give_standard_input(text, strlen(text));
    source = arguments(dash, 1, false);
    assert_next(source, "sp/a\xcc\x88.png");
    assert_next(source, "sp/a\xcc\x88.png");
    assert_next(source, "sp/\xe4.png");
    assert_next(source, NULL);
    rw_image_source_free(source);
}

static char noted[1024];

static void on_note(void *user, const char *message)
{
    (void)user;
    (void)snprintf(noted, sizeof noted, "%s", message);
}

static void what_is_left_out_is_said(void **state)
{
    const rwda_events both = { NULL, on_note, on_warn, NULL };
    char              folder[RW_PATH_MAX];
    char             *list[1] = { folder };
    rw_image_source  *source;

    (void)state;
    make_folder("said");
    make_text("said/1.png", "");
    make_text("said/._1.png", "");
    (void)snprintf(folder, sizeof folder, "%s", in_scratch("said"));
    warnings = 0;
    source   = rw_image_source_arguments(list, 1, false, &both);
    assert_next(source, "said/1.png");
    assert_next(source, NULL);
    assert_non_null(strstr(noted, "/said: left out: 1 file or folder of the system"));
    assert_int_equal(warnings, 0);
    assert_int_equal(source->skipped, 1);
    rw_image_source_free(source);
    make_folder("said/ground_truth");
    make_text("said/ground_truth/1.png", "");
    source = rw_image_source_arguments(list, 1, false, &both);
    assert_next(source, "said/1.png");
    assert_next(source, NULL);
    assert_int_equal(warnings, 1);
    assert_non_null(strstr(said, "/said: left out: 1 image in folders of masks, 1 file or folder of the system"));
    assert_int_equal(source->skipped, 2);
    rw_image_source_free(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_comes_as_it_is),
        cmocka_unit_test(a_filter_keeps_places),
        cmocka_unit_test(folders_are_walked_in_order),
        cmocka_unit_test(a_named_link_is_followed),
        cmocka_unit_test(an_empty_folder_is_warned_about),
        cmocka_unit_test(a_locked_folder_is_an_entry),
        cmocka_unit_test(deep_folders_end_somewhere),
        cmocka_unit_test(too_long_paths_are_warned_about),
        cmocka_unit_test(lines_are_names),
        cmocka_unit_test(nul_separated_names_may_hold_anything),
        cmocka_unit_test(a_nul_byte_in_a_line_is_refused),
        cmocka_unit_test(long_names_are_whole_up_to_the_cap),
        cmocka_unit_test(standard_input_that_cannot_be_read_is_said),
        cmocka_unit_test(a_silent_standard_input_can_be_stopped),
        cmocka_unit_test(a_look_takes_nothing_away),
        cmocka_unit_test(a_look_counts_and_fails_as_the_source_does),
        cmocka_unit_test(lines_of_windows_are_names),
        cmocka_unit_test(names_are_spelt_as_files_are),
        cmocka_unit_test(what_is_left_out_is_said),
    };

    return cmocka_run_group_tests(tests, scratch_new, scratch_free);
}
