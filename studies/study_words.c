/* study_words.c - the studies of pairs, states and random words. */
#include "studies/study_list.h"

#include "base/status.h"
#include "studies/diversity.h"
#include "studies/runs.h"
#include "studies/word_lists.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One point: a recipe (NULL: the context's) and a method trained with it. */
static rwda_status add(study_point **out, study_context *c, study *s, const char *method, const char *label, double x,
                       const rwda_train_options *recipe, rwda_error *err)
{
    study_setting setting = { .method = method, .plan = RWDA_CROPS_ONE, .recipe = recipe };
    char          name[128];

    (void)snprintf(name, sizeof name, "%s-%.16s-%.60s", s->name, method, label);
    return study_run_point(out, s, c, &setting, name, label, x, err);
}

/* ---- Diversity ----------------------------------------------------------------------------------------------------------- */

static void name_diversity(study *s)
{
    s->extras[0] = "spread";
    s->extras[1] = "effective rank";
    s->extras[2] = "twin distance";
}

/* The network's point with the diversity of the recipe's prompts beside it. */
static rwda_status add_diverse(study_context *c, study *s, const char *label, double x, bool base,
                               const rwda_train_options *recipe, rwda_error *err)
{
    study_point     *p;
    prompt_diversity d;
    rwda_status      status;

    RW_TRY(add(&p, c, s, "fnn", label, x, recipe, err));
    p->base = base;
    RW_TRY(prompt_diversity_measure(&d, c->session, c->model, recipe != NULL ? recipe : &c->options.recipe, err));
    p->extra[0] = d.variance;
    p->extra[1] = d.rank;
    p->extra[2] = d.distance;
done:
    return status;
}

static double rank_of(const study_point *p)
{
    return p->extra[1];
}

/* Do more diverse prompts go with better scores? */
static void say_diversity(study *s)
{
    double r = study_rank_correlation(s, rank_of);

    if (!isnan(r))
        study_say(s, "Over all settings, AUROC and the prompts' effective rank have a rank correlation of %.2f.", r);
}

/* ---- Pairs and states ---------------------------------------------------------------------------------------------------- */

rwda_status study_pairs(study_context *c, study *s, rwda_error *err)
{
    static const char *const  methods[] = { "fnn", "lda", "paired" };
    const rwda_train_options *base      = &c->options.recipe;
    const int                 grid[]    = { base->pairs / 100, base->pairs / 10, base->pairs, 5 * base->pairs };
    rwda_status               status    = RWDA_OK;

    s->title    = "Number of pairs";
    s->question = "How many pairs of prompts does training need, and can there be too many?";
    s->method  = "Everything else as in the recipe; the network, the linear discriminant and the mean difference learn from "
                 "the same prompts.";
    s->plot    = STUDY_LINES;
    s->log_x   = true;
    s->x_title = "pairs (logarithmic)";
    for (size_t m = 0; m < RW_COUNTOF(methods); m++) {
        int last = 0;

        for (size_t i = 0; i < RW_COUNTOF(grid); i++) {
            rwda_train_options recipe = *base;
            char               label[32];
            study_point       *p;

            recipe.pairs = grid[i] < 10 ? 10 : grid[i] > 1000000 ? 1000000 : grid[i];
            if (recipe.pairs == last)
                continue;
            last = recipe.pairs;
            (void)snprintf(label, sizeof label, "%d", recipe.pairs);
            RW_TRY(add(&p, c, s, methods[m], label, recipe.pairs, &recipe, err));
            p->base = recipe.pairs == base->pairs;
        }
    }
    study_say_extremes(s);
done:
    return status;
}

rwda_status study_states(study_context *c, study *s, rwda_error *err)
{
    static const struct {
        const char *label, *normal, *anomalous;
    } states[] = {
        { "normal / anomalous", "normal", "anomalous" },
        { "normal / abnormal", "normal", "abnormal" },
        { "good / bad", "good", "bad" },
        { "perfect / defective", "perfect", "defective" },
        { "flawless / damaged", "flawless", "damaged" },
        { "intact / broken", "intact", "broken" },
        { "new / old", "new", "old" },
        { "4 words / 4 words", "normal,flawless,perfect,unblemished", "anomalous,damaged,defective,abnormal" },
        { "no meaning: red / blue", "red", "blue" },
        { "no meaning: apple / banana", "apple", "banana" },
        { "swapped: anomalous / normal", "anomalous", "normal" },
    };
    const rwda_train_options *base   = &c->options.recipe;
    rwda_status               status = RWDA_OK;

    s->title    = "Words for the states";
    s->question = "Which words for normal and anomalous carry the meaning?";
    s->method   = "Only the state words change. Pairs without meaning and the swapped pair are controls: without "
                  "meaning 0.5 is expected, swapped less.";
    s->plot     = STUDY_BARS;
    name_diversity(s);
    for (size_t i = 0; i < RW_COUNTOF(states); i++) {
        rwda_train_options recipe = *base;

        recipe.normal_words    = states[i].normal;
        recipe.anomalous_words = states[i].anomalous;
        RW_TRY(add_diverse(c, s, states[i].label, (double)i,
                           strcmp(recipe.normal_words, base->normal_words) == 0 &&
                               strcmp(recipe.anomalous_words, base->anomalous_words) == 0,
                           &recipe, err));
    }
    study_say_extremes(s);
done:
    return status;
}

/* ---- Random words -------------------------------------------------------------------------------------------------------- */

/* The recipe's range of numbers, in a series of its own: its place among whole numbers is only its mean. */
static rwda_status add_range(study_context *c, study *s, rwda_error *err)
{
    const rwda_train_options *base = &c->options.recipe;
    char                      label[32];
    study_point              *p;
    rwda_status               status;

    (void)snprintf(label, sizeof label, "%d:%d", base->words_min, base->words_max);
    RW_TRY(add_diverse(c, s, label, 0.5 * (base->words_min + base->words_max), true, NULL, err));
    p = &s->points[s->n_points - 1];
    (void)snprintf(p->series, sizeof p->series, "RWDA FNN, a range");
    study_say(s, "The recipe's range %s reaches %.3f.", label, p->auroc.mean);
done:
    return status;
}

rwda_status study_words_count(study_context *c, study *s, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    s->title    = "Number of random words";
    s->question = "How many random words does a prompt need?";
    s->method = "Every prompt gets exactly this many words; with none, all prompts of a class are alike. The recipe draws a "
                "number from a range.";
    s->plot   = STUDY_LINES;
    s->x_title = "random words in a prompt (the recipe's range stands at its middle)";
    name_diversity(s);
    for (int words = 0; words <= 8; words++) {
        rwda_train_options recipe = c->options.recipe;
        char               label[32];

        recipe.words_min = recipe.words_max = words;
        (void)snprintf(label, sizeof label, "%d", words);
        RW_TRY(add_diverse(c, s, label, words, false, &recipe, err));
    }
    study_say_extremes(s);
    RW_TRY(add_range(c, s, err));
    say_diversity(s);
done:
    return status;
}

rwda_status study_words_length(study_context *c, study *s, rwda_error *err)
{
    static const int          lengths[][2] = { { 2, 2 }, { 4, 4 }, { 6, 6 }, { 8, 8 }, { 10, 10 }, { 14, 14 }, { 5, 10 } };
    const rwda_train_options *base         = &c->options.recipe;
    rwda_status               status       = RWDA_OK;

    s->title    = "Length of random words";
    s->question = "How long should a random word be?";
    s->method   = "Letters of each word; one length, or the paper's range of 5 to 10.";
    s->plot     = STUDY_BARS;
    name_diversity(s);
    for (size_t i = 0; i < RW_COUNTOF(lengths); i++) {
        rwda_train_options recipe = *base;
        int                low = lengths[i][0], high = lengths[i][1];
        char               label[32];

        recipe.length_min = low;
        recipe.length_max = high;
        if (low == high)
            (void)snprintf(label, sizeof label, "%d letters", low);
        else
            (void)snprintf(label, sizeof label, "%d to %d letters", low, high);
        RW_TRY(
            add_diverse(c, s, label, 0.5 * (low + high), low == base->length_min && high == base->length_max, &recipe, err));
    }
    study_say_extremes(s);
    say_diversity(s);
done:
    return status;
}

rwda_status study_words_kind(study_context *c, study *s, rwda_error *err)
{
    const rwda_train_options *base    = &c->options.recipe;
    char                     *english = word_list_english_like();
    const struct {
        const char *label, *alphabet, *list;
        bool        meaning;
    } sorts[] = {
        { "letters a to z", "abcdefghijklmnopqrstuvwxyz", NULL, false },
        { "letters and digits", "abcdefghijklmnopqrstuvwxyz0123456789", NULL, false },
        { "digits", "0123456789", NULL, false },
        { "English-like syllables", base->alphabet, english, false },
        { "dictionary words (no things)", base->alphabet, word_list_dictionary, true },
        { "real nouns", base->alphabet, word_list_nouns, true },
    };
    double      sums[2]   = { 0, 0 }; /* of AUROC, without and with a meaning */
    int         counts[2] = { 0, 0 };
    rwda_status status    = RWDA_OK;

    s->title    = "Kind of random words";
    s->question = "Does meaning help or hurt, and how diverse do the embeddings get?";
    s->method   = "Words of letters are drawn as in the recipe; the others come from lists, as many in a prompt. Only their "
                  "meaning and sound differ.";
    s->plot     = STUDY_BARS;
    name_diversity(s);
    if (english == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%s: no memory for its words", s->name);
        goto done;
    }
    for (size_t i = 0; i < RW_COUNTOF(sorts); i++) {
        rwda_train_options recipe = *base;

        recipe.alphabet  = sorts[i].alphabet;
        recipe.word_list = sorts[i].list;
        if (strcmp(sorts[i].label, "digits") == 0) /* every digit is a token of its own: CLIP's context holds fewer */
            recipe.length_max = recipe.length_min;
        RW_TRY(add_diverse(c, s, sorts[i].label, (double)i,
                           sorts[i].list == NULL && strcmp(recipe.alphabet, base->alphabet) == 0, &recipe, err));
        sums[sorts[i].meaning] += s->points[s->n_points - 1].auroc.mean;
        counts[sorts[i].meaning]++;
    }
    study_say_extremes(s);
    sums[0] /= counts[0];
    sums[1] /= counts[1];
    study_say(s, "Words with a meaning reach %.3f on average, words without %.3f: meaning %s by %.3f.", sums[1], sums[0],
              sums[1] >= sums[0] ? "helps" : "hurts", fabs(sums[1] - sums[0]));
    say_diversity(s);
done:
    free(english);
    return status;
}

rwda_status study_words_position(study_context *c, study *s, rwda_error *err)
{
    static const struct {
        const char        *label;
        rwda_word_position position;
    } places[]                       = { { "after the state", RWDA_WORD_AFTER },
                                         { "before the state", RWDA_WORD_BEFORE },
                                         { "both sides", RWDA_WORD_BOTH },
                                         { "either side at random", RWDA_WORD_RANDOM } };
    const rwda_train_options *base   = &c->options.recipe;
    rwda_status               status = RWDA_OK;

    s->title    = "Place of random words";
    s->question = "Where should the words stand?";
    s->method   = "The words stand where the object's name would, before the state, or both.";
    s->plot     = STUDY_BARS;
    name_diversity(s);
    for (size_t i = 0; i < RW_COUNTOF(places); i++) {
        rwda_train_options recipe = *base;

        recipe.word_position = places[i].position;
        RW_TRY(add_diverse(c, s, places[i].label, (double)i, recipe.word_position == base->word_position, &recipe, err));
    }
    study_say_extremes(s);
done:
    return status;
}
