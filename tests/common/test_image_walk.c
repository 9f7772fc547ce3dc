/* test_image_walk.c - which files below a folder are images, and what is left out of it and counted? */
#include "common/image_walk.h"

#include "tests/common/scratch.h"

#include <stdlib.h>

/* Walks `folder`: what came, a line each, "!" before what cannot be read. */
static rw_walk_skips walked(char text[4096], const char *folder, bool with_masks)
{
    char           root[RW_PATH_MAX], path[RW_PATH_MAX];
    rw_image_walk *walk;
    rw_walk_found  found;
    rw_walk_skips  skips;
    size_t         used = 0, steps = 0;

    (void)snprintf(root, sizeof root, "%s", in_scratch(folder));
    walk = rw_image_walk_new(root, with_masks);
    assert_non_null(walk);
    text[0] = '\0';
    while ((found = rw_image_walk_next(path, walk)) != RW_WALK_END) {
        assert_true(steps++ < 1000);
        if (found != RW_WALK_NOTHING)
            used += (size_t)snprintf(text + used, 4096 - used, "%s%s\n", found == RW_WALK_IMAGE ? "" : "!",
                                     path + strlen(root) + (path[strlen(root)] == '/'));
    }
    skips = *rw_image_walk_skips(walk);
    rw_image_walk_free(walk);
    return skips;
}

static void a_systems_own_files_are_left_out(void **state)
{
    char          text[4096];
    rw_walk_skips skips;

    (void)state;
    make_folder("d");
    make_folder("d/__MACOSX");
    make_folder("d/.thumbnails");
    make_folder("d/sub");
    make_text("d/__MACOSX/1.png", "");
    make_text("d/.thumbnails/1.png", "");
    make_text("d/1.png", "");
    make_text("d/._1.png", "");
    make_text("d/.DS_Store", "");
    make_text("d/Thumbs.db", "");
    make_text("d/sub/._2.jpg", "");
    make_text("d/sub/2.jpg", "");
    make_text("d/notes.txt", "");
    skips = walked(text, "d", false);
    assert_string_equal(text, "1.png\nsub/2.jpg\n");
    assert_int_equal(skips.debris, 6);
    assert_int_equal(skips.others, 1);
    assert_int_equal(skips.masks + skips.folders, 0);
    assert_true(rw_walk_skips_text(text, &skips));
    assert_string_equal(text, "6 files and folders of the system (._*, .DS_Store, Thumbs.db, ...)");
}

static void folders_of_masks_are_left_out(void **state)
{
    char          text[4096];
    rw_walk_skips skips;

    (void)state;
    make_folder("m");
    make_folder("m/ground_truth");
    make_folder("m/ground_truth/hole");
    make_folder("m/test");
    make_folder("m/test/gt");
    make_folder("m/bagel");
    make_folder("m/bagel/gt");
    make_folder("m/bagel/rgb");
    make_folder("m/bagel/xyz");
    make_text("m/ground_truth/hole/1.png", "");
    make_text("m/ground_truth/hole/notes.txt", "");
    make_text("m/test/1.png", "");
    make_text("m/test/gt/1.png", ""); /* without rgb beside it, a word like any other */
    make_text("m/bagel/gt/1.png", "");
    make_text("m/bagel/rgb/1.png", "");
    make_text("m/bagel/xyz/1.tiff", "");
    skips = walked(text, "m", false);
    assert_string_equal(text, "bagel/rgb/1.png\ntest/1.png\ntest/gt/1.png\n");
    assert_int_equal(skips.masks, 3);
    assert_int_equal(skips.others, 1);
    assert_true(rw_walk_skips_text(text, &skips));
    assert_string_equal(text, "3 images in folders of masks");
    (void)walked(text, "m", true);
    assert_string_equal(text, "bagel/gt/1.png\nbagel/rgb/1.png\nbagel/xyz/1.tiff\nground_truth/hole/1.png\ntest/1.png\n"
                              "test/gt/1.png\n");
    (void)walked(text, "m/ground_truth", false); /* named itself */
    assert_string_equal(text, "hole/1.png\n");
}

static void links_are_followed_and_loops_cut(void **state)
{
    char          text[4096];
    rw_walk_skips skips;

    (void)state;
    make_folder("outside");
    make_text("outside/o.png", "");
    make_folder("l");
    make_folder("l/a");
    make_text("l/a/1.png", "");
    assert_int_equal(symlink("..", in_scratch("l/a/back")), 0);
    assert_int_equal(symlink(".", in_scratch("l/a/self.png")), 0);
    assert_int_equal(symlink("a", in_scratch("l/b")), 0); /* a second time */
    assert_int_equal(symlink("../outside", in_scratch("l/out")), 0);
    assert_int_equal(symlink("../outside/o.png", in_scratch("l/file.png")), 0);
    assert_int_equal(symlink("nowhere", in_scratch("l/lost.png")), 0);
    assert_int_equal(symlink("lost", in_scratch("l/lost")), 0); /* to itself */
    skips = walked(text, "l", false);
    assert_string_equal(text, "a/1.png\nfile.png\nlost.png\nout/o.png\n");
    assert_int_equal(skips.folders, 3);
    assert_int_equal(skips.others, 1);
    assert_true(rw_walk_skips_text(text, &skips));
    assert_string_equal(text, "3 folders met before");
}

static void files_are_known_by_content(void **state)
{
    static const char png[] = "\x89PNG\r\n\x1a\n0123456789", jpeg[] = "\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1",
                      bmp[] = "BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0";
    char          text[4096];
    rw_walk_skips skips;

    (void)state;
    make_folder("c");
    make_file("c/a.jfif", jpeg, sizeof jpeg - 1);
    make_file("c/b.jpe", jpeg, sizeof jpeg - 1);
    make_file("c/c.dib", bmp, sizeof bmp - 1);
    make_file("c/d", png, sizeof png - 1);
    make_file("c/e.img_0001", jpeg, sizeof jpeg - 1);
    make_file("c/f.txt", jpeg, sizeof jpeg - 1); /* lists are not opened */
    make_text("c/g", "BMW is a brand, and no bitmap");
    make_text("c/h", "P1 is no bitmap either");
    make_text("c/i", "");
    make_file("c/j.db", "SQLite format 3\0", 16);
    assert_int_equal(mkfifo(in_scratch("c/k"), 0600), 0); /* must not wait for a writer */
    skips = walked(text, "c", false);
    assert_string_equal(text, "a.jfif\nb.jpe\nc.dib\nd\ne.img_0001\n");
    assert_int_equal(skips.others, 6);
}

static void odd_folders_are_said(void **state)
{
    char          text[4096], path[RW_PATH_MAX];
    rw_walk_skips skips, sum = { 1, 2, 3, 4 };

    (void)state;
    make_text("file", "");
    (void)walked(text, "file", false);
    assert_string_equal(text, "!\n");
    (void)walked(text, "none", false);
    assert_string_equal(text, "!\n");
    (void)snprintf(path, sizeof path, "%s", make_folder("deep"));
    for (int i = 1; i < 40; i++) {
        strcat(path, "/d");
        assert_int_equal(mkdir(path, 0777), 0);
    }
    skips = walked(text, "deep", false);
    assert_int_equal(text[0], '!');
    assert_int_equal(strlen(text), 1 + 32 * 2 - 1 + 1); /* the 33rd folder */
    rw_walk_skips_add(&sum, &(rw_walk_skips){ 1, 1, 1, 1 });
    assert_true(sum.others == 2 && sum.debris == 3 && sum.masks == 4 && sum.folders == 5);
    assert_true(rw_walk_skips_text(text, &sum));
    assert_string_equal(text, "4 images in folders of masks, 3 files and folders of the system (._*, .DS_Store, Thumbs.db, "
                              "...), 5 folders met before");
    assert_false(rw_walk_skips_text(text, &skips));
    rw_image_walk_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_systems_own_files_are_left_out),
        cmocka_unit_test(folders_of_masks_are_left_out),
        cmocka_unit_test(links_are_followed_and_loops_cut),
        cmocka_unit_test(files_are_known_by_content),
        cmocka_unit_test(odd_folders_are_said),
    };

    return cmocka_run_group_tests(tests, scratch_new, scratch_free);
}
