#include "common/label_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WORD_ROOM 32 /* no known word is as long */

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcasecmp(word, *words) == 0)
            return true;
    return false;
}

bool rw_label_is_normal(const char *folder)
{
    return is_one_of(folder, (const char *const[]){ "good", "ok", "normal", NULL });
}

bool rw_folder_is_masks(const char *folder)
{
    return is_one_of(folder, (const char *const[]){ "ground_truth", "groundtruth", "masks", "mask", NULL });
}

/* Without the spaces around it; "": there is none, or it is too long to be a label. */
static void trim(char out[WORD_ROOM], const char *word)
{
    size_t len;

    word += strspn(word, " \t\r\n");
    len = strlen(word);
    while (len > 0 && strchr(" \t\r\n", word[len - 1]) != NULL)
        len--;
    (void)snprintf(out, WORD_ROOM, "%.*s", len < WORD_ROOM ? (int)len : 0, word);
}

static bool is_number(double *out, const char *word)
{
    char  text[WORD_ROOM];
    char *comma, *end;

    (void)snprintf(text, sizeof text, "%s", word);
    comma = strchr(text, ',');
    if (comma != NULL)
        *comma = '.';
    *out = strtod(text, &end);
    return text[strspn(text, "+-.0123456789eE")] == '\0' && end != text && *end == '\0';
}

static bool equal(double a, double b)
{
    return !(a < b) && !(a > b);
}

int rw_label_of_word(const char *word)
{
    /* falsch, faux: as spreadsheets in German and French write false */
    static const char *const normal[]    = { "normal", "good",   "ok",      "okay",     "false", "no",     "n",
                                             "f",      "pass",   "passed",  "negative", "neg",   "inlier", "io",
                                             "i.o.",   "intact", "healthy", "falsch",   "faux",  NULL };
    static const char *const anomalous[] = { "anomalous", "anomaly",  "abnormal", "defect",  "defective", "defected",
                                             "bad",       "ko",       "ng",       "nok",     "not ok",    "not_ok",
                                             "true",      "yes",      "y",        "t",       "fail",      "failed",
                                             "faulty",    "positive", "pos",      "outlier", "nio",       "n.i.o.",
                                             "damaged",   "reject",   "wahr",     "vrai",    NULL };
    static const char *const none[]      = { "", "nan", "na", "n/a", "null", "unknown", "?", NULL };
    char                     text[WORD_ROOM];
    double                   value;

    trim(text, word);
    if (is_number(&value, text))
        return equal(value, 0)    ? RW_LABEL_NORMAL
               : equal(value, 1)  ? RW_LABEL_ANOMALOUS
               : equal(value, -1) ? RW_LABEL_MINUS_ONE
                                  : RW_LABEL_NOT;
    if (text[0] == '\0' && word[strspn(word, " \t\r\n")] != '\0')
        return RW_LABEL_NOT;
    return is_one_of(text, normal)      ? RW_LABEL_NORMAL
           : is_one_of(text, anomalous) ? RW_LABEL_ANOMALOUS
           : is_one_of(text, none)      ? RW_LABEL_NONE
                                        : RW_LABEL_NOT;
}

/* ---- A list as a whole ------------------------------------------------------------------------------------------------------ */

bool rw_label_is_decision(const char *word)
{
    return word[0] == '\0' || strcmp(word, "normal") == 0 || strcmp(word, "anomalous") == 0 || strcmp(word, "review") == 0;
}

int rw_label_see(rw_label_scheme *s, const char *word, size_t row)
{
    int    label = rw_label_of_word(word);
    char   text[WORD_ROOM];
    double value;

    trim(text, word);
    if (label == RW_LABEL_MINUS_ONE && s->minus_ones++ == 0)
        s->row = row;
    if (label == RW_LABEL_NORMAL || label == RW_LABEL_ANOMALOUS) {
        if (is_number(&value, text))
            *(label == RW_LABEL_NORMAL ? &s->zeros : &s->ones) += 1;
        else
            s->words++;
    }
    return label;
}

bool rw_label_scheme_turned(const rw_label_scheme *s)
{
    return s->minus_ones > 0 && s->ones > 0 && s->zeros == 0 && s->words == 0;
}

rwda_status rw_label_scheme_check(const rw_label_scheme *s, const char *path, rwda_error *err)
{
    if (s->minus_ones == 0 || rw_label_scheme_turned(s))
        return RWDA_OK;
    return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                   "%.200s: row %zu: label -1 %s: beside 1 alone it would be scikit-learn's outlier, elsewhere it means not "
                   "known; write 0 for normal and 1 for anomalous, and leave out what is not known",
                   path, s->row,
                   s->words > 0                  ? "beside words"
                   : s->zeros > 0 && s->ones > 0 ? "beside 0 and 1"
                   : s->zeros > 0                ? "beside 0"
                                                 : "without 1");
}

int rw_label_meant(const rw_label_scheme *s, int seen)
{
    if (!rw_label_scheme_turned(s) || seen == RW_LABEL_NONE || seen == RW_LABEL_NOT)
        return seen;
    return seen == RW_LABEL_MINUS_ONE ? RW_LABEL_ANOMALOUS : RW_LABEL_NORMAL;
}
