/* ledger_open.c - a ledger is made, or found to be one that is whole and of this folder. */
#include "watch/ledger_sql.h"

#include "base/entropy.h"
#include "base/memory.h"
#include "common/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define APPLICATION 0x72776461 /* "rwda" */
#define VERSION     1

static const char schema[] =
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "CREATE TABLE files(path BLOB PRIMARY KEY, size INTEGER, modified INTEGER, inode INTEGER, sha256 TEXT, state TEXT, "
    "reason TEXT, number INTEGER) WITHOUT ROWID;"
    "CREATE INDEX files_by_inode ON files(inode, modified);"
    "CREATE TABLE messages(number INTEGER PRIMARY KEY AUTOINCREMENT, path BLOB, size INTEGER, modified INTEGER, inode "
    "INTEGER, sha256 TEXT, label TEXT, body TEXT);"
    "CREATE TABLE deliveries(sink INTEGER, message INTEGER REFERENCES messages, tries INTEGER, due INTEGER, reason TEXT, "
    "PRIMARY KEY(sink, message)) WITHOUT ROWID;" /* reason: it was given up */
    "CREATE INDEX deliveries_by_message ON deliveries(message);"
    "PRAGMA application_id = 1920427105;"
    "PRAGMA user_version = 1;";

static rwda_status number_of(int64_t *out, ledger *l, const char *sql, rwda_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool          row       = false;
    rwda_status   status    = RWDA_OK;

    *out = 0;
    RW_TRY(ledger_query(&statement, l, err, sql, ""));
    RW_TRY(ledger_step(&row, l, statement, err));
    if (row)
        *out = sqlite3_column_int64(statement, 0);
done:
    (void)sqlite3_finalize(statement);
    return status;
}

static rwda_status make(ledger *l, rwda_error *err)
{
    uint8_t     drawn[4];
    rwda_status status;

    if (!rw_entropy(drawn, sizeof drawn, true))
        return rw_fail_errno(err, l->path, "no random numbers");
    (void)snprintf(l->name, sizeof l->name, "%02x%02x%02x%02x", drawn[0], drawn[1], drawn[2], drawn[3]);
    status = ledger_begin(l, err);
    if (status == RWDA_OK && sqlite3_exec(l->db, schema, NULL, NULL, NULL) != SQLITE_OK)
        status = ledger_refuse(l, sqlite3_errcode(l->db), err);
    if (status == RWDA_OK)
        status = ledger_run(l, err, "INSERT INTO meta VALUES('folder', ?), ('name', ?)", "pt", l->folder, l->name);
    return ledger_end(l, status, err);
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
    RW_TRY(ledger_query(&statement, l, err, "PRAGMA quick_check(1)", ""));
    RW_TRY(ledger_step(&row, l, statement, err));
    folder = row ? ledger_text(statement, 0) : NULL;
    if (folder == NULL || strcmp(folder, "ok") != 0) {
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.300s: the ledger is damaged: %.200s", l->path,
                         folder != NULL ? folder : "no answer");
        goto done;
    }
    free(folder);
    folder = NULL;
    (void)sqlite3_finalize(statement);
    statement = NULL;
    RW_TRY(ledger_query(&statement, l, err,
                        "SELECT f.value, n.value FROM meta f, meta n WHERE f.key = 'folder' AND n.key = 'name'", ""));
    RW_TRY(ledger_step(&row, l, statement, err));
    folder = row ? ledger_text(statement, 0) : NULL;
    name   = row ? ledger_text(statement, 1) : NULL;
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
        status = ledger_refuse(l, code, err);
        goto done;
    }
    RW_TRY(number_of(&tables, l, "SELECT count(*) FROM sqlite_schema", err));
    if (sqlite3_db_readonly(l->db, "main") == 1) {
        status = rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: the ledger cannot be written: it may only be read", path);
        goto done;
    }
    if (tables > 0)
        RW_TRY(check(l, err)); /* before anything in it is changed */
    RW_TRY(ledger_run(l, err, "PRAGMA journal_mode = WAL", ""));
    RW_TRY(ledger_run(l, err, "PRAGMA synchronous = FULL", ""));
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
