#include "diagnostics/agreement.h"

#include <math.h>
#include <stdlib.h>

void embedded_free(embedded *e)
{
    free(e->images);
    free(e->texts);
    *e = (embedded){ NULL, NULL, 0, 0 };
}

rwda_status embedded_new(embedded *out, const samples *s, const model_opener *opener, rwda_precision precision,
                         rwda_error *err)
{
    const rwda_image **images  = calloc(s->n_images, sizeof(const rwda_image *));
    rwda_model        *model   = NULL;
    rwda_session      *session = NULL;
    rwda_status        status;

    *out = (embedded){ NULL, NULL, 0, 0 };
    RW_TRY(opener->open(&model, &session, precision, opener->user, err));
    out->dim    = (size_t)rwda_model_get_info(model)->embed_dim;
    out->memory = (size_t)rwda_model_get_info(model)->memory;
    out->images = calloc(s->n_images * out->dim, sizeof(float));
    out->texts  = calloc(s->n_texts * out->dim, sizeof(float));
    if (images == NULL || out->images == NULL || out->texts == NULL) {
        status =
            rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %zu images and %zu texts", s->n_images, s->n_texts);
        goto done;
    }
    for (size_t i = 0; i < s->n_images; i++)
        images[i] = s->images[i].image;
    RW_TRY(rwda_session_embed_images(out->images, session, images, s->n_images, RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, err));
    RW_TRY(rwda_session_embed_texts(out->texts, session, (const char *const *)s->texts, NULL, s->n_texts, err));
done:
    rwda_session_free(session);
    rwda_model_free(model);
    free(images);
    return status;
}

/* Mean and smallest cosine of n rows; the norms are computed too: what is measured is the angle, not the rounding of a length. */
static void cosines(double *mean, double *least, const float *a, const float *b, size_t n, size_t dim)
{
    *mean  = 0.0;
    *least = 1.0;
    for (size_t i = 0; i < n; i++) {
        double dot = 0.0, aa = 0.0, bb = 0.0, cosine;

        for (size_t k = i * dim; k < (i + 1) * dim; k++) {
            dot += (double)a[k] * (double)b[k];
            aa += (double)a[k] * (double)a[k];
            bb += (double)b[k] * (double)b[k];
        }
        cosine = dot / sqrt(aa * bb);
        *mean += cosine / (double)n;
        *least = cosine < *least ? cosine : *least;
    }
}

precision_agreement agreement_of(const embedded *e, const embedded *reference, const samples *s)
{
    precision_agreement a;

    cosines(&a.image_mean, &a.image_least, reference->images, e->images, s->n_images, e->dim);
    cosines(&a.text_mean, &a.text_least, reference->texts, e->texts, s->n_texts, e->dim);
    return a;
}
