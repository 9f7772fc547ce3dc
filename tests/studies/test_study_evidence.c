/* test_study_evidence.c - do the studies of memories and batches test what they say, alike every time, and skip what is too small? */
#include "studies/study_list.h"

#include "tests/studies/stripes.h"

#include <math.h>

static study ran(small *s, const char *name)
{
    study      out = { .name = name };
    rwda_error err = { 0 };

    for (size_t i = 0; i < studies_count; i++)
        if (strcmp(studies_list[i].name, name) == 0)
            assert_ok(studies_list[i].run(s->c, &out, &err), err);
    assert_true(out.title != NULL && out.question != NULL && out.method != NULL && out.summary != NULL);
    return out;
}

/* Runs it again where only what was kept may be used, or where detectors are `trained` too: the same numbers and words.  Then the first is
 * freed. */
static void assert_kept(small *s, study *first, bool trained)
{
    int   reports = s->reports;
    study again;

    s->only_cache = !trained;
    small_open(s);
    again         = ran(s, first->name);
    s->only_cache = false;
    assert_true(trained ? s->reports < reports : s->reports == 0);
    assert_int_equal(again.n_points, first->n_points);
    assert_string_equal(again.summary, first->summary);
    for (size_t i = 0; i < again.n_points; i++) {
        assert_memory_equal(&again.points[i].auroc, &first->points[i].auroc, sizeof again.points[i].auroc);
        assert_string_equal(again.points[i].label, first->points[i].label);
    }
    study_free(&again);
    study_free(first);
}

static void shots_are_tested_on_the_same_images_as_words(void **state)
{
    small s;
    study shots;

    (void)state;
    stripes_begin(&s);
    shots = ran(&s, "shots");
    assert_int_equal(shots.n_points, 15);
    for (size_t k = 0; k < 5; k++) {
        const study_point *memory = &shots.points[k], *fused = &shots.points[5 + k], *words = &shots.points[10 + k];

        assert_true(memory->x == (double)(1 << k) && fused->x == memory->x && words->x == memory->x);
        assert_true(memory->extra[0] == (k < 2 ? 2 : 1)); /* `few` can give 1 or 2 of 3 */
        assert_true(fused->extra[0] == (k == 0 ? 0 : memory->extra[0]));
        assert_int_equal(memory->cells[1].normal, STRIPES_NORMAL - 16); /* the same test for every number */
        for (size_t c = 0; c < 2; c++) {
            assert_int_equal(memory->cells[c].missing == NULL, words->cells[c].missing == NULL);
            assert_int_equal(memory->cells[c].missing == NULL ? memory->cells[c].normal : 0,
                             words->cells[c].missing == NULL ? words->cells[c].normal : 0);
        }
        assert_true(memory->cells[1].auroc.mean > 0.9); /* a bright block is far from stripes */
    }
    assert_true(isnan(shots.points[5].auroc.mean) != 0); /* one image cannot standardise */
    assert_true(shots.points[10].cells[1].auroc.mean == shots.points[14].cells[1].auroc.mean);
    assert_non_null(strstr(shots.summary, "Memory: AUROC "));
    assert_non_null(strstr(shots.summary, "With 2 of them it is "));
    assert_non_null(strstr(shots.summary, "Only 1 of these categories has enough for 4: "));
    assert_kept(&s, &shots, true);
    stripes_end(&s);
}

static void images_of_other_sizes_cannot_be_fused_but_remembered(void **state)
{
    small s;
    study shots;

    (void)state;
    stripes_begin(&s);
    rwda_dataset_limit(s.data, 2);
    s.options.resize = RWDA_RESIZE_TILES;
    small_open(&s);
    shots = ran(&s, "shots");
    assert_int_equal(shots.n_points, 10);
    assert_string_equal(shots.points[5].series, "RWDA FNN");
    assert_true(!isnan(shots.points[0].auroc.mean));
    study_free(&shots);
    stripes_end(&s);
}

/* All anomalies are of one kind: those in the memory hide the others from the nearest of all. */
static void what_is_remembered_is_hidden(void **state)
{
    small s;
    study contaminated;

    (void)state;
    stripes_begin(&s);
    contaminated = ran(&s, "contaminated");
    assert_int_equal(contaminated.n_points, 8);
    for (size_t i = 0; i < 8; i++) {
        const study_point *p = &contaminated.points[i];

        assert_int_equal(p->base, i == 0);
        assert_true(p->extra[0] == 1);
        assert_non_null(p->cells[0].missing);
        assert_int_equal(p->cells[1].normal, STRIPES_NORMAL - 16);
        assert_int_equal(p->cells[1].anomalous, STRIPES_ANOMALOUS - 4);
    }
    assert_true(contaminated.points[0].auroc.mean > 0.9 && contaminated.points[4].auroc.mean > 0.9);
    assert_true(contaminated.points[3].auroc.mean < contaminated.points[0].auroc.mean - 0.2);
    assert_true(contaminated.points[7].auroc.mean > contaminated.points[3].auroc.mean);
    assert_memory_equal(contaminated.summary, "1 of 2 categories has 16 normal images, ", 40);
    assert_kept(&s, &contaminated, false);
    stripes_end(&s);
}

static void batches_have_their_share_of_anomalies(void **state)
{
    static const size_t bad[] = { 1, 2, 4, 6, 10 };
    small               s;
    study               batch;

    (void)state;
    stripes_begin(&s);
    batch = ran(&s, "batch");
    assert_int_equal(batch.n_points, 15);
    for (size_t i = 0; i < 15; i++) {
        const rwda_eval_cell *cell = &batch.points[i].cells[1];

        assert_true(batch.points[i].extra[0] == (i < 5 ? 1 : 0)); /* 12 anomalous images are not half of 40 */
        if (i >= 5)
            continue;
        assert_int_equal(cell->anomalous, bad[i]);
        assert_int_equal(cell->normal, 20 - bad[i]);
    }
    assert_true(batch.points[0].auroc.mean > 0.9);
    assert_true(batch.points[4].auroc.mean < batch.points[0].auroc.mean - 0.2); /* half of them: both are as usual */
    assert_memory_equal(batch.summary, "1 of 2 categories has the 19 normal and 10 anomalous images for batches of 20; ",
                        79);
    assert_non_null(strstr(batch.summary, "No category has the 38 normal and 20 anomalous images for batches of 40: "));
    assert_kept(&s, &batch, false);
    stripes_end(&s);
}

static void a_memory_sees_in_fourteen_ways(void **state)
{
    small         s;
    study         view;
    const double *base;

    (void)state;
    if (SANITIZED)
        skip(); /* the model is opened at another side then, and has no further ones */
    stripes_begin(&s);
    rwda_dataset_limit(s.data, 6);
    small_open(&s);
    view = ran(&s, "memory-view");
    assert_int_equal(view.n_points, 14);
    assert_true(view.points[2].base);
    base = &view.points[2].ap.mean;
    for (size_t i = 0; i < 14; i++) {
        assert_true(view.points[i].extra[0] == 1);
        if (view.points[i].base)
            assert_true(view.points[i].ap.mean == *base);
    }
    assert_true(view.points[0].extra[1] == s.c->e->model->image_size);
    assert_true(view.points[4].extra[1] == 2 * s.c->e->model->image_size);
    assert_memory_equal(view.summary, "1 of 2 categories has 4 normal images", 37);
    assert_kept(&s, &view, false);
    stripes_end(&s);
}

/* Four sample images: nothing can be measured, and each says so. */
static void data_that_are_too_few_are_a_sentence(void **state)
{
    static const char *const names[] = { "contaminated", "batch", "memory-view" };
    small                    s;

    (void)state;
    small_begin(&s);
    for (size_t i = 0; i < RW_COUNTOF(names); i++) {
        study one = ran(&s, names[i]);

        assert_true(one.n_points > 0);
        for (size_t k = 0; k < one.n_points; k++)
            assert_true(isnan(one.points[k].auroc.mean) != 0);
        assert_int_equal(s.c->failed, 0);
        study_free(&one);
    }
    small_end(&s);
}

static void work_stops_when_it_is_told_to(void **state)
{
    static const char *const names[] = { "shots", "contaminated", "batch", "memory-view" };
    small                    s;
    rwda_error               err;

    (void)state;
    stripes_begin(&s);
    s.only_cache = true;
    for (size_t i = 0; i < RW_COUNTOF(names); i++)
        for (size_t k = 0; k < studies_count; k++) {
            study one = { .name = names[i] };

            if (strcmp(studies_list[k].name, names[i]) == 0)
                assert_refused(names[i], studies_list[k].run(s.c, &one, &err), RWDA_ECANCELLED, &err, "");
            study_free(&one);
        }
    stripes_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shots_are_tested_on_the_same_images_as_words),
        cmocka_unit_test(images_of_other_sizes_cannot_be_fused_but_remembered),
        cmocka_unit_test(what_is_remembered_is_hidden),
        cmocka_unit_test(batches_have_their_share_of_anomalies),
        cmocka_unit_test(a_memory_sees_in_fourteen_ways),
        cmocka_unit_test(data_that_are_too_few_are_a_sentence),
        cmocka_unit_test(work_stops_when_it_is_told_to),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
