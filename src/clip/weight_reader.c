#include "clip/weight_reader.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void *rw_reader_slice(rw_weight_reader *r, size_t count, size_t element)
{
    void *out = NULL;

    if (r->status == RWDA_OK && !rw_store_slice(&out, r->store, count, element))
        r->status = rw_fail(r->err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.200s: no room for %zu weights", r->path, count);
    return out; /* NULL in the first pass */
}

static rwda_precision element_dtype(const rw_tensor_view *view)
{
    return view->dtype == RW_F32 ? RWDA_PRECISION_F32 : view->dtype == RW_F16 ? RWDA_PRECISION_F16 : RWDA_PRECISION_BF16;
}

static rwda_status check_shape(const rw_weight_reader *r, const rw_tensor_view *view, const size_t *shape, int ndim)
{
    char have[128] = "", want[128] = "";

    if (view->ndim == ndim && memcmp(view->shape, shape, (size_t)ndim * sizeof *shape) == 0)
        return RWDA_OK;
    for (int i = 0; i < view->ndim; i++)
        (void)snprintf(have + strlen(have), sizeof have - strlen(have), "%s%zu", i > 0 ? ", " : "", view->shape[i]);
    for (int i = 0; i < ndim; i++)
        (void)snprintf(want + strlen(want), sizeof want - strlen(want), "%s%zu", i > 0 ? ", " : "", shape[i]);
    return rw_fail(r->err, RWDA_EMISMATCH, RWDA_NO_OFFSET, "%.160s: tensor \"%.80s\" has shape [%s], the config wants [%s]",
                   r->path, view->name, have, want);
}

static const rw_tensor_view *find(const rw_weight_reader *r, const char *name)
{
    const rw_tensor_view *view = rw_safetensors_find(r->file, name);
    size_t                skip = r->omitted != NULL ? strlen(r->omitted) : 0;

    return view == NULL && skip > 0 && strncmp(name, r->omitted, skip) == 0 ? rw_safetensors_find(r->file, name + skip)
                                                                            : view;
}

/* The tensor of that name: it must exist, with a known dtype and that shape. */
static const rw_tensor_view *find_tensor(rw_weight_reader *r, const char *name, const size_t *shape, int ndim)
{
    const rw_tensor_view *view;
    size_t                index;

    if (r->status != RWDA_OK)
        return NULL;
    view = find(r, name);
    if (view == NULL) {
        r->status = rw_fail(r->err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                            "%.200s: tensor \"%.120s\" is missing; the config asks for it", r->path, name);
        return NULL;
    }
    if (view->dtype != RW_F32 && view->dtype != RW_F16 && view->dtype != RW_BF16) {
        r->status = rw_fail(r->err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                            "%.200s: tensor \"%.120s\" is %s; F32, F16 and BF16 are supported", r->path, name,
                            rw_dtype_name(view->dtype));
        return NULL;
    }
    r->status = check_shape(r, view, shape, ndim);
    if (r->status != RWDA_OK)
        return NULL;
    index = (size_t)(view - rw_safetensors_at(r->file, 0));
    if (!r->used[index])
        r->clip->parameters += (int64_t)view->count;
    r->used[index] = true;
    return view;
}

/* Elements first .. first + count - 1 of a tensor into `out` as float32; they must be finite. */
static void read_part(rw_weight_reader *r, float *out, const rw_tensor_view *view, size_t first, size_t count)
{
    size_t element = rw_element_bytes(element_dtype(view)), some;

    for (; count > 0 && r->status == RWDA_OK; first += some, count -= some, out += some) {
        some      = count < RW_READER_PART / element ? count : RW_READER_PART / element;
        r->status = rw_safetensors_read(r->file, r->raw, view, first * element, some * element, r->err);
        if (r->status != RWDA_OK)
            return;
        rw_widen(out, element_dtype(view), r->raw, some);
        for (size_t i = 0; i < some; i++)
            if (!isfinite(out[i])) {
                r->status = rw_fail(r->err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.200s: tensor \"%.120s\" element %zu is %s",
                                    r->path, view->name, first + i, isnan(out[i]) ? "not a number" : "infinite");
                return;
            }
    }
}

void rw_reader_tensor(rw_weight_reader *r, float *out, const char *name, const size_t *shape, int ndim)
{
    const rw_tensor_view *view = find_tensor(r, name, shape, ndim);

    if (view != NULL && r->reads)
        read_part(r, out, view, 0, view->count);
}

/* F16 ends at 65,504: a larger weight would become infinite. */
static void check_range(rw_weight_reader *r, rwda_precision dtype, const float *values, size_t count, const char *name)
{
    for (size_t i = 0; i < count && dtype == RWDA_PRECISION_F16 && r->status == RWDA_OK; i++)
        if (fabsf(values[i]) >= 65520.0f)
            r->status = rw_fail(r->err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                                "%.200s: tensor \"%.120s\" holds %g, F16 ends at 65504; use bf16 or f32", r->path, name,
                                (double)values[i]);
}

const float *rw_reader_vector(rw_weight_reader *r, const char *name, size_t n)
{
    float *out = rw_reader_slice(r, n, sizeof *out);

    rw_reader_tensor(r, out, name, &n, 1);
    return out;
}

const float *rw_reader_table(rw_weight_reader *r, const char *name, size_t rows, size_t columns)
{
    float *out = rw_reader_slice(r, rows * columns, sizeof *out);

    rw_reader_tensor(r, out, name, (size_t[]){ rows, columns }, 2);
    return out;
}

const void *rw_reader_token_table(rw_weight_reader *r, rwda_precision dtype, const char *name, size_t rows, size_t columns)
{
    size_t                element = rw_element_bytes(dtype);
    unsigned char        *out     = rw_reader_slice(r, rows * columns, element);
    const rw_tensor_view *view    = find_tensor(r, name, (size_t[]){ rows, columns }, 2);

    for (size_t i = 0; i < rows && r->reads && r->status == RWDA_OK; i++) {
        read_part(r, r->buffer, view, i * columns, columns);
        check_range(r, dtype, r->buffer, columns, name);
        rw_narrow(out + i * columns * element, dtype, r->buffer, columns);
    }
    return out;
}

rw_matrix rw_reader_pack(rw_weight_reader *r, rwda_precision dtype, const char *name, size_t n, size_t k, size_t stride_n,
                         size_t stride_k)
{
    size_t bytes = 0;
    void  *out;

    if (r->reads)
        check_range(r, dtype, r->buffer, r->status == RWDA_OK ? n * k : 0, name);
    if (!rw_matrix_bytes(&bytes, dtype, r->clip->kernels, n, k) && r->status == RWDA_OK)
        r->status = rw_fail(r->err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.200s: matrix %zu x %zu is too large", r->path, n, k);
    out = rw_reader_slice(r, bytes, 1);
    if (r->status != RWDA_OK || !r->reads)
        return rw_matrix_at(out, dtype, n, k);
    return rw_matrix_pack(out, dtype, r->clip->kernels, r->buffer, n, k, stride_n, stride_k);
}

rwda_precision rw_reader_outer_dtype(const rw_weight_reader *r)
{
    return r->clip->precision == RWDA_PRECISION_INT8 ? RWDA_PRECISION_F16 : r->clip->precision;
}

rw_matrix rw_reader_matrix(rw_weight_reader *r, rwda_precision dtype, const char *name, size_t n, size_t k)
{
    rw_reader_tensor(r, r->buffer, name, (size_t[]){ n, k }, 2);
    return rw_reader_pack(r, dtype, name, n, k, k, 1);
}

bool rw_reader_has(const rw_weight_reader *r, const char *name)
{
    return find(r, name) != NULL;
}
