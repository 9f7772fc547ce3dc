/* tree.h - small data sets in a test's own folder, and what an evaluation says on its way. */
#ifndef TREE_H
#define TREE_H

#include "tests/common/scratch.h"

#include "common/paths.h"

#include <rwda_eval.h>

/* A file with that text, and the folders above it. */
static inline void tree_text(const char *name, const char *text)
{
    char path[RW_PATH_MAX];

    assert_true(rw_path_format(path, "%s/%s", scratch, name));
    assert_int_equal(rw_path_make_folders(path, NULL), RWDA_OK);
    (void)make_text(name, text);
}

/* Files that hold nothing of use: a data set opens none of its images. */
static inline void tree_files(const char *const *names)
{
    for (; *names != NULL; names++)
        tree_text(*names, "x");
}
#define TREE(...) tree_files((const char *const[]){ __VA_ARGS__, NULL })

/* Everything that was said. */
typedef struct {
    int  notes, warnings, steps;
    int  stop_at;                 /* the progress call that says stop; 0: none */
    char note[512], warning[512]; /* the last */
} heard;

static inline int heard_progress(void *user, const char *stage, size_t done, size_t total)
{
    heard *h = user;

    assert_non_null(stage);
    assert_true(total == 0 || done <= total);
    return ++h->steps == h->stop_at;
}

static inline void heard_note(void *user, const char *message)
{
    heard *h = user;

    h->notes++;
    (void)snprintf(h->note, sizeof h->note, "%s", message);
}

static inline void heard_warn(void *user, const char *message)
{
    heard *h = user;

    h->warnings++;
    (void)snprintf(h->warning, sizeof h->warning, "%s", message);
}

static inline rwda_events hear(heard *h)
{
    return (rwda_events){ heard_progress, heard_note, heard_warn, h };
}

/* Fails unless a text has these words. */
static inline void assert_says(const char *text, const char *words)
{
    if (strstr(text, words) == NULL)
        fail_msg("\"%s\" is without \"%s\"", text, words);
}

#endif
