/* test_placing.c - are files moved, copied and linked whole, once, and never over another? */
#include "watch/placing.h"

#include "tests/common/scratch.h"

#include <unistd.h>

static char in[RW_PATH_MAX], out[RW_PATH_MAX], elsewhere[RW_PATH_MAX]; /* elsewhere: on another file system, or "" */

static const char *join(const char *folder, const char *name)
{
    static char paths[8][RW_PATH_MAX];
    static int  turn;
    char       *path = paths[turn++ % 8];

    assert_true(rw_path_join(path, RW_PATH_MAX, folder, name));
    return path;
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static bool has(const char *path, const char *text)
{
    uint8_t *bytes;
    size_t   len;
    bool     same;

    if (rw_file_read(&bytes, &len, path, 100000, NULL) != RWDA_OK)
        return false;
    same = strcmp((char *)bytes, text) == 0;
    free(bytes);
    return same;
}

/* A file of the watched folder as it was scored. */
static ledger_message scored(const char *name, const char *text)
{
    ledger_message m = { .number = 1, .path = (char *)(uintptr_t)name };

    write_text(join(in, name), text);
    assert_true(rw_file_stamp_of(&m.stamp, join(in, name)));
    rw_sha256_hex(m.sha256, text, strlen(text));
    (void)snprintf(m.label, sizeof m.label, "normal");
    return m;
}

static rwda_status place(bool *left, const char *to, place_how how, const ledger_message *m)
{
    place_options o = { .normal = to, .how = how };
    rwda_error    err;

    return place_file(left, &o, in, m, &err);
}

static int folders_new(void **state)
{
    (void)scratch_new(state);
    (void)snprintf(in, sizeof in, "%.4000s/in", scratch);
    (void)snprintf(out, sizeof out, "%.4000s/out", scratch);
    (void)snprintf(elsewhere, sizeof elsewhere, "/dev/shm/rwda-test-XXXXXX");
    if (mkdtemp(elsewhere) == NULL)
        elsewhere[0] = '\0';
    return mkdir(in, 0755) != 0 || mkdir(join(in, "sub"), 0755) != 0 || mkdir(out, 0755) != 0;
}

static int folders_free(void **state)
{
    if (elsewhere[0] != '\0')
        (void)nftw(elsewhere, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return scratch_free(state);
}

static void test_moved(void **state)
{
    ledger_message m = scored("sub/a.png", "one");
    bool           left;

    (void)state;
    assert_int_equal(place(&left, out, PLACE_MOVE, &m), RWDA_OK);
    assert_true(left && has(join(out, "sub/a.png"), "one") && !rw_path_exists(join(in, "sub/a.png")));
    assert_int_equal(place(&left, out, PLACE_MOVE, &m), RWDA_OK); /* the process was killed before it could be noted */
    assert_true(left && has(join(out, "sub/a.png"), "one"));
}

static void test_nothing_is_overwritten(void **state)
{
    ledger_message m = scored("b.png", "two");
    char           other[RW_PATH_MAX];
    bool           left;

    (void)state;
    (void)snprintf(other, sizeof other, "%.4000s/b-%.8s.png", out, m.sha256);
    write_text(join(out, "b.png"), "another");
    assert_int_equal(place(&left, out, PLACE_MOVE, &m), RWDA_OK);
    assert_true(left && has(other, "two") && has(join(out, "b.png"), "another"));
    m = scored("b.png", "two"); /* the same bytes again: they are there */
    assert_int_equal(place(&left, out, PLACE_MOVE, &m), RWDA_OK);
    assert_true(left && !rw_path_exists(join(in, "b.png")));
    m = scored("b.png", "two");
    write_text(other, "a third");
    assert_int_equal(place(&left, out, PLACE_MOVE, &m), RWDA_EEXIST);
    assert_true(!left && has(join(in, "b.png"), "two") && has(other, "a third") && has(join(out, "b.png"), "another"));
    assert_int_equal(symlink("/nowhere", join(out, "l.png")), 0); /* a link to nothing is something */
    m = scored("l.png", "link");
    assert_int_equal(place(&left, out, PLACE_COPY, &m), RWDA_OK);
    assert_false(rw_path_exists(join(out, "l.png")));
}

static void test_written_anew_stays(void **state)
{
    ledger_message m = scored("c.png", "old");
    bool           left;

    (void)state;
    write_text(join(in, "c.png"), "newer");
    assert_int_equal(place(&left, out, PLACE_MOVE, &m), RWDA_OK);
    assert_true(!left && has(join(in, "c.png"), "newer") && !rw_path_exists(join(out, "c.png")));
    assert_int_equal(unlink(join(in, "c.png")), 0);
    assert_int_equal(place(&left, out, PLACE_MOVE, &m), RWDA_ENOTFOUND);
    assert_true(left);
}

static void test_touched_goes(void **state)
{
    ledger_message m = scored("d.png", "same");
    bool           left;

    (void)state;
    m.stamp.modified--;
    assert_int_equal(place(&left, out, PLACE_MOVE, &m), RWDA_OK);
    assert_true(left && has(join(out, "d.png"), "same"));
}

static void test_copied_and_linked(void **state)
{
    ledger_message m = scored("e.png", "five");
    rw_file_stamp  stamp;
    bool           left;

    (void)state;
    assert_int_equal(place(&left, out, PLACE_COPY, &m), RWDA_OK);
    assert_true(!left && has(join(out, "e.png"), "five") && has(join(in, "e.png"), "five"));
    assert_true(rw_file_stamp_of(&stamp, join(out, "e.png")) && stamp.modified == m.stamp.modified);
    assert_int_equal(place(&left, out, PLACE_COPY, &m), RWDA_OK);
    m = scored("f.png", "six");
    assert_int_equal(place(&left, out, PLACE_LINK, &m), RWDA_OK);
    assert_true(!left && rw_file_stamp_of(&stamp, join(out, "f.png")) && stamp.inode == m.stamp.inode);
    assert_int_equal(place(&left, out, PLACE_LINK, &m), RWDA_OK);
}

static void test_across_file_systems(void **state)
{
    ledger_message m = scored("g.png", "seven");
    struct stat    here, there;
    bool           left;

    (void)state;
    if (elsewhere[0] == '\0' || stat(in, &here) != 0 || stat(elsewhere, &there) != 0 || here.st_dev == there.st_dev)
        skip();
    assert_int_equal(place(&left, elsewhere, PLACE_MOVE, &m), RWDA_OK);
    assert_true(left && has(join(elsewhere, "g.png"), "seven") && !rw_path_exists(join(in, "g.png")));
    write_text(join(in, "g.png"), "seven"); /* killed between the copy and the removal */
    assert_int_equal(place(&left, elsewhere, PLACE_MOVE, &m), RWDA_OK);
    assert_true(left && !rw_path_exists(join(in, "g.png")));
    m = scored("h.png", "eight");
    assert_int_equal(place(&left, elsewhere, PLACE_LINK, &m), RWDA_OK);
    assert_true(!left && lstat(join(elsewhere, "h.png"), &there) == 0 && S_ISLNK(there.st_mode) &&
                has(join(elsewhere, "h.png"), "eight"));
}

static void test_links_stay(void **state)
{
    static const char *const names[] = { "link.png", "linked/j.png", "linked/deep/k.png" };
    char                     to[RW_PATH_MAX];
    ledger_message           m;
    struct stat              info;
    bool                     left;

    (void)state;
    assert_int_equal(mkdir(join(scratch, "outside"), 0755), 0);
    assert_int_equal(mkdir(join(scratch, "outside/deep"), 0755), 0);
    assert_int_equal(symlink("../outside", join(in, "linked")), 0);
    write_text(join(scratch, "outside/i.png"), "nine");
    assert_int_equal(symlink("../outside/i.png", join(in, "link.png")), 0);
    for (size_t i = 0; i < RW_COUNTOF(names); i++) {
        m = scored(names[i], "nine"); /* through the links */
        assert_int_equal(place(&left, out, PLACE_MOVE, &m), RWDA_EUNSUPPORTED);
        assert_true(!left && has(join(in, names[i]), "nine") && lstat(join(out, names[i]), &info) != 0);
        assert_int_equal(place(&left, join(scratch, "copies"), PLACE_COPY, &m), RWDA_OK);
        assert_true(has(join(join(scratch, "copies"), names[i]), "nine"));
        (void)snprintf(to, sizeof to, "%.4000s/links", scratch);
        assert_int_equal(place(&left, to, PLACE_LINK, &m), RWDA_OK);
        assert_true(lstat(join(to, names[i]), &info) == 0 && !S_ISLNK(info.st_mode) && has(join(to, names[i]), "nine"));
        assert_int_equal(place(&left, join(scratch, "copies"), PLACE_MOVE, &m), RWDA_EUNSUPPORTED); /* a copy is there */
        assert_true(!left && has(join(in, names[i]), "nine"));
    }
}

static void test_places_refused(void **state)
{
    place_options o = { .normal = NULL };
    rwda_error    err;
    char          whole[PATH_MAX];

    (void)state;
    assert_non_null(realpath(in, whole));
    o.normal = join(in, "sub/ok");
    assert_int_equal(place_check(&o, whole, &err), RWDA_EINVAL);
    o.normal = scratch; /* around it */
    assert_int_equal(place_check(&o, whole, &err), RWDA_EINVAL);
    assert_int_equal(symlink(in, join(scratch, "link")), 0);
    o = (place_options){ .failed = join(scratch, "link") };
    assert_int_equal(place_check(&o, whole, &err), RWDA_EINVAL);
    o.failed = join(scratch, "in-beside"); /* whose name begins alike */
    assert_ok(place_check(&o, whole, &err), err);
    write_text(join(scratch, "file"), "");
    o.failed = join(scratch, "file");
    assert_int_not_equal(place_check(&o, whole, &err), RWDA_OK);
    assert_null(place_of(&o, "normal"));
    assert_null(place_of(&o, ""));
    assert_non_null(place_of(&o, "failed"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moved),
        cmocka_unit_test(test_nothing_is_overwritten),
        cmocka_unit_test(test_written_anew_stays),
        cmocka_unit_test(test_touched_goes),
        cmocka_unit_test(test_copied_and_linked),
        cmocka_unit_test(test_across_file_systems),
        cmocka_unit_test(test_links_stay),
        cmocka_unit_test(test_places_refused),
    };

    return cmocka_run_group_tests(tests, folders_new, folders_free);
}
