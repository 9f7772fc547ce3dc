#include "common/part_file.h"

#include "base/memory.h"
#include "base/name_text.h"
#include "common/clock.h"
#include "common/json_watch.h"
#include "common/output.h"
#include "common/part_lines.h"
#include "common/paths.h"
#include "common/score_record.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYNC_MS 5000.0 /* between what a loss of power can take */

enum { KEY = 16 }; /* bytes of a SHA-256 that stand for a name */

/* A line that was there when the part was opened. */
typedef struct {
    uint8_t  key[KEY];
    size_t   number;
    uint64_t order;
    bool     met; /* an entry of the list has it */
} earlier_line;

struct rw_part {
    char           path[RW_PATH_MAX], partial[RW_PATH_MAX];
    rw_shard       shard;
    bool           of_shard, whole, moved; /* whole: a finished part was there; moved: its lines have other places now */
    bool           spare;                  /* the partial file has nothing of its own */
    json_t        *settings;
    FILE          *out; /* the partial file, locked */
    earlier_line  *earlier;
    size_t         room, from_whole; /* from_whole: of them, those of the finished part */
    rw_part_counts counts;
    double         synced;
};

bool rw_part_path(char out[RW_PATH_MAX], const char *folder, const rw_shard *shard)
{
    return rw_path_format(out, "%.*s/part-%05d-of-%05d.jsonl", rw_path_folder_length(folder), folder, shard->index,
                          shard->count);
}

/* Nothing is added to it: only that it is what is asked for is looked at. */
static bool is_finished_file(const rw_part *p)
{
    return p->whole && !p->of_shard;
}

static void key_of(uint8_t out[KEY], const char *name)
{
    struct sha256_ctx sum;

    sha256_init(&sum);
    sha256_update(&sum, strlen(name), (const uint8_t *)name);
    sha256_digest(&sum, KEY, out);
}

static int by_key(const void *a, const void *b)
{
    return memcmp(a, b, KEY);
}

static int by_number(const void *a, const void *b)
{
    size_t x = ((const earlier_line *)a)->number, y = ((const earlier_line *)b)->number;

    return (x > y) - (x < y);
}

static int by_key_and_number(const void *a, const void *b)
{
    return by_key(a, b) != 0 ? by_key(a, b) : by_number(a, b);
}

static void sort(rw_part *p, int (*by)(const void *, const void *))
{
    if (p->counts.before > 0)
        qsort(p->earlier, p->counts.before, sizeof *p->earlier, by);
}

static earlier_line *find(const rw_part *p, size_t n, const char *name)
{
    earlier_line wanted;

    key_of(wanted.key, name);
    return n > 0 ? bsearch(&wanted, p->earlier, n, sizeof wanted, by_key) : NULL;
}

/* A list may have a name several times, and as many lines of it. */
static earlier_line *find_unmet(rw_part *p, const char *name)
{
    earlier_line *any = find(p, p->counts.before, name), *line = any, *end = p->earlier + p->counts.before;

    while (line != NULL && line > p->earlier && by_key(line - 1, any) == 0)
        line--;
    while (line != NULL && line->met)
        line = line + 1 < end && by_key(line + 1, any) == 0 ? line + 1 : NULL;
    return line;
}

/* ---- What an earlier process left ------------------------------------------------------------------------------------------- */

static void count(rw_part_counts *counts, const json_t *record)
{
    const char *label = json_string_value(json_object_get(record, "label"));

    counts->lines++;
    counts->failed += json_object_get(record, "error") != NULL;
    counts->anomalous += label != NULL && strcmp(label, "anomalous") == 0;
}

static rwda_status damaged(const char *path, size_t line, const char *what, rwda_error *err)
{
    return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.300s: line %zu: %s; --force begins anew", path, line, what);
}

/* A line.  *known: the finished part has one of this name. */
static rwda_status take_line(rw_part *p, const char *path, size_t line, const char *text, size_t len, uint64_t order,
                             bool *known, rwda_error *err)
{
    json_t     *record = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    const char *name   = json_string_value(json_object_get(record, "path"));
    size_t      n      = p->counts.before;
    rwda_status status = RWDA_OK;

    if (name == NULL) {
        status = damaged(path, line, "no record of an image", err);
        goto done;
    }
    *known = find(p, p->from_whole, name) != NULL;
    if (!rw_array_reserve((void **)&p->earlier, &p->room, n, 1, sizeof *p->earlier)) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for %zu names", path, n);
        goto done;
    }
    p->earlier[n] = (earlier_line){ .number = n, .order = order };
    key_of(p->earlier[n].key, name);
    p->counts.before++;
    count(&p->counts, record);
done:
    json_decref(record);
    return status;
}

/* Of the finished part: none is known yet. */
static rwda_status take_whole_line(void *part, const char *line, size_t len, uint64_t order, rwda_error *err)
{
    rw_part *p = part;
    bool     known;

    return take_line(p, p->path, p->counts.before + 1, line, len, order, &known, err);
}

/* The partial file's: settings, then lines, the last of which may be torn and is cut off. */
static rwda_status read_partial(rw_part *p, rwda_error *err)
{
    char          *line = NULL, *end;
    size_t         room = 0, n = 0, repeated = 0;
    rw_part_counts whole = p->counts;
    off_t          good  = 0;
    ssize_t        len;
    uint64_t       order = 0;
    bool           known;
    rwda_status    status = RWDA_OK;

    rewind(p->out);
    while ((len = getline(&line, &room, p->out)) > 0 && line[len - 1] == '\n') {
        if (n++ == 0) {
            json_t *settings = json_loadb(line, (size_t)len, JSON_REJECT_DUPLICATES, NULL);
            bool    same     = settings != NULL && json_equal(settings, p->settings) != 0;

            json_decref(settings);
            if (!same) {
                status =
                    rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                            "%.300s: begun with other settings, model, detector or memory; --force begins anew", p->partial);
                goto done;
            }
        } else {
            if ((size_t)len > RW_PART_LINE_MAX || !rw_part_order(&order, line, &end) || *end != '\t')
                status = damaged(p->partial, n, "no place and record", err);
            if (status == RWDA_OK)
                status = take_line(p, p->partial, n, end + 1, (size_t)(line + len - end - 1), order, &known, err);
            RW_TRY(status);
            repeated += known;
        }
        good += len;
    }
    if (!feof(p->out)) /* what was not read must not be cut off */
        RW_TRY(rw_fail_errno(err, p->partial, "cannot be read"));
    if (repeated > 0 && repeated == n - 1) { /* joined to the finished part, but the process ended before it was removed */
        p->counts = whole;
        good      = 0;
    }
    if (fflush(p->out) != 0 || ftruncate(fileno(p->out), good) != 0 || fseeko(p->out, 0, SEEK_END) != 0)
        status = rw_fail_errno(err, p->partial, "cannot be written");
    if (status == RWDA_OK && good == 0)
        status = rw_json_line(p->out, p->partial, json_incref(p->settings), JSON_COMPACT | JSON_REAL_PRECISION(9), err);
    sort(p, by_key_and_number);
done:
    free(line);
    return status;
}

/* The partial file, opened and locked: not one that was removed meanwhile. */
static rwda_status open_partial(rw_part *p, rwda_error *err)
{
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    struct stat  info;
    int          fd;

    for (;;) {
        fd = open(p->partial, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
        if (fd < 0)
            return rw_fail_errno(err, p->partial, "cannot be written");
        if (fstat(fd, &info) == 0 && !S_ISREG(info.st_mode)) { /* reading a FIFO would never end */
            (void)close(fd);
            return rw_fail_not_regular(err, p->partial, info.st_mode);
        }
        if (fcntl(fd, F_OFD_SETLK, &whole) != 0) { /* of the open file, as flock()'s, but others may ask for it */
            rwda_status status =
                errno == EAGAIN || errno == EACCES
                    ? rw_fail(err, RWDA_EEXIST, RWDA_NO_OFFSET, "%.300s: another process is writing it", p->partial)
                    : rw_fail_errno(err, p->partial, "cannot be locked");

            (void)close(fd);
            return status;
        }
        if (fstat(fd, &info) == 0 && info.st_nlink > 0)
            break;
        (void)close(fd);
    }
    p->out = fdopen(fd, "r+");
    if (p->out == NULL)
        (void)close(fd);
    return p->out != NULL ? RWDA_OK : rw_fail_errno(err, p->partial, "cannot be written");
}

/* Is a finished part of the same settings there?  Its lines and their places, then. */
static rwda_status find_whole(rw_part *p, rwda_error *err)
{
    rw_part_manifest manifest;
    rwda_status      status = RWDA_OK;

    RW_TRY(rw_part_manifest_read(&manifest, &p->whole, p->path, err));
    if (!p->whole)
        goto done;
    if (manifest.index != p->shard.index || manifest.count != p->shard.count ||
        json_equal(manifest.settings, p->settings) == 0)
        status = rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                         "%.300s: made with other settings, model, detector or memory; --force begins anew", p->path);
    else
        status = rw_part_lines(&manifest, p->path, take_whole_line, p, err);
    rw_part_manifest_clear(&manifest);
    sort(p, by_key_and_number);
    p->from_whole = p->counts.before;
done:
    return status;
}

static rwda_status refuse_alone(const rw_part *p, const char *why, rwda_error *err)
{
    return rw_fail(err, RWDA_EEXIST, RWDA_NO_OFFSET,
                   "%.300s: is there, and whole, but %.300s: nothing to resume; --force makes it anew", p->path, why);
}

/* Is a finished file there, by itself?  It has no description: its lines say what they were made with. */
static rwda_status find_alone(rw_part *p, rwda_error *err)
{
    char       *line = NULL, why[80];
    size_t      room = 0, n = 0;
    FILE       *in = NULL;
    ssize_t     len;
    rwda_status status = RWDA_OK;

    if (!rw_path_is_file(p->path, ""))
        return RWDA_OK;
    p->whole = true;
    RW_TRY(rw_file_stream(&in, p->path, err));
    while ((len = getline(&line, &room, in)) > 0) {
        json_t *record = line[len - 1] == '\n' ? json_loadb(line, (size_t)len, JSON_REJECT_DUPLICATES, NULL) : NULL;
        bool    made   = score_record_is_of(record, p->settings), known;

        json_decref(record);
        (void)snprintf(why, sizeof why, "line %zu is not what these options make", ++n);
        RW_TRY(made ? take_line(p, p->path, n, line, (size_t)len, 0, &known, err) : refuse_alone(p, why, err));
    }
    if (!feof(in))
        RW_TRY(rw_fail_errno(err, p->path, "cannot be read"));
    sort(p, by_key_and_number);
    p->from_whole = p->counts.before;
done:
    free(line);
    if (in != NULL)
        (void)fclose(in);
    return status;
}

rwda_status rw_part_open(rw_part **out, const char *path, const json_t *settings, const rw_shard *shard, bool overwrite,
                         rwda_error *err)
{
    rw_part    *p = calloc(1, sizeof *p);
    struct stat info;
    rwda_status status = RWDA_OK;

    if (p == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory", path);
    p->settings = json_deep_copy(settings);
    p->of_shard = shard != NULL;
    p->shard    = shard != NULL ? *shard : (rw_shard){ 0, 1, "" };
    p->synced   = rw_now_ms();
    if (p->settings == NULL || rw_json_lost())
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for its settings", path);
    else if (!rw_path_format(p->path, "%s", path) || !rw_path_format(p->partial, "%s.partial", path))
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%.300s: too long for a path", path);
    RW_TRY(status);
    if (!p->of_shard && !overwrite)
        RW_TRY(find_alone(p, err));
    RW_TRY(rw_path_make_folders(p->partial, err));
    RW_TRY(open_partial(p, err));
    if (overwrite && ftruncate(fileno(p->out), 0) != 0)
        status = rw_fail_errno(err, p->partial, "cannot be written");
    if (status == RWDA_OK && p->of_shard && overwrite)
        status = rw_part_manifest_remove(p->path, err);
    if (status == RWDA_OK && p->of_shard)
        status = find_whole(p, err);
    RW_TRY(status);
    RW_TRY(read_partial(p, err));
    if (is_finished_file(p) && p->counts.before > p->from_whole)
        RW_TRY(refuse_alone(p, "a call that was to make it anew was ended", err));
    p->spare = is_finished_file(p);
done:
    if (status != RWDA_OK) {
        if (p->out != NULL && fstat(fileno(p->out), &info) == 0 && info.st_size == 0) /* made just now */
            (void)unlink(p->partial);
        rw_part_close(p);
        p = NULL;
    }
    *out = p;
    return status;
}

/* ---- Lines ------------------------------------------------------------------------------------------------------------------- */

bool rw_part_wants(void *part, const rw_image_entry *entry)
{
    rw_part      *p = part;
    earlier_line *line;
    char         *text;

    if (!rw_shard_takes(&p->shard, entry->name + entry->below))
        return false;
    if (p->counts.before == 0)
        return true;
    text = rw_name_to_text(entry->name, false);
    line = text != NULL ? find_unmet(p, text) : NULL;
    free(text);
    if (line == NULL)
        return true;
    line->met = true;
    p->moved |= p->of_shard && line->order != entry->order;
    line->order = entry->order;
    return false;
}

rwda_status rw_part_add(rw_part *p, uint64_t order, json_t *record, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    if (is_finished_file(p)) {
        json_decref(record);
        return refuse_alone(p, "lacks images that are in the list now", err);
    }
    count(&p->counts, record);
    if (fprintf(p->out, "%llu\t", (unsigned long long)order) < 0) {
        json_decref(record);
        return rw_fail_errno(err, p->partial, "cannot be written");
    }
    RW_TRY(rw_json_line(p->out, p->partial, record, JSON_COMPACT | JSON_REAL_PRECISION(9), err));
    if (rw_now_ms() - p->synced > SYNC_MS) {
        (void)fdatasync(fileno(p->out)); /* the end says whether all is there */
        p->synced = rw_now_ms();
    }
done:
    return status;
}

/* ---- The end ----------------------------------------------------------------------------------------------------------------- */

typedef struct {
    rw_stream         lines, orders;
    struct sha256_ctx line_sum, order_sum;
    bool              of_shard;
    size_t            earlier, n_earlier; /* of rw_part.earlier, sorted by number */
} joining;

static rwda_status put(rw_stream *out, struct sha256_ctx *sum, const char *bytes, size_t len, rwda_error *err)
{
    sha256_update(sum, len, (const uint8_t *)bytes);
    return rw_stream_put(out, bytes, len, err);
}

/* The rest of a stream: lines, each behind its place where `placed`. */
static rwda_status join(rw_part *p, joining *j, FILE *in, const char *path, bool placed, rwda_error *err)
{
    char       *line = NULL, *text, number[32];
    size_t      room = 0;
    ssize_t     len;
    uint64_t    order  = 0;
    rwda_status status = RWDA_OK;

    while ((len = getline(&line, &room, in)) > 0) {
        text = line;
        if (placed && (!rw_part_order(&order, line, &text) || *text++ != '\t'))
            RW_TRY(rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.300s: changed while it was read", path));
        if (j->earlier < j->n_earlier)
            order = p->earlier[j->earlier++].order;
        RW_TRY(put(&j->lines, &j->line_sum, text, (size_t)(line + len - text), err));
        if (j->of_shard)
            RW_TRY(put(&j->orders, &j->order_sum, number,
                       (size_t)snprintf(number, sizeof number, "%llu\n", (unsigned long long)order), err));
    }
    if (!feof(in))
        status = rw_fail_errno(err, path, "cannot be read");
done:
    free(line);
    return status;
}

static rwda_status write_manifest(const rw_part *p, joining *j, rwda_error *err)
{
    rw_part_manifest manifest = { .index     = p->shard.index,
                                  .count     = p->shard.count,
                                  .lines     = p->counts.lines,
                                  .failed    = p->counts.failed,
                                  .anomalous = p->counts.anomalous,
                                  .settings  = p->settings };

    rw_sha256_finish(manifest.sha256, &j->line_sum);
    rw_sha256_finish(manifest.order_sha256, &j->order_sum);
    return rw_part_manifest_write(&manifest, p->path, err);
}

rwda_status rw_part_finish(rw_part *p, rwda_error *err)
{
    joining     j = { .of_shard = p->of_shard, .n_earlier = p->counts.before };
    char        order_path[RW_PATH_MAX];
    FILE       *whole  = NULL;
    char       *header = NULL;
    size_t      room   = 0;
    rwda_status status = RWDA_OK;

    for (size_t i = 0; is_finished_file(p) && i < p->counts.before; i++)
        if (!p->earlier[i].met)
            return refuse_alone(p, "has images that are not in the list now", err);
    if (p->whole && p->counts.lines == p->from_whole && !p->moved)
        goto done;
    RW_TRY(rw_part_sibling(order_path, p->path, ".order", err));
    sha256_init(&j.line_sum);
    sha256_init(&j.order_sum);
    sort(p, by_number);
    RW_TRY(rw_stream_open(&j.lines, p->path, true, err));
    if (p->of_shard)
        RW_TRY(rw_stream_open(&j.orders, order_path, true, err));
    if (p->whole) {
        RW_TRY(rw_file_stream(&whole, p->path, err));
        RW_TRY(join(p, &j, whole, p->path, false, err));
    }
    rewind(p->out);
    if (getline(&header, &room, p->out) <= 0)
        RW_TRY(rw_fail_errno(err, p->partial, "cannot be read"));
    RW_TRY(join(p, &j, p->out, p->partial, true, err));
    if (p->of_shard)
        RW_TRY(rw_part_manifest_remove(p->path, err));
    RW_TRY(rw_stream_close(&j.lines, true, err));
    RW_TRY(rw_stream_close(&j.orders, true, err));
    if (p->of_shard)
        RW_TRY(write_manifest(p, &j, err));
done:
    free(header);
    if (whole != NULL)
        (void)fclose(whole);
    if (status == RWDA_OK) {
        (void)unlink(p->partial);
        p->spare = false;
    } else {
        (void)rw_stream_close(&j.lines, false, NULL);
        (void)rw_stream_close(&j.orders, false, NULL);
    }
    return status;
}

rw_part_counts rw_part_get_counts(const rw_part *part)
{
    return part->counts;
}

void rw_part_close(rw_part *part)
{
    if (part == NULL)
        return;
    if (part->spare)
        (void)unlink(part->partial); /* while it is locked */
    if (part->out != NULL)
        (void)fclose(part->out);
    json_decref(part->settings);
    free(part->earlier);
    free(part);
}
