/* example.h - a study made by hand: two series, three settings, two categories; one point was not measured. */
#ifndef EXAMPLE_H
#define EXAMPLE_H

#include "studies/write.h"

#include "tests/unit/check.h"

#include <math.h>

/* Data, model and recipe that the points claim to be from. */
typedef struct {
    rwda_dataset_item  items[4];
    rwda_dataset       data;
    rwda_eval_category categories[2];
    rwda_model_info    model;
    rwda_evaluation    e;
    rwda_train_options recipe;
    study_basis        basis;
} example_basis;

static inline void example_basis_make(example_basis *b)
{
    *b        = (example_basis){ .categories = { { "bolt", 0, 2 }, { "a \"nut\"", 2, 4 } } };
    b->data   = (rwda_dataset){ .layout = "mvtec", .path = (char *)(uintptr_t) "data/<set>", .items = b->items, .count = 4 };
    b->model  = (rwda_model_info){ .image_size = 224, .sha256 = "0123456789abcdef0123" };
    b->e      = (rwda_evaluation){ .data         = &b->data,
                                   .model        = &b->model,
                                   .seeds        = 2,
                                   .resize       = RWDA_RESIZE_SHORTEST,
                                   .categories   = b->categories,
                                   .n_categories = 2 };
    b->recipe = (rwda_train_options){ .preset = "paper", .pairs = 30 };
    b->basis  = (study_basis){ &b->e, &b->recipe };
}

static inline study_point *example_point(study *s, const char *series, const char *label, double x, double mean, double std)
{
    study_point *p;

    assert_int_equal(study_add(&p, s, series, label, x, NULL), RWDA_OK);
    p->seeds = 2;
    p->auroc = (rwda_eval_stat){ mean, std };
    return p;
}

/* Names with all that must be escaped somewhere. */
static inline study example_study(study_plot_mode plot)
{
    study s = { .name     = "example",
                .title    = "An <example> & \"more\"",
                .question = "What is seen?",
                .method   = "By hand.",
                .plot     = plot,
                .x_title  = "x & y",
                .extras   = { "extra, one" } };

    example_point(&s, "series <1>", "ten", 10, 0.75, 0.05)->base = true;
    example_point(&s, "series \"2\" & so on", "ten", 10, 0.5, 0);
    example_point(&s, "series <1>", "a <hundred>", 100, 0.875, 0.025)->extra[0] = 12.5;
    example_point(&s, "series \"2\" & so on", "a <hundred>", 100, NAN, NAN);
    example_point(&s, "series <1>", "1000", 1000, 1, 0);
    return s;
}

#endif
