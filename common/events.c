#include "common/events.h"

#include <stdarg.h>
#include <stdio.h>

#define MESSAGE_MAX 8192 /* two paths and a sentence */

int rw_progress(const rwda_events *events, const char *stage, size_t done, size_t total)
{
    return events != NULL && events->progress != NULL ? events->progress(events->user, stage, done, total) : 0;
}

static void __attribute__((format(printf, 3, 0)))
say(void (*to)(void *user, const char *message), void *user, const char *format, va_list args)
{
    char message[MESSAGE_MAX];

    if (to == NULL)
        return;
    (void)vsnprintf(message, sizeof message, format, args);
    to(user, message);
}

void rw_note(const rwda_events *events, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (events != NULL)
        say(events->note, events->user, format, args);
    va_end(args);
}

void rw_warn(const rwda_events *events, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (events != NULL)
        say(events->warn, events->user, format, args);
    va_end(args);
}
