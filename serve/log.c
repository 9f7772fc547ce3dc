#include "serve/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void log_event(const char *level, const char *message, json_t *fields)
{
    struct timespec now;
    struct tm       utc;
    char            stamp[32], when[48];
    json_t         *line;
    char           *text;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    (void)strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(when, sizeof when, "%s.%03dZ", stamp, (int)(now.tv_nsec / 1000000));
    line = json_pack("{s:s, s:s, s:s}", "time", when, "level", level, "message", message);
    if (line != NULL && fields != NULL)
        (void)json_object_update(line, fields);
    json_decref(fields);
    text = line != NULL ? json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
    if (text != NULL)
        fprintf(stderr, "%s\n", text); /* one call: stderr's lock keeps lines whole */
    free(text);
    json_decref(line);
}

json_t *log_text(const char *text)
{
    json_t *string = json_string(text);

    return string != NULL ? string : json_string("?");
}

static void log_warning(void *user, const char *message)
{
    (void)user;
    log_event("warning", message, NULL);
}

const rwda_events log_events = { NULL, NULL, log_warning, NULL };
