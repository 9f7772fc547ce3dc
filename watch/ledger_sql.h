/* ledger_sql.h - a ledger's database and its statements; for ledger*.c alone.                             layer: watch */
#ifndef WATCH_LEDGER_SQL_H
#define WATCH_LEDGER_SQL_H

#include "watch/ledger.h"

#include <pthread.h>
#include <sqlite3.h>

struct ledger {
    char           *path, *folder;
    sqlite3        *db;
    int             lock; /* a file beside it: closing one of SQLite's own would drop SQLite's locks */
    pthread_mutex_t mutex;
    char            name[9]; /* of this ledger, in ids */
    uint64_t        next;    /* number */
};

/* A statement with its values by `types`: i int64_t, t text, p the bytes of a path.  Text and paths must live until it ends, and may be
 * NULL.  *out is for sqlite3_finalize() in either case. */
rwda_status ledger_query(sqlite3_stmt **out, ledger *l, rwda_error *err, const char *sql, const char *types, ...);
/* Its next row; *row false: there are no more. */
rwda_status ledger_step(bool *row, ledger *l, sqlite3_stmt *statement, rwda_error *err);
/* A column of that row, the caller's to free(); NULL: it is NULL, or memory is short. */
char *ledger_text(sqlite3_stmt *statement, int column);
/* A statement whose rows nobody wants. */
rwda_status ledger_run(ledger *l, rwda_error *err, const char *sql, const char *types, ...);

/* A transaction under the ledger's lock: _end() must follow in either case, with the status so far.  It commits, or after
 * a failure undoes all. */
rwda_status ledger_begin(ledger *l, rwda_error *err);
rwda_status ledger_end(ledger *l, rwda_status status, rwda_error *err);

/* What SQLite's code means for the user. */
rwda_status ledger_refuse(const ledger *l, int code, rwda_error *err);

#endif
