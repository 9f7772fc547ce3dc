/* scores.h - which pictures have which scores, and what is known about them?
 *
 * From a scores file (JSON lines or CSV of 'rwda score', scores.csv of 'rwda eval'), or filled by the caller while scoring. */
#ifndef SCORES_H
#define SCORES_H

#include "cli.h"

typedef struct {
    char  *path, *category, *kind; /* category, kind: "" where unknown; kind is "good" for a normal picture */
    char  *error;                  /* NULL: there is a score */
    double score;                  /* NaN: there is none */
    int    truth;                  /* 0 normal, 1 anomalous, -1 unknown */
} scored_picture;

typedef struct {
    scored_picture *items;
    size_t          count, capacity;
    char           *scoring;     /* rwda_scorer_describe() of what made them; NULL: the file does not say */
    char           *recipe;      /* JSON, for people; NULL: none */
    char            column[128]; /* name of the scores' column in a CSV file; "" else */
    double          threshold;   /* NaN: the file has none */
    bool            no_memory;
} scores;

#define SCORES_MAX 5000000

/* Whether a path names scores rather than pictures: FILE.jsonl, FILE.csv, or a folder that holds scores.csv. */
bool scores_are_in(const char *path);

/* column: of a CSV file with several; NULL: "score", else the first one.  0, or an exit code after a message with line and reason. */
int scores_read(scores *out, const char *path, const char *column);

/* Copies the strings.  error NULL: score holds. */
void scores_add(scores *s, const char *path, double score, const char *error);

/* Labels, kinds and categories from folders, where the file has none: once a picture lies in a folder named good, ok or normal, it
 * and its like are normal, and every other folder holds one kind of anomaly.  Without such a folder nothing is labelled. */
void scores_label_by_folder(scores *s);

size_t scores_labelled(const scores *s, int truth); /* how many with a score have this truth */
void   scores_free(scores *s);

#endif
