/* score_table.h - scored images with what is known about them, from a scores file or while scoring.    layer: common
 *
 * Files: JSON lines or CSV of 'rwda score', scores.csv of 'rwda eval'. */
#ifndef RW_SCORE_TABLE_H
#define RW_SCORE_TABLE_H

#include "base/status.h"

#include <math.h>
#include <stdbool.h>

typedef struct {
    char  *path, *category, *defect_type; /* category, defect_type: "" where unknown; "good" for a normal image */
    char  *error;                         /* NULL: there is a score */
    double score;                         /* NaN: there is none */
    int    truth;                         /* 0 normal, 1 anomalous, -1 unknown */
    char  *opinion;                       /* the text tower's, for people: "scratch 0.42, stain 0.31"; NULL: none */
} scored_image;

/* What the labels of a file are. */
typedef enum {
    SCORE_LABELS_NONE = 0,
    SCORE_LABELS_TRUTH,
    SCORE_LABELS_TURNED,   /* truth, as scikit-learn writes it (common/label_words.h) */
    SCORE_LABELS_DECISIONS /* of 'rwda score' itself, by a threshold: no truth */
} score_labels;

typedef struct {
    scored_image *items;
    size_t        count, capacity;
    char         *scoring;     /* rwda_scorer_describe() of what made them; NULL: the file does not say */
    char         *recipe;      /* JSON, for people; NULL: none */
    char          column[128]; /* name of the scores' column in a CSV file; "" else */
    double        threshold;   /* NaN: the file has none */
    score_labels  labels;
    bool          no_memory; /* or too many scores: score_table_add() could not add all */
} score_table;
#define SCORE_TABLE_INIT                                                                                                    \
    {                                                                                                                       \
        .threshold = (double)NAN                                                                                            \
    }

#define SCORE_TABLE_MAX 5000000

/* Whether a path names scores rather than images: FILE.jsonl, FILE.csv, or a folder that holds scores.csv. */
bool score_table_is_in(const char *path);

/* Labels are truth (words of common/label_words.h; one that is no such word is RWDA_EFORMAT, -1 with two meanings too), unless the file is
 * of 'rwda score', which writes its decisions in the same place.  Paths are spelt as rw_path_find() says.
 * column: of a CSV file with several; NULL: "score", else the first one that is not all words.  Release with score_table_free() in either case.  RWDA_EINVAL: a
 * column of a file that has none; RWDA_EIO, RWDA_EFORMAT (line or row in the message), RWDA_EMISMATCH (scores made in different ways),
 * RWDA_ELIMIT (a line too long), RWDA_ENOMEM. */
rwda_status score_table_read(score_table *out, const char *path, const char *column, rwda_error *err);

/* Copies the strings.  error NULL: score holds. */
void score_table_add(score_table *table, const char *path, double score, const char *error);

/* Labels, defect types and categories from folders, where the file has none: once an image lies below a folder named good, ok or normal, it
 * and its like are normal, and every folder beside that one holds one type of defect.  Where there is none beside it, an image's own folder
 * is its type.  Without such a folder nothing is labelled. */
void score_table_label_by_folder(score_table *table);

size_t score_table_labelled(const score_table *table, int truth); /* how many with a score have this truth */
void   score_table_free(score_table *table);

#endif
