/* test_evidence_pool.c - is a memory of some images of a pool the memory that would be made of them alone? */
#include "studies/evidence_pool.h"

#include "tests/studies/stripes.h"

static rwda_memory *made_of(small *s, const evidence_pool *pool, const rwda_memory_options *options, const bool *chosen)
{
    rwda_memory_builder *builder;
    rwda_memory         *memory;
    rwda_error           err = { 0 };

    assert_ok(rwda_memory_builder_new(&builder, s->c->session, NULL, options, &err), err);
    for (size_t i = 0; i < pool->n_normal + pool->n_anomalous; i++) {
        char        text[24];
        const char *name = text;
        rwda_image *image;

        if (!chosen[i])
            continue;
        (void)snprintf(text, sizeof text, "%zu", i);
        assert_ok(rwda_image_load(&image, pool->items[i]->path, NULL, &err), err);
        assert_ok(rwda_memory_builder_add(builder, (const rwda_image *const *)&image, &name, NULL, 1, &err), err);
        rwda_image_free(image);
    }
    assert_ok(rwda_memory_builder_finish(&memory, builder, NULL, NULL, &err), err);
    rwda_memory_builder_free(builder);
    return memory;
}

static void a_memory_of_some_is_that_of_them_alone(void **state)
{
    rwda_memory_options options[2]                      = { RWDA_MEMORY_OPTIONS_INIT, RWDA_MEMORY_OPTIONS_INIT };
    bool                chosen[2 * EVIDENCE_POOL_CLASS] = { [1] = true, [7] = true, [8] = true, [39] = true, [44] = true };
    evidence_pool       pool;
    small               s;
    rwda_error          err;

    (void)state;
    stripes_begin(&s);
    options[0].words  = 0;
    options[1].mutual = 1;
    options[1].words  = 0;
    assert_ok(evidence_pool_make(&pool, s.c, &s.c->e->categories[1], true, options, 2, &err), err);
    assert_int_equal(pool.n_all, 2);
    assert_true(pool.from_test);
    assert_int_equal(pool.n_normal, STRIPES_NORMAL);
    assert_int_equal(pool.n_anomalous, STRIPES_ANOMALOUS);
    for (size_t which = 0; which < 2; which++) {
        rwda_memory *some, *alone = made_of(&s, &pool, &options[which], chosen);
        size_t       len, wanted;
        const void  *bytes, *right = rwda_memory_file(alone, &wanted);

        assert_ok(evidence_pool_choose(&some, &pool, s.c, which, chosen, &err), err);
        bytes = rwda_memory_file(some, &len);
        assert_int_equal(len, wanted);
        assert_memory_equal(bytes, right, len);
        for (size_t i = 0; i < 5; i++)
            assert_true(chosen[evidence_pool_number(some, i)]);
        rwda_memory_free(some);
        rwda_memory_free(alone);
    }
    evidence_pool_free(&pool);
    stripes_end(&s);
}

/* The same image under two names, one that is none, and training images in the place of normal test images. */
static void images_are_there_once_and_training_images_come_first(void **state)
{
    rwda_memory_options options = RWDA_MEMORY_OPTIONS_INIT;
    evidence_pool       pool;
    small               s;
    rwda_error          err;

    (void)state;
    stripes_begin(&s);
    stripes_image("data/few/test/good/09.ppm", 1, false); /* as 00 */
    tree_text("data/few/test/block/09.ppm", "not an image");
    for (unsigned i = 0; i < 2; i++)
        stripes_image(i == 0 ? "data/many/train/good/0.ppm" : "data/many/train/good/1.ppm", 9000 + i, false);
    rwda_dataset_free(s.data);
    assert_ok(rwda_dataset_open(&s.data, in_scratch("data"), "mvtec", NULL, &err), err);
    s.options.data = s.data;
    small_open(&s);
    options.words = 0;
    assert_ok(evidence_pool_make(&pool, s.c, &s.c->e->categories[0], true, &options, 1, &err), err);
    assert_int_equal(pool.n_normal, STRIPES_FEW);
    assert_int_equal(pool.n_anomalous, STRIPES_FEW);
    assert_int_equal(rwda_memory_get_info(pool.all[0])->images, 2 * STRIPES_FEW);
    assert_int_equal(s.c->failed, 1);
    for (size_t i = 0; i < 2 * STRIPES_FEW; i++)
        assert_int_equal(pool.items[i]->anomalous, i >= STRIPES_FEW);
    evidence_pool_free(&pool);
    assert_ok(evidence_pool_make(&pool, s.c, &s.c->e->categories[1], true, &options, 1, &err), err);
    assert_int_equal(pool.n_normal, 2);
    assert_false(pool.from_test);
    assert_non_null(strstr(pool.items[1]->path, "train/good/1.ppm"));
    evidence_pool_free(&pool);
    assert_ok(evidence_pool_make(&pool, s.c, &s.c->e->categories[1], false, &options, 1, &err), err);
    assert_int_equal(pool.n_normal, STRIPES_NORMAL); /* a batch is of test images */
    evidence_pool_free(&pool);
    stripes_end(&s);
}

static void no_memory_is_larger_than_it_may_be(void **state)
{
    rwda_memory_options options = RWDA_MEMORY_OPTIONS_INIT;
    evidence_pool       pool;
    small               s;
    rwda_error          err = { 0 };

    (void)state;
    stripes_begin(&s);
    options.max_bytes = 1 << 16;
    assert_ok(evidence_pool_make(&pool, s.c, &s.c->e->categories[1], true, &options, 1, &err), err);
    assert_int_equal(pool.n_all, 0);
    stripes_end(&s);
}

static void draws_are_permutations_of_each_class(void **state)
{
    const evidence_pool pool = { .n_normal = 30, .n_anomalous = 7 };
    size_t              normal[2][30], anomalous[2][7], sum = 0;

    (void)state;
    for (int draw = 0; draw < 3; draw++) {
        bool seen[37] = { false };

        evidence_pool_draw(normal[draw == 1], anomalous[draw == 1], &pool, draw == 2 ? 0 : draw);
        for (size_t i = 0; i < 30; i++) {
            assert_true(normal[draw == 1][i] < 30);
            seen[normal[draw == 1][i]] = true;
        }
        for (size_t i = 0; i < 7; i++) {
            assert_true(anomalous[draw == 1][i] >= 30 && anomalous[draw == 1][i] < 37);
            seen[anomalous[draw == 1][i]] = true;
        }
        for (size_t i = 0; i < 37; i++)
            assert_true(seen[i]);
    }
    for (size_t i = 0; i < 30; i++)
        sum += normal[0][i] == normal[1][i];
    assert_true(sum < 10); /* another draw is another order */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_memory_of_some_is_that_of_them_alone),
        cmocka_unit_test(images_are_there_once_and_training_images_come_first),
        cmocka_unit_test(no_memory_is_larger_than_it_may_be),
        cmocka_unit_test(draws_are_permutations_of_each_class),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
