/* test_published.c - are published metrics found for the data they are of, and for no other? */
#include "tests/unit/check.h"

#include <rwda_eval.h>

static const char *const mvtec[] = { "bottle",   "cable",      "capsule",    "carpet", "grid",
                                     "hazelnut", "leather",    "metal_nut",  "pill",   "screw",
                                     "tile",     "toothbrush", "transistor", "wood",   "zipper" };
#define N 15

static rwda_eval_category categories[N + 1];

static rwda_evaluation evaluation_of(size_t n)
{
    for (size_t i = 0; i < N; i++)
        categories[i].name = mvtec[N - 1 - i]; /* in any order */
    categories[N].name = "another";
    return (rwda_evaluation){ .categories = categories, .n_categories = n };
}

static void a_set_is_known_by_its_categories(void **state)
{
    rwda_evaluation           e   = evaluation_of(N);
    const rwda_published_set *set = rwda_published_find(&e);

    (void)state;
    assert_non_null(set);
    assert_string_equal(set->name, "MVTec AD");
    assert_int_equal(set->n_categories, N);
    assert_true(set->n_rows > 0);
    e = evaluation_of(N - 1);
    assert_null(rwda_published_find(&e));
    e = evaluation_of(N + 1);
    assert_null(rwda_published_find(&e));
    e                  = evaluation_of(N);
    categories[3].name = "another";
    assert_null(rwda_published_find(&e));
}

static void a_row_has_the_sources_numbers(void **state)
{
    rwda_evaluation           e     = evaluation_of(N);
    const rwda_published_set *set   = rwda_published_find(&e);
    int                       found = 0;

    (void)state;
    for (size_t i = 0; i < set->n_rows; i++) {
        const rwda_published_row *row = &set->rows[i];

        assert_true(row->auroc > 0 && row->auroc <= 100);
        if (strcmp(row->title, "WinCLIP") != 0)
            continue;
        found++;
        assert_float_equal(row->auroc, 91.8, 0);
        assert_int_equal(row->object, RWDA_EVAL_OBJECT_KNOWN);
        assert_float_equal(rwda_published_auroc(set, row, "metal_nut"), 97.1, 0);
        assert_float_equal(rwda_published_auroc(set, row, "pcb1"), 0, 0);
    }
    assert_int_equal(found, 1);
    assert_string_equal(set->rows[0].title, "RWDA"); /* its categories are not published */
    assert_float_equal(rwda_published_auroc(set, &set->rows[0], "wood"), 0, 0);
}

static void a_checkpoint_is_known_by_its_shape(void **state)
{
    const rwda_published_row plus = { .model = "ViT-B-16-plus-240" }, not_known = { .model = "not known" };
    rwda_model_info          model = { .vision_width = 896, .vision_layers = 12, .patch_size = 16, .image_size = 240 };

    (void)state;
    assert_string_equal(rwda_published_same_model(&plus, &model), "yes");
    assert_string_equal(rwda_published_same_model(&not_known, &model), "?");
    model.image_size = 336;
    assert_string_equal(rwda_published_same_model(&plus, &model), "no");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_set_is_known_by_its_categories),
        cmocka_unit_test(a_row_has_the_sources_numbers),
        cmocka_unit_test(a_checkpoint_is_known_by_its_shape),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
