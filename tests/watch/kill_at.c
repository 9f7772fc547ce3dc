/* kill_at.c - a library that the loader puts before the C library: the process is killed just before its call number $KILL_AT that writes. */
#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

static void count(void)
{
    static atomic_int calls;
    const char       *at = getenv("KILL_AT");

    if (at != NULL && ++calls == atoi(at))
        (void)kill(getpid(), SIGKILL);
}

#define WRAP(type, name, parameters, arguments)                                                                             \
    type name parameters;                                                                                                   \
    type name parameters                                                                                                    \
    {                                                                                                                       \
        type(*real) parameters = (type(*) parameters)dlsym(RTLD_NEXT, #name);                                               \
        count();                                                                                                            \
        return real arguments;                                                                                              \
    }

WRAP(ssize_t, write, (int fd, const void *bytes, size_t len), (fd, bytes, len))
WRAP(ssize_t, pwrite, (int fd, const void *bytes, size_t len, off_t at), (fd, bytes, len, at))
WRAP(ssize_t, pwrite64, (int fd, const void *bytes, size_t len, off64_t at), (fd, bytes, len, at))
WRAP(int, ftruncate, (int fd, off_t len), (fd, len))
WRAP(int, ftruncate64, (int fd, off64_t len), (fd, len))
WRAP(int, fsync, (int fd), (fd))
WRAP(int, fdatasync, (int fd), (fd))
WRAP(int, link, (const char *from, const char *to), (from, to))
WRAP(int, linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags))
WRAP(int, rename, (const char *from, const char *to), (from, to))
WRAP(int, renameat2, (int a, const char *from, int b, const char *to, unsigned flags), (a, from, b, to, flags))
WRAP(int, unlink, (const char *path), (path))
WRAP(ssize_t, send, (int fd, const void *bytes, size_t len, int flags), (fd, bytes, len, flags))
