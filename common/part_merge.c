#include "common/part_merge.h"

#include "base/memory.h"
#include "common/part_file.h"
#include "common/part_lines.h"
#include "common/paths.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Which are there ----------------------------------------------------------------------------------------------------- */

/* The numbers in the name of a part, its partial file or its description. */
static bool read_name(rw_shard *out, const char *name)
{
    int used = 0;

    return sscanf(name, "part-%7d-of-%7d.json%n", &out->index, &out->count, &used) == 2 && used > 0 && out->index >= 0 &&
           out->index < out->count && out->count <= RW_SHARD_MAX &&
           (name[used] == '\0' || strcmp(name + used, "l.partial") == 0);
}

static rwda_status reserve(rw_part_survey *s, int count, rwda_error *err)
{
    s->count     = count;
    s->states    = calloc((size_t)count, sizeof *s->states);
    s->manifests = calloc((size_t)count, sizeof *s->manifests);
    return s->states != NULL && s->manifests != NULL
               ? RWDA_OK
               : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for %d parts", s->folder, count);
}

/* Asks alone: a process that opens the file meanwhile must not find it locked. */
static bool is_locked(const char *path)
{
    struct flock lock   = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
    int          fd     = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool         locked = fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;

    if (fd >= 0)
        (void)close(fd);
    return locked;
}

static rwda_status look_at(rw_part_survey *s, const rw_shard *shard, rwda_error *err)
{
    char        path[RW_PATH_MAX], partial[RW_PATH_MAX], order[RW_PATH_MAX];
    bool        whole;
    rwda_status status = RWDA_OK;

    if (!rw_part_path(path, s->folder, shard) || !rw_path_format(partial, "%s.partial", path))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%.300s: too long for a path", s->folder);
    RW_TRY(rw_part_manifest_read(&s->manifests[shard->index], &whole, path, err));
    if (whole && (s->manifests[shard->index].index != shard->index || s->manifests[shard->index].count != shard->count)) {
        rw_part_manifest_clear(&s->manifests[shard->index]);
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.300s: its description is of part %d of %d", path,
                         s->manifests[shard->index].index, s->manifests[shard->index].count);
        goto done;
    }
    RW_TRY(rw_part_sibling(order, path, ".order", err));
    whole                   = whole && rw_path_is_file(path, "") && rw_path_is_file(order, "");
    s->states[shard->index] = rw_path_is_file(partial, "") ? (is_locked(partial) ? RW_PART_RUNNING : RW_PART_BEGUN)
                              : whole                      ? RW_PART_WHOLE
                                                           : RW_PART_MISSING;
    if (s->states[shard->index] != RW_PART_WHOLE)
        rw_part_manifest_clear(&s->manifests[shard->index]);
done:
    return status;
}

rwda_status rw_part_survey_read(rw_part_survey *out, const char *folder, rwda_error *err)
{
    DIR           *dir = NULL;
    struct dirent *entry;
    rw_shard       shard;
    rwda_status    status = RWDA_OK;

    *out = (rw_part_survey){ 0 };
    if (!rw_path_format(out->folder, "%s", folder))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%.300s: too long for a path", folder);
    dir = opendir(folder);
    if (dir == NULL)
        return rw_fail_errno(err, folder, "cannot be read");
    while ((entry = readdir(dir)) != NULL) {
        if (!read_name(&shard, entry->d_name))
            continue;
        if (out->count == 0)
            RW_TRY(reserve(out, shard.count, err));
        if (shard.count != out->count)
            RW_TRY(
                rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                        "%.300s: holds parts of %d shards and of %d, which no run has together: remove those of one of them "
                        "(part-*-of-%05d.* or part-*-of-%05d.*), and each run takes a folder of its own",
                        folder, out->count, shard.count, out->count, shard.count));
        if (out->states[shard.index] == RW_PART_MISSING)
            RW_TRY(look_at(out, &shard, err));
    }
    if (out->count == 0)
        status = rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET, "%.300s: no part of a sharded run there", folder);
done:
    (void)closedir(dir);
    return status;
}

rwda_status rw_part_folder_check(const char *folder, int count, rwda_error *err)
{
    DIR           *dir    = opendir(folder);
    rwda_status    status = RWDA_OK;
    struct dirent *entry;
    rw_shard       shard;

    if (dir == NULL)
        return errno == ENOENT ? RWDA_OK : rw_fail_errno(err, folder, "cannot be read");
    while (status == RWDA_OK && (entry = readdir(dir)) != NULL)
        if (read_name(&shard, entry->d_name) && shard.count != count)
            status =
                rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                        "%.300s: holds parts of %d shards, this is one of %d, and they would never be merged: name another "
                        "folder, or remove those first (part-*-of-%05d.*)",
                        folder, shard.count, count, shard.count);
    (void)closedir(dir);
    return status;
}

void rw_part_survey_free(rw_part_survey *survey)
{
    for (int i = 0; survey->manifests != NULL && i < survey->count; i++)
        rw_part_manifest_clear(&survey->manifests[i]);
    free(survey->manifests);
    free(survey->states);
    *survey = (rw_part_survey){ 0 };
}

/* ---- All as one ---------------------------------------------------------------------------------------------------------- */

typedef struct {
    uint64_t order;
    off_t    at;
    uint32_t len;
    int      part;
} line_place;

typedef struct {
    line_place *lines;
    size_t      n, room;
    int        *files; /* [count] descriptors; -1: not open */
    int         count;
} merging;

static int by_order(const void *a, const void *b)
{
    const line_place *x = a, *y = b;

    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    if (x->part != y->part) /* the list has changed between the shards: any order, but always the same */
        return x->part < y->part ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

/* Lines of one part. */
typedef struct {
    merging *m;
    int      part;
    off_t    at;
} placing;

static rwda_status take_place(void *user, const char *line, size_t len, uint64_t order, rwda_error *err)
{
    placing *p = user;
    merging *m = p->m;

    (void)line;
    if (!rw_array_reserve((void **)&m->lines, &m->room, m->n, 1, sizeof *m->lines))
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "part %d: no memory for %zu lines", p->part, m->n);
    m->lines[m->n++] = (line_place){ order, p->at, (uint32_t)len, p->part };
    p->at += (off_t)len;
    return RWDA_OK;
}

static rwda_status path_of(char out[RW_PATH_MAX], const rw_part_survey *s, int part, rwda_error *err)
{
    const rw_shard shard = { part, s->count, "" };

    return rw_part_path(out, s->folder, &shard)
               ? RWDA_OK
               : rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%.300s: too long for a path", s->folder);
}

static rwda_status check(const rw_part_survey *s, rwda_error *err)
{
    int whole = 0, first = -1;

    for (int i = 0; i < s->count; i++)
        if (s->states[i] == RW_PART_WHOLE)
            whole++;
        else if (first < 0)
            first = i;
    if (whole < s->count)
        return rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET,
                       "%.300s: %d of %d parts are whole; the first that is not is %d: 'rwda status' lists them", s->folder,
                       whole, s->count, first);
    for (int i = 1; i < s->count; i++)
        if (json_equal(s->manifests[0].settings, s->manifests[i].settings) == 0)
            return rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                           "%.300s: parts 0 and %d were made with different settings, models, detectors or memories",
                           s->folder, i);
    return RWDA_OK;
}

static void close_files(merging *m)
{
    for (int i = 0; m->files != NULL && i < m->count; i++) {
        if (m->files[i] >= 0)
            (void)close(m->files[i]);
        m->files[i] = -1;
    }
}

static rwda_status read_line(merging *m, char *line, const line_place *place, const char *path, rwda_error *err)
{
    int *file = &m->files[place->part];

    if (*file < 0)
        *file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*file < 0 && errno == EMFILE) { /* more parts than may be open: begin again */
        close_files(m);
        *file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    }
    if (*file < 0)
        return rw_fail_errno(err, path, "cannot be read");
    return pread(*file, line, place->len, place->at) == (ssize_t)place->len
               ? RWDA_OK
               : rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.300s: changed while it was read", path);
}

rwda_status rw_part_merge(rw_stream *out, const rw_part_survey *survey, rwda_error *err)
{
    merging     m    = { .count = survey->count };
    char       *line = NULL;
    size_t      room = 0;
    char        path[RW_PATH_MAX];
    rwda_status status = RWDA_OK;

    RW_TRY(check(survey, err));
    m.files = malloc((size_t)survey->count * sizeof *m.files);
    if (m.files == NULL)
        RW_TRY(rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for %d parts", survey->folder, survey->count));
    memset(m.files, -1, (size_t)survey->count * sizeof *m.files);
    for (int i = 0; i < survey->count; i++) {
        placing p = { &m, i, 0 };

        RW_TRY(path_of(path, survey, i, err));
        RW_TRY(rw_part_lines(&survey->manifests[i], path, take_place, &p, err));
    }
    if (m.n > 0)
        qsort(m.lines, m.n, sizeof *m.lines, by_order);
    for (size_t i = 0; i < m.n; i++) {
        const line_place *place = &m.lines[i];

        RW_TRY(path_of(path, survey, place->part, err));
        if (!rw_array_reserve((void **)&line, &room, 0, place->len, 1))
            RW_TRY(rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for a line of %u bytes", path, place->len));
        RW_TRY(read_line(&m, line, place, path, err));
        RW_TRY(rw_stream_put(out, line, place->len, err));
    }
done:
    close_files(&m);
    free(m.files);
    free(line);
    free(m.lines);
    return status;
}
