/* process.c - time and peak memory of a child process.
 *
 * Peak memory is read from /proc while the process runs: getrusage's would count what this process held when it forked. */
#include "studies/process.h"

#include "base/status.h"
#include "common/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* Highest resident memory of a running process so far in MiB; the one before when it cannot be read. */
static double peak_memory(pid_t child, double before)
{
    char  path[64], line[256];
    long  kib;
    FILE *in;

    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)child);
    in = fopen(path, "r");
    while (in != NULL && fgets(line, sizeof line, in) != NULL)
        if (sscanf(line, "VmHWM: %ld kB", &kib) == 1)
            before = (double)kib / 1024;
    if (in != NULL)
        fclose(in);
    return before;
}

/* 0, or an errno. */
static int start(pid_t *child, const char *program, const char *const *arguments, const char *output)
{
    posix_spawn_file_actions_t actions;
    int                        failure = posix_spawn_file_actions_init(&actions);

    if (failure != 0)
        return failure;
    failure = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (failure == 0) /* its interface knows no const */
        failure = posix_spawn(child, program, &actions, NULL, (char *const *)(uintptr_t)arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return failure;
}

rwda_status process_measure(process_cost *out, const char *program, const char *const *arguments, const char *output,
                            rwda_error *err)
{
    double begun = rw_now_ms();
    pid_t  child;
    int    status, failure = start(&child, program, arguments, output);

    *out = (process_cost){ 0, 0, -1 };
    if (failure != 0)
        return rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.200s: cannot be started: %s", program, strerror(failure));
    for (pid_t ended = 0; ended != child;) {
        out->mib = peak_memory(child, out->mib);
        ended    = waitpid(child, &status, WNOHANG);
        if (ended < 0 && errno != EINTR)
            return rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.200s: cannot be waited for: %s", program, strerror(errno));
        if (ended == 0)
            nanosleep(&(struct timespec){ 0, 2000000 }, NULL);
    }
    out->ms = rw_now_ms() - begun;
    if (WIFEXITED(status))
        out->code = WEXITSTATUS(status);
    return RWDA_OK;
}
