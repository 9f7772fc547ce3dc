/* test_ledger.c - does the ledger know what it has seen, keep what is to be delivered, and refuse what is none? */
#include "watch/ledger.h"
#include "watch/record_lines.h"

#include "common/clock.h"
#include "tests/common/scratch.h"

#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

static const char a64[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                  b64[] = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

static ledger *open_new(const char *name)
{
    ledger     *l;
    rwda_error  err;
    const char *path = in_scratch(name);

    (void)unlink(path);
    assert_ok(ledger_open(&l, path, scratch, &err), err);
    return l;
}

static ledger *open_again(const char *name)
{
    ledger    *l;
    rwda_error err;

    assert_ok(ledger_open(&l, in_scratch(name), scratch, &err), err);
    return l;
}

static ledger_message message(ledger *l, const char *path, const rw_file_stamp *stamp, const char *sha256, unsigned sinks)
{
    ledger_message m = { .number = ledger_number(l), .path = (char *)(uintptr_t)path, .stamp = *stamp, .sinks = sinks };
    static char    bodies[64][80];

    m.body = bodies[m.number % 64];
    (void)snprintf(m.body, sizeof bodies[0], "{\"number\":%llu}", (unsigned long long)m.number);
    (void)snprintf(m.sha256, sizeof m.sha256, "%s", sha256);
    (void)snprintf(m.label, sizeof m.label, "normal");
    return m;
}

static void add(ledger *l, const char *path, const rw_file_stamp *stamp, const char *sha256, unsigned sinks)
{
    ledger_message m = message(l, path, stamp, sha256, sinks);
    rwda_error     err;

    assert_ok(ledger_add(l, &m, 1, &err), err);
}

static bool knows(ledger *l, const char *path, const rw_file_stamp *stamp)
{
    bool       known;
    rwda_error err;

    assert_ok(ledger_knows(&known, l, path, stamp, &err), err);
    return known;
}

static bool knows_content(ledger *l, const char *path, const rw_file_stamp *stamp, const char *sha256)
{
    bool       known;
    rwda_error err;

    assert_ok(ledger_knows_content(&known, l, path, stamp, sha256, &err), err);
    return known;
}

/* Numbers of what is due, as text. */
static const char *due(ledger *l, ledger_sink sink)
{
    static char    text[200];
    ledger_message m[8];
    size_t         n, used = 0;
    int64_t        next;
    rwda_error     err;

    text[0] = '\0';
    assert_ok(ledger_due(m, &n, &next, l, sink, 8, &err), err);
    for (size_t i = 0; i < n; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%llu/%d", i > 0 ? " " : "",
                                 (unsigned long long)m[i].number, m[i].tries);
        ledger_message_free(&m[i]);
    }
    return text;
}

static void test_files_are_known_as_they_are(void **state)
{
    rw_file_stamp first = { 1, 10, 100, 100 }, touched = { 1, 10, 200, 200 }, other = { 2, 10, 200, 200 };
    ledger       *l = open_new("l1");

    (void)state;
    assert_false(knows(l, "x.png", &first));
    assert_false(knows_content(l, "x.png", &first, a64));
    add(l, "x.png", &first, a64, 1);
    assert_true(knows(l, "x.png", &first));
    assert_false(knows(l, "x.png", &touched));
    assert_true(knows_content(l, "x.png", &touched, a64)); /* the same bytes */
    assert_true(knows(l, "x.png", &touched));
    assert_false(knows_content(l, "x.png", &other, b64)); /* written anew */
    add(l, "x.png", &other, b64, 1);
    assert_true(knows(l, "x.png", &other));
    assert_false(knows_content(l, "x.png", &touched, a64)); /* and back: a third image */
    ledger_close(l);
    l = open_again("l1");
    assert_true(knows(l, "x.png", &other));
    assert_int_equal(ledger_number(l), 3);
    ledger_close(l);
}

static void test_renamed_is_the_same_image(void **state)
{
    rw_file_stamp stamp = { 77, 5, 100, 100 };
    ledger       *l     = open_new("l2");

    (void)state;
    (void)make_text("old.png", "there");
    add(l, "old.png", &stamp, a64, 1);
    assert_false(knows_content(l, "new.png", &stamp, a64)); /* old.png is there: a hard link is another image */
    assert_int_equal(unlink(in_scratch("old.png")), 0);
    assert_false(knows_content(l, "new.png", &stamp, b64));
    assert_true(knows_content(l, "new.png", &stamp, a64));
    assert_true(knows(l, "new.png", &stamp));
    assert_false(knows(l, "old.png", &stamp));
    ledger_close(l);
}

static void test_names_are_any_bytes(void **state)
{
    static const char *const names[] = { "new\nline.png", "\xff\xfe.png", "tab\t.png", "'; DROP TABLE files; --.png",
                                         "\x01.png" };
    rw_file_stamp            stamp   = { 1, 1, 1, 1 };
    ledger                  *l       = open_new("l3");

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(names); i++) {
        stamp.inode = i;
        add(l, names[i], &stamp, a64, 1);
    }
    ledger_close(l);
    l = open_again("l3");
    for (size_t i = 0; i < RW_COUNTOF(names); i++) {
        stamp.inode = i;
        assert_true(knows(l, names[i], &stamp));
    }
    assert_false(knows(l, "new", &stamp));
    ledger_close(l);
}

static void test_deliveries(void **state)
{
    rw_file_stamp stamp = { 1, 1, 1, 1 };
    ledger       *l     = open_new("l4");
    rwda_error    err;
    uint64_t      numbers[] = { 1, 2 };
    ledger_counts counts;
    size_t        deliveries, files, known;
    char          id[LEDGER_ID], again[LEDGER_ID];

    (void)state;
    add(l, "1", &stamp, a64, 1U << SINK_WEBHOOK | 1U << SINK_OUTPUT);
    add(l, "2", &stamp, a64, 1U << SINK_WEBHOOK);
    add(l, "3", &stamp, a64, 1U << SINK_WEBHOOK);
    assert_string_equal(due(l, SINK_WEBHOOK), "1/0 2/0 3/0");
    assert_string_equal(due(l, SINK_OUTPUT), "1/0");
    assert_string_equal(due(l, SINK_MQTT), "");
    assert_ok(ledger_delivered(l, SINK_WEBHOOK, numbers, 1, &err), err);
    assert_string_equal(due(l, SINK_WEBHOOK), "2/0 3/0");
    assert_string_equal(due(l, SINK_OUTPUT), "1/0"); /* the record is kept for it */
    assert_ok(ledger_put_off(l, SINK_WEBHOOK, 2, rw_unix_ms() + 100000, &err), err);
    assert_string_equal(due(l, SINK_WEBHOOK), "3/0");
    assert_ok(ledger_put_off(l, SINK_WEBHOOK, 2, 0, &err), err);
    assert_ok(ledger_give_up(l, SINK_WEBHOOK, 3, "nobody there", &err), err);
    ledger_id(id, l, 2);
    ledger_close(l);
    l = open_again("l4");
    ledger_id(again, l, 2);
    assert_string_equal(id, again);
    assert_string_equal(due(l, SINK_WEBHOOK), "2/2");
    assert_ok(ledger_count(&counts, l, &err), err);
    assert_int_equal(counts.waiting[SINK_WEBHOOK], 1);
    assert_int_equal(counts.failed[SINK_WEBHOOK], 1);
    assert_int_equal(counts.waiting[SINK_OUTPUT], 1);
    assert_ok(ledger_count_files(&known, l, &err), err);
    assert_int_equal(known, 3);
    assert_ok(ledger_retry_failed(l, &deliveries, &files, &err), err);
    assert_int_equal(deliveries, 1);
    assert_int_equal(files, 0);
    assert_string_equal(due(l, SINK_WEBHOOK), "2/2 3/0");
    assert_ok(ledger_delivered(l, SINK_WEBHOOK, numbers, 2, &err), err);
    ledger_close(l);
}

static void test_failed_files_can_be_tried_again(void **state)
{
    rw_file_stamp  stamp = { 1, 1, 1, 1 };
    ledger        *l     = open_new("l5");
    ledger_message m     = message(l, "x", &stamp, "", 1);
    size_t         deliveries, files;
    rwda_error     err;

    (void)state;
    m.reason = (char *)(uintptr_t) "cannot be read";
    assert_ok(ledger_add(l, &m, 1, &err), err);
    assert_true(knows(l, "x", &stamp));
    assert_ok(ledger_retry_failed(l, &deliveries, &files, &err), err);
    assert_int_equal(files, 1);
    assert_false(knows(l, "x", &stamp));
    ledger_close(l);
}

static void test_moved_away(void **state)
{
    rw_file_stamp  stamp = { 1, 1, 1, 1 }, newer = { 2, 1, 2, 2 };
    ledger        *l = open_new("l6");
    ledger_message m = message(l, "x", &stamp, a64, 1);
    rwda_error     err;

    (void)state;
    assert_ok(ledger_add(l, &m, 1, &err), err);
    assert_ok(ledger_moved(l, &m, &err), err);
    assert_false(knows_content(l, "x", &newer, a64)); /* another image of the same name, though of the same bytes */
    add(l, "x", &newer, a64, 1);
    assert_ok(ledger_moved(l, &m, &err), err); /* of the first one: said late */
    assert_true(knows(l, "x", &newer));
    ledger_close(l);
}

/* Everything before a commit is gone with the process, everything behind it is there. */
static void test_killed_process(void **state)
{
    rw_file_stamp stamp = { 1, 1, 1, 1 };
    ledger       *l     = open_new("l7");
    int           code;
    pid_t         child;

    (void)state;
    ledger_close(l);
    child = fork();
    if (child == 0) {
        l = open_again("l7");
        add(l, "x", &stamp, a64, 1);
        add(l, "y", &stamp, b64, 1);
        (void)ledger_number(l); /* of a record that is never added */
        (void)kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_true(WIFSIGNALED(code));
    l = open_again("l7");
    assert_true(knows(l, "x", &stamp) && knows(l, "y", &stamp));
    assert_string_equal(due(l, SINK_OUTPUT), "1/0 2/0");
    assert_int_equal(ledger_number(l), 3);
    ledger_close(l);
}

/* ---- What is none ------------------------------------------------------------------------------------------------------------- */

static void refuses(const char *path, const char *folder, rwda_status status, const char *says)
{
    ledger    *l;
    rwda_error err;

    assert_int_equal(ledger_open(&l, path, folder, &err), status);
    assert_null(l);
    assert_non_null(strstr(err.message, path));
    if (strstr(err.message, says) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.message, says);
}

static void test_refused(void **state)
{
    sqlite3 *db;
    ledger  *l = open_new("l8");

    (void)state;
    refuses(in_scratch("l8"), scratch, RWDA_EIO, "another process");
    ledger_close(l);
    refuses(in_scratch("l8"), "/elsewhere", RWDA_EMISMATCH, "not of /elsewhere");
    refuses(
        make_text("text",
                  "no database at all, and longer than a header of SQLite, which has 100 bytes, so that it is looked at"),
        scratch, RWDA_EFORMAT, "not an SQLite file");
    refuses(scratch, scratch, RWDA_EIO, "is a directory");
    refuses(in_scratch("none/ledger"), scratch, RWDA_ENOTFOUND, "cannot be written");
    assert_int_equal(sqlite3_open(in_scratch("other"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE t(x)", NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(db);
    refuses(in_scratch("other"), scratch, RWDA_EFORMAT, "another program");
    assert_int_equal(sqlite3_open(in_scratch("l8"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 2", NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(db);
    refuses(in_scratch("l8"), scratch, RWDA_EFORMAT, "version 2");
}

static void test_damaged(void **state)
{
    rw_file_stamp stamp = { 1, 1, 1, 1 };
    ledger       *l     = open_new("l9");
    char          name[32];
    struct stat   info;
    FILE         *file;

    (void)state;
    for (int i = 0; i < 400; i++) {
        (void)snprintf(name, sizeof name, "%d", i);
        add(l, name, &stamp, a64, 1);
    }
    ledger_close(l);
    assert_int_equal(stat(in_scratch("l9"), &info), 0);
    assert_true(info.st_size > 5 * 4096);
    file = fopen(in_scratch("l9"), "r+b");
    assert_non_null(file);
    for (long at = 4096; at + 512 < info.st_size; at += 4096) { /* every page but the first */
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        for (int i = 0; i < 512; i++)
            assert_int_not_equal(fputc(0xa5, file), EOF);
    }
    assert_int_equal(fclose(file), 0);
    refuses(in_scratch("l9"), scratch, RWDA_EFORMAT, "damaged");
    assert_int_equal(truncate(in_scratch("l9"), 50), 0);
    refuses(in_scratch("l9"), scratch, RWDA_EFORMAT, "damaged");
}

/* Its paths name files that are moved. */
static void test_paths_that_lead_out(void **state)
{
    static const char *const bad[] = { "../x", "a/../../x", "/etc/passwd", "a//b", "a/", "./a", "a/.", "", ".." };
    rw_file_stamp            stamp = { 1, 1, 1, 1 };
    ledger                  *l     = open_new("l10");
    ledger_message           m;
    size_t                   n;
    int64_t                  next;
    uint64_t                 number = 0;
    rwda_error               err;
    sqlite3                 *db;

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(bad); i++) {
        add(l, bad[i], &stamp, a64, 1U << SINK_PLACE);
        number++;
        assert_int_equal(ledger_due(&m, &n, &next, l, SINK_PLACE, 1, &err), RWDA_EFORMAT);
        assert_int_equal(n, 0);
        assert_non_null(strstr(err.message, in_scratch("l10")));
        assert_non_null(strstr(err.message, bad[i]));
        assert_ok(ledger_delivered(l, SINK_PLACE, &number, 1, &err), err);
    }
    add(l, "..a/...", &stamp, a64, 1U << SINK_PLACE); /* names as others */
    assert_string_equal(due(l, SINK_PLACE), "10/0");
    assert_int_equal(sqlite3_open(in_scratch("l10"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "UPDATE messages SET path = x'610062'", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(ledger_due(&m, &n, &next, l, SINK_PLACE, 1, &err), RWDA_EFORMAT);
    assert_int_equal(sqlite3_exec(db, "UPDATE messages SET path = NULL", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(ledger_due(&m, &n, &next, l, SINK_PLACE, 1, &err), RWDA_EFORMAT);
    (void)sqlite3_close(db);
    ledger_close(l);
}

/* ---- Lines of a file ---------------------------------------------------------------------------------------------------------- */

static void test_lines_once(void **state)
{
#define LINE(n) "{\"number\":" #n "}\n"
    /* What a process that was killed may have left, of three records that it had not noted as written. */
    static const struct {
        const char *before, *after;
    } rows[] = {
        { "", LINE(1) LINE(2) LINE(3) },
        { "{\"other\":0}\n", "{\"other\":0}\n" LINE(1) LINE(2) LINE(3) },
        { LINE(1) LINE(2) LINE(3), LINE(1) LINE(2) LINE(3) },
        { "{\"other\":0}\n" LINE(1) LINE(2) LINE(3), "{\"other\":0}\n" LINE(1) LINE(2) LINE(3) },
        { LINE(1), LINE(1) LINE(2) LINE(3) },
        { LINE(1) "{\"numb", LINE(1) LINE(2) LINE(3) },
        { "{", LINE(1) LINE(2) LINE(3) },
        { "{\"other\":0}\n" LINE(1) "{\"number\":2}", "{\"other\":0}\n" LINE(1) LINE(2) LINE(3) },
        { LINE(3), LINE(3) LINE(1) LINE(2) LINE(3) }, /* of somebody else */
    };
    rw_file_stamp stamp = { 1, 1, 1, 1 };
    rwda_error    err;

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(rows); i++) {
        const char *path = make_text("lines", rows[i].before);
        ledger     *l    = open_new("l10");

        add(l, "1", &stamp, a64, 1);
        add(l, "2", &stamp, a64, 1);
        add(l, "3", &stamp, a64, 1);
        assert_ok(record_lines_recover(path, l, &err), err);
        assert_ok(record_lines_write(path, l, &err), err);
        assert_file_holds(path, rows[i].after);
        assert_ok(record_lines_write(path, l, &err), err);
        assert_file_holds(path, rows[i].after);
        assert_string_equal(due(l, SINK_OUTPUT), "");
        ledger_close(l);
    }
}

static void test_lines_that_cannot_be_written(void **state)
{
    rw_file_stamp stamp = { 1, 1, 1, 1 };
    ledger       *l     = open_new("l11");
    rwda_error    err;

    (void)state;
    add(l, "1", &stamp, a64, 1);
    assert_int_equal(record_lines_write("/dev/full", l, &err), RWDA_EIO);
    assert_non_null(strstr(err.message, "/dev/full"));
    assert_string_equal(due(l, SINK_OUTPUT), "1/0");
    assert_int_equal(record_lines_recover(in_scratch("none/lines"), l, &err), RWDA_ENOTFOUND);
    ledger_close(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files_are_known_as_they_are),
        cmocka_unit_test(test_renamed_is_the_same_image),
        cmocka_unit_test(test_names_are_any_bytes),
        cmocka_unit_test(test_deliveries),
        cmocka_unit_test(test_failed_files_can_be_tried_again),
        cmocka_unit_test(test_moved_away),
        cmocka_unit_test(test_killed_process),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_paths_that_lead_out),
        cmocka_unit_test(test_lines_once),
        cmocka_unit_test(test_lines_that_cannot_be_written),
    };

    return cmocka_run_group_tests(tests, scratch_new, scratch_free);
}
