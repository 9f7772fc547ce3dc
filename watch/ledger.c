#include "watch/ledger.h"

#include "common/clock.h"
#include "common/paths.h"
#include "watch/ledger_sql.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- Files -------------------------------------------------------------------------------------------------------------------- */

rwda_status ledger_knows(bool *known, ledger *l, const char *path, const rw_file_stamp *stamp, rwda_error *err)
{
    sqlite3_stmt *statement = NULL;
    rwda_status   status    = RWDA_OK;

    pthread_mutex_lock(&l->mutex);
    *known = false;
    RW_TRY(ledger_query(&statement, l, err, "SELECT 1 FROM files WHERE path = ? AND size = ? AND modified = ? AND inode = ?",
                        "piii", path, (int64_t)stamp->size, stamp->modified, (int64_t)stamp->inode));
    RW_TRY(ledger_step(known, l, statement, err));
done:
    (void)sqlite3_finalize(statement);
    pthread_mutex_unlock(&l->mutex);
    return status;
}

/* The name that the file had when it was scored, and has no more; NULL: there is none. */
static rwda_status find_former(char **former, ledger *l, const char *path, const rw_file_stamp *stamp, const char *sha256,
                               rwda_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool          row       = true;
    rwda_status   status    = RWDA_OK;

    *former = NULL;
    RW_TRY(ledger_query(&statement, l, err,
                        "SELECT path FROM files WHERE inode = ? AND modified = ? AND size = ? AND sha256 = ? AND path <> ?",
                        "iiitp", (int64_t)stamp->inode, stamp->modified, (int64_t)stamp->size, sha256, path));
    while (*former == NULL) {
        char        whole[RW_PATH_MAX], *name;
        struct stat info;

        RW_TRY(ledger_step(&row, l, statement, err));
        if (!row)
            break;
        name = ledger_text(statement, 0);
        if (name != NULL && rw_path_format(whole, "%s/%s", l->folder, name) && lstat(whole, &info) != 0 && errno == ENOENT)
            *former = name;
        else
            free(name);
    }
done:
    (void)sqlite3_finalize(statement);
    return status;
}

rwda_status ledger_knows_content(bool *known, ledger *l, const char *path, const rw_file_stamp *stamp, const char sha256[65],
                                 rwda_error *err)
{
    sqlite3_stmt *statement = NULL;
    char         *former    = NULL;
    rwda_status   status    = RWDA_OK;

    *known = false;
    RW_TRY(ledger_begin(l, err));
    RW_TRY(ledger_query(&statement, l, err, "SELECT 1 FROM files WHERE path = ? AND sha256 = ?", "pt", path, sha256));
    RW_TRY(ledger_step(known, l, statement, err));
    if (!*known) {
        RW_TRY(find_former(&former, l, path, stamp, sha256, err));
        if (former != NULL) {
            RW_TRY(ledger_run(l, err, "DELETE FROM files WHERE path = ?", "p", path));
            RW_TRY(ledger_run(l, err, "UPDATE files SET path = ? WHERE path = ?", "pp", path, former));
            RW_TRY(ledger_run(l, err, "UPDATE messages SET path = ? WHERE path = ?", "pp", path, former));
            *known = true;
        }
    }
    if (*known) {
        RW_TRY(ledger_run(l, err, "UPDATE files SET size = ?, modified = ?, inode = ? WHERE path = ?", "iiip",
                          (int64_t)stamp->size, stamp->modified, (int64_t)stamp->inode, path));
        RW_TRY(ledger_run(l, err, "UPDATE messages SET size = ?, modified = ?, inode = ? WHERE path = ? AND sha256 = ?",
                          "iiipt", (int64_t)stamp->size, stamp->modified, (int64_t)stamp->inode, path, sha256));
    }
done:
    (void)sqlite3_finalize(statement);
    free(former);
    return ledger_end(l, status, err);
}

/* ---- Records -------------------------------------------------------------------------------------------------------------------- */

void ledger_message_free(ledger_message *m)
{
    free(m->path);
    free(m->reason);
    free(m->body);
    *m = (ledger_message){ 0 };
}

uint64_t ledger_number(ledger *l)
{
    uint64_t number;

    pthread_mutex_lock(&l->mutex);
    number = ++l->next;
    pthread_mutex_unlock(&l->mutex);
    return number;
}

void ledger_id(char out[LEDGER_ID], const ledger *l, uint64_t number)
{
    (void)snprintf(out, LEDGER_ID, "%s-%" PRIu64, l->name, number);
}

const char *ledger_sink_name(ledger_sink sink)
{
    static const char *const names[SINKS] = { "output", "place", "webhook", "mqtt" };

    return names[sink];
}

static rwda_status add(ledger *l, const ledger_message *m, rwda_error *err)
{
    int64_t     number = (int64_t)m->number, size = (int64_t)m->stamp.size, inode = (int64_t)m->stamp.inode;
    rwda_status status = RWDA_OK;

    RW_TRY(ledger_run(l, err, "INSERT INTO messages VALUES(?, ?, ?, ?, ?, ?, ?, ?)", "ipiiittt", number, m->path, size,
                      m->stamp.modified, inode, m->sha256, m->label, m->sinks != 0 ? m->body : NULL));
    if (m->path != NULL)
        RW_TRY(ledger_run(l, err, "INSERT OR REPLACE INTO files VALUES(?, ?, ?, ?, ?, ?, ?, ?)", "piiittti", m->path, size,
                          m->stamp.modified, inode, m->sha256, m->reason != NULL ? "failed" : "scored", m->reason, number));
    for (int sink = 0; sink < SINKS; sink++)
        if ((m->sinks & 1U << sink) != 0)
            RW_TRY(ledger_run(l, err, "INSERT INTO deliveries VALUES(?, ?, 0, 0, NULL)", "ii", (int64_t)sink, number));
    if (m->sinks == 0)
        RW_TRY(ledger_run(l, err, "DELETE FROM messages WHERE number = ?", "i", number));
done:
    return status;
}

rwda_status ledger_add(ledger *l, const ledger_message *messages, size_t n, rwda_error *err)
{
    rwda_status status = ledger_begin(l, err);

    for (size_t i = 0; i < n && status == RWDA_OK; i++)
        status = add(l, &messages[i], err);
    return ledger_end(l, status, err);
}

/* ---- Deliveries ------------------------------------------------------------------------------------------------------------------- */

/* A path becomes part of others, of files that are moved: whoever can write to the ledger must not lead out of the folder with it. */
static bool lies_below(const char *path)
{
    for (const char *at = path;; at = strchr(at, '/') + 1) {
        size_t len = strcspn(at, "/");

        if (len == 0 || (len == 1 && at[0] == '.') || (len == 2 && at[0] == '.' && at[1] == '.'))
            return false;
        if (at[len] == '\0')
            return true;
    }
}

static rwda_status take_row(ledger_message *m, ledger *l, ledger_sink sink, sqlite3_stmt *row, rwda_error *err)
{
    rwda_status status = RWDA_OK;
    char       *sha256 = ledger_text(row, 5), *label = ledger_text(row, 6);

    *m = (ledger_message){ .number = (uint64_t)sqlite3_column_int64(row, 0),
                           .path   = ledger_text(row, 1),
                           .stamp  = { .size     = (uint64_t)sqlite3_column_int64(row, 2),
                                       .modified = sqlite3_column_int64(row, 3),
                                       .inode    = (uint64_t)sqlite3_column_int64(row, 4) },
                           .body   = ledger_text(row, 7),
                           .tries  = sqlite3_column_int(row, 8) };
    (void)snprintf(m->sha256, sizeof m->sha256, "%s", sha256 != NULL ? sha256 : "");
    (void)snprintf(m->label, sizeof m->label, "%s", label != NULL ? label : "");
    free(sha256);
    free(label);
    if (m->path == NULL ? sink == SINK_PLACE && sqlite3_column_type(row, 1) == SQLITE_NULL
                        : strlen(m->path) != (size_t)sqlite3_column_bytes(row, 1) || !lies_below(m->path))
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                         "%.300s: the ledger is damaged: message %llu is of \"%.300s\", which is no path below the folder",
                         l->path, (unsigned long long)m->number, m->path != NULL ? m->path : "");
    else if (m->body == NULL || (m->path == NULL && sqlite3_column_type(row, 1) != SQLITE_NULL))
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for a record", l->path);
    if (status != RWDA_OK)
        ledger_message_free(m);
    return status;
}

rwda_status ledger_due(ledger_message *out, size_t *n, int64_t *next, ledger *l, ledger_sink sink, size_t most,
                       rwda_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool          row       = true;
    rwda_status   status    = RWDA_OK;

    *n    = 0;
    *next = INT64_MAX;
    pthread_mutex_lock(&l->mutex);
    RW_TRY(ledger_query(
        &statement, l, err,
        "SELECT number, path, size, modified, inode, sha256, label, body, tries FROM deliveries JOIN messages ON message = "
        "number WHERE sink = ? AND reason IS NULL AND due <= ? ORDER BY message LIMIT ?",
        "iii", (int64_t)sink, rw_unix_ms(), (int64_t)most));
    for (;;) {
        RW_TRY(ledger_step(&row, l, statement, err));
        if (!row)
            break;
        RW_TRY(take_row(&out[*n], l, sink, statement, err));
        ++*n;
    }
    (void)sqlite3_finalize(statement);
    statement = NULL;
    RW_TRY(ledger_query(&statement, l, err, "SELECT min(due) FROM deliveries WHERE sink = ? AND reason IS NULL", "i",
                        (int64_t)sink));
    RW_TRY(ledger_step(&row, l, statement, err));
    if (row && sqlite3_column_type(statement, 0) != SQLITE_NULL)
        *next = sqlite3_column_int64(statement, 0);
done:
    (void)sqlite3_finalize(statement);
    pthread_mutex_unlock(&l->mutex);
    while (status != RWDA_OK && *n > 0)
        ledger_message_free(&out[--*n]);
    return status;
}

rwda_status ledger_delivered(ledger *l, ledger_sink sink, const uint64_t *numbers, size_t n, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    if (n == 0)
        return RWDA_OK;
    RW_TRY(ledger_begin(l, err));
    for (size_t i = 0; i < n; i++) {
        RW_TRY(ledger_run(l, err, "DELETE FROM deliveries WHERE sink = ? AND message = ?", "ii", (int64_t)sink,
                          (int64_t)numbers[i]));
        RW_TRY(ledger_run(
            l, err, "DELETE FROM messages WHERE number = ?1 AND NOT EXISTS (SELECT 1 FROM deliveries WHERE message = ?1)",
            "i", (int64_t)numbers[i]));
    }
done:
    return ledger_end(l, status, err);
}

rwda_status ledger_put_off(ledger *l, ledger_sink sink, uint64_t number, int64_t due, rwda_error *err)
{
    rwda_status status = ledger_begin(l, err);

    if (status == RWDA_OK)
        status = ledger_run(l, err, "UPDATE deliveries SET tries = tries + 1, due = ? WHERE sink = ? AND message = ?", "iii",
                            due, (int64_t)sink, (int64_t)number);
    return ledger_end(l, status, err);
}

rwda_status ledger_give_up(ledger *l, ledger_sink sink, uint64_t number, const char *reason, rwda_error *err)
{
    rwda_status status = ledger_begin(l, err);

    if (status == RWDA_OK)
        status = ledger_run(l, err, "UPDATE deliveries SET tries = tries + 1, reason = ? WHERE sink = ? AND message = ?",
                            "tii", reason, (int64_t)sink, (int64_t)number);
    return ledger_end(l, status, err);
}

rwda_status ledger_moved(ledger *l, const ledger_message *m, rwda_error *err)
{
    rwda_status status = ledger_begin(l, err);

    if (status == RWDA_OK)
        status = ledger_run(l, err, "DELETE FROM files WHERE path = ? AND number = ?", "pi", m->path, (int64_t)m->number);
    return ledger_end(l, status, err);
}

rwda_status ledger_retry_failed(ledger *l, size_t *deliveries, size_t *files, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    RW_TRY(ledger_begin(l, err));
    RW_TRY(ledger_run(l, err, "UPDATE deliveries SET tries = 0, due = 0, reason = NULL WHERE reason IS NOT NULL", ""));
    *deliveries = (size_t)sqlite3_changes(l->db);
    RW_TRY(ledger_run(l, err, "DELETE FROM files WHERE state = 'failed'", ""));
    *files = (size_t)sqlite3_changes(l->db);
done:
    return ledger_end(l, status, err);
}

rwda_status ledger_count(ledger_counts *out, ledger *l, rwda_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool          row       = true;
    rwda_status   status    = RWDA_OK;

    *out = (ledger_counts){ 0 };
    pthread_mutex_lock(&l->mutex);
    RW_TRY(ledger_query(&statement, l, err, "SELECT sink, reason IS NOT NULL, count(*) FROM deliveries GROUP BY 1, 2", ""));
    for (;;) {
        int sink;

        RW_TRY(ledger_step(&row, l, statement, err));
        if (!row)
            break;
        sink = sqlite3_column_int(statement, 0);
        if (sink >= 0 && sink < SINKS)
            (sqlite3_column_int(statement, 1) != 0 ? out->failed : out->waiting)[sink] =
                (size_t)sqlite3_column_int64(statement, 2);
    }
done:
    (void)sqlite3_finalize(statement);
    pthread_mutex_unlock(&l->mutex);
    return status;
}

rwda_status ledger_count_files(size_t *out, ledger *l, rwda_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool          row       = false;
    rwda_status   status    = RWDA_OK;

    *out = 0;
    pthread_mutex_lock(&l->mutex);
    RW_TRY(ledger_query(&statement, l, err, "SELECT count(*) FROM files", ""));
    RW_TRY(ledger_step(&row, l, statement, err));
    if (row)
        *out = (size_t)sqlite3_column_int64(statement, 0);
done:
    (void)sqlite3_finalize(statement);
    pthread_mutex_unlock(&l->mutex);
    return status;
}
