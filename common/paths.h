/* paths.h - paths and folders.                                                                     layer: common */
#ifndef RW_PATHS_H
#define RW_PATHS_H

#include "base/file.h"

/* Writes a path; false, and an empty one, when it does not fit. */
bool rw_path_format(char out[RW_PATH_MAX], const char *format, ...) RW_PRINTF(2, 3);

bool rw_path_is_file(const char *dir, const char *name);      /* a regular file; name may be "" */
bool rw_path_is_directory(const char *dir, const char *name); /* name may be "" */
/* A last name over 255 bytes, which no file can have: what stands before its last `ending` bytes is cut, with 8 digits of its SHA-256. */
void        rw_path_fit_name(char path[RW_PATH_MAX], size_t ending);
int         rw_path_folder_length(const char *folder);             /* without slashes at its end: 0 of "/" */
const char *rw_path_base(const char *path);                        /* what follows the last slash */
bool        rw_path_ends_in(const char *path, const char *ending); /* in any case; something must stand before it */

/* Whether `inner` is the folder `outer` or lies in it, by their letters; none ends in a slash but "/". */
bool rw_path_contains(const char *outer, const char *inner);

/* Whether a file or folder is a system's own: hidden (a dot before its name, ._x.png of macOS among them), Thumbs.db, desktop.ini,
 * __MACOSX and the like. */
bool rw_name_is_debris(const char *name);

/* Names in a directory, sorted, without debris; NULL-terminated, the caller's to free with rw_names_free().  NULL: the directory
 * cannot be read, or memory is short. */
char **rw_names_list(const char *dir);
void   rw_names_free(char **names);

size_t rw_names_debris(const char *dir); /* how many it leaves out */

/* The file or folder that a path from a list means: the path itself where it is there; else what base/name_text.h escaped, with backslashes
 * for slashes (Windows), or with another spelling of its accents (NFC, NFD; part by part).  false: none is there, and out is the path. */
bool rw_path_find(char out[RW_PATH_MAX], const char *path);
/* A name in NFC, the caller's to free(): names that are equal in it are the same to people.  What is not UTF-8 stays.  NULL: no memory. */
char *rw_name_normalized(const char *name);

/* Makes every folder on the way to a file (or to a folder, whose path ends in a slash).  RWDA_EIO. */
rwda_status rw_path_make_folders(char *path, rwda_error *err);

/* Bytes at the start of every path that are the same folders, with their slash. */
size_t rw_path_common(char *const *paths, size_t n);

/* From the folder of `file` back to the current one: "" or "../../x/", so that paths named from here can be followed from there. */
void rw_path_back(char out[RW_PATH_MAX], const char *file);

#endif
