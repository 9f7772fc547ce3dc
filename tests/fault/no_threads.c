/* no_threads.c - a program of one thread stays one: a second ends it (LD_PRELOAD) */
#include <pthread.h>
#include <unistd.h>

int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes, void *(*begin)(void *),
                   void *restrict argument)
{
    static const char says[] =
        "a second thread: this test belongs under ThreadSanitizer (ONE_THREAD, tests/CMakeLists.txt)\n";

    (void)thread, (void)attributes, (void)begin, (void)argument;
    (void)!write(STDERR_FILENO, says, sizeof says - 1);
    _exit(1);
}
