#include "common/image_walk.h"

#include "base/memory.h"
#include "common/label_words.h"

#include <rwda.h>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 32 /* folders in folders */
#define START     16 /* bytes of a file that tell its format */

/* A folder that is being read. */
typedef struct {
    char           *path;
    struct dirent **entries;
    int             n, at;
    bool            of_masks;
} folder;

typedef struct {
    dev_t  device;
    ino_t  inode;
    size_t below; /* 0: it lies there really; else the start below which a link led to it, and 1 */
} identity;

/* A folder that is read later. */
typedef struct {
    char  *path;
    size_t depth; /* of the folder that it lies in */
    size_t start;
    bool   linked; /* a link leads to it */
    bool   of_masks;
} waiting;

typedef struct {
    waiting *all;
    size_t   n, at, capacity;
} queue;

struct rw_image_walk {
    folder        folders[DEPTH_MAX]; /* the outermost first */
    size_t        depth, above;       /* above: how deep the outermost lies */
    size_t        start;              /* below which the folders lie, */
    bool          linked;             /* where a link led */
    queue         starts, links;      /* links: read when all that lies below the starts is */
    void         *met;                /* identities of all folders, a tree of tsearch() */
    char         *home;
    char          whole[PATH_MAX]; /* of home; "": there is no such folder */
    bool          with_masks;
    rw_walk_skips skips;
    void (*on_folder)(void *user, const char *path);
    void *user;
};

static int not_dots(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int by_identity(const void *a, const void *b)
{
    const identity *x = a, *y = b;

    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    if (x->inode != y->inode)
        return x->inode < y->inode ? -1 : 1;
    return (x->below > y->below) - (x->below < y->below);
}

/* Some file systems number nothing: their folders are never met again. */
static bool is_new(rw_image_walk *w, const struct stat *info)
{
    identity real = { info->st_dev, info->st_ino, 0 }, *one;
    void    *found;

    if (info->st_ino == 0 || (one = malloc(sizeof *one)) == NULL)
        return true;
    *one = real;
    if (w->linked)
        one->below = w->start + 1;
    found = w->linked ? tfind(&real, &w->met, by_identity) : NULL;
    found = found == NULL ? tsearch(one, &w->met, by_identity) : found;
    if (found != NULL && *(identity **)found == one)
        return true;
    free(one);
    return found == NULL;
}

/* false: it cannot be read, or lies too deep. */
static bool enter(rw_image_walk *w, const char *path, bool of_masks)
{
    folder f = { NULL, NULL, 0, 0, of_masks };

    if (w->above + w->depth == DEPTH_MAX)
        return false;
    if (w->on_folder != NULL && !of_masks)
        w->on_folder(w->user, path);
    f.n    = scandir(path, &f.entries, not_dots, alphasort);
    f.path = f.n >= 0 ? rw_string_copy(path) : NULL;
    if (f.path == NULL) {
        for (int i = 0; i < f.n; i++)
            free(f.entries[i]);
        free(f.entries);
        return false;
    }
    w->folders[w->depth++] = f;
    return true;
}

static void leave(rw_image_walk *w)
{
    folder *f = &w->folders[--w->depth];

    while (f->at < f->n)
        free(f->entries[f->at++]);
    free(f->entries);
    free(f->path);
}

/* Whether a folder lies where its path says: no link on the way down from home. */
static bool is_real(const rw_image_walk *w, const char *path)
{
    char   whole[PATH_MAX];
    size_t home = strlen(w->home), len = strlen(w->whole);

    return strncmp(path, w->home, home) == 0 && realpath(path, whole) != NULL && strncmp(whole, w->whole, len) == 0 &&
           strcmp(whole + len, path + home) == 0;
}

/* false: no memory. */
static bool wait_in(queue *q, const char *path, waiting one)
{
    if (!rw_array_reserve((void **)&q->all, &q->capacity, q->n, 1, sizeof *q->all) ||
        (one.path = rw_string_copy(path)) == NULL)
        return false;
    q->all[q->n++] = one;
    return true;
}

static void free_queue(queue *q)
{
    while (q->at < q->n)
        free(q->all[q->at++].path);
    free(q->all);
}

rw_image_walk *rw_image_walk_new(const char *home, bool with_masks)
{
    rw_image_walk *w = calloc(1, sizeof *w);

    if (w == NULL || (w->home = rw_string_copy(home)) == NULL) {
        free(w);
        return NULL;
    }
    if (realpath(home, w->whole) == NULL)
        w->whole[0] = '\0';
    w->with_masks = with_masks;
    return w;
}

bool rw_image_walk_add(rw_image_walk *w, const char *path, size_t start)
{
    bool linked = !is_real(w, path);

    return wait_in(linked ? &w->links : &w->starts, path, (waiting){ .start = start, .linked = linked });
}

size_t rw_image_walk_start(const rw_image_walk *w)
{
    return w->start;
}

void rw_image_walk_on_folder(rw_image_walk *w, void (*fn)(void *user, const char *path), void *user)
{
    if (w == NULL)
        return;
    w->on_folder = fn;
    w->user      = user;
}

void rw_image_walk_free(rw_image_walk *w)
{
    if (w == NULL)
        return;
    while (w->depth > 0)
        leave(w);
    free_queue(&w->starts);
    free_queue(&w->links);
    tdestroy(w->met, free);
    free(w->home);
    free(w);
}

/* Lists of labels lie beside images by the thousand: these are not opened. */
static bool is_text_by_name(const char *name)
{
    static const char *const endings[] = { ".txt", ".csv", ".json", ".jsonl", ".xml", ".md" };
    bool                     found     = false;

    for (size_t i = 0; i < RW_COUNTOF(endings); i++)
        found |= rw_path_ends_in(name, endings[i]);
    return found;
}

/* A text may begin with the letters of a BMP or PNM file; an image's first bytes hold one that no text does. */
static bool is_image_by_content(const char *path)
{
    uint8_t start[START];
    int     file   = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t got    = file >= 0 ? read(file, start, sizeof start) : -1;
    bool    binary = false;

    if (file >= 0)
        close(file);
    for (ssize_t i = 0; i < got; i++)
        binary |= start[i] < 9 || start[i] >= 128;
    return got > 0 && binary && rwda_image_recognised(start, (size_t)got);
}

/* MVTec 3D has positions and masks beside the pictures. */
static bool holds_masks(const char *dir, const char *name)
{
    return rw_folder_is_masks(name) ||
           ((strcmp(name, "gt") == 0 || strcmp(name, "xyz") == 0) && rw_path_is_directory(dir, "rgb"));
}

static bool is_image_without_ending(const char *path)
{
    return !is_text_by_name(path) && is_image_by_content(path);
}

bool rw_path_is_image(const char *path)
{
    return rwda_image_named(path) || (rw_path_is_file(path, "") && is_image_without_ending(path));
}

static rw_walk_found take_file(rw_image_walk *w, const char *path, bool regular, bool of_masks)
{
    if (!rwda_image_named(path) && !(regular && is_image_without_ending(path))) {
        w->skips.others++;
        return RW_WALK_NOTHING;
    }
    if (!of_masks)
        return RW_WALK_IMAGE;
    w->skips.masks++;
    return RW_WALK_NOTHING;
}

/* A link to a folder above itself, or above home, would bring in everything beside it. */
static bool leads_back(const rw_image_walk *w, const char *path)
{
    char target[PATH_MAX], own[RW_PATH_MAX], above[PATH_MAX];

    return realpath(path, target) != NULL &&
           (rw_path_contains(target, w->whole) || (rw_path_format(own, "%.*s.", (int)(rw_path_base(path) - path), path) &&
                                                   realpath(own, above) != NULL && rw_path_contains(target, above)));
}

static rw_walk_found take_folder(rw_image_walk *w, const char *path, bool of_masks)
{
    struct stat info;
    bool        there = stat(path, &info) == 0;

    if (there && ((w->linked && w->depth == 0 && leads_back(w, path)) || !is_new(w, &info))) {
        w->skips.folders++;
        return RW_WALK_MET;
    }
    return (there && enter(w, path, of_masks)) || of_masks ? RW_WALK_NOTHING : RW_WALK_UNREADABLE;
}

/* Links wait: one that sorts before the folder it leads to would take its images. */
static rw_walk_found defer(rw_image_walk *w, const char *path, bool of_masks)
{
    waiting link = { NULL, w->above + w->depth, w->start, true, of_masks };

    return wait_in(&w->links, path, link) ? RW_WALK_NOTHING : RW_WALK_UNREADABLE;
}

static rw_walk_found take_waiting(char out[RW_PATH_MAX], rw_image_walk *w)
{
    queue  *q = w->starts.at < w->starts.n ? &w->starts : &w->links;
    waiting next;

    if (q->at == q->n)
        return RW_WALK_END;
    next      = q->all[q->at++];
    w->above  = next.depth;
    w->start  = next.start;
    w->linked = next.linked;
    (void)snprintf(out, RW_PATH_MAX, "%s", next.path);
    free(next.path);
    return take_folder(w, out, next.of_masks);
}

rw_walk_found rw_image_walk_next(char out[RW_PATH_MAX], rw_image_walk *w)
{
    folder     *f = w->depth > 0 ? &w->folders[w->depth - 1] : NULL;
    char        name[sizeof((struct dirent *)NULL)->d_name];
    struct stat info, own;
    bool        fits, there, of_masks;

    if (f == NULL)
        return take_waiting(out, w);
    if (f->at == f->n) {
        leave(w);
        return RW_WALK_NOTHING;
    }
    fits = rw_path_format(out, "%s/%s", f->path, f->entries[f->at]->d_name);
    if (!fits)
        (void)snprintf(out, RW_PATH_MAX, "%s/%s", f->path, f->entries[f->at]->d_name);
    (void)snprintf(name, sizeof name, "%s", f->entries[f->at]->d_name);
    free(f->entries[f->at++]);
    if (rw_name_is_debris(name)) {
        w->skips.debris++;
        return RW_WALK_NOTHING;
    }
    if (!fits)
        return RW_WALK_TOO_LONG;
    there = stat(out, &info) == 0; /* a link that leads nowhere is a file that fails, if it is called an image */
    if (!there || !S_ISDIR(info.st_mode))
        return take_file(w, out, there && S_ISREG(info.st_mode), f->of_masks);
    of_masks = f->of_masks || (!w->with_masks && holds_masks(f->path, name));
    return lstat(out, &own) == 0 && S_ISLNK(own.st_mode) ? defer(w, out, of_masks) : take_folder(w, out, of_masks);
}

const rw_walk_skips *rw_image_walk_skips(const rw_image_walk *w)
{
    return &w->skips;
}

void rw_walk_skips_add(rw_walk_skips *sum, const rw_walk_skips *more)
{
    sum->others += more->others;
    sum->debris += more->debris;
    sum->masks += more->masks;
    sum->folders += more->folders;
}

bool rw_walk_skips_text(char out[160], const rw_walk_skips *s)
{
    const struct {
        size_t      n;
        const char *one, *many;
    } parts[]   = { { s->masks, "image in folders of masks", "images in folders of masks" },
                    { s->debris, "file or folder of the system (._*, .DS_Store, Thumbs.db, ...)",
                      "files and folders of the system (._*, .DS_Store, Thumbs.db, ...)" },
                    { s->folders, "folder met before", "folders met before" } };
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < RW_COUNTOF(parts); i++)
        if (parts[i].n > 0)
            used += (size_t)snprintf(out + used, 160 - used, "%s%zu %s", used > 0 ? ", " : "", parts[i].n,
                                     parts[i].n == 1 ? parts[i].one : parts[i].many);
    return used > 0;
}
