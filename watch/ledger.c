#include "watch/ledger.h"

#include "base/memory.h"
#include "common/clock.h"
#include "common/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define APPLICATION 0x72776461 /* "rwda" */
#define VERSION     1

struct ledger {
    char           *path, *folder;
    sqlite3        *db;
    int             lock; /* a file beside it: closing one of SQLite's own would drop SQLite's locks */
    pthread_mutex_t mutex;
    char            name[9]; /* of this ledger, in ids */
    uint64_t        next;    /* number */
};

static const char schema[] =
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "CREATE TABLE files(path BLOB PRIMARY KEY, size INTEGER, modified INTEGER, inode INTEGER, sha256 TEXT, state TEXT, "
    "reason TEXT, number INTEGER) WITHOUT ROWID;"
    "CREATE INDEX files_by_inode ON files(inode, modified);"
    "CREATE TABLE messages(number INTEGER PRIMARY KEY AUTOINCREMENT, path BLOB, size INTEGER, modified INTEGER, inode "
    "INTEGER, "
    "sha256 TEXT, label TEXT, body TEXT);"
    "CREATE TABLE deliveries(sink INTEGER, message INTEGER REFERENCES messages, tries INTEGER, due INTEGER, reason TEXT, "
    "PRIMARY KEY(sink, message)) WITHOUT ROWID;" /* reason: it was given up */
    "CREATE INDEX deliveries_by_message ON deliveries(message);"
    "PRAGMA application_id = 1920427105;"
    "PRAGMA user_version = 1;";

/* ---- SQLite ------------------------------------------------------------------------------------------------------------------- */

static rwda_status refuse(const ledger *l, int code, rwda_error *err)
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

/* A statement with its values: i int64_t, t text, p the bytes of a path; text and paths must live until it ends, and may be NULL. */
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
    return code == SQLITE_OK ? RWDA_OK : refuse(l, code, err);
}

static rwda_status query(sqlite3_stmt **out, ledger *l, rwda_error *err, const char *sql, const char *types, ...)
{
    va_list     values;
    rwda_status status;

    va_start(values, types);
    status = prepare(out, l, err, sql, types, values);
    va_end(values);
    return status;
}

/* A statement without rows. */
static rwda_status run(ledger *l, rwda_error *err, const char *sql, const char *types, ...)
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
            status = refuse(l, code, err);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

/* The next row: *row; what ends a query is done here too. */
static rwda_status step(bool *row, ledger *l, sqlite3_stmt *statement, rwda_error *err)
{
    int code = sqlite3_step(statement);

    *row = code == SQLITE_ROW;
    return code == SQLITE_ROW || code == SQLITE_DONE ? RWDA_OK : refuse(l, code, err);
}

static rwda_status begin(ledger *l, rwda_error *err)
{
    pthread_mutex_lock(&l->mutex);
    return run(l, err, "BEGIN IMMEDIATE", "");
}

/* COMMIT, or ROLLBACK after a failure. */
static rwda_status end(ledger *l, rwda_status status, rwda_error *err)
{
    if (status == RWDA_OK)
        status = run(l, err, "COMMIT", "");
    if (status != RWDA_OK)
        (void)run(l, NULL, "ROLLBACK", "");
    pthread_mutex_unlock(&l->mutex);
    return status;
}

static char *text_of(sqlite3_stmt *statement, int column)
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

/* ---- Opening ------------------------------------------------------------------------------------------------------------------ */

static rwda_status number_of(int64_t *out, ledger *l, const char *sql, rwda_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool          row       = false;
    rwda_status   status    = RWDA_OK;

    *out = 0;
    RW_TRY(query(&statement, l, err, sql, ""));
    RW_TRY(step(&row, l, statement, err));
    if (row)
        *out = sqlite3_column_int64(statement, 0);
done:
    (void)sqlite3_finalize(statement);
    return status;
}

static rwda_status make(ledger *l, rwda_error *err)
{
    uint8_t     drawn[4];
    rwda_status status = RWDA_OK;

    if (getrandom(drawn, sizeof drawn, 0) != (ssize_t)sizeof drawn)
        return rw_fail_errno(err, l->path, "no random numbers");
    (void)snprintf(l->name, sizeof l->name, "%02x%02x%02x%02x", drawn[0], drawn[1], drawn[2], drawn[3]);
    RW_TRY(begin(l, err));
    if (sqlite3_exec(l->db, schema, NULL, NULL, NULL) != SQLITE_OK)
        status = refuse(l, sqlite3_errcode(l->db), err);
    if (status == RWDA_OK)
        status = run(l, err, "INSERT INTO meta VALUES('folder', ?), ('name', ?)", "pt", l->folder, l->name);
    return end(l, status, err);
done:
    pthread_mutex_unlock(&l->mutex);
    return status;
}

/* Is this a ledger, whole, and of this folder? */
static rwda_status check(ledger *l, rwda_error *err)
{
    sqlite3_stmt *statement = NULL;
    char         *folder = NULL, *name = NULL;
    int64_t       application, version, next;
    bool          row;
    rwda_status   status = RWDA_OK;

    RW_TRY(number_of(&application, l, "PRAGMA application_id", err));
    RW_TRY(number_of(&version, l, "PRAGMA user_version", err));
    if (application != APPLICATION || version != VERSION) {
        status =
            application == APPLICATION
                ? rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.300s: a ledger of version %lld; this rwda has %d", l->path,
                          (long long)version, VERSION)
                : rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                          "%.300s: is no ledger of rwda watch: an SQLite file of another program (application %lld, not %d)",
                          l->path, (long long)application, APPLICATION);
        goto done;
    }
    RW_TRY(query(&statement, l, err, "PRAGMA quick_check(1)", ""));
    RW_TRY(step(&row, l, statement, err));
    folder = row ? text_of(statement, 0) : NULL;
    if (folder == NULL || strcmp(folder, "ok") != 0) {
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.300s: the ledger is damaged: %.200s", l->path,
                         folder != NULL ? folder : "no answer");
        goto done;
    }
    free(folder);
    folder = NULL;
    (void)sqlite3_finalize(statement);
    statement = NULL;
    RW_TRY(query(&statement, l, err, "SELECT f.value, n.value FROM meta f, meta n WHERE f.key = 'folder' AND n.key = 'name'",
                 ""));
    RW_TRY(step(&row, l, statement, err));
    folder = row ? text_of(statement, 0) : NULL;
    name   = row ? text_of(statement, 1) : NULL;
    if (folder == NULL || name == NULL || strlen(name) != sizeof l->name - 1)
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                         "%.300s: the ledger is damaged: it does not say of which folder it is", l->path);
    else if (strcmp(folder, l->folder) != 0)
        status = rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET, "%.300s: the ledger of %.200s, not of %.200s", l->path, folder,
                         l->folder);
    RW_TRY(status);
    memcpy(l->name, name, sizeof l->name);
    RW_TRY(number_of(&next, l, "SELECT seq FROM sqlite_sequence WHERE name = 'messages'", err));
    l->next = (uint64_t)next;
done:
    (void)sqlite3_finalize(statement);
    free(folder);
    free(name);
    return status;
}

static rwda_status take_lock(ledger *l, rwda_error *err)
{
    char path[RW_PATH_MAX];

    if (!rw_path_format(path, "%s-lock", l->path))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%.300s: too long for a path", l->path);
    l->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (l->lock < 0)
        return rw_fail_errno(err, path, "cannot be written");
    if (flock(l->lock, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK
                   ? rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: another process watches with this ledger", l->path)
                   : rw_fail_errno(err, path, "cannot be locked");
    return RWDA_OK;
}

rwda_status ledger_open(ledger **out, const char *path, const char *folder, rwda_error *err)
{
    ledger     *l = calloc(1, sizeof *l);
    struct stat info;
    int64_t     tables = 0;
    int         code;
    rwda_status status = RWDA_OK;

    *out = NULL;
    if (l == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory", path);
    l->lock = -1;
    pthread_mutex_init(&l->mutex, NULL);
    l->path   = rw_string_copy(path);
    l->folder = rw_string_copy(folder);
    if (l->path == NULL || l->folder == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory", path);
        goto done;
    }
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
        status = rw_fail_not_regular(err, path, info.st_mode);
        goto done;
    }
    RW_TRY(take_lock(l, err));
    code = sqlite3_open_v2(path, &l->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_busy_timeout(l->db, 10000); /* people may look into it */
    if (code != SQLITE_OK) {
        status = refuse(l, code, err);
        goto done;
    }
    RW_TRY(number_of(&tables, l, "SELECT count(*) FROM sqlite_schema", err));
    if (sqlite3_db_readonly(l->db, "main") == 1) {
        status = rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: the ledger cannot be written: it may only be read", path);
        goto done;
    }
    if (tables > 0)
        RW_TRY(check(l, err)); /* before anything in it is changed */
    RW_TRY(run(l, err, "PRAGMA journal_mode = WAL", ""));
    RW_TRY(run(l, err, "PRAGMA synchronous = FULL", ""));
    if (tables == 0)
        RW_TRY(make(l, err));
    *out = l;
    l    = NULL;
done:
    ledger_close(l);
    return status;
}

void ledger_close(ledger *l)
{
    if (l == NULL)
        return;
    (void)sqlite3_close(l->db);
    if (l->lock >= 0)
        (void)close(l->lock);
    pthread_mutex_destroy(&l->mutex);
    free(l->path);
    free(l->folder);
    free(l);
}

/* ---- Files -------------------------------------------------------------------------------------------------------------------- */

rwda_status ledger_knows(bool *known, ledger *l, const char *path, const rw_file_stamp *stamp, rwda_error *err)
{
    sqlite3_stmt *statement = NULL;
    rwda_status   status    = RWDA_OK;

    pthread_mutex_lock(&l->mutex);
    *known = false;
    RW_TRY(query(&statement, l, err, "SELECT 1 FROM files WHERE path = ? AND size = ? AND modified = ? AND inode = ?",
                 "piii", path, (int64_t)stamp->size, stamp->modified, (int64_t)stamp->inode));
    RW_TRY(step(known, l, statement, err));
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
    RW_TRY(query(&statement, l, err,
                 "SELECT path FROM files WHERE inode = ? AND modified = ? AND size = ? AND sha256 = ? AND path <> ?",
                 "iiitp", (int64_t)stamp->inode, stamp->modified, (int64_t)stamp->size, sha256, path));
    while (*former == NULL) {
        char        whole[RW_PATH_MAX], *name;
        struct stat info;

        RW_TRY(step(&row, l, statement, err));
        if (!row)
            break;
        name = text_of(statement, 0);
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
    RW_TRY(begin(l, err));
    RW_TRY(query(&statement, l, err, "SELECT 1 FROM files WHERE path = ? AND sha256 = ?", "pt", path, sha256));
    RW_TRY(step(known, l, statement, err));
    if (!*known) {
        RW_TRY(find_former(&former, l, path, stamp, sha256, err));
        if (former != NULL) {
            RW_TRY(run(l, err, "DELETE FROM files WHERE path = ?", "p", path));
            RW_TRY(run(l, err, "UPDATE files SET path = ? WHERE path = ?", "pp", path, former));
            RW_TRY(run(l, err, "UPDATE messages SET path = ? WHERE path = ?", "pp", path, former));
            *known = true;
        }
    }
    if (*known) {
        RW_TRY(run(l, err, "UPDATE files SET size = ?, modified = ?, inode = ? WHERE path = ?", "iiip", (int64_t)stamp->size,
                   stamp->modified, (int64_t)stamp->inode, path));
        RW_TRY(run(l, err, "UPDATE messages SET size = ?, modified = ?, inode = ? WHERE path = ? AND sha256 = ?", "iiipt",
                   (int64_t)stamp->size, stamp->modified, (int64_t)stamp->inode, path, sha256));
    }
done:
    (void)sqlite3_finalize(statement);
    free(former);
    return end(l, status, err);
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

    RW_TRY(run(l, err, "INSERT INTO messages VALUES(?, ?, ?, ?, ?, ?, ?, ?)", "ipiiittt", number, m->path, size,
               m->stamp.modified, inode, m->sha256, m->label, m->sinks != 0 ? m->body : NULL));
    if (m->path != NULL)
        RW_TRY(run(l, err, "INSERT OR REPLACE INTO files VALUES(?, ?, ?, ?, ?, ?, ?, ?)", "piiittti", m->path, size,
                   m->stamp.modified, inode, m->sha256, m->reason != NULL ? "failed" : "scored", m->reason, number));
    for (int sink = 0; sink < SINKS; sink++)
        if ((m->sinks & 1U << sink) != 0)
            RW_TRY(run(l, err, "INSERT INTO deliveries VALUES(?, ?, 0, 0, NULL)", "ii", (int64_t)sink, number));
    if (m->sinks == 0)
        RW_TRY(run(l, err, "DELETE FROM messages WHERE number = ?", "i", number));
done:
    return status;
}

rwda_status ledger_add(ledger *l, const ledger_message *messages, size_t n, rwda_error *err)
{
    rwda_status status = begin(l, err);

    for (size_t i = 0; i < n && status == RWDA_OK; i++)
        status = add(l, &messages[i], err);
    return end(l, status, err);
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
    char       *sha256 = text_of(row, 5), *label = text_of(row, 6);

    *m = (ledger_message){ .number = (uint64_t)sqlite3_column_int64(row, 0),
                           .path   = text_of(row, 1),
                           .stamp  = { .size     = (uint64_t)sqlite3_column_int64(row, 2),
                                       .modified = sqlite3_column_int64(row, 3),
                                       .inode    = (uint64_t)sqlite3_column_int64(row, 4) },
                           .body   = text_of(row, 7),
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
    RW_TRY(query(
        &statement, l, err,
        "SELECT number, path, size, modified, inode, sha256, label, body, tries FROM deliveries JOIN messages ON message = "
        "number WHERE sink = ? AND reason IS NULL AND due <= ? ORDER BY message LIMIT ?",
        "iii", (int64_t)sink, rw_unix_ms(), (int64_t)most));
    for (;;) {
        RW_TRY(step(&row, l, statement, err));
        if (!row)
            break;
        RW_TRY(take_row(&out[*n], l, sink, statement, err));
        ++*n;
    }
    (void)sqlite3_finalize(statement);
    statement = NULL;
    RW_TRY(
        query(&statement, l, err, "SELECT min(due) FROM deliveries WHERE sink = ? AND reason IS NULL", "i", (int64_t)sink));
    RW_TRY(step(&row, l, statement, err));
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
    RW_TRY(begin(l, err));
    for (size_t i = 0; i < n; i++) {
        RW_TRY(
            run(l, err, "DELETE FROM deliveries WHERE sink = ? AND message = ?", "ii", (int64_t)sink, (int64_t)numbers[i]));
        RW_TRY(run(l, err,
                   "DELETE FROM messages WHERE number = ?1 AND NOT EXISTS (SELECT 1 FROM deliveries WHERE message = ?1)",
                   "i", (int64_t)numbers[i]));
    }
done:
    return end(l, status, err);
}

rwda_status ledger_put_off(ledger *l, ledger_sink sink, uint64_t number, int64_t due, rwda_error *err)
{
    rwda_status status = begin(l, err);

    if (status == RWDA_OK)
        status = run(l, err, "UPDATE deliveries SET tries = tries + 1, due = ? WHERE sink = ? AND message = ?", "iii", due,
                     (int64_t)sink, (int64_t)number);
    return end(l, status, err);
}

rwda_status ledger_give_up(ledger *l, ledger_sink sink, uint64_t number, const char *reason, rwda_error *err)
{
    rwda_status status = begin(l, err);

    if (status == RWDA_OK)
        status = run(l, err, "UPDATE deliveries SET tries = tries + 1, reason = ? WHERE sink = ? AND message = ?", "tii",
                     reason, (int64_t)sink, (int64_t)number);
    return end(l, status, err);
}

rwda_status ledger_moved(ledger *l, const ledger_message *m, rwda_error *err)
{
    rwda_status status = begin(l, err);

    if (status == RWDA_OK)
        status = run(l, err, "DELETE FROM files WHERE path = ? AND number = ?", "pi", m->path, (int64_t)m->number);
    return end(l, status, err);
}

rwda_status ledger_retry_failed(ledger *l, size_t *deliveries, size_t *files, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    RW_TRY(begin(l, err));
    RW_TRY(run(l, err, "UPDATE deliveries SET tries = 0, due = 0, reason = NULL WHERE reason IS NOT NULL", ""));
    *deliveries = (size_t)sqlite3_changes(l->db);
    RW_TRY(run(l, err, "DELETE FROM files WHERE state = 'failed'", ""));
    *files = (size_t)sqlite3_changes(l->db);
done:
    return end(l, status, err);
}

rwda_status ledger_count(ledger_counts *out, ledger *l, rwda_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool          row       = true;
    rwda_status   status    = RWDA_OK;

    *out = (ledger_counts){ 0 };
    pthread_mutex_lock(&l->mutex);
    RW_TRY(query(&statement, l, err, "SELECT sink, reason IS NOT NULL, count(*) FROM deliveries GROUP BY 1, 2", ""));
    for (;;) {
        int sink;

        RW_TRY(step(&row, l, statement, err));
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
