#include "serve/log.h"

#include "common/clock.h"

#include <stdio.h>
#include <stdlib.h>

void log_event(const char *level, const char *message, json_t *fields)
{
    char    now[RW_UTC_TEXT];
    json_t *line;
    char   *text;

    rw_utc_text(now, rw_unix_ms());
    line = json_pack("{s:s, s:s, s:o}", "time", now, "level", level, "message", log_text(message));
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
