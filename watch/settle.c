#include "watch/settle.h"

#include "base/memory.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    char         *path; /* first: what the tree compares */
    size_t        at;   /* in settle.all */
    rw_file_stamp stamp;
    bool          closed, said;
    double        first, since, look; /* when it came, last changed, is looked at */
    int           tries;
} entry;

struct settle {
    entry **all;
    size_t  n, room, at; /* at: of this round */
    void   *tree;        /* the same by path */
    double  quiet, stuck;
};

static int by_path(const void *a, const void *b)
{
    return strcmp(((const entry *)a)->path, ((const entry *)b)->path);
}

settle *settle_new(double quiet_ms, double stuck_ms)
{
    settle *s = calloc(1, sizeof *s);

    if (s != NULL) {
        s->quiet = quiet_ms;
        s->stuck = stuck_ms;
    }
    return s;
}

static void free_entry(entry *e)
{
    free(e->path);
    free(e);
}

static void keep_entry(void *e)
{
    (void)e;
}

void settle_free(settle *s)
{
    if (s == NULL)
        return;
    tdestroy(s->tree, keep_entry);
    for (size_t i = 0; i < s->n; i++)
        free_entry(s->all[i]);
    free(s->all);
    free(s);
}

size_t settle_waiting(const settle *s)
{
    return s->n;
}

static entry *find(const settle *s, const char *path)
{
    entry wanted;
    void *found;

    wanted.path = (char *)(uintptr_t)path;
    found       = tfind(&wanted, &s->tree, by_path);
    return found != NULL ? *(entry **)found : NULL;
}

static void drop(settle *s, entry *e)
{
    (void)tdelete(e, &s->tree, by_path);
    s->all[e->at]     = s->all[--s->n];
    s->all[e->at]->at = e->at;
    free_entry(e);
}

static entry *add(settle *s, const char *path, double now)
{
    entry *e = calloc(1, sizeof *e);

    if (e == NULL || (e->path = rw_string_copy(path)) == NULL ||
        !rw_array_reserve((void **)&s->all, &s->room, s->n, 1, sizeof *s->all) || tsearch(e, &s->tree, by_path) == NULL) {
        if (e != NULL)
            free_entry(e);
        return NULL;
    }
    e->at          = s->n;
    e->first       = now;
    s->all[s->n++] = e;
    return e;
}

static double wait_of(const settle *s, const entry *e)
{
    /* An empty file is mostly one that was just made. */
    return e->closed && e->stamp.size > 0 && s->quiet > SETTLE_CLOSED_MS ? SETTLE_CLOSED_MS : s->quiet;
}

bool settle_tell(settle *s, const char *path, settle_news news, const rw_file_stamp *stamp, double now)
{
    entry *e = find(s, path);

    if (e != NULL && news == SETTLE_FOUND && rw_file_stamp_same(&e->stamp, stamp))
        return true;
    if (e == NULL && (e = add(s, path, now)) == NULL)
        return false;
    e->stamp  = *stamp;
    e->closed = news == SETTLE_CLOSED;
    e->since  = now;
    e->look   = now + wait_of(s, e);
    e->tries  = 0;
    return true;
}

bool settle_put_off(settle *s, const char *path, const rw_file_stamp *stamp, int tries, double now, double until)
{
    entry *e = find(s, path);

    if (e == NULL && (e = add(s, path, now)) == NULL)
        return false;
    e->stamp  = *stamp;
    e->closed = true;
    e->since  = now;
    e->look   = until;
    e->tries  = tries;
    return true;
}

void settle_forget(settle *s, const char *path)
{
    entry *e = find(s, path);

    if (e != NULL)
        drop(s, e);
}

bool settle_has(const settle *s, const char *path)
{
    return find(s, path) != NULL;
}

const char *settle_next(settle *s, double now)
{
    for (; s->at < s->n; s->at++)
        if (s->all[s->at]->look <= now)
            return s->all[s->at]->path;
    s->at = 0;
    return NULL;
}

bool settle_look(settle *s, const char *path, const rw_file_stamp *stamp, int *tries, double now)
{
    entry *e = find(s, path);

    *tries = 0;
    if (e == NULL)
        return false;
    if (stamp == NULL) {
        drop(s, e);
        return false;
    }
    if (!rw_file_stamp_same(&e->stamp, stamp)) {
        e->stamp  = *stamp;
        e->closed = false;
        e->since  = now;
        e->tries  = 0;
    }
    if (now - e->since < wait_of(s, e)) {
        e->look = e->since + wait_of(s, e);
        return false;
    }
    *tries = e->tries;
    drop(s, e);
    return true;
}

const char *settle_stuck(settle *s, double now)
{
    for (size_t i = 0; i < s->n; i++) {
        entry *e = s->all[i];

        if (!e->said && e->tries == 0 && now - e->first >= s->stuck) {
            e->said = true;
            return e->path;
        }
    }
    return NULL;
}
