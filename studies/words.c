/* words.c - how many pairs, which states, which random words?  (studies of the training prompts) */
#include "studies/studies.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One point: a recipe and the FNN (or another method) trained with it.  `file` names the kept run within the study. */
static study_point *point(lab *l, study *s, const char *method, const char *label, double x, const rwda_train_options *train,
                          int *code)
{
    eval_run run = { .method = eval_method_named(method), .plan = RWDA_CROPS_ONE };
    char     name[128];

    (void)snprintf(name, sizeof name, "%s-%.16s-%.60s", s->name, method, label);
    *code = lab_run(l, &run, name, train, NULL, false);
    if (*code != 0) {
        eval_free_run(&run);
        return NULL;
    }
    return study_add_run(s, run.method->title, label, x, &run);
}

/* The same with the diversity of the recipe's prompts beside it. */
static int point_with_diversity(lab *l, study *s, const char *label, double x, bool base, const rwda_train_options *train)
{
    int           code;
    study_point  *p = point(l, s, "fnn", label, x, train, &code);
    lab_diversity d;

    if (p == NULL)
        return code != 0 ? code : EXIT_SOME_FAILED;
    p->base = base;
    code    = lab_measure(l, &d, train);
    if (code == 0) {
        p->extra[0] = d.spread;
        p->extra[1] = d.rank;
        p->extra[2] = d.distance;
    }
    return code;
}

static void name_diversity(study *s)
{
    s->extras[0] = "spread";
    s->extras[1] = "effective rank";
    s->extras[2] = "twin distance";
}

/* Do more diverse prompts go with better scores? */
static void say_diversity(study *s)
{
    study  by_rank = { .points = calloc(s->n_points, sizeof *by_rank.points), .n_points = s->n_points };
    double r;

    for (size_t i = 0; by_rank.points != NULL && i < s->n_points; i++) {
        by_rank.points[i].x     = s->points[i].extra[1];
        by_rank.points[i].auroc = s->points[i].auroc;
    }
    r = by_rank.points != NULL ? study_rank_correlation(&by_rank) : NAN;
    if (!isnan(r))
        study_say(s, "Over all settings, AUROC and the prompts' effective rank have a rank correlation of %.2f.", r);
    free(by_rank.points);
}

int study_pairs(lab *l, study *s)
{
    static const char *const methods[] = { "fnn", "lda", "paired" };
    int                      code      = 0;

    s->title    = "Number of pairs";
    s->question = "How many pairs of prompts does training need, and can there be too many?";
    s->method   = "Everything else as in the recipe; the network and both closed forms learn from the same prompts.";
    s->plot     = PLOT_LINES;
    s->log_x    = true;
    s->x_title  = "pairs (logarithmic)";
    for (size_t m = 0; m < sizeof methods / sizeof methods[0]; m++) {
        const int grid[] = { l->base.pairs / 100, l->base.pairs / 10, l->base.pairs, 5 * l->base.pairs };
        int       last   = 0;

        for (int i = 0; i < 4 && code == 0; i++) {
            rwda_train_options train = l->base;
            char               label[32];
            study_point       *p;

            train.pairs = grid[i] < 10 ? 10 : grid[i] > 1000000 ? 1000000 : grid[i];
            if (train.pairs == last)
                continue;
            last = train.pairs;
            (void)snprintf(label, sizeof label, "%d", train.pairs);
            p = point(l, s, methods[m], label, train.pairs, &train, &code);
            if (p == NULL)
                return code != 0 ? code : EXIT_SOME_FAILED;
            p->base = train.pairs == l->base.pairs;
        }
    }
    study_say_extremes(s);
    return code;
}

int study_states(lab *l, study *s)
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
    int code = 0;

    s->title    = "Words for the states";
    s->question = "Which words for normal and anomalous carry the meaning?";
    s->method   = "Only the state words change. Pairs without meaning and the swapped pair are controls: without "
                  "meaning 0.5 is expected, swapped less.";
    s->plot     = PLOT_BARS;
    name_diversity(s);
    for (size_t i = 0; i < sizeof states / sizeof states[0] && code == 0; i++) {
        rwda_train_options train = l->base;

        train.normal_words    = states[i].normal;
        train.anomalous_words = states[i].anomalous;
        code                  = point_with_diversity(l, s, states[i].label, (double)i,
                                                     strcmp(train.normal_words, l->base.normal_words) == 0 &&
                                                         strcmp(train.anomalous_words, l->base.anomalous_words) == 0,
                                                     &train);
    }
    study_say_extremes(s);
    return code;
}

int study_words_count(lab *l, study *s)
{
    int code = 0;

    s->title    = "Number of random words";
    s->question = "How many random words does a prompt need?";
    s->method = "Every prompt gets exactly this many words; with none, all prompts of a class are alike. The recipe draws a "
                "number from a range.";
    s->plot   = PLOT_LINES;
    s->x_title = "random words in a prompt (the recipe's range stands at its middle)";
    name_diversity(s);
    for (int words = 0; words <= 8 && code == 0; words++) {
        rwda_train_options train = l->base;
        char               label[32];

        train.words_min = train.words_max = words;
        (void)snprintf(label, sizeof label, "%d", words);
        code = point_with_diversity(l, s, label, words, false, &train);
    }
    study_say_extremes(s);
    if (code == 0) {
        char label[32];

        (void)snprintf(label, sizeof label, "%d:%d", l->base.words_min, l->base.words_max);
        code = point_with_diversity(l, s, label, 0.5 * (l->base.words_min + l->base.words_max), true, &l->base);
        if (code == 0) { /* a series of its own: its place among whole numbers is only its mean */
            study_point *range = &s->points[s->n_points - 1];

            (void)snprintf(range->series, sizeof range->series, "RWDA FNN, a range");
            study_say(s, "The recipe's range %s reaches %.3f.", label, range->auroc.mean);
        }
    }
    say_diversity(s);
    return code;
}

int study_words_length(lab *l, study *s)
{
    static const int lengths[][2] = { { 2, 2 }, { 4, 4 }, { 6, 6 }, { 8, 8 }, { 10, 10 }, { 14, 14 }, { 5, 10 } };
    int              code         = 0;

    s->title    = "Length of random words";
    s->question = "How long should a random word be?";
    s->method   = "Letters of each word; one length, or the paper's range of 5 to 10.";
    s->plot     = PLOT_BARS;
    name_diversity(s);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0] && code == 0; i++) {
        rwda_train_options train = l->base;
        char               label[32];

        train.length_min = lengths[i][0];
        train.length_max = lengths[i][1];
        if (train.length_min == train.length_max)
            (void)snprintf(label, sizeof label, "%d letters", train.length_min);
        else
            (void)snprintf(label, sizeof label, "%d to %d letters", train.length_min, train.length_max);
        code =
            point_with_diversity(l, s, label, 0.5 * (train.length_min + train.length_max),
                                 train.length_min == l->base.length_min && train.length_max == l->base.length_max, &train);
    }
    study_say_extremes(s);
    say_diversity(s);
    return code;
}

int study_words_kind(lab *l, study *s)
{
    char *english = word_list_english_like();
    const struct {
        const char *label, *alphabet, *list;
        bool        meaning;
    } kinds[] = {
        { "letters a to z", "abcdefghijklmnopqrstuvwxyz", NULL, false },
        { "letters and digits", "abcdefghijklmnopqrstuvwxyz0123456789", NULL, false },
        { "digits", "0123456789", NULL, false },
        { "English-like syllables", l->base.alphabet, english, false },
        { "dictionary words (no things)", l->base.alphabet, word_list_dictionary, true },
        { "real nouns", l->base.alphabet, word_list_nouns, true },
    };
    double sums[2] = { 0, 0 };
    int    code = english != NULL ? 0 : EXIT_SOME_FAILED, counts[2] = { 0, 0 };

    s->title    = "Kind of random words";
    s->question = "Does meaning help or hurt, and how diverse do the embeddings get?";
    s->method   = "Words of letters are drawn as in the recipe; the others come from lists, as many in a prompt. Only their "
                  "meaning and sound differ.";
    s->plot     = PLOT_BARS;
    name_diversity(s);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && code == 0; i++) {
        rwda_train_options train = l->base;

        train.alphabet  = kinds[i].alphabet;
        train.word_list = kinds[i].list;
        if (strcmp(kinds[i].label, "digits") == 0) /* every digit is a token of its own: CLIP's context holds fewer */
            train.length_max = train.length_min;
        code = point_with_diversity(l, s, kinds[i].label, (double)i,
                                    kinds[i].list == NULL && strcmp(train.alphabet, l->base.alphabet) == 0, &train);
        if (code == 0) {
            sums[kinds[i].meaning] += s->points[s->n_points - 1].auroc.mean;
            counts[kinds[i].meaning]++;
        }
    }
    study_say_extremes(s);
    if (code == 0) {
        double with = sums[1] / counts[1], without = sums[0] / counts[0];

        study_say(s, "Words with a meaning reach %.3f on average, words without %.3f: meaning %s by %.3f.", with, without,
                  with >= without ? "helps" : "hurts", fabs(with - without));
    }
    say_diversity(s);
    free(english);
    return code;
}

int study_words_position(lab *l, study *s)
{
    static const struct {
        const char        *label;
        rwda_word_position position;
    } places[] = { { "after the state", RWDA_WORD_AFTER },
                   { "before the state", RWDA_WORD_BEFORE },
                   { "both sides", RWDA_WORD_BOTH },
                   { "either side at random", RWDA_WORD_RANDOM } };
    int code   = 0;

    s->title    = "Place of random words";
    s->question = "Where should the words stand?";
    s->method   = "The words stand where the object's name would, before the state, or both.";
    s->plot     = PLOT_BARS;
    name_diversity(s);
    for (size_t i = 0; i < sizeof places / sizeof places[0] && code == 0; i++) {
        rwda_train_options train = l->base;

        train.word_position = places[i].position;
        code = point_with_diversity(l, s, places[i].label, (double)i, train.word_position == l->base.word_position, &train);
    }
    study_say_extremes(s);
    return code;
}
