#include "common/tar_reader.h"

#include "base/file.h"
#include "base/memory.h"
#include "common/input.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PIECE ((size_t)256 << 10) /* bytes that are read at once */

struct rw_tar {
    struct archive        *archive;
    int                    file;
    const rw_image_source *source;
    rwda_status            status; /* of reading the file */
    rwda_error             err;
    uint64_t               size; /* of the member under way, as declared */
    uint8_t                piece[PIECE];
};

static la_ssize_t on_read(struct archive *archive, void *user, const void **bytes)
{
    rw_tar *t = user;
    size_t  got;

    t->status = rw_input_read(&got, t->piece, sizeof t->piece, t->file, "the archive", t->source, &t->err);
    if (t->status != RWDA_OK) {
        archive_set_error(archive, EIO, "%s", t->err.message);
        return -1;
    }
    *bytes = t->piece;
    return (la_ssize_t)got;
}

/* What libarchive says, or what was said of the bytes below it. */
static rwda_status said(rw_tar *t, const char *what, rwda_error *err)
{
    const char *text = archive_error_string(t->archive);

    if (t->status != RWDA_OK)
        return rw_fail(err, t->status, RWDA_NO_OFFSET, "%s", t->err.message);
    if (archive_errno(t->archive) == ENOMEM)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory to read the archive");
    return rw_fail(err, RWDA_EFORMAT, archive_filter_bytes(t->archive, 0), "%s byte %lld: %.200s", what,
                   (long long)archive_filter_bytes(t->archive, 0), text != NULL ? text : "damaged");
}

rwda_status rw_tar_open(rw_tar **out, int file, const rw_image_source *source, rwda_error *err)
{
    rw_tar     *t      = calloc(1, sizeof *t);
    rwda_status status = RWDA_OK;

    *out = NULL;
    if (t == NULL || (t->archive = archive_read_new()) == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory to read the archive");
        goto done;
    }
    t->file   = file;
    t->source = source;
    if (archive_read_support_format_tar(t->archive) != ARCHIVE_OK ||
        archive_read_support_filter_gzip(t->archive) != ARCHIVE_OK || /* else it would start a program */
        archive_read_support_filter_zstd(t->archive) != ARCHIVE_OK)
        status = rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "this libarchive lacks gzip or zstd");
    else if (archive_read_open(t->archive, t, NULL, on_read, NULL) != ARCHIVE_OK)
        status = t->status != RWDA_OK ? said(t, "", err)
                                      : rw_fail(err, RWDA_EFORMAT, 0, "is not a tar archive, plain or by gzip or zstd");
done:
    if (status == RWDA_OK)
        *out = t;
    else
        rw_tar_close(t);
    return status;
}

/* A member that is not to be read says why. */
static void judge(rw_tar_member *out, const char *name, struct archive_entry *entry)
{
    const char *why = NULL;

    if (archive_entry_hardlink(entry) != NULL || archive_entry_filetype(entry) == AE_IFLNK)
        why = "a link: only files are read";
    else if (archive_entry_filetype(entry) != AE_IFREG)
        why = "a device, pipe or socket: only files are read";
    else if (archive_entry_sparse_reset(entry) > 0)
        why = "a sparse file: only whole ones are read";
    else if (name[0] == '/')
        why = "an absolute path: a member's name must not leave its archive";
    for (const char *at = name; why == NULL && at != NULL; at = strchr(at, '/')) {
        at += *at == '/';
        if (strncmp(at, "..", 2) == 0 && (at[2] == '/' || at[2] == '\0'))
            why = "\"..\" in its path: a member's name must not leave its archive";
    }
    for (const char *at = name; why == NULL && *at != '\0'; at++)
        if ((unsigned char)*at < 32 || *at == 127)
            why = "a control character in its name";
    (void)snprintf(out->why, sizeof out->why, "%s", why != NULL ? why : "");
}

rwda_status rw_tar_next(rw_tar *t, rw_tar_member *out, rwda_error *err)
{
    struct archive_entry *entry;
    const char           *name;
    int                   code = archive_read_next_header(t->archive, &entry);

    *out = (rw_tar_member){ .name = NULL };
    if (code == ARCHIVE_EOF) /* where there is an end mark, it has been read */
        return archive_filter_bytes(t->archive, 0) > archive_read_header_position(t->archive)
                   ? RWDA_OK
                   : rw_fail(err, RWDA_EFORMAT, archive_filter_bytes(t->archive, 0),
                             "ends at byte %lld without an end mark: it was cut, or its writer was",
                             (long long)archive_filter_bytes(t->archive, 0));
    if (code != ARCHIVE_OK && code != ARCHIVE_WARN) /* a warning is about what a name would be in the locale */
        return said(t, "damaged before", err);
    name = archive_entry_pathname(entry);
    if (name == NULL)
        name = archive_entry_pathname_utf8(entry);
    if (name == NULL)
        name = "";
    while (strncmp(name, "./", 2) == 0)
        name += 2;
    out->folder = archive_entry_filetype(entry) == AE_IFDIR;
    judge(out, name, entry);
    if (strlen(name) >= RW_PATH_MAX)
        (void)snprintf(out->why, sizeof out->why, "a name of %zu bytes, which is too long", strlen(name));
    t->size   = archive_entry_size(entry) > 0 ? (uint64_t)archive_entry_size(entry) : 0;
    out->name = name;
    return RWDA_OK;
}

rwda_status rw_tar_read(rw_tar *t, uint8_t **bytes, size_t *len, size_t limit, rwda_error *err)
{
    const void *piece;
    size_t      n, room = 0;
    la_int64_t  offset;
    rwda_status status = RWDA_OK;
    int         code;

    *bytes = NULL;
    *len   = 0;
    if (t->size > limit)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "file of %llu bytes is over the limit of %zu",
                       (unsigned long long)t->size, limit);
    while ((code = archive_read_data_block(t->archive, &piece, &n, &offset)) == ARCHIVE_OK || code == ARCHIVE_WARN) {
        if (offset < 0 || (size_t)offset != *len || *len + n > t->size)
            RW_TRY(rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "a sparse file: only whole ones are read"));
        if (!rw_array_reserve((void **)bytes, &room, *len, n + 1, 1)) /* as it comes: what is declared may be a lie */
            RW_TRY(rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %llu bytes", (unsigned long long)t->size));
        memcpy(*bytes + *len, piece, n);
        *len += n;
    }
    if (code != ARCHIVE_EOF)
        status = said(t, "the archive ends within it, at", err);
    else if (*len != t->size)
        status = rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "a sparse file: only whole ones are read");
    else if (*bytes == NULL && (*bytes = calloc(1, 1)) == NULL)
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for an empty file");
done:
    if (status != RWDA_OK) {
        free(*bytes);
        *bytes = NULL;
        *len   = 0;
    }
    return status;
}

void rw_tar_close(rw_tar *t)
{
    if (t == NULL)
        return;
    (void)archive_read_free(t->archive);
    free(t);
}

bool rw_tar_built(void)
{
    return true;
}
