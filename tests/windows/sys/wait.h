/* wait.h - there are no child processes on Windows: a test that wants one fails, and one that skips itself is built */
#ifndef WINDOWS_WAIT_H
#define WINDOWS_WAIT_H

#include <sys/types.h>

#define fork()                     ((pid_t)-1)
#define waitpid(child, how, flags) ((void)(child), (void)(flags), *(how) = -1)

#endif
