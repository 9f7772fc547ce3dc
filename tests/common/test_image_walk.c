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
    assert_true(rw_image_walk_add(walk, root, 7));
    text[0] = '\0';
    while ((found = rw_image_walk_next(path, walk)) != RW_WALK_END) {
        assert_true(steps++ < 1000);
        assert_int_equal(rw_image_walk_start(walk), 7);
        if (found != RW_WALK_NOTHING && found != RW_WALK_MET)
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

static void a_link_takes_nothing_from_the_real_folder(void **state)
{
    char          text[4096];
    rw_walk_skips skips;

    (void)state;
    make_folder("r");
    make_folder("r/good");
    make_folder("r/good/deep");
    make_folder("r/masks");
    make_text("r/good/deep/1.png", "");
    make_text("r/masks/1.png", "");
    make_folder("store");
    make_folder("store/in");
    make_text("store/in/s.png", "");
    assert_int_equal(symlink("good", in_scratch("r/alias")), 0);
    assert_int_equal(symlink("deep", in_scratch("r/good/a")), 0);   /* nested */
    assert_int_equal(symlink("masks", in_scratch("r/a_mask")), 0);  /* would be images */
    assert_int_equal(symlink("../store", in_scratch("r/far")), 0);  /* taken, */
    assert_int_equal(symlink("../store", in_scratch("r/far2")), 0); /* once */
    assert_int_equal(symlink("in", in_scratch("store/early")), 0);
    assert_int_equal(symlink("../../r/good", in_scratch("store/in/to_good")), 0);
    assert_int_equal(symlink("../..", in_scratch("store/in/up")), 0); /* above all */
    assert_int_equal(symlink("..", in_scratch("store/in/back")), 0);  /* above itself, though not above r */
    skips = walked(text, "r", false);
    assert_string_equal(text, "good/deep/1.png\nfar/in/s.png\n");
    assert_int_equal(skips.folders, 8);
    assert_int_equal(skips.masks, 1);
    (void)walked(text, "r/alias", false); /* named itself */
    assert_string_equal(text, "deep/1.png\n");
}

static void starts_are_read_before_links(void **state)
{
    static const char *const starts[] = { "s/a", "s/b/c", "s/d", "s/b" };
    char                     path[RW_PATH_MAX], text[1024] = "";
    rw_image_walk           *walk;
    rw_walk_found            found;
    size_t                   used = 0, home;

    (void)state;
    home = strlen(make_folder("s"));
    make_folder("s/d");
    make_text("s/d/1.png", "");
    make_folder("s/e");
    make_folder("s/e/c");
    make_text("s/e/c/2.png", "");
    assert_int_equal(symlink("d", in_scratch("s/a")), 0);
    assert_int_equal(symlink("e", in_scratch("s/b")), 0);
    walk = rw_image_walk_new(in_scratch("s"), false);
    assert_non_null(walk);
    for (size_t i = 0; i < 4; i++)
        assert_true(rw_image_walk_add(walk, in_scratch(starts[i]), i));
    for (int end = 0; end < 2; end++) {
        while ((found = rw_image_walk_next(path, walk)) != RW_WALK_END)
            if (found != RW_WALK_NOTHING)
                used += (size_t)snprintf(text + used, sizeof text - used, "%zu%s%s\n", rw_image_walk_start(walk),
                                         found == RW_WALK_MET ? "=" : " ", path + home);
        assert_true(rw_image_walk_add(walk, in_scratch("s/d"), 4)); /* after the end */
    }
    assert_string_equal(text, "2 /d/1.png\n0=/a\n1 /b/c/2.png\n3 /b/c/2.png\n4=/d\n");
    rw_image_walk_free(walk);
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

static size_t n_told;

static void tell(void *user, const char *path)
{
    assert_string_equal(user, "mine");
    assert_null(strstr(path, "ground_truth"));
    n_told++;
}

static void folders_are_told_before_they_are_read(void **state)
{
    char           path[RW_PATH_MAX], user[] = "mine";
    rw_image_walk *walk;

    (void)state;
    make_folder("t");
    make_folder("t/a");
    make_folder("t/ground_truth");
    make_file("t/a/1", "\x89PNG\r\n\x1a\n0123456789", 18);
    make_text("t/a/2.txt", "no image");
    walk = rw_image_walk_new(in_scratch("t"), false);
    rw_image_walk_on_folder(walk, tell, user);
    assert_true(rw_image_walk_add(walk, in_scratch("t"), 0));
    while (rw_image_walk_next(path, walk) != RW_WALK_IMAGE)
        continue;
    assert_int_equal(n_told, 2);
    rw_image_walk_free(walk);
    rw_image_walk_on_folder(NULL, tell, user);
    assert_true(rw_path_is_image(in_scratch("t/a/1")));
    assert_false(rw_path_is_image(in_scratch("t/a/2.txt")));
    assert_false(rw_path_is_image(in_scratch("t/a")));
    assert_true(rw_path_is_image("by/its/name.png"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_systems_own_files_are_left_out),
        cmocka_unit_test(folders_of_masks_are_left_out),
        cmocka_unit_test(links_are_followed_and_loops_cut),
        cmocka_unit_test(a_link_takes_nothing_from_the_real_folder),
        cmocka_unit_test(starts_are_read_before_links),
        cmocka_unit_test(files_are_known_by_content),
        cmocka_unit_test(odd_folders_are_said),
        cmocka_unit_test(folders_are_told_before_they_are_read),
    };

    return cmocka_run_group_tests(tests, scratch_new, scratch_free);
}
