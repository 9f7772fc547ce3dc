#include "format/safetensors.h"

#include "base/memory.h"
#include "format/byte_order.h"

#include <inttypes.h>
#include <jansson.h>
#include <nettle/sha2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rw_safetensors {
    rw_checked_file file;  /* closed after _parse */
    char           *path;  /* of the file */
    const uint8_t  *bytes; /* whole file, the caller's, after _parse */
    uint8_t        *start; /* [start_len] after _open: length and header, as they were read */
    size_t          start_len;
    uint64_t        len;    /* of the whole file */
    json_t         *header; /* owns names and metadata */
    rw_tensor_view *tensors;
    size_t          count;

    rw_safetensors **parts; /* [n_parts], sorted by path: the handle is of an index, and has tensors, path and stamp alone */
    size_t           n_parts;
    rw_file_stamp    stamp; /* of the parts together */
};

static const struct {
    const char *name;
    size_t      size;
} dtypes[] = {
    [RW_F32] = { "F32", 4 }, [RW_F16] = { "F16", 2 },   [RW_BF16] = { "BF16", 2 }, [RW_F64] = { "F64", 8 },
    [RW_I64] = { "I64", 8 }, [RW_I32] = { "I32", 4 },   [RW_I16] = { "I16", 2 },   [RW_I8] = { "I8", 1 },
    [RW_U8] = { "U8", 1 },   [RW_BOOL] = { "BOOL", 1 },
};

const char *rw_dtype_name(rw_dtype dtype)
{
    return dtypes[dtype].name;
}

size_t rw_dtype_bytes(rw_dtype dtype)
{
    return (unsigned)dtype < RW_COUNTOF(dtypes) ? dtypes[dtype].size : 0;
}

static rwda_status read_dtype(rw_tensor_view *view, const json_t *entry, rwda_error *err)
{
    const char *text = json_string_value(json_object_get(entry, "dtype"));

    if (text == NULL)
        return rw_fail(err, RWDA_EFORMAT, 8, "tensor \"%.80s\": dtype is missing or not a string", view->name);
    for (size_t i = 0; i < RW_COUNTOF(dtypes); i++)
        if (strcmp(dtypes[i].name, text) == 0) {
            view->dtype = (rw_dtype)i;
            return RWDA_OK;
        }
    return rw_fail(err, RWDA_EUNSUPPORTED, 8, "tensor \"%.80s\": dtype \"%.20s\" is not known here", view->name, text);
}

static rwda_status read_shape(rw_tensor_view *view, const json_t *entry, rwda_error *err)
{
    const json_t *shape = json_object_get(entry, "shape");

    if (!json_is_array(shape) || json_array_size(shape) > RW_SAFETENSORS_NDIM_MAX)
        return rw_fail(err, RWDA_EFORMAT, 8, "tensor \"%.80s\": shape is not a list of at most %d numbers (%zu found)",
                       view->name, RW_SAFETENSORS_NDIM_MAX, json_array_size(shape));
    view->ndim  = (int)json_array_size(shape);
    view->count = 1;
    for (int i = 0; i < view->ndim; i++) {
        const json_t *dim = json_array_get(shape, (size_t)i);

        if (!json_is_integer(dim))
            return rw_fail(err, RWDA_EFORMAT, 8, "tensor \"%.80s\": dimension %d is not a whole number", view->name, i);
        if (json_integer_value(dim) < 0)
            return rw_fail(err, RWDA_EFORMAT, 8, "tensor \"%.80s\": dimension %d is negative (%" PRId64 ")", view->name, i,
                           (int64_t)json_integer_value(dim));
        view->shape[i] = (size_t)json_integer_value(dim);
        if (!rw_size_mul(&view->count, view->count, view->shape[i]))
            return rw_fail(err, RWDA_EFORMAT, 8, "tensor \"%.80s\": the product of its shape overflows", view->name);
    }
    if (!rw_size_mul(&view->nbytes, view->count, dtypes[view->dtype].size))
        return rw_fail(err, RWDA_EFORMAT, 8, "tensor \"%.80s\": %zu elements of %zu bytes overflow", view->name, view->count,
                       dtypes[view->dtype].size);
    return RWDA_OK;
}

static rwda_status read_range(rw_tensor_view *view, const json_t *entry, size_t data_len, rwda_error *err)
{
    const json_t *range = json_object_get(entry, "data_offsets");
    const json_t *first = json_array_get(range, 0), *last = json_array_get(range, 1);
    json_int_t    begin, end;

    if (json_array_size(range) != 2 || !json_is_integer(first) || !json_is_integer(last))
        return rw_fail(err, RWDA_EFORMAT, 8, "tensor \"%.80s\": data_offsets are not two whole numbers", view->name);
    begin = json_integer_value(first);
    end   = json_integer_value(last);
    if (begin < 0 || end < begin)
        return rw_fail(err, RWDA_EFORMAT, 8, "tensor \"%.80s\": begins at %" PRId64 " and ends at %" PRId64, view->name,
                       (int64_t)begin, (int64_t)end);
    if ((uint64_t)end > data_len)
        return rw_fail(err, RWDA_EFORMAT, 8, "tensor \"%.80s\": ends at %" PRId64 ", data has %zu", view->name, (int64_t)end,
                       data_len);
    if ((size_t)(end - begin) != view->nbytes)
        return rw_fail(err, RWDA_EFORMAT, 8, "tensor \"%.80s\": needs %zu bytes, range has %zu", view->name, view->nbytes,
                       (size_t)(end - begin));
    view->offset = (size_t)begin;
    return RWDA_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const rw_tensor_view *)a)->name, ((const rw_tensor_view *)b)->name);
}

static int by_place(const void *a, const void *b)
{
    const rw_tensor_view *x = a, *y = b;

    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    return (x->nbytes > y->nbytes) - (x->nbytes < y->nbytes); /* empty tensors before the one that starts there */
}

/* Every byte of the data belongs to one tensor. */
static rwda_status check_cover(rw_safetensors *st, size_t data_len, rwda_error *err)
{
    size_t next = 0;

    qsort(st->tensors, st->count, sizeof *st->tensors, by_place);
    for (size_t i = 0; i < st->count; i++) {
        const rw_tensor_view *view = &st->tensors[i];

        if (view->offset != next)
            return rw_fail(err, RWDA_EFORMAT, 8,
                           "%s before tensor \"%.80s\": it begins at %zu, %zu bytes are claimed before it",
                           view->offset > next ? "gap" : "overlap", view->name, view->offset, next);
        next += view->nbytes;
    }
    if (next != data_len)
        return rw_fail(err, RWDA_EFORMAT, 8, "gap at the end: tensors claim %zu bytes, data has %zu", next, data_len);
    qsort(st->tensors, st->count, sizeof *st->tensors, by_name);
    return RWDA_OK;
}

static rwda_status read_metadata(const json_t *metadata, rwda_error *err)
{
    const char *key;
    json_t     *value;

    if (!json_is_object(metadata))
        return rw_fail(err, RWDA_EFORMAT, 8, "__metadata__ is not an object");
    json_object_foreach((json_t *)(uintptr_t)metadata, key, value) if (!json_is_string(value)) return rw_fail(
        err, RWDA_EFORMAT, 8, "__metadata__ \"%.80s\" is not a string", key);
    return RWDA_OK;
}

/* Before the parser, which takes a hundred times the memory of a small value: what no header needs is refused.  A tensor has at most
 * 4 values and 8 dimensions, and they lie three deep. */
static rwda_status check_amount(const char *text, size_t len, rwda_error *err)
{
    const size_t most   = 16 * (size_t)RW_SAFETENSORS_TENSORS_MAX;
    size_t       commas = 0;
    int          depth  = 0;
    bool         quoted = false;

    for (size_t i = 0; i < len; i++) {
        if (quoted) {
            if (text[i] == '\\')
                i++; /* and what it escapes */
            else
                quoted = text[i] != '"';
            continue;
        }
        quoted = text[i] == '"';
        commas += text[i] == ',';
        depth += (text[i] == '{' || text[i] == '[') - (text[i] == '}' || text[i] == ']');
        if (depth > 3)
            return rw_fail(err, RWDA_EFORMAT, (int64_t)(8 + i), "the header nests deeper than 3");
    }
    return commas <= most ? RWDA_OK : rw_fail(err, RWDA_ELIMIT, 8, "the header has %zu values, at most %zu", commas, most);
}

static rwda_status read_header(rw_safetensors *st, const char *text, size_t len, rwda_error *err)
{
    size_t       data_len = (size_t)(st->len - 8 - len);
    json_error_t where;
    const char  *name;
    json_t      *entry;
    rwda_status  status = RWDA_OK;

    if (len == 0 || text[0] != '{')
        return rw_fail(err, RWDA_EFORMAT, 8, "the header must begin with '{'");
    RW_TRY(check_amount(text, len, err));
    st->header = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);
    if (st->header == NULL && json_error_code(&where) == json_error_out_of_memory)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "header of %zu bytes", len);
    if (st->header == NULL)
        return rw_fail(err, RWDA_EFORMAT, 8 + where.position, "header is not JSON: %.160s", where.text);
    if (json_object_size(st->header) > RW_SAFETENSORS_TENSORS_MAX)
        return rw_fail(err, RWDA_ELIMIT, 8, "%zu tensors, at most %d", json_object_size(st->header),
                       RW_SAFETENSORS_TENSORS_MAX);
    st->tensors = rw_new_array(json_object_size(st->header), sizeof *st->tensors);
    if (st->tensors == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "list of %zu tensors", json_object_size(st->header));
    json_object_foreach(st->header, name, entry)
    {
        rw_tensor_view *view = &st->tensors[st->count];

        if (strcmp(name, "__metadata__") == 0) {
            RW_TRY(read_metadata(entry, err));
            continue;
        }
        if (strlen(name) > RW_SAFETENSORS_NAME_MAX)
            return rw_fail(err, RWDA_ELIMIT, 8, "a tensor's name has %zu bytes, at most %d", strlen(name),
                           RW_SAFETENSORS_NAME_MAX);
        if (!json_is_object(entry))
            return rw_fail(err, RWDA_EFORMAT, 8, "tensor \"%.80s\" is not described by an object", name);
        view->name = name;
        RW_TRY(read_dtype(view, entry, err));
        RW_TRY(read_shape(view, entry, err));
        RW_TRY(read_range(view, entry, data_len, err));
        st->count++;
    }
    RW_TRY(check_cover(st, data_len, err));
    for (size_t i = 0; i < st->count && st->bytes != NULL; i++)
        st->tensors[i].data = st->bytes + 8 + len + st->tensors[i].offset;
done:
    return status;
}

/* Of the first bytes [some] of a file of `len`: is it one, and how long is its header? */
static rwda_status read_length(size_t *header, const uint8_t *bytes, size_t some, uint64_t len, rwda_error *err)
{
    uint64_t n;

    if (some >= 4 && memcmp(bytes, "PK\3\4", 4) == 0)
        return rw_fail(err, RWDA_EUNSUPPORTED, 0, "is a zip archive (a PyTorch .pt or .bin?), not safetensors");
    n = some >= 8 ? rw_little_endian(bytes, 8) : 0;
    if (some >= 2 && bytes[0] == 0x80 && bytes[1] <= 5 && (len < 8 || n > len - 8)) /* else a header of 0x0180 bytes */
        return rw_fail(err, RWDA_EUNSUPPORTED, 0, "is a Python pickle, not safetensors");
    if (len < 8)
        return rw_fail(err, RWDA_EFORMAT, (int64_t)len, "file of %" PRIu64 " bytes ends inside the 8-byte header length",
                       len);
    if (n > len - 8) /* not 8 + n > len: that could wrap */
        return rw_fail(err, RWDA_EFORMAT, 0,
                       "header length %" PRIu64 " does not fit a file of %" PRIu64
                       " bytes: truncated, or not a safetensors file",
                       n, len);
    if (n > RW_SAFETENSORS_HEADER_MAX)
        return rw_fail(err, RWDA_ELIMIT, 0, "header length %" PRIu64 " is over the limit of %zu", n,
                       RW_SAFETENSORS_HEADER_MAX);
    *header = (size_t)n;
    return RWDA_OK;
}

static rwda_status new_handle(rw_safetensors **out, rwda_error *err)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "safetensors handle, %zu bytes", sizeof **out);
    (*out)->file = RW_CHECKED_CLOSED;
    return RWDA_OK;
}

static rwda_status index_file(rw_safetensors *st, rwda_error *err)
{
    uint8_t     first[8] = { 0 };
    size_t      some, header = 0;
    rwda_status status = RWDA_OK;

    st->len = st->file.file.stamp.size;
    some    = st->len < sizeof first ? (size_t)st->len : sizeof first;
    RW_TRY(rw_checked_read(&st->file, first, some, 0, st->path, err));
    status = read_length(&header, first, some, st->len, err);
    if (status != RWDA_OK)
        return rw_fail_prefix(err, status, st->path);
    st->start = malloc(8 + header);
    if (st->start == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.200s: no memory for a header of %zu bytes", st->path, header);
    RW_TRY(rw_checked_read(&st->file, st->start, 8 + header, 0, st->path, err));
    memcpy(st->start, first, 8); /* the length that was checked */
    st->start_len = 8 + header;
    status        = read_header(st, (const char *)st->start + 8, header, err);
    if (status != RWDA_OK)
        (void)rw_fail_prefix(err, status, st->path);
done:
    return status;
}

/* ---- Parts -------------------------------------------------------------------------------------------------------------- */

#define INDEX_ENDING ".json"

static int by_path(const void *a, const void *b)
{
    return strcmp((*(rw_safetensors *const *)a)->path, (*(rw_safetensors *const *)b)->path);
}

static const char *file_name(const char *path)
{
    const char *last = rw_last_separator(path);

    return last != NULL ? last + 1 : path;
}

/* The part of that name beside the index, opened if it is a new one. */
static rwda_status open_part(rw_safetensors *st, const char *name, rwda_error *err)
{
    char path[RW_PATH_MAX];

    if (name == NULL || !rw_is_name(name) || strstr(name, ".json") != NULL)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.300s: a part is no name of a file beside it", st->path);
    if ((size_t)snprintf(path, sizeof path, "%.*s%s", (int)(file_name(st->path) - st->path), st->path, name) >= sizeof path)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.200s: path of over %d bytes", st->path, RW_PATH_MAX - 1);
    for (size_t i = st->n_parts; i-- > 0;) /* most often the last one */
        if (strcmp(st->parts[i]->path, path) == 0)
            return RWDA_OK;
    if (st->n_parts == RW_SAFETENSORS_PARTS_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.300s: more than %d parts", st->path, RW_SAFETENSORS_PARTS_MAX);
    return rw_safetensors_open(&st->parts[st->n_parts++], path, err); /* NULL where it fails */
}

/* The tensors of all parts as one sorted list, and a stamp that changes with any of them. */
static rwda_status merge_parts(rw_safetensors *st, rwda_error *err)
{
    size_t total = 0;

    qsort(st->parts, st->n_parts, sizeof *st->parts, by_path);
    for (size_t i = 0; i < st->n_parts; i++) {
        const rw_file_stamp *part = rw_safetensors_stamp(st->parts[i]);

        total += st->parts[i]->count;
        st->stamp.inode    = st->stamp.inode * 1000003 + part->inode;
        st->stamp.size     = st->stamp.size * 1000003 + part->size;
        st->stamp.modified = (int64_t)((uint64_t)st->stamp.modified * 1000003 + (uint64_t)part->modified);
        st->stamp.changed  = (int64_t)((uint64_t)st->stamp.changed * 1000003 + (uint64_t)part->changed);
    }
    if (total > RW_SAFETENSORS_TENSORS_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.300s: %zu tensors, at most %d", st->path, total,
                       RW_SAFETENSORS_TENSORS_MAX);
    st->tensors = rw_new_array(total, sizeof *st->tensors);
    if (st->tensors == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: list of %zu tensors", st->path, total);
    for (size_t i = 0; i < st->n_parts; i++)
        for (size_t j = 0; j < st->parts[i]->count; j++) {
            st->tensors[st->count]        = st->parts[i]->tensors[j];
            st->tensors[st->count++].part = i;
        }
    qsort(st->tensors, st->count, sizeof *st->tensors, by_name);
    for (size_t i = 1; i < st->count; i++)
        if (by_name(&st->tensors[i - 1], &st->tensors[i]) == 0)
            return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.300s: tensor \"%.120s\" is in two parts", st->path,
                           st->tensors[i].name);
    return RWDA_OK;
}

static rwda_status open_parts(rw_safetensors *st, rwda_error *err)
{
    uint8_t     *text = NULL;
    size_t       len  = 0;
    json_t      *root = NULL, *map, *file;
    const char  *name;
    json_error_t where;
    rwda_status  status = RWDA_OK;

    RW_TRY(rw_file_read(&text, &len, st->path, RW_SAFETENSORS_HEADER_MAX, err));
    status = check_amount((const char *)text, len, err);
    if (status != RWDA_OK) {
        (void)rw_fail_prefix(err, status, st->path);
        goto done;
    }
    root = json_loadb((const char *)text, len, JSON_REJECT_DUPLICATES, &where);
    map  = json_object_get(root, "weight_map");
    if (!json_is_object(map) || json_object_size(map) == 0) {
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                         "%.300s: no JSON object with a weight_map of tensors and their files", st->path);
        goto done;
    }
    st->parts = rw_new_array(RW_SAFETENSORS_PARTS_MAX, sizeof *st->parts);
    if (st->parts == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for its parts", st->path);
        goto done;
    }
    json_object_foreach(map, name, file) RW_TRY(open_part(st, json_string_value(file), err));
    RW_TRY(merge_parts(st, err));
    json_object_foreach(map, name, file)
    {
        const rw_tensor_view *view = rw_safetensors_find(st, name);

        if (view == NULL || strcmp(file_name(st->parts[view->part]->path), json_string_value(file)) != 0) {
            status = rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET, "%.300s: tensor \"%.120s\" is not in %.100s", st->path,
                             name, json_string_value(file));
            goto done;
        }
    }
done:
    json_decref(root);
    free(text);
    return status;
}

static bool is_index(const char *path)
{
    size_t len = strlen(path), ending = strlen(INDEX_ENDING);

    return len > ending && strcmp(path + len - ending, INDEX_ENDING) == 0;
}

rwda_status rw_safetensors_open(rw_safetensors **out, const char *path, rwda_error *err)
{
    rw_safetensors *st     = NULL;
    rwda_status     status = RWDA_OK;

    *out = NULL;
    RW_TRY(new_handle(&st, err));
    st->path = rw_string_copy(path);
    if (st->path == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.200s: no memory for its path", path);
        goto done;
    }
    if (is_index(path)) {
        RW_TRY(open_parts(st, err));
    } else {
        RW_TRY(rw_checked_open(&st->file, path, err));
        RW_TRY(index_file(st, err));
    }
    *out = st;
    st   = NULL;
done:
    rw_safetensors_close(st);
    return status;
}

rwda_status rw_safetensors_parse(rw_safetensors **out, const void *bytes, size_t len, rwda_error *err)
{
    rw_safetensors *st = NULL;
    size_t          header;
    rwda_status     status = RWDA_OK;

    *out = NULL;
    RW_TRY(new_handle(&st, err));
    st->bytes = bytes;
    st->len   = len;
    RW_TRY(read_length(&header, bytes, len < 8 ? len : 8, len, err));
    RW_TRY(read_header(st, (const char *)bytes + 8, header, err));
    *out = st;
    st   = NULL;
done:
    rw_safetensors_close(st);
    return status;
}

/* As `cd DIR && sha256sum PART... | sha256sum` has it. */
static rwda_status sum_parts(rw_safetensors *st, char sha256[65], rwda_error *err)
{
    struct sha256_ctx sum;

    sha256_init(&sum);
    for (size_t i = 0; i < st->n_parts; i++) {
        const char *name = file_name(st->parts[i]->path);
        char        one[65];
        rwda_status status = rw_safetensors_sum(st->parts[i], one, err);

        if (status != RWDA_OK)
            return status;
        sha256_update(&sum, 64, (const uint8_t *)one);
        sha256_update(&sum, 2, (const uint8_t *)"  ");
        sha256_update(&sum, strlen(name), (const uint8_t *)name);
        sha256_update(&sum, 1, (const uint8_t *)"\n");
    }
    rw_sha256_finish(sha256, &sum);
    return RWDA_OK;
}

rwda_status rw_safetensors_sum(rw_safetensors *st, char sha256[65], rwda_error *err)
{
    uint8_t     piece[4096];
    rwda_status status = RWDA_OK;

    if (st->n_parts > 0)
        return sum_parts(st, sha256, err);
    RW_TRY(rw_checked_sum(&st->file, sha256, st->path, err));
    for (size_t at = 0; at < st->start_len; at += sizeof piece) { /* the header that was read is the one that was summed */
        size_t some = st->start_len - at < sizeof piece ? st->start_len - at : sizeof piece;

        RW_TRY(rw_checked_read(&st->file, piece, some, at, st->path, err));
        if (memcmp(piece, st->start + at, some) != 0) {
            status = rw_fail(err, RWDA_EIO, (int64_t)at, "%.300s: was written to while it was read: try again", st->path);
            goto done;
        }
    }
done:
    return status;
}

rwda_status rw_safetensors_check_same(const rw_safetensors *st, rwda_error *err)
{
    rwda_status status = st->n_parts == 0 ? rw_file_check_same(&st->file.file, st->path, err) : RWDA_OK;

    for (size_t i = 0; i < st->n_parts && status == RWDA_OK; i++)
        status = rw_safetensors_check_same(st->parts[i], err);
    return status;
}

rwda_status rw_safetensors_read(rw_safetensors *st, void *out, const rw_tensor_view *view, size_t first, size_t len,
                                rwda_error *err)
{
    if (st->n_parts > 0)
        st = st->parts[view->part];
    return rw_checked_read(&st->file, out, len, st->start_len + view->offset + first, st->path, err);
}

void rw_safetensors_close(rw_safetensors *st)
{
    if (st == NULL)
        return;
    for (size_t i = 0; i < st->n_parts; i++)
        rw_safetensors_close(st->parts[i]);
    free(st->parts);
    json_decref(st->header);
    free(st->tensors);
    free(st->start);
    free(st->path);
    rw_checked_close(&st->file);
    free(st);
}

size_t rw_safetensors_count(const rw_safetensors *st)
{
    return st->count;
}

const rw_tensor_view *rw_safetensors_at(const rw_safetensors *st, size_t i)
{
    return &st->tensors[i];
}

const rw_tensor_view *rw_safetensors_find(const rw_safetensors *st, const char *name)
{
    rw_tensor_view key = { .name = name };

    return st->count > 0 ? bsearch(&key, st->tensors, st->count, sizeof key, by_name) : NULL;
}

const char *rw_safetensors_metadata(const rw_safetensors *st, const char *key)
{
    return json_string_value(json_object_get(json_object_get(st->header, "__metadata__"), key));
}

const rw_file_stamp *rw_safetensors_stamp(const rw_safetensors *st)
{
    return st->n_parts > 0 ? &st->stamp : &st->file.file.stamp;
}
