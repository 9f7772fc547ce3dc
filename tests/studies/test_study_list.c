/* test_study_list.c - do studies ask what they say, and do they cost nothing the second time? */
#include "studies/study_list.h"

#include "base/file.h"
#include "studies/corruption.h"
#include "tests/studies/small.h"

#include <math.h>
#include <sys/stat.h>

static void names_are_found_once(void **state)
{
    (void)state;
    assert_int_equal(studies_count, 16);
    for (size_t i = 0; i < studies_count; i++)
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(studies_list[i].name, studies_list[j].name);
            assert_true(studies_list[i].run != studies_list[j].run);
        }
}

static study ran(small *s, const char *name)
{
    study      out = { .name = name };
    rwda_error err = { 0 };

    for (size_t i = 0; i < studies_count; i++)
        if (strcmp(studies_list[i].name, name) == 0)
            assert_ok(studies_list[i].run(s->c, &out, &err), err);
    assert_true(out.title != NULL && out.question != NULL && out.method != NULL);
    return out;
}

static void a_study_is_done_once(void **state)
{
    small s;
    study first, again;

    (void)state;
    small_begin(&s);
    first = ran(&s, "fusion");
    assert_int_equal(first.n_points, 8);
    assert_true(first.points[2].base); /* the mean of probabilities */
    s.only_cache = true;
    small_open(&s);
    again = ran(&s, "fusion");
    assert_int_equal(s.reports, 0);
    assert_int_equal(again.n_points, 8);
    assert_string_equal(again.summary, first.summary);
    for (size_t i = 0; i < 8; i++)
        assert_true(again.points[i].auroc.mean == first.points[i].auroc.mean);
    study_free(&first);
    study_free(&again);
    small_end(&s);
}

static void recipes_are_seen_with_their_diversity(void **state)
{
    small s;
    study words;

    (void)state;
    small_begin(&s);
    words = ran(&s, "words-count");
    assert_int_equal(words.n_points, 10);
    assert_true(words.points[0].extra[1] == 1); /* no random words: all prompts of a class are alike */
    assert_true(words.points[5].extra[1] > 2);
    assert_true(words.points[9].base);
    assert_non_null(strstr(words.summary, "The recipe's range 1:5 reaches"));
    study_free(&words);
    small_end(&s);
}

static void corruptions_stand_beside_the_images_as_they_are(void **state)
{
    small s;
    study robustness;

    (void)state;
    small_begin(&s);
    rwda_dataset_limit(s.data, 1); /* two images for 14 corruptions */
    small_open(&s);
    robustness = ran(&s, "robustness");
    assert_int_equal(robustness.n_points, 2 * (n_corruptions + 1));
    for (size_t i = 0; i < robustness.n_points; i++) {
        const study_point *p = &robustness.points[i];

        assert_int_equal(p->base, i < 2);
        assert_true(p->extra[0] == p->auroc.mean - robustness.points[i % 2].auroc.mean);
    }
    study_free(&robustness);
    small_end(&s);
}

static void set_type(rwda_dataset_item *item, const char *type)
{
    free(item->defect_type);
    item->defect_type = strdup(type);
    assert_non_null(item->defect_type);
}

static void defect_types_are_drawn_alike_every_time(void **state)
{
    small s;
    study first, again;

    (void)state;
    small_begin(&s);
    set_type(&s.data->items[2], "dent");
    set_type(&s.data->items[3], "burn");
    first = ran(&s, "kinds");
    again = ran(&s, "kinds");
    assert_int_equal(first.n_points, 2 * (1 + 2)); /* of each method: a category, one type and both */
    assert_int_equal(first.points[0].n_defect_types, 2);
    assert_string_equal(first.points[2].label, "2 of its defect types");
    for (size_t i = 0; i < first.n_points; i++)
        assert_memory_equal(&first.points[i].auroc, &again.points[i].auroc, sizeof first.points[i].auroc);
    assert_true(first.points[1].seeds == 20 && first.points[1].auroc.std >= 0);
    study_free(&first);
    study_free(&again);
    small_end(&s);
}

/* ---- Costs --------------------------------------------------------------------------------------------------------------- */

/* A program that answers as `rwda score` does and notes how it was called. */
static void write_program(const small *s, char path[64], const char *script)
{
    rwda_error err;

    (void)snprintf(path, 64, "%s/program", s->folder);
    assert_ok(rw_file_write(path, script, strlen(script), true, &err), err);
    assert_int_equal(chmod(path, 0700), 0);
}

static void costs_are_those_of_the_program(void **state)
{
    static const char *const options[] = { "--threads", "1", NULL };
    small                    s;
    study                    costs;
    char                     program[64], calls[64];
    uint8_t                 *text;
    size_t                   len;
    rwda_error               err;

    (void)state;
    small_begin(&s);
    write_program(&s, program, "#!/bin/sh\necho \"$@\" >>${0%/*}/calls\necho '{\"ms\": {\"encode\": 5}}'\nexit 1\n");
    s.options.program         = program;
    s.options.program_options = options;
    rwda_dataset_limit(s.data, 1);
    small_open(&s);
    costs = ran(&s, "cost");
    assert_int_equal(costs.n_points, 15);
    for (size_t i = 0; i < costs.n_points; i++)
        assert_true(costs.points[i].x == 5 && costs.points[i].extra[0] == 5 && costs.points[i].extra[2] >= 0);
    (void)snprintf(calls, sizeof calls, "%s/calls", s.folder);
    assert_ok(rw_file_read(&text, &len, calls, 1 << 20, &err), err);
    assert_memory_equal(text, "score --quiet --resize ", 23);
    assert_non_null(strstr((char *)text, " --method fnn --crops one --detector "));
    assert_non_null(strstr((char *)text, " --method clip --crops 3x3 --prompts ensemble --threads 1 -- "));
    free(text);
    study_free(&costs);
    assert_int_equal(unlink(calls), 0);
    s.only_cache = true;
    small_open(&s);
    costs = ran(&s, "cost");
    assert_true(costs.points[14].extra[0] == 5);
    assert_int_not_equal(access(calls, F_OK), 0); /* the program was not called again */
    study_free(&costs);
    small_end(&s);
}

static void a_program_that_fails_has_no_cost(void **state)
{
    small      s;
    study      costs = { .name = "cost" };
    char       program[64];
    rwda_error err;

    (void)state;
    small_begin(&s);
    write_program(&s, program, "#!/bin/sh\necho '{\"ms\": {\"encode\": 5}}'\nexit 4\n");
    s.options.program = program;
    small_open(&s);
    assert_refused("program", study_cost(s.c, &costs, &err), RWDA_EIO, &err, "'rwda score' failed on one of 4 images");
    study_free(&costs);
    small_end(&s);
}

/* ---- Models ------------------------------------------------------------------------------------------------------------- */

/* A model that cannot be opened, the first or another, is a line of the table; what was measured is not measured again. */
static void models_are_compared_and_one_that_fails_is_a_line(void **state)
{
    static const char *const models[] = { "nowhere", MODEL "/", RWDA_TEST_DIR "/golden/siglip", MODEL };
    char                     program[64];
    small                    s;
    study                    compared, again;

    (void)state;
    small_begin(&s);
    write_program(&s, program, "#!/bin/sh\nsleep 0.05\necho '{\"ms\": {\"encode\": 12.5}}'\n");
    s.options.program   = program;
    s.options.models    = models;
    s.options.n_models  = 4;
    s.options.any_model = true;
    small_open(&s);
    compared = ran(&s, "models");
    assert_int_equal(compared.n_points, 1 + 3 * 6);
    assert_string_equal(compared.points[0].label, "nowhere");
    assert_true(isnan(compared.points[0].auroc.mean) && strstr(compared.points[0].note, "nowhere") != NULL);
    assert_string_equal(compared.points[7].label, "siglip");
    assert_non_null(strstr(compared.points[1].label, "/tests/model/")); /* two whose last parts are alike */
    assert_non_null(strstr(compared.points[18].label, "/tests/model"));
    assert_string_not_equal(compared.points[1].label, compared.points[18].label);
    assert_string_equal(compared.points[1].note, "CLIP");
    assert_string_equal(compared.points[7].note, "SigLIP");
    for (size_t i = 1; i < compared.n_points; i++) {
        const study_point *p = &compared.points[i];

        assert_true(p->auroc.mean >= 0 && p->ap.mean > 0);
        assert_true(p->x == 12.5 && p->extra[0] == 12.5 && p->extra[1] > 0 && p->extra[2] > 0 && p->extra[3] > 0);
        assert_true(p->extra[4] == s.c->e->model->image_size || i / 7 == 1);
    }
    for (size_t m = 0; m < 6; m++)
        assert_true(compared.points[1 + m].auroc.mean == compared.points[13 + m].auroc.mean);
    assert_non_null(strstr(compared.summary, "3 models were compared. 1 could not be measured"));
    assert_string_equal(s.c->model_name, models[1]); /* the first that can be opened is open again */
    assert_int_equal(s.c->failed_models, 1);
    assert_int_equal(compared.n_models, 4);

    write_program(&s, program,
                  "#!/bin/sh\nexit 9\n"); /* nothing is encoded, trained or measured again, whatever the order */
    s.only_cache       = true;
    s.options.models   = models + 2;
    s.options.n_models = 2;
    small_open(&s);
    again = ran(&s, "models");
    assert_int_equal(s.reports, 0);
    assert_int_equal(again.n_points, 12);
    assert_true(again.points[0].auroc.mean == compared.points[7].auroc.mean && again.points[0].x == 12.5);
    study_free(&compared);
    study_free(&again);
    small_end(&s);
}

/* Cached scores are of a tokenizer too: the same weights with another one score anew, and without one they cannot. */
static void scores_of_another_tokenizer_are_not_taken(void **state)
{
    static const char *const files[] = { "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json" };
    char                     folder[64], program[64], command[256];
    const char              *models[1] = { folder };
    study                    of        = { .name = "models" };
    rwda_error               err       = { 0 };
    small                    s;

    (void)state;
    small_begin(&s);
    (void)snprintf(folder, sizeof folder, "%s/model", s.folder);
    assert_int_equal(mkdir(folder, 0777), 0);
    for (size_t i = 0; i < RW_COUNTOF(files); i++) {
        (void)snprintf(command, sizeof command, "cp " RWDA_TEST_DIR "/golden/siglip/%s %s/", files[i], folder);
        assert_int_equal(system(command), 0);
    }
    write_program(&s, program, "#!/bin/sh\necho '{\"ms\": {\"encode\": 1}}'\n");
    s.options.program = program;
    s.options.models  = models;
    small_open(&s);
    of = ran(&s, "models");
    study_free(&of);
    (void)snprintf(command, sizeof command, "rm %s/tokenizer.json", folder);
    assert_int_equal(system(command), 0);
    small_open(&s);
    assert_refused("no tokenizer", study_models(s.c, &of, &err), RWDA_EINVAL, &err,
                   "texts of this model need its tokenizer");
    assert_int_equal(of.n_points, 1);
    study_free(&of);
    small_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found_once),
        cmocka_unit_test(a_study_is_done_once),
        cmocka_unit_test(models_are_compared_and_one_that_fails_is_a_line),
        cmocka_unit_test(scores_of_another_tokenizer_are_not_taken),
        cmocka_unit_test(recipes_are_seen_with_their_diversity),
        cmocka_unit_test(corruptions_stand_beside_the_images_as_they_are),
        cmocka_unit_test(defect_types_are_drawn_alike_every_time),
        cmocka_unit_test(costs_are_those_of_the_program),
        cmocka_unit_test(a_program_that_fails_has_no_cost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
