/* fail_allocation.c - preloaded into a program: allocation number $RWDA_FAIL_AT of main() and what it calls fails (from 1; 0: none).
 * With $RWDA_FAIL_COUNT the number of allocations goes to that file at the end. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static atomic_long made;
static long        fails_at = -1; /* before main(): the loader's and the libraries' own beginnings are not the program's */

static int fails(void)
{
    if (fails_at < 0 || atomic_fetch_add(&made, 1) + 1 != fails_at)
        return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return fails() ? NULL : __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *memory = memalign(alignment, size);

    if (memory == NULL)
        return ENOMEM;
    *out = memory;
    return 0;
}

static void write_count(void)
{
    const char *path = getenv("RWDA_FAIL_COUNT");
    int         fd   = path != NULL ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666) : -1;
    char        text[24], *at = text + sizeof text;

    for (long n = atomic_load(&made); fd >= 0 && (n > 0 || at == text + sizeof text); n /= 10)
        *--at = (char)('0' + n % 10);
    if (fd >= 0) {
        (void)!write(fd, at, (size_t)(text + sizeof text - at));
        close(fd);
    }
}

static int (*program_main)(int, char **, char **);

static int counted_main(int argc, char **argv, char **environment)
{
    const char *at = getenv("RWDA_FAIL_AT");
    int         code;

    fails_at = at != NULL ? atol(at) : 0;
    code     = program_main(argc, argv, environment);
    fails_at = -1;
    write_count();
    return code;
}

typedef int (*start_fn)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void), void (*)(void),
                        void *);

int __libc_start_main(int (*main_fn)(int, char **, char **), int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*rtld_fini)(void), void *stack_end);
int __libc_start_main(int (*main_fn)(int, char **, char **), int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*rtld_fini)(void), void *stack_end)
{
    start_fn real = (start_fn)dlsym(RTLD_NEXT, "__libc_start_main");

    program_main = main_fn;
    return real(counted_main, argc, argv, init, fini, rtld_fini, stack_end);
}
