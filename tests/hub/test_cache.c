/* test_cache.c - is the hub's cache read and written as its other programs do, and is a hostile one no way out of it? */
#include "hub/cache.h"

#include "common/paths.h"
#include "hub/card.h"
#include "hub/digest.h"
#include "hub/lock.h"
#include "hub/remove.h"
#include "hub/snapshot.h"
#include "tests/common/scratch.h"

#define COMMIT "0123456789abcdef0123456789abcdef01234567"
#define OTHER  "ffffffffffffffffffffffffffffffffffffffff"
#define REPO   "org/model"
#define TOP    "models--org--model"

static char path[RW_PATH_MAX], missing[RW_HUB_NAME_MAX];

static rw_hub_presence find(const char *revision)
{
    return rw_hub_find(path, missing, scratch, REPO, revision);
}

/* A file with the folders on its way. */
static void put(const char *name, const char *text)
{
    char       whole[RW_PATH_MAX];
    rwda_error err = { 0 };

    assert_true(rw_path_join(whole, sizeof whole, scratch, name));
    assert_ok(rw_path_make_folders(whole, &err), err);
    make_text(name, text);
}

static int empty_scratch(void **state)
{
    return scratch_free(state) != 0 || scratch_new(state) != 0;
}

static void what_is_written_is_found(void **state)
{
    static const char hello[] = "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0"; /* git hash-object of "hello" */
    rwda_error        err     = { 0 };
    char              text[RW_PATH_MAX];
    size_t            n;
    ssize_t           len;

    (void)state;
    assert_int_equal(find("main"), RW_HUB_ABSENT);
    put(TOP "/blobs/b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0", "hello");
    assert_ok(rw_hub_link(scratch, REPO, COMMIT, "open_clip_config.json", hello, &err), err);
    assert_ok(rw_hub_link(scratch, REPO, COMMIT, "open_clip_config.json", hello, &err), err); /* again: as it is */
    len = readlink(in_scratch(TOP "/snapshots/" COMMIT "/open_clip_config.json"), text, sizeof text - 1);
    assert_true(len > 0);
    text[len] = '\0';
    assert_string_equal(text, "../../blobs/b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0");
    assert_int_equal(find("main"), RW_HUB_PARTIAL); /* the only one there is */
    assert_string_equal(missing, "open_clip_model.safetensors");
    assert_ok(rw_hub_link(scratch, REPO, COMMIT, "model.safetensors", OTHER, &err), err);
    assert_int_equal(find("main"), RW_HUB_PARTIAL); /* a link to nothing */
    assert_ok(rw_hub_link(scratch, REPO, COMMIT, "model.safetensors", hello, &err), err);
    assert_int_equal(find("main"), RW_HUB_COMPLETE);
    assert_string_equal(path, in_scratch(TOP "/snapshots/" COMMIT));
    assert_int_equal(find(COMMIT), RW_HUB_COMPLETE);
    assert_int_equal(find("v1"), RW_HUB_ABSENT);
    assert_ok(rw_hub_write_ref(scratch, REPO, "v1", COMMIT, &err), err);
    assert_ok(rw_hub_write_ref(scratch, REPO, "refs/pr/1", COMMIT, &err), err);
    assert_ok(rw_hub_write_ref(scratch, REPO, COMMIT, COMMIT, &err), err);
    assert_file_holds(in_scratch(TOP "/refs/v1"), COMMIT);
    assert_int_equal(find("v1"), RW_HUB_COMPLETE);
    assert_int_equal(find("refs/pr/1"), RW_HUB_COMPLETE);
    assert_true(access(in_scratch(TOP "/refs/" COMMIT), F_OK) != 0);
    assert_ok(rw_hub_snapshot_check(&n, path, &err), err);
    assert_int_equal(n, 2);
    make_text(TOP "/blobs/b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0", "hullo");
    assert_int_equal(rw_hub_snapshot_check(&n, path, &err), RWDA_EMISMATCH);
    rw_hub_note_absence(scratch, REPO, COMMIT, "tokenizer.json");
    assert_file_holds(in_scratch(TOP "/.no_exist/" COMMIT "/tokenizer.json"), "");
}

static void a_ref_is_a_commit_or_nothing(void **state)
{
    static const char *const bad[] = { "", "../../elsewhere", "main", "0123456789abcdef0123456789abcdef0123456/", OTHER };

    (void)state;
    put("elsewhere/config.json", "{}");
    put("elsewhere/model.safetensors", "");
    put(TOP "/snapshots/" COMMIT "/config.json", "{}");
    put(TOP "/snapshots/" COMMIT "/model.safetensors", "");
    for (size_t i = 0; i < RW_COUNTOF(bad); i++) {
        put(TOP "/refs/v1", bad[i]);
        assert_int_equal(find("v1"), RW_HUB_ABSENT);
    }
    put(TOP "/refs/v1", COMMIT "\n");
    assert_int_equal(find("v1"), RW_HUB_COMPLETE);
    put(TOP "/snapshots/" OTHER "/config.json", "{}");
    assert_int_equal(find("main"), RW_HUB_ABSENT); /* two, and nothing says which */
    put(TOP "/refs/main", OTHER);
    assert_int_equal(find("main"), RW_HUB_PARTIAL);
    assert_string_equal(missing, "model.safetensors");
}

static void repositories_are_listed_by_their_names(void **state)
{
    char **names;

    (void)state;
    put("models--b--x.y_z-1/refs/main", "");
    put("models--a--x/refs/main", "");
    put("datasets--a--x/refs/main", "");
    put("models--gpt2/refs/main", "");
    put("models--a--x--y/refs/main", "");
    put("models--..--x/refs/main", "");
    put("version.txt", "");
    names = rw_hub_repositories(scratch);
    assert_non_null(names);
    assert_string_equal(names[0], "a/x");
    assert_string_equal(names[1], "b/x.y_z-1");
    assert_null(names[2]);
    rw_names_free(names);
    assert_null(rw_hub_repositories(""));
    assert_null(rw_hub_repositories(in_scratch("nowhere")));
}

static void licences_are_read_from_the_card(void **state)
{
    static const struct {
        const char *card, *licence;
    } cases[] = {
        { "---\ntags: x\nlicense: mit\n---\n# x\n", "mit" },
        { "---\r\nlicense: \"apache-2.0\" \r\n---\r\n", "apache-2.0" },
        { "---\nlicense: other\nlicense_name: apple-amlr\n---\n", "apple-amlr" },
        { "# x\nlicense: mit\n", "" },
        { "---\ntags: x\n---\nlicense: mit\n", "" },
        { "---\nlicense:\n---\n", "" },
        { "---\nlicense: mit", "mit" },
        { "---", "" },
        { "", "" },
    };
    char licence[128], long_card[4096] = "---\nlicense: ";

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        rw_hub_card_licence(licence, sizeof licence, make_text("card", cases[i].card));
        assert_string_equal(licence, cases[i].licence);
    }
    memset(long_card + strlen(long_card), 'x', 3000);
    rw_hub_card_licence(licence, sizeof licence, make_text("card", long_card));
    assert_string_equal(licence, "");
    rw_hub_card_licence(licence, sizeof licence, in_scratch("none"));
    assert_string_equal(licence, "");
}

static void a_lock_is_held_by_one(void **state)
{
    rw_hub_lock lock;
    rwda_error  err  = { 0 };
    const char *file = in_scratch("x.lock");

    (void)state;
    assert_true(rw_hub_lock_is_free(file));
    assert_ok(rw_hub_lock_take(&lock, file, "x", NULL, &err), err);
    assert_false(rw_hub_lock_is_free(file));
    rw_hub_lock_give(&lock);
    assert_true(rw_hub_lock_is_free(file));
    assert_int_equal(symlink("/dev/null", in_scratch("y.lock")), 0);
    assert_int_equal(rw_hub_lock_take(&lock, in_scratch("y.lock"), "y", NULL, &err), RWDA_EIO);
}

static void digests_are_those_of_their_kind(void **state)
{
    static const char sha256[] = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"; /* of "hello" */
    char              out[65];
    rwda_error        err  = { 0 };
    const char       *file = make_text("hello", "hello");

    (void)state;
    assert_ok(rw_hub_digest_file(out, file, sha256, &err), err);
    assert_string_equal(out, sha256);
    assert_ok(rw_hub_digest_file(out, file, "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0", &err), err);
    assert_string_equal(out, "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0");
    assert_int_equal(rw_hub_digest_file(out, file, "nonsense", &err), RWDA_EINVAL);
    make_text("empty", "");
    assert_ok(rw_hub_digest_file(out, in_scratch("empty"), COMMIT, &err), err);
    assert_string_equal(out, "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
}

static void removing_frees_what_it_says(void **state)
{
    rwda_error     err = { 0 };
    rw_hub_removed removed;

    (void)state;
    put(TOP "/blobs/x", "12345");
    put(TOP "/snapshots/" COMMIT "/sub/folder/file", "123");
    put(TOP "/trees/" COMMIT ".json", "{}");
    put("models--org--other/blobs/x", "stays");
    assert_ok(rw_hub_remove(&removed, scratch, REPO, NULL, true, &err), err);
    assert_int_equal(removed.freed, 10);
    assert_int_equal(names_in(scratch), 2);
    assert_ok(rw_hub_remove(&removed, scratch, REPO, NULL, false, &err), err);
    assert_int_equal(removed.freed, 10);
    assert_int_equal(names_in(scratch), 1);
    assert_int_equal(rw_hub_remove(&removed, scratch, REPO, NULL, false, &err), RWDA_ENOTFOUND);
}

static void link_to(const char *commit, const char *file, const char *text)
{
    char       path_of[RW_PATH_MAX], digest[65];
    rwda_error err = { 0 };

    assert_ok(rw_hub_digest_file(digest, make_text("content", text), COMMIT, &err), err);
    (void)snprintf(path_of, sizeof path_of, TOP "/blobs/%s", digest);
    put(path_of, text);
    assert_ok(rw_hub_link(scratch, REPO, commit, file, digest, &err), err);
}

static bool is_there(const char *name)
{
    return access(in_scratch(name), F_OK) == 0;
}

static size_t revisions(void)
{
    char **names = rw_hub_revisions(scratch, REPO);
    size_t n     = 0;

    assert_non_null(names);
    while (names[n] != NULL)
        n++;
    rw_names_free(names);
    return n;
}

static void one_revision_goes_and_the_others_stay(void **state)
{
    rwda_error     err = { 0 };
    rw_hub_removed removed;

    (void)state;
    link_to(COMMIT, "config.json", "both");
    link_to(COMMIT, "model.safetensors", "of main");
    link_to(OTHER, "config.json", "both");
    link_to(OTHER, "model.safetensors", "of the other");
    put(TOP "/snapshots/" OTHER "/sub/file", "123");
    put(TOP "/.no_exist/" OTHER "/tokenizer.json", "");
    put(TOP "/trees/" OTHER ".json", "{}");
    assert_ok(rw_hub_write_ref(scratch, REPO, "main", COMMIT, &err), err);
    assert_ok(rw_hub_write_ref(scratch, REPO, "odd", OTHER, &err), err);
    assert_ok(rw_hub_write_ref(scratch, REPO, "pr/1", OTHER, &err), err);
    assert_int_equal(revisions(), 3);
    assert_int_equal(rw_hub_remove(&removed, scratch, REPO, "none", false, &err), RWDA_ENOTFOUND);
    assert_non_null(strstr(err.message, REPO "@none"));

    assert_ok(rw_hub_remove(&removed, scratch, REPO, "odd", false, &err), err); /* pr/1 has the commit too */
    assert_true(removed.shared);
    assert_int_equal(removed.freed, 0);
    assert_int_equal(revisions(), 2);
    assert_int_equal(find("pr/1"), RW_HUB_COMPLETE);

    assert_ok(rw_hub_remove(&removed, scratch, REPO, "pr/1", true, &err), err);
    assert_int_equal(removed.freed, strlen("of the other") + 3);
    assert_int_equal(find("pr/1"), RW_HUB_COMPLETE);
    assert_ok(rw_hub_remove(&removed, scratch, REPO, "pr/1", false, &err), err);
    assert_false(removed.shared);
    assert_int_equal(removed.freed, strlen("of the other") + 3);
    assert_int_equal(find("pr/1"), RW_HUB_ABSENT);
    assert_int_equal(find(OTHER), RW_HUB_ABSENT);
    assert_false(is_there(TOP "/trees/" OTHER ".json"));
    assert_false(is_there(TOP "/.no_exist/" OTHER));
    assert_int_equal(names_in(in_scratch(TOP "/blobs")), 2);
    assert_int_equal(find("main"), RW_HUB_COMPLETE);
    assert_true(is_there(TOP "/snapshots/" COMMIT "/config.json"));

    assert_ok(rw_hub_remove(&removed, scratch, REPO, COMMIT, false, &err), err); /* the last one: all of it */
    assert_false(is_there(TOP));
}

/* Folders of the repository that are links to others' folders. */
static void nothing_outside_is_removed(void **state)
{
    static const char *const linked[] = { "refs", "refs/deep", "snapshots", "blobs", "trees", ".no_exist" };
    static const char *const files[]  = { "outside/odd", "outside/" OTHER "/config.json", "outside/" OTHER ".json",
                                          "outside/b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0" };
    rwda_error               err      = { 0 };
    rw_hub_removed           removed;

    for (size_t i = 0; i < RW_COUNTOF(linked); i++) {
        char link[RW_PATH_MAX];

        (void)empty_scratch(state);
        for (size_t j = 0; j < RW_COUNTOF(files); j++)
            put(files[j], j == 0 ? OTHER : "hello");
        link_to(COMMIT, "config.json", "of main");
        if (strcmp(linked[i], "snapshots") != 0)
            link_to(OTHER, "config.json", "hello");
        if (strncmp(linked[i], "refs", 4) != 0)
            put(TOP "/refs/odd", OTHER);
        (void)snprintf(link, sizeof link, TOP "/%s", linked[i]);
        put(TOP "/refs/main", COMMIT);
        (void)nftw(in_scratch(link), scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
        assert_int_equal(symlink(in_scratch("outside"), in_scratch(link)), 0);
        if (rw_hub_remove(&removed, scratch, REPO, OTHER, false, &err) != RWDA_OK && strcmp(linked[i], "refs") == 0)
            assert_non_null(
                strstr(err.message, TOP "/refs: its names of revision " OTHER " cannot be removed: Not a directory"));
        (void)rw_hub_remove(&removed, scratch, REPO, strcmp(linked[i], "refs/deep") == 0 ? "deep/odd" : "odd", false, &err);
        (void)rw_hub_remove(&removed, scratch, REPO, NULL, false, &err);
        for (size_t j = 0; j < RW_COUNTOF(files); j++)
            assert_true(is_there(files[j]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_written_is_found, empty_scratch),
        cmocka_unit_test_setup(a_ref_is_a_commit_or_nothing, empty_scratch),
        cmocka_unit_test_setup(repositories_are_listed_by_their_names, empty_scratch),
        cmocka_unit_test_setup(licences_are_read_from_the_card, empty_scratch),
        cmocka_unit_test_setup(a_lock_is_held_by_one, empty_scratch),
        cmocka_unit_test_setup(digests_are_those_of_their_kind, empty_scratch),
        cmocka_unit_test_setup(removing_frees_what_it_says, empty_scratch),
        cmocka_unit_test_setup(one_revision_goes_and_the_others_stay, empty_scratch),
        cmocka_unit_test_setup(nothing_outside_is_removed, empty_scratch),
    };

    return cmocka_run_group_tests(tests, scratch_new, scratch_free);
}
