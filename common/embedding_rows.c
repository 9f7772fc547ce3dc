#include "common/embedding_rows.h"

#include "base/memory.h"

bool rw_rows_reserve(rw_rows *rows, size_t more)
{
    return rw_array_reserve((void **)&rows->x, &rows->capacity, rows->count, more, rows->dim * sizeof *rows->x);
}

static rwda_status embed(rw_rows *rows, size_t more, rwda_session *session, const rwda_image *const *images, size_t n,
                         rwda_resize resize, rwda_crops crops, rwda_error *err)
{
    rwda_status status =
        rwda_session_embed_images(rows->x + rows->count * rows->dim, session, images, n, resize, crops, err);

    rows->count += status == RWDA_OK ? more : 0;
    return status;
}

static rwda_status embed_group(rw_rows *rows, rw_rows_item *items, size_t n, rwda_session *session, rwda_resize resize,
                               rwda_crops crops, rwda_error *err)
{
    const rwda_image *images[RW_GROUP_MAX];
    size_t            good = 0, total = 0;

    for (size_t i = 0; i < n; i++) {
        items[i].crops = 0;
        if (items[i].image == NULL)
            continue;
        items[i].crops = rwda_crops_count(items[i].image->width, items[i].image->height, resize, crops);
        images[good++] = items[i].image;
        total += items[i].crops <= RWDA_CROPS_MAX ? items[i].crops : 0; /* more are refused: no room for them */
    }
    if (!rw_rows_reserve(rows, total))
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %zu embeddings", rows->count + total);
    if (good == 0 || embed(rows, total, session, images, good, resize, crops, NULL) == RWDA_OK)
        return RWDA_OK;
    for (size_t i = 0; i < n; i++)
        if (items[i].image != NULL &&
            embed(rows, items[i].crops, session, &items[i].image, 1, resize, crops, items[i].err) != RWDA_OK)
            items[i].crops = 0;
    return RWDA_OK;
}

rwda_status rw_rows_embed(rw_rows *rows, rw_rows_item *items, size_t n, rwda_session *session, rwda_resize resize,
                          rwda_crops crops, rwda_error *err)
{
    const size_t before = rows->count;
    rwda_status  status = RWDA_OK;

    for (size_t at = 0; at < n && status == RWDA_OK; at += RW_GROUP_MAX)
        status = embed_group(rows, items + at, n - at < RW_GROUP_MAX ? n - at : RW_GROUP_MAX, session, resize, crops, err);
    if (status != RWDA_OK) {
        rows->count = before;
        for (size_t i = 0; i < n; i++)
            items[i].crops = 0;
    }
    return status;
}

void rw_mean_row(float *out, const float *x, size_t crops, size_t dim)
{
    for (size_t j = 0; j < dim; j++) {
        double sum = 0.0;

        for (size_t i = 0; i < crops; i++)
            sum += (double)x[i * dim + j];
        out[j] = (float)(sum / (double)crops);
    }
}
