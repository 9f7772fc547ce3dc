#include "watch/ledger_sql.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

rwda_status ledger_refuse(const ledger *l, int code, rwda_error *err)
{
    int kind = code & 0xff;

    if (kind == SQLITE_NOTADB)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.300s: is no ledger of rwda watch: not an SQLite file", l->path);
    if (kind == SQLITE_CORRUPT)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.300s: the ledger is damaged: %s", l->path,
                       sqlite3_errmsg(l->db));
    if (kind == SQLITE_READONLY)
        return rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: the ledger cannot be written: it may only be read", l->path);
    return rw_fail(err, kind == SQLITE_NOMEM ? RWDA_ENOMEM : RWDA_EIO, RWDA_NO_OFFSET,
                   "%.300s: the ledger cannot be used: %s", l->path,
                   l->db != NULL ? sqlite3_errmsg(l->db) : sqlite3_errstr(code));
}

static rwda_status prepare(sqlite3_stmt **out, ledger *l, rwda_error *err, const char *sql, const char *types,
                           va_list values)
{
    int code = sqlite3_prepare_v2(l->db, sql, -1, out, NULL);

    for (int i = 1; *types != '\0' && code == SQLITE_OK; i++, types++) {
        const char *text = NULL;

        if (*types == 'i') {
            code = sqlite3_bind_int64(*out, i, va_arg(values, int64_t));
            continue;
        }
        text = va_arg(values, const char *);
        code = *types == 't' || text == NULL ? sqlite3_bind_text(*out, i, text, -1, SQLITE_STATIC)
                                             : sqlite3_bind_blob(*out, i, text, (int)strlen(text), SQLITE_STATIC);
    }
    return code == SQLITE_OK ? RWDA_OK : ledger_refuse(l, code, err);
}

rwda_status ledger_query(sqlite3_stmt **out, ledger *l, rwda_error *err, const char *sql, const char *types, ...)
{
    va_list     values;
    rwda_status status;

    va_start(values, types);
    status = prepare(out, l, err, sql, types, values);
    va_end(values);
    return status;
}

rwda_status ledger_run(ledger *l, rwda_error *err, const char *sql, const char *types, ...)
{
    sqlite3_stmt *statement = NULL;
    va_list       values;
    rwda_status   status;

    va_start(values, types);
    status = prepare(&statement, l, err, sql, types, values);
    va_end(values);
    if (status == RWDA_OK) {
        int code = sqlite3_step(statement);

        if (code != SQLITE_DONE && code != SQLITE_ROW)
            status = ledger_refuse(l, code, err);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

rwda_status ledger_step(bool *row, ledger *l, sqlite3_stmt *statement, rwda_error *err)
{
    int code = sqlite3_step(statement);

    *row = code == SQLITE_ROW;
    return code == SQLITE_ROW || code == SQLITE_DONE ? RWDA_OK : ledger_refuse(l, code, err);
}

rwda_status ledger_begin(ledger *l, rwda_error *err)
{
    pthread_mutex_lock(&l->mutex);
    return ledger_run(l, err, "BEGIN IMMEDIATE", "");
}

rwda_status ledger_end(ledger *l, rwda_status status, rwda_error *err)
{
    if (status == RWDA_OK)
        status = ledger_run(l, err, "COMMIT", "");
    if (status != RWDA_OK)
        (void)ledger_run(l, NULL, "ROLLBACK", "");
    pthread_mutex_unlock(&l->mutex);
    return status;
}

char *ledger_text(sqlite3_stmt *statement, int column)
{
    const void *bytes =
        sqlite3_column_blob(statement, column); /* a path may hold no NUL, and text is UTF-8 as it was put in */
    size_t len  = (size_t)sqlite3_column_bytes(statement, column);
    char  *copy = sqlite3_column_type(statement, column) != SQLITE_NULL ? malloc(len + 1) : NULL;

    if (copy == NULL)
        return NULL;
    if (len > 0)
        memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}
