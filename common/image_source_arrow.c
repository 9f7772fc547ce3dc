/* image_source_arrow.c - a source of images: rows of an Arrow stream. */
#include "base/file.h"
#include "common/arrow_reader.h"
#include "common/events.h"
#include "common/input.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    rw_image_source    base;
    int                file;
    const char        *name; /* of it, for messages */
    const rwda_events *events;
    rw_arrow_reader   *reader;
    bool               begun, failed;
    int64_t            rows;
} arrow_source;

static rwda_status read_input(void *user, size_t *got, void *out, size_t room, rwda_error *err)
{
    const arrow_source *s = user;

    return rw_input_read(got, out, room, s->file, s->name, &s->base, err);
}

static rwda_status name_row(rw_image_entry *out, int64_t number, rwda_error *err)
{
    char name[32];

    (void)snprintf(name, sizeof name, "row %" PRId64, number);
    return rw_image_entry_name(out, name, err);
}

/* What messages and records call it. */
static rwda_status take_name(rw_image_entry *out, const rw_arrow_row *row, bool is_path, rwda_error *err)
{
    const char *text = is_path ? (const char *)row->image : row->name;
    size_t      len  = is_path ? row->len : row->name_len;
    char        name[RW_PATH_MAX];

    if (text == NULL || len == 0 || len >= sizeof name || memchr(text, '\0', len) != NULL)
        return name_row(out, row->number, err);
    memcpy(name, text, len);
    name[len] = '\0';
    return is_path ? rw_image_entry_path(out, name, err) : rw_image_entry_name(out, name, err);
}

static rwda_status take_bytes(rw_image_entry *out, const rw_arrow_row *row, rwda_error *err)
{
    out->bytes = malloc(row->len + 1);
    if (out->bytes == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for %zu bytes", out->name, row->len);
    memcpy(out->bytes, row->image, row->len);
    out->len = row->len;
    return RWDA_OK;
}

/* A row without an image is answered too, and the run goes on. */
static rwda_status take_row(rw_image_entry *out, rw_arrow_row *row, rwda_error *err)
{
    bool        is_path = row->is_path && row->image != NULL;
    const char *wrong   = row->image == NULL                                      ? "no image: the value is null"
                          : is_path && memchr(row->image, '\0', row->len) != NULL ? "a NUL byte in a path"
                          : is_path && row->len >= RW_PATH_MAX                    ? "longer than a path can be"
                          : row->len == 0                                         ? "no image: the value is empty"
                                                                                  : NULL;
    rwda_status status  = RWDA_OK;

    out->given = row->given;
    RW_TRY(take_name(out, row, is_path, err));
    if (wrong != NULL)
        (void)rw_fail(&out->refused, RWDA_EINVAL, RWDA_NO_OFFSET, "%.300s: %s", out->name, wrong);
    else if (!is_path)
        status = take_bytes(out, row, err);
done:
    if (status != RWDA_OK)
        rw_image_entry_clear(out);
    return status;
}

/* A stream that is damaged ends in an entry that says so, in the place of the row that could not be read. */
static rwda_status end_damaged(arrow_source *s, rw_image_entry *out, const rwda_error *why, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    s->failed = true;
    RW_TRY(name_row(out, s->rows, err));
    (void)rw_fail(&out->refused, why->code, RWDA_NO_OFFSET, "%.40s: %.300s", out->name, why->message);
done:
    return status;
}

static rwda_status arrow_next(rw_image_source *source, rw_image_entry *out, rwda_error *err)
{
    arrow_source *s = (arrow_source *)source;
    rw_arrow_row  row;
    rwda_error    why    = { 0 };
    bool          more   = false;
    rwda_status   status = s->failed ? RWDA_OK : rw_arrow_reader_next(&row, &more, s->reader, &why);

    if (s->failed)
        return RWDA_OK;
    if (!s->begun && rw_arrow_reader_left_out(s->reader)[0] != '\0')
        rw_note(s->events, "%s: columns that records do not have: %s (text, numbers and truth values go along)", s->name,
                rw_arrow_reader_left_out(s->reader));
    s->begun = true;
    if (status == RWDA_EFORMAT || status == RWDA_ELIMIT || status == RWDA_EUNSUPPORTED)
        return end_damaged(s, out, &why, err);
    if (status != RWDA_OK)
        return rw_fail(err, status, RWDA_NO_OFFSET, "%.400s", why.message); /* it names the input, or is about a column */
    if (more) {
        s->rows++;
        return take_row(out, &row, err);
    }
    if (rw_arrow_reader_cut(s->reader))
        rw_warn(s->events, "%s: an Arrow stream without an end mark: was its writer ended?", s->name);
    return RWDA_OK;
}

static void arrow_free(rw_image_source *source)
{
    rw_arrow_reader_free(((arrow_source *)source)->reader);
    free(source);
}

rwda_status rw_image_source_arrow(rw_image_source **out, int file, const char *name, const char *column,
                                  const rwda_events *events, rwda_error *err)
{
    arrow_source *s      = calloc(1, sizeof *s);
    rwda_status   status = RWDA_OK;

    *out = NULL;
    if (s == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the list of inputs");
    s->base.next = arrow_next;
    s->base.free = arrow_free;
    s->file      = file;
    s->name      = name;
    s->events    = events;
    RW_TRY(rw_arrow_reader_new(&s->reader, column, read_input, s, err));
    *out = &s->base;
done:
    if (status != RWDA_OK)
        free(s);
    return status;
}
