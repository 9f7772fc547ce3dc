#include "format/safetensors.h"

#include "base/file.h"
#include "base/memory.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct rw_safetensors {
    rw_mapping      map;   /* empty after _parse: the bytes are the caller's */
    const uint8_t  *bytes; /* whole file */
    size_t          len;
    json_t         *header; /* owns names and metadata */
    rw_tensor_view *tensors;
    size_t          count;
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

static uint64_t load_le64(const uint8_t *bytes)
{
    uint64_t value = 0;

    for (int i = 7; i >= 0; i--)
        value = value << 8 | bytes[i];
    return value;
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

static rwda_status read_range(rw_tensor_view *view, const json_t *entry, const uint8_t *data, size_t data_len,
                              rwda_error *err)
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
    view->data = data + begin;
    return RWDA_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const rw_tensor_view *)a)->name, ((const rw_tensor_view *)b)->name);
}

static int by_place(const void *a, const void *b)
{
    const rw_tensor_view *x = a, *y = b;

    if (x->data != y->data)
        return x->data < y->data ? -1 : 1;
    return (x->nbytes > y->nbytes) - (x->nbytes < y->nbytes); /* empty tensors before the one that starts there */
}

/* Every byte of the data belongs to one tensor. */
static rwda_status check_cover(rw_safetensors *st, const uint8_t *data, size_t data_len, rwda_error *err)
{
    const uint8_t *next = data;

    qsort(st->tensors, st->count, sizeof *st->tensors, by_place);
    for (size_t i = 0; i < st->count; i++) {
        const rw_tensor_view *view = &st->tensors[i];

        if (view->data != next)
            return rw_fail(
                err, RWDA_EFORMAT, 8, "%s before tensor \"%.80s\": it begins at %zu, %zu bytes are claimed before it",
                view->data > next ? "gap" : "overlap", view->name, (size_t)(view->data - data), (size_t)(next - data));
        next += view->nbytes;
    }
    if (next != data + data_len)
        return rw_fail(err, RWDA_EFORMAT, 8, "gap at the end: tensors claim %zu bytes, data has %zu", (size_t)(next - data),
                       data_len);
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

static rwda_status read_header(rw_safetensors *st, const char *text, size_t len, rwda_error *err)
{
    const uint8_t *data     = st->bytes + 8 + len;
    size_t         data_len = st->len - 8 - len;
    json_error_t   where;
    const char    *name;
    json_t        *entry;
    rwda_status    status = RWDA_OK;

    if (len == 0 || text[0] != '{')
        return rw_fail(err, RWDA_EFORMAT, 8, "the header must begin with '{'");
    st->header = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);
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
        RW_TRY(read_range(view, entry, data, data_len, err));
        st->count++;
    }
    RW_TRY(check_cover(st, data, data_len, err));
done:
    return status;
}

static rwda_status index_bytes(rw_safetensors *st, const uint8_t *bytes, size_t len, rwda_error *err)
{
    uint64_t n;

    st->bytes = bytes;
    st->len   = len;
    if (len >= 4 && memcmp(bytes, "PK\3\4", 4) == 0)
        return rw_fail(err, RWDA_EUNSUPPORTED, 0, "is a zip archive (a PyTorch .pt or .bin?), not safetensors");
    n = len >= 8 ? load_le64(bytes) : 0;
    if (len >= 2 && bytes[0] == 0x80 && bytes[1] <= 5 && (len < 8 || n > len - 8)) /* else a header of 0x0180 bytes */
        return rw_fail(err, RWDA_EUNSUPPORTED, 0, "is a Python pickle, not safetensors");
    if (len < 8)
        return rw_fail(err, RWDA_EFORMAT, (int64_t)len, "file of %zu bytes ends inside the 8-byte header length", len);
    if (n > len - 8) /* not 8 + n > len: that could wrap */
        return rw_fail(err, RWDA_EFORMAT, 0,
                       "header length %" PRIu64 " does not fit a file of %zu bytes: truncated, or not a safetensors file", n,
                       len);
    if (n > RW_SAFETENSORS_HEADER_MAX)
        return rw_fail(err, RWDA_ELIMIT, 0, "header length %" PRIu64 " is over the limit of %zu", n,
                       RW_SAFETENSORS_HEADER_MAX);
    return read_header(st, (const char *)bytes + 8, (size_t)n, err);
}

static rwda_status new_handle(rw_safetensors **out, rwda_error *err)
{
    *out = calloc(1, sizeof **out);
    return *out != NULL ? RWDA_OK : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "safetensors handle, %zu bytes", sizeof **out);
}

rwda_status rw_safetensors_open(rw_safetensors **out, const char *path, rwda_error *err)
{
    rw_safetensors *st     = NULL;
    rwda_status     status = RWDA_OK;

    *out = NULL;
    RW_TRY(new_handle(&st, err));
    RW_TRY(rw_file_map(&st->map, path, err));
    status = index_bytes(st, st->map.bytes, st->map.len, err);
    if (status != RWDA_OK) {
        (void)rw_fail_prefix(err, status, path);
        goto done;
    }
    *out = st;
    st   = NULL;
done:
    rw_safetensors_close(st);
    return status;
}

rwda_status rw_safetensors_parse(rw_safetensors **out, const void *bytes, size_t len, rwda_error *err)
{
    rw_safetensors *st     = NULL;
    rwda_status     status = RWDA_OK;

    *out = NULL;
    RW_TRY(new_handle(&st, err));
    RW_TRY(index_bytes(st, bytes, len, err));
    *out = st;
    st   = NULL;
done:
    rw_safetensors_close(st);
    return status;
}

void rw_safetensors_close(rw_safetensors *st)
{
    if (st == NULL)
        return;
    json_decref(st->header);
    free(st->tensors);
    rw_file_unmap(&st->map);
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

const rw_mapping *rw_safetensors_mapping(const rw_safetensors *st)
{
    return &st->map;
}
