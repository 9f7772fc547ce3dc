/* image_walk.h - the images below a folder.                                                       layer: common
 *
 * Which files count is decided here, for every verb and every data set: those whose names end like an image's, and those without such an
 * ending whose first bytes are an image's.  Left out and counted are a system's own files, folders of masks, and all others.  Links to
 * folders are followed when all that lies there really was read, but to no folder that was met or that lies above. */
#ifndef RW_IMAGE_WALK_H
#define RW_IMAGE_WALK_H

#include "common/paths.h"

/* What was left out. */
typedef struct {
    size_t others;  /* files that are no images */
    size_t debris;  /* files and folders of a system (rw_name_is_debris()) */
    size_t masks;   /* images in folders of masks */
    size_t folders; /* met before */
} rw_walk_skips;

typedef struct rw_image_walk rw_image_walk;

/* home: the folder of it all.  with_masks: folders of masks are walked too.  NULL: no memory. */
rw_image_walk *rw_image_walk_new(const char *home, bool with_masks);
void           rw_image_walk_free(rw_image_walk *walk); /* NULL is fine */
/* A folder to read, home itself or one whose path begins with it; more may be added after the end.  `start` is the caller's number for it.
 * Where a link is on the way from home to it, it is read as links are.  What lies below several starts really is read once; a folder that
 * links lead to is read once below each.  false: no memory. */
bool   rw_image_walk_add(rw_image_walk *walk, const char *folder, size_t start);
size_t rw_image_walk_start(const rw_image_walk *walk); /* below which folder lies what was found last */
/* Called with each folder that is not one of masks, before it is read.  A walk of NULL is fine. */
void rw_image_walk_on_folder(rw_image_walk *walk, void (*fn)(void *user, const char *path), void *user);
/* Whether a file would be taken for an image: by its name, or by its first bytes. */
bool rw_path_is_image(const char *path);

/* What is next, sorted by name folder by folder, links to folders last: */
typedef enum {
    RW_WALK_END = 0,
    RW_WALK_IMAGE,
    RW_WALK_UNREADABLE, /* a folder that cannot be read, or lies over 32 folders deep */
    RW_WALK_TOO_LONG,   /* a path longer than RW_PATH_MAX, cut */
    RW_WALK_MET,        /* a folder met before, counted */
    RW_WALK_NOTHING     /* yet: so that a caller can look whether he shall stop */
} rw_walk_found;
rw_walk_found rw_image_walk_next(char out[RW_PATH_MAX], rw_image_walk *walk);

const rw_walk_skips *rw_image_walk_skips(const rw_image_walk *walk);
/* "3 masks, 2 files of the system"; false: there is nothing to say. */
bool rw_walk_skips_text(char out[160], const rw_walk_skips *skips);
void rw_walk_skips_add(rw_walk_skips *sum, const rw_walk_skips *more);

#endif
