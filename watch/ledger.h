/* ledger.h - what became of each file of a watched folder, and what is still to be delivered.          layer: watch
 *
 * An SQLite file.  What a call changes is on disk, all of it or nothing, when it returns: a process that is killed in between has not made
 * the call.  Any thread may call. */
#ifndef WATCH_LEDGER_H
#define WATCH_LEDGER_H

#include "base/file.h"

/* Where a record goes. */
typedef enum { SINK_OUTPUT = 0, SINK_PLACE, SINK_WEBHOOK, SINK_MQTT, SINKS } ledger_sink;
const char *ledger_sink_name(ledger_sink sink);

typedef struct ledger ledger;

/* Opens or makes the ledger of a folder (its real path).  RWDA_EFORMAT: something else, or damaged; RWDA_EMISMATCH: another folder's;
 * RWDA_EIO: it cannot be written, or another process has it. */
rwda_status ledger_open(ledger **out, const char *path, const char *folder, rwda_error *err);
void        ledger_close(ledger *l); /* NULL is fine */

/* ---- Files: their paths are those below the folder ------------------------------------------------------------------------ */

/* Whether the file, as it is, has been dealt with. */
rwda_status ledger_knows(bool *known, ledger *l, const char *path, const rw_file_stamp *stamp, rwda_error *err);
/* The same by what is in it: these bytes were scored under this name, or under another that the file has no more.  Then the ledger has
 * its new name and stamp. */
rwda_status ledger_knows_content(bool *known, ledger *l, const char *path, const rw_file_stamp *stamp, const char sha256[65],
                                 rwda_error *err);

/* A record to deliver, and the file that it is of. */
typedef struct {
    uint64_t      number; /* ledger_number() */
    char         *path;   /* NULL: of no file */
    rw_file_stamp stamp;
    char          sha256[65]; /* of the content; "": it could not be read */
    char          label[16];  /* "normal", "review", "anomalous", "failed"; "": none */
    char         *reason;     /* of "failed"; NULL: none */
    char         *body;       /* the record as JSON */
    unsigned      sinks;      /* bits of ledger_sink */
    int           tries;      /* of the delivery */
} ledger_message;
void ledger_message_free(ledger_message *m);

/* Numbers go up by one, from 1; one that was not added before the process ended is given again.  id: of the ledger and the number, the same
 * whenever it is delivered. */
#define LEDGER_ID 40
uint64_t    ledger_number(ledger *l);
void        ledger_id(char out[LEDGER_ID], const ledger *l, uint64_t number);
rwda_status ledger_add(ledger *l, const ledger_message *messages, size_t n, rwda_error *err);

/* ---- Deliveries: times are rw_unix_ms() ----------------------------------------------------------------------------------- */

/* The first of those that are due, at most `most`; *next: when the next one is, INT64_MAX: none waits.  To be freed one by one. */
rwda_status ledger_due(ledger_message *out, size_t *n, int64_t *next, ledger *l, ledger_sink sink, size_t most,
                       rwda_error *err);
rwda_status ledger_delivered(ledger *l, ledger_sink sink, const uint64_t *numbers, size_t n, rwda_error *err);
/* One more try was made in vain: the next is due then. */
rwda_status ledger_put_off(ledger *l, ledger_sink sink, uint64_t number, int64_t due, rwda_error *err);
/* There is no next one. */
rwda_status ledger_give_up(ledger *l, ledger_sink sink, uint64_t number, const char *reason, rwda_error *err);
/* The file was moved out of the folder: a new one of its name is another. */
rwda_status ledger_moved(ledger *l, const ledger_message *m, rwda_error *err);
/* Deliveries that were given up wait again; files that failed are forgotten, to be found as new ones. */
rwda_status ledger_retry_failed(ledger *l, size_t *deliveries, size_t *files, rwda_error *err);

typedef struct {
    size_t waiting[SINKS], failed[SINKS];
} ledger_counts;
rwda_status ledger_count(ledger_counts *out, ledger *l, rwda_error *err);
/* How many files were dealt with; it takes a look at each. */
rwda_status ledger_count_files(size_t *out, ledger *l, rwda_error *err);

#endif
