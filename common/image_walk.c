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
    dev_t device;
    ino_t inode;
} identity;

struct rw_image_walk {
    folder        folders[DEPTH_MAX]; /* the outermost first */
    size_t        depth;
    void         *met;   /* identities of all folders, a tree of tsearch() */
    char         *start; /* the folder that is read first; NULL: it was */
    bool          with_masks;
    rw_walk_skips skips;
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
    return (x->inode > y->inode) - (x->inode < y->inode);
}

/* Some file systems number nothing: their folders are never met again. */
static bool is_new(rw_image_walk *w, const struct stat *info)
{
    identity *one = info->st_ino != 0 ? malloc(sizeof *one) : NULL;
    void     *found;

    if (one == NULL)
        return true;
    *one  = (identity){ info->st_dev, info->st_ino };
    found = tsearch(one, &w->met, by_identity);
    if (found != NULL && *(identity **)found == one)
        return true;
    free(one);
    return found == NULL;
}

/* false: it cannot be read, or lies too deep. */
static bool enter(rw_image_walk *w, const char *path, bool of_masks)
{
    folder f = { NULL, NULL, 0, 0, of_masks };

    if (w->depth == DEPTH_MAX)
        return false;
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

rw_image_walk *rw_image_walk_new(const char *path, bool with_masks)
{
    rw_image_walk *w = calloc(1, sizeof *w);

    if (w == NULL || (w->start = rw_string_copy(path)) == NULL) {
        free(w);
        return NULL;
    }
    w->with_masks = with_masks;
    return w;
}

void rw_image_walk_free(rw_image_walk *w)
{
    if (w == NULL)
        return;
    while (w->depth > 0)
        leave(w);
    tdestroy(w->met, free);
    free(w->start);
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

static rw_walk_found take_file(rw_image_walk *w, const char *path, bool regular, bool of_masks)
{
    if (!rwda_image_named(path) && !(regular && !is_text_by_name(path) && is_image_by_content(path))) {
        w->skips.others++;
        return RW_WALK_NOTHING;
    }
    if (!of_masks)
        return RW_WALK_IMAGE;
    w->skips.masks++;
    return RW_WALK_NOTHING;
}

static rw_walk_found take_folder(rw_image_walk *w, const char *path, const struct stat *info, bool of_masks)
{
    if (!is_new(w, info)) {
        w->skips.folders++;
        return RW_WALK_NOTHING;
    }
    return enter(w, path, of_masks) || of_masks ? RW_WALK_NOTHING : RW_WALK_UNREADABLE;
}

/* What lies above counts as met: a link back to it would bring in everything beside this folder. */
static void meet_folders_above(rw_image_walk *w, const char *path)
{
    char        whole[PATH_MAX];
    struct stat info;

    if (realpath(path, whole) == NULL)
        return;
    for (char *slash = strrchr(whole, '/'); slash != NULL; slash = strrchr(whole, '/')) {
        slash[slash == whole] = '\0';
        if (stat(whole, &info) == 0)
            (void)is_new(w, &info);
        *slash = '\0';
    }
}

static rw_walk_found begin(char out[RW_PATH_MAX], rw_image_walk *w)
{
    struct stat info;
    bool read = rw_path_format(out, "%s", w->start) && stat(out, &info) == 0 && is_new(w, &info) && enter(w, out, false);

    meet_folders_above(w, w->start);
    free(w->start);
    w->start = NULL;
    return read ? RW_WALK_NOTHING : RW_WALK_UNREADABLE;
}

rw_walk_found rw_image_walk_next(char out[RW_PATH_MAX], rw_image_walk *w)
{
    folder     *f = w->depth > 0 ? &w->folders[w->depth - 1] : NULL;
    char        name[sizeof((struct dirent *)NULL)->d_name];
    struct stat info;
    bool        fits, there;

    if (w->start != NULL)
        return begin(out, w);
    if (f == NULL)
        return RW_WALK_END;
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
    if (there && S_ISDIR(info.st_mode))
        return take_folder(w, out, &info, f->of_masks || (!w->with_masks && holds_masks(f->path, name)));
    return take_file(w, out, there && S_ISREG(info.st_mode), f->of_masks);
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
