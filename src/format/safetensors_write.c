/* safetensors_write.c - safetensors writer: arrays and metadata to one file */
#include "format/safetensors.h"

#include "base/memory.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static size_t tensor_bytes(const rw_tensor_out *tensor)
{
    size_t count = rw_dtype_bytes(tensor->dtype);

    for (int i = 0; i < tensor->ndim; i++)
        count *= tensor->shape[i]; /* of an array that exists: it fits */
    return count;
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const rw_tensor_out *const *)a)->name, (*(const rw_tensor_out *const *)b)->name);
}

/* NULL when memory is short. */
static json_t *describe(const rw_tensor_out *tensor, size_t begin)
{
    json_t *shape = json_array();
    bool    fine  = shape != NULL;

    for (int i = 0; i < tensor->ndim; i++)
        fine = json_array_append_new(shape, json_integer((json_int_t)tensor->shape[i])) == 0 && fine;
    if (!fine) {
        json_decref(shape);
        return NULL;
    }
    return json_pack("{s:s, s:o, s:[I,I]}", "dtype", rw_dtype_name(tensor->dtype), "shape", shape, "data_offsets",
                     (json_int_t)begin, (json_int_t)(begin + tensor_bytes(tensor)));
}

/* The header's text, the caller's to free; sorted is in file order. */
static char *header_text(const rw_tensor_out *const *sorted, size_t n, const char *const (*metadata)[2], size_t n_metadata,
                         size_t *data_len)
{
    json_t *header = json_object(), *pairs = json_object();
    char   *text = NULL;
    bool    fine = header != NULL && pairs != NULL;

    *data_len = 0;
    for (size_t i = 0; fine && i < n_metadata; i++)
        fine = json_object_set_new(pairs, metadata[i][0], json_string(metadata[i][1])) == 0;
    for (size_t i = 0; fine && i < n; i++) {
        fine = json_object_set_new(header, sorted[i]->name, describe(sorted[i], *data_len)) == 0;
        *data_len += tensor_bytes(sorted[i]);
    }
    fine = fine && json_object_set(header, "__metadata__", pairs) == 0;
    if (fine)
        text = json_dumps(header, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(pairs);
    json_decref(header);
    return text;
}

rwda_status rw_safetensors_build(uint8_t **out, size_t *len, const rw_tensor_out *tensors, size_t n_tensors,
                                 const char *const (*metadata)[2], size_t n_metadata, rwda_error *err)
{
    const rw_tensor_out **sorted   = rw_new_array(n_tensors, sizeof *sorted);
    char                 *text     = NULL;
    uint8_t              *bytes    = NULL, *to;
    size_t                data_len = 0, header_len;
    rwda_status           status   = RWDA_OK;

    *out = NULL;
    if (sorted != NULL) {
        for (size_t i = 0; i < n_tensors; i++)
            sorted[i] = &tensors[i];
        qsort(sorted, n_tensors, sizeof *sorted, by_name);
        text = header_text(sorted, n_tensors, metadata, n_metadata, &data_len);
    }
    if (text == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "safetensors header of %zu tensors", n_tensors);
        goto done;
    }
    header_len = (strlen(text) + 7) / 8 * 8; /* padded with spaces: the data starts aligned */
    *len       = 8 + header_len + data_len;
    bytes      = malloc(*len);
    if (bytes == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "safetensors file of %zu bytes", *len);
        goto done;
    }
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)((uint64_t)header_len >> (8 * i));
    memset(bytes + 8, ' ', header_len);
    memcpy(bytes + 8, text, strlen(text));
    to = bytes + 8 + header_len;
    for (size_t i = 0; i < n_tensors; i++) { /* as it lies in memory: the build is for little-endian machines */
        if (sorted[i]->data != NULL)
            memcpy(to, sorted[i]->data, tensor_bytes(sorted[i]));
        else
            memset(to, 0, tensor_bytes(sorted[i]));
        to += tensor_bytes(sorted[i]);
    }
    *out = bytes;
done:
    free(text);
    free(sorted);
    return status;
}
