#include "common/json_watch.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define SPARE ((size_t)1 << 16) /* bytes */

static _Thread_local bool lost;
static _Atomic(void *)    spare; /* given back where there is no memory */

/* Jansson does not look whether a letter of a string found room, and ends the process at the next one: it gets some once more.  What it
 * makes is lost all the same. */
static void *allocate(size_t bytes)
{
    void *memory = malloc(bytes);

    if (memory != NULL)
        return memory;
    lost = true;
    free(atomic_exchange(&spare, NULL));
    return malloc(bytes);
}

void rw_json_watch(void)
{
    free(atomic_exchange(&spare, malloc(SPARE)));
    json_set_alloc_funcs(allocate, free);
}

bool rw_json_lost(void)
{
    bool was = lost;

    lost = false;
    return was;
}

void rw_json_lose(void)
{
    lost = true;
}

rwda_status rw_json_line(FILE *out, const char *name, json_t *record, size_t flags, rwda_error *err)
{
    char       *text   = record != NULL ? json_dumps(record, flags) : NULL;
    rwda_status status = RWDA_OK;

    json_decref(record);
    errno = 0;
    if (rw_json_lost() || text == NULL)
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for a record", name);
    else if (fputs(text, out) < 0 || fputc('\n', out) == EOF || fflush(out) != 0)
        status = rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: cannot be written: %s", name, strerror(errno));
    free(text);
    return status;
}
