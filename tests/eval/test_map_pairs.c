/* test_map_pairs.c - which mask belongs to which map, and what do the pairs measure? */
#include "tests/eval/tree.h"

#include "common/image_writer.h"
#include "common/npy.h"
#include "eval/mask.h"

/* ---- Folders ------------------------------------------------------------------------------------------------------------- */

static rwda_map_pairs *from_folders(int normal_without_mask)
{
    rwda_map_pairs *pairs = NULL;
    rwda_error      err   = { 0 };

    assert_ok(rwda_map_pairs_from_folders(&pairs, in_scratch("maps"), in_scratch("masks"), normal_without_mask, NULL, &err),
              err);
    return pairs;
}

/* Ends of paths; mask NULL: none. */
static void assert_pair(const rwda_map_pair *pair, const char *map, const char *mask)
{
    assert_true(rw_path_ends_in(pair->map, map));
    if (mask == NULL)
        assert_null(pair->mask);
    else
        assert_true(pair->mask != NULL && rw_path_ends_in(pair->mask, mask));
}

static void names_without_endings_are_joined(void **state)
{
    rwda_map_pairs *pairs;

    (void)state;
    TREE("maps/b/1.npy", "maps/b/1.png", "maps/a.jpg.map.png", "maps/a.jpg.overlay.png", "maps/a.jpg.mask.png", "maps/z.npy",
         "masks/b/1_mask.png", "masks/a.pgm", "masks/z.npy", "maps/readme.txt", "masks/readme.txt");
    pairs = from_folders(0);
    assert_int_equal(pairs->count, 3);
    assert_pair(&pairs->items[0], "/maps/a.jpg.map.png", "/masks/a.pgm");  /* as 'rwda map' names them */
    assert_pair(&pairs->items[1], "/maps/b/1.npy", "/masks/b/1_mask.png"); /* of both the .npy */
    assert_pair(&pairs->items[2], "/maps/z.npy", "/masks/z.npy");
    rwda_map_pairs_free(pairs);
    rwda_map_pairs_free(NULL);
}

static void normal_images_may_lack_masks(void **state)
{
    rwda_map_pairs *pairs;
    rwda_error      err;

    (void)state;
    TREE("maps/a.npy", "maps/b.npy", "masks/b.png");
    assert_refused("a mask is missing",
                   rwda_map_pairs_from_folders(&pairs, in_scratch("maps"), in_scratch("masks"), 0, NULL, &err),
                   RWDA_EMISMATCH, &err, "/maps/a.npy: no mask of this name in");
    assert_null(pairs);
    pairs = from_folders(1);
    assert_int_equal(pairs->count, 2);
    assert_pair(&pairs->items[0], "/a.npy", NULL);
    assert_pair(&pairs->items[1], "/b.npy", "/b.png");
    rwda_map_pairs_free(pairs);
}

static void a_mask_without_a_map_is_refused(void **state)
{
    rwda_map_pairs *pairs;
    rwda_error      err;
    heard           h      = { 0 };
    rwda_events     events = hear(&h);
    char            name[32];

    (void)state;
    TREE("maps/a.npy", "masks/a.png", "masks/b.png", "masks/c.png");
    assert_refused("two", rwda_map_pairs_from_folders(&pairs, in_scratch("maps"), in_scratch("masks"), 1, &events, &err),
                   RWDA_EMISMATCH, &err, "/masks/c.png: no map of this name in");
    assert_int_equal(h.warnings, 1);
    assert_says(h.warning, "/masks/b.png: no map of this name in");
    for (int i = 0; i < 20; i++) {
        (void)snprintf(name, sizeof name, "masks/%02d.png", i);
        tree_text(name, "x");
    }
    h.warnings = 0;
    assert_refused("many", rwda_map_pairs_from_folders(&pairs, in_scratch("maps"), in_scratch("masks"), 1, &events, &err),
                   RWDA_EMISMATCH, &err, "22 such messages in all; nothing was computed");
    assert_int_equal(h.warnings, 10);
}

static void two_files_of_one_name_are_refused(void **state)
{
    rwda_map_pairs *pairs;
    rwda_error      err;

    (void)state;
    TREE("maps/a.npy", "masks/a.png", "masks/a_mask.bmp");
    assert_refused("two masks", rwda_map_pairs_from_folders(&pairs, in_scratch("maps"), in_scratch("masks"), 0, NULL, &err),
                   RWDA_EMISMATCH, &err, "which of them is meant?");
}

static void folders_that_have_nothing(void **state)
{
    rwda_map_pairs *pairs;
    rwda_error      err;

    (void)state;
    TREE("maps/a.npy", "masks/a.txt");
    assert_refused("no folder", rwda_map_pairs_from_folders(&pairs, in_scratch("x"), in_scratch("masks"), 0, NULL, &err),
                   RWDA_EIO, &err, "/x: cannot be read as a directory");
    assert_refused("no mask", rwda_map_pairs_from_folders(&pairs, in_scratch("maps"), in_scratch("masks"), 0, NULL, &err),
                   RWDA_ENOTFOUND, &err, "/masks: no mask in this directory");
    assert_refused("no map", rwda_map_pairs_from_folders(&pairs, in_scratch("masks"), in_scratch("masks"), 0, NULL, &err),
                   RWDA_ENOTFOUND, &err, "no map (.npy or .png) in this directory");
}

/* ---- Lists --------------------------------------------------------------------------------------------------------------- */

static void lists_are_relative_to_their_folder(void **state)
{
    rwda_map_pairs *pairs = NULL;
    rwda_error      err   = { 0 };

    (void)state;
    tree_text("x/list.csv", "mask,other,map\nm/1.png,,1.npy\n,,/abs/2.npy\n");
    assert_ok(rwda_map_pairs_from_list(&pairs, in_scratch("x/list.csv"), &err), err);
    assert_int_equal(pairs->count, 2);
    assert_string_equal(pairs->items[0].map, in_scratch("x/1.npy"));
    assert_string_equal(pairs->items[0].mask, in_scratch("x/m/1.png"));
    assert_string_equal(pairs->items[1].map, "/abs/2.npy");
    assert_null(pairs->items[1].mask);
    rwda_map_pairs_free(pairs);
}

static void broken_lists(void **state)
{
    rwda_map_pairs *pairs = POISON;
    rwda_error      err;

    (void)state;
    tree_text("columns.csv", "map,x\n1,2\n");
    tree_text("row.csv", "map,mask\n1,2\n,2\n");
    assert_refused("columns", rwda_map_pairs_from_list(&pairs, in_scratch("columns.csv"), &err), RWDA_EFORMAT, &err,
                   "expected the columns map and mask");
    assert_null(pairs);
    assert_refused("row", rwda_map_pairs_from_list(&pairs, in_scratch("row.csv"), &err), RWDA_EFORMAT, &err,
                   "row 3: no map is named");
    assert_refused("none", rwda_map_pairs_from_list(&pairs, in_scratch("none.csv"), &err), RWDA_EIO, &err,
                   "cannot be opened");
}

/* ---- Masks --------------------------------------------------------------------------------------------------------------- */

static void masks_are_read_number_by_number(void **state)
{
    const float small[] = { 0, 1e-6f, -1, 0, 0, 2 };
    uint8_t    *mask    = NULL;
    int         width, height;
    rwda_error  err = { 0 };

    (void)state;
    assert_int_equal(rw_npy_save(in_scratch("m.npy"), small, (const size_t[]){ 2, 3 }, 2, &err), RWDA_OK);
    assert_ok(rw_mask_load(&mask, &width, &height, in_scratch("m.npy"), NULL, NULL, &err), err);
    assert_int_equal(width, 3);
    assert_int_equal(height, 2);
    assert_memory_equal(mask, ((const uint8_t[]){ 0, 1, 1, 0, 0, 1 }), 6);
    free(mask);
    (void)make_text("m.ppm", "P3 2 2 255\n0 0 0  0 0 1\n9 0 0  0 0 0\n"); /* colours: any but black */
    assert_ok(rw_mask_load(&mask, &width, &height, in_scratch("m.ppm"), NULL, NULL, &err), err);
    assert_memory_equal(mask, ((const uint8_t[]){ 0, 1, 1, 0 }), 4);
    free(mask);
    assert_refused("none", rw_mask_load(&mask, &width, &height, in_scratch("x.png"), NULL, NULL, &err), RWDA_ENOTFOUND, &err,
                   "x.png");
    assert_null(mask);
}

static void masks_of_many_values_are_counted(void **state)
{
    uint8_t       *mask = NULL;
    int            width, height;
    heard          h         = { 0 };
    rwda_events    events    = hear(&h);
    rw_mask_doubts doubts    = { 0 };
    char           text[512] = "P2 20 2 255\n";
    rwda_error     err       = { 0 };

    (void)state;
    (void)make_text("types.pgm", "P2 4 1 255\n0 1 2 3\n"); /* a value a type of defect */
    assert_ok(rw_mask_load(&mask, &width, &height, in_scratch("types.pgm"), NULL, &doubts, &err), err);
    free(mask);
    assert_int_equal(doubts.masks, 0);
    rw_mask_doubts_say(&doubts, &events);
    assert_int_equal(h.warnings, 0);
    for (int i = 0; i < 40; i++)
        (void)snprintf(text + strlen(text), 8, "%d ", i < 20 ? i : 0);
    (void)make_text("soft.pgm", text);
    for (int i = 0; i < 2; i++) {
        assert_ok(rw_mask_load(&mask, &width, &height, in_scratch("soft.pgm"), NULL, &doubts, &err), err);
        free(mask);
    }
    assert_int_equal(doubts.masks, 2);
    assert_int_equal(doubts.pixels, 19);
    assert_int_equal(doubts.strong, 10); /* 10 .. 19 of 19 */
    rw_mask_doubts_say(&doubts, &events);
    assert_int_equal(h.warnings, 1);
    assert_says(h.warning, "2 masks of many values");
    assert_says(h.warning, "soft.pgm 19 do, 10 reach half of its largest value");
}

/* 5 x 5 white pixels, as a lossy codec leaves them. */
static void masks_of_jpeg_are_told(void **state)
{
    uint8_t        pixels[32 * 32 * 3] = { 0 };
    uint8_t       *jpeg, *mask = NULL;
    size_t         len;
    int            width, height;
    rw_mask_doubts doubts = { 0 };
    rwda_error     err    = { 0 };

    (void)state;
    for (size_t y = 10; y < 15; y++)
        memset(pixels + (y * 32 + 10) * 3, 255, 15);
    jpeg = jpeg_write(&len, pixels, sizeof pixels / 32, 32, 32, 75, false);
    assert_non_null(jpeg);
    make_file("m.png", jpeg, len); /* told by content */
    assert_ok(rw_mask_load(&mask, &width, &height, in_scratch("m.png"), NULL, &doubts, &err), err);
    assert_int_equal(doubts.masks, 1);
    assert_true(doubts.pixels > 25);
    assert_true(doubts.strong > 15 && doubts.strong < 35);
    free(mask);
    free(jpeg);
}

static void masks_of_one_image_are_joined(void **state)
{
    uint8_t   *mask = NULL;
    int        width, height;
    rwda_error err = { 0 };

    (void)state;
    TREE("of/readme.txt", "of/.DS_Store", "none/readme.txt");
    (void)make_text("of/000.pgm", "P2 3 2 255\n0 1 0 0 0 0\n");
    (void)make_text("of/001.pgm", "P2 3 2 255\n0 7 0 0 0 9\n");
    assert_ok(rw_mask_load(&mask, &width, &height, in_scratch("of"), NULL, NULL, &err), err);
    assert_int_equal(width, 3);
    assert_memory_equal(mask, ((const uint8_t[]){ 0, 1, 0, 0, 0, 1 }), 6);
    free(mask);
    (void)make_text("of/002.pgm", "P2 2 3 255\n0 0 0 0 0 9\n");
    assert_refused("sizes", rw_mask_load(&mask, &width, &height, in_scratch("of"), NULL, NULL, &err), RWDA_EMISMATCH, &err,
                   "002.pgm: 2 x 3 pixels, another mask beside it 3 x 2");
    assert_null(mask);
    assert_refused("empty", rw_mask_load(&mask, &width, &height, in_scratch("none"), NULL, NULL, &err), RWDA_ENOTFOUND, &err,
                   "no mask in this folder");
}

/* ---- Metrics ------------------------------------------------------------------------------------------------------------- */

static void save_map(const char *name, const float *values, size_t height, size_t width)
{
    rwda_error err = { 0 };

    assert_ok(rw_npy_save(in_scratch(name), values, (const size_t[]){ height, width }, 2, &err), err);
}

/* 4 anomalous and 8 normal pixels: of 32 pairs 30 are in order. */
static void metrics_are_those_of_all_pixels(void **state)
{
    const float        a[] = { 0.1f, 0.9f, 0.2f, 0.8f, 0.3f, 0.7f }, b[] = { 0.0f, 0.1f, 0.6f, 0.75f, 0.1f, 0.2f };
    rwda_map_pairs    *pairs  = NULL;
    rwda_pixel_results r      = { 0 };
    rwda_error         err    = { 0 };
    heard              h      = { 0 };
    rwda_events        events = hear(&h);

    (void)state;
    save_map("a.npy", a, 2, 3);
    save_map("b.npy", b, 2, 3);
    (void)make_text("a.pgm", "P2 3 2 1\n0 1 0 1 0 1\n");
    (void)make_text("b.pgm", "P2 3 2 1\n0 0 1 0 0 0\n");
    tree_text("list.csv", "map,mask\na.npy,a.pgm\nb.npy,b.pgm\n");
    assert_ok(rwda_map_pairs_from_list(&pairs, in_scratch("list.csv"), &err), err);
    assert_ok(rwda_map_pairs_measure(&r, pairs, NULL, NULL, &events, &err), err);
    assert_int_equal(r.normal, 8);
    assert_int_equal(r.anomalous, 4);
    assert_float_equal(r.auroc, 30.0 / 32, 1e-12);
    assert_int_equal(h.steps, 2);
    h.stop_at = 3;
    assert_refused("stopped", rwda_map_pairs_measure(&r, pairs, NULL, NULL, &events, &err), RWDA_ECANCELLED, &err,
                   "1 of 2 maps");
    rwda_map_pairs_free(pairs);
}

static void one_bad_pair_is_enough(void **state)
{
    const float        values[] = { 0, 1, 2, 3 };
    rwda_map_pairs    *pairs    = NULL;
    rwda_pixel_results r;
    rwda_error         err    = { 0 };
    heard              h      = { 0 };
    rwda_events        events = hear(&h);

    (void)state;
    save_map("a.npy", values, 2, 2);
    (void)make_text("a.pgm", "P2 2 2 1\n0 1 0 1\n");
    (void)make_text("b.pgm", "P2 3 1 1\n0 1 0\n");
    tree_text("list.csv", "map,mask\na.npy,a.pgm\na.npy,b.pgm\nnone.npy,\n");
    assert_ok(rwda_map_pairs_from_list(&pairs, in_scratch("list.csv"), &err), err);
    assert_refused("bad", rwda_map_pairs_measure(&r, pairs, NULL, NULL, &events, &err), RWDA_EINVAL, &err,
                   "2 of 3 maps failed; nothing was computed");
    assert_int_equal(h.warnings, 2);
    assert_says(h.warning, "none.npy");
    rwda_map_pairs_free(pairs);
}

#define ONE(test) cmocka_unit_test_setup_teardown(test, scratch_new, scratch_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ONE(names_without_endings_are_joined),
        ONE(normal_images_may_lack_masks),
        ONE(a_mask_without_a_map_is_refused),
        ONE(two_files_of_one_name_are_refused),
        ONE(folders_that_have_nothing),
        ONE(lists_are_relative_to_their_folder),
        ONE(broken_lists),
        ONE(masks_are_read_number_by_number),
        ONE(masks_of_many_values_are_counted),
        ONE(masks_of_jpeg_are_told),
        ONE(masks_of_one_image_are_joined),
        ONE(metrics_are_those_of_all_pixels),
        ONE(one_bad_pair_is_enough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
