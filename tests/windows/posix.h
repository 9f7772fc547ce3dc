/* posix.h - what the unit tests ask of POSIX, for Windows; included before each of them (CMakeLists.txt)
 *
 * Enough for tests, whose paths are short and ASCII; nothing of the library is made of it.  windows.h stays out: its names are the tests'. */
#ifndef WINDOWS_POSIX_H
#define WINDOWS_POSIX_H

#include <direct.h>
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/* open() and fopen() leave bytes as they are. */
__attribute__((constructor)) static inline void open_as_binary(void)
{
    _fmode = _O_BINARY;
}

#define _SC_PAGESIZE  1
#define sysconf(name) 4096L
#define AT_FDCWD      0
#define geteuid()     1 /* nobody who could give files away */

struct windows_stat {
    int             st_mode; /* 0700: this user's alone, as the library sees it; 0777 */
    off_t           st_size;
    struct timespec st_atim, st_mtim;
};
int windows_stat(const char *path, struct windows_stat *out);
#define stat windows_stat

char *mkdtemp(char *name);
int   windows_mkdir(const char *path, int mode);
#define mkdir(path, mode) windows_mkdir(path, mode)
int windows_remove(const char *path); /* folders, too */
#define remove(path) windows_remove(path)
int windows_rename(const char *from, const char *to); /* what is there is replaced */
#define rename(from, to) windows_rename(from, to)
int windows_chmod(const char *path, int mode); /* 022: everybody may write it */
#define chmod(path, mode) windows_chmod(path, mode)
int     chown(const char *path, int user, int group); /* it fails */
int     symlink(const char *to,
                const char *path); /* it makes none, and says it did: links are a privilege there, and Wine makes none */
int     utimensat(int folder, const char *path, const struct timespec times[2], int flags);
ssize_t pread(int fd, void *bytes, size_t len, off_t offset);
ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset);
void   *memmem(const void *text, size_t len, const void *word, size_t word_len);
char   *strndup(const char *text, size_t most);

#endif
