/* messages.c - Messages and progress on standard error. */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

bool cli_quiet = false;

static void __attribute__((format(printf, 1, 0))) say(const char *format, va_list args)
{
    char text[8192];

    (void)vsnprintf(text, sizeof text, format, args);
    for (char *c = text; *c != '\0'; c++) {
        unsigned char b[3] = { (unsigned char)c[0], (unsigned char)c[1], (unsigned char)(c[1] != '\0' ? c[2] : 0) };

        if (b[0] < ' ' || b[0] == 127) /* a file's name must not steer the terminal */
            *c = '?';
        else if (b[0] == 0xc2 && b[1] >= 0x80 && b[1] < 0xa0) /* C1 */
            memset(c, '?', 2);
        else if (b[0] == 0xe2 &&
                 ((b[1] == 0x80 && b[2] >= 0xa8 && b[2] <= 0xae) || (b[1] == 0x81 && b[2] >= 0xa6 && b[2] <= 0xa9)))
            memset(c, '?', 3); /* ends of lines, overrides, isolates */
    }
    fprintf(stderr, "rwda: %s\n", text);
}

void cli_error(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(format, args);
    va_end(args);
}

void cli_note(const char *format, ...)
{
    va_list args;

    if (cli_quiet)
        return;
    va_start(args, format);
    say(format, args);
    va_end(args);
}

int cli_fail(const rwda_error *err, int code)
{
    cli_error("%s%s", err->message, err->code == RWDA_EEXIST ? "; --force overwrites it" : "");
    return code;
}

char *cli_copy(const char *text)
{
    char *copy = strdup(text);

    if (copy == NULL) {
        cli_error("no memory");
        exit(EXIT_SOME_FAILED);
    }
    return copy;
}

int cli_status_exit(rwda_status status, int other)
{
    return status == RWDA_EINVAL ? EXIT_USAGE : status == RWDA_EEXIST ? EXIT_OUTPUT : other;
}

bool cli_shows_progress(void)
{
    return !cli_quiet && isatty(STDERR_FILENO);
}

int cli_progress(void *user, const char *stage, size_t done, size_t total)
{
    static char   now[48]; /* the piece of long work of the program, one at a time: its name, where and when it began */
    static size_t first, last_percent;
    static struct timespec start;
    struct timespec        t;
    size_t                 percent = total > 0 ? 100 * done / total : done;
    double                 left;

    (void)user;
    if (!cli_shows_progress())
        return 0;
    clock_gettime(CLOCK_MONOTONIC, &t);
    if (strncmp(now, stage, sizeof now - 1) != 0 || percent < last_percent) {
        (void)snprintf(now, sizeof now, "%s", stage);
        first = done;
        start = t;
    } else if (percent == last_percent && done != total) {
        return 0;
    }
    last_percent = percent;
    left         = (double)(t.tv_sec - start.tv_sec) + 1e-9 * (double)(t.tv_nsec - start.tv_nsec);
    left *= done > first ? (double)(total - done) / (double)(done - first) : 0.0;
    if (total == 0) { /* a list that is still being read */
        fprintf(stderr, "\r%-20s %zu", stage, done);
        return 0;
    }
    fprintf(stderr, "\r%-20s %3zu %%  %zu of %zu", stage, percent, done, total);
    if (done == total)
        fputs("                    \n", stderr);
    else if (done > first)
        fprintf(stderr, "  %d:%02d:%02d left  ", (int)left / 3600, (int)left / 60 % 60, (int)left % 60);
    return 0;
}

static void note(void *user, const char *message)
{
    (void)user;
    cli_note("%s", message);
}

static void warn(void *user, const char *message)
{
    (void)user;
    cli_error("%s", message);
}

const rwda_events *cli_events(void)
{
    static const rwda_events events = { cli_progress, note, warn, NULL };

    return &events;
}
