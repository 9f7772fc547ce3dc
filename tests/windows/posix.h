/* posix.h - what the unit tests ask of POSIX, for Windows; included before each of them (tests/CMakeLists.txt)
 *
 * Enough for tests, whose paths are short and ASCII; nothing of the library is made of it. */
#ifndef WINDOWS_POSIX_H
#define WINDOWS_POSIX_H

#include <direct.h>
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/utime.h>
#include <time.h>
#include <unistd.h>
#include <windows.h>
#undef near /* words of 16-bit Windows, which are names here */
#undef far
#undef small
#undef ERROR

/* open() and fopen() leave bytes as they are. */
__attribute__((constructor)) static inline void open_as_binary(void)
{
    _fmode = _O_BINARY;
}

#define mkdir(path, mode) _mkdir(path)

static inline char *mkdtemp(char *name)
{
    return _mktemp(name) != NULL && _mkdir(name) == 0 ? name : NULL;
}

#define _SC_PAGESIZE 1
static inline long sysconf(int name)
{
    SYSTEM_INFO info;

    (void)name;
    GetSystemInfo(&info);
    return (long)info.dwPageSize;
}

static inline void *memmem(const void *text, size_t len, const void *word, size_t word_len)
{
    for (size_t i = 0; i + word_len <= len; i++)
        if (memcmp((const char *)text + i, word, word_len) == 0)
            return (char *)(uintptr_t)text + i;
    return NULL;
}

static inline char *strndup(const char *text, size_t most)
{
    size_t len  = strnlen(text, most);
    char  *copy = malloc(len + 1);

    if (copy == NULL)
        return NULL;
    copy[len] = '\0';
    return memcpy(copy, text, len);
}

static inline ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
    return _lseeki64(fd, offset, SEEK_SET) < 0 ? -1 : _write(fd, bytes, (unsigned)len);
}

#endif
