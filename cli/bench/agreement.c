/* agreement.c - Cosine of every precision's embeddings with those of float32. */
#include "cli/bench/bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Embeddings of one precision: images and texts, unit rows [n, dim]. */
typedef struct {
    float *images, *texts;
    size_t dim, memory;
} embedded;

static void forget(embedded *e)
{
    free(e->images);
    free(e->texts);
    *e = (embedded){ NULL, NULL, 0, 0 };
}

/* 0, or an exit code.  The model is open only while it is used, so that two of them are never in memory. */
static int embed(embedded *out, const bench_samples *s, const cli_engine *engine, const char *precision)
{
    const rwda_image **images  = calloc(s->n_images, sizeof(const rwda_image *));
    rwda_model        *model   = NULL;
    rwda_session      *session = NULL;
    cli_engine         one     = *engine;
    rwda_error         err;
    int                code;

    one.precision = precision;
    one.no_cache |= engine->cache == NULL; /* weights of four precisions are no use to anybody afterwards */
    code = cli_engine_open(&model, &session, &one);
    if (code == 0) {
        out->dim    = (size_t)rwda_model_get_info(model)->embed_dim;
        out->memory = (size_t)rwda_model_get_info(model)->memory;
        out->images = calloc(s->n_images * out->dim, sizeof(float));
        out->texts  = calloc(s->n_texts * out->dim, sizeof(float));
        for (size_t i = 0; images != NULL && i < s->n_images; i++)
            images[i] = s->images[i].image;
        if (images == NULL || out->images == NULL || out->texts == NULL) {
            cli_error("no memory for %zu images and %zu texts", s->n_images, s->n_texts);
            code = EXIT_MODEL;
        } else if (rwda_session_embed_images(out->images, session, images, s->n_images, RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE,
                                             &err) != RWDA_OK ||
                   rwda_session_embed_texts(out->texts, session, (const char *const *)s->texts, NULL, s->n_texts, &err) !=
                       RWDA_OK) {
            cli_error("%s", err.message);
            code = EXIT_MODEL;
        }
    }
    rwda_session_free(session);
    rwda_model_free(model);
    free(images);
    return code;
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

int bench_agreement(json_t **out, const bench_samples *samples, const cli_engine *engine)
{
    embedded reference = { NULL, NULL, 0, 0 }, other = { NULL, NULL, 0, 0 };
    json_t  *list = json_array();
    int      code = embed(&reference, samples, engine, rwda_enum_name(RWDA_ENUM_PRECISION, RWDA_PRECISION_F32));

    for (int p = RWDA_PRECISION_F32; p <= RWDA_PRECISION_INT8 && code == 0; p++) {
        const char *name = rwda_enum_name(RWDA_ENUM_PRECISION, p);
        double      image_mean, image_least, text_mean, text_least;

        if (engine->precision != NULL && strcmp(engine->precision, name) != 0)
            continue;
        code = embed(&other, samples, engine, name);
        if (code != 0)
            break;
        cosines(&image_mean, &image_least, reference.images, other.images, samples->n_images, other.dim);
        cosines(&text_mean, &text_least, reference.texts, other.texts, samples->n_texts, other.dim);
        if (out == NULL)
            printf("%-5s cosine to f32: images mean %.7f, least %.7f (%zu); texts mean %.7f, least %.7f (%zu); weights "
                   "%.1f MB\n",
                   name, image_mean, image_least, samples->n_images, text_mean, text_least, samples->n_texts,
                   1e-6 * (double)other.memory);
        (void)fflush(stdout);
        json_array_append_new(list,
                              json_pack("{s:s, s:I, s:{s:I, s:f, s:f}, s:{s:I, s:f, s:f}}", "precision", name, "memory",
                                        (json_int_t)other.memory, "pictures", "n", (json_int_t)samples->n_images, "mean",
                                        image_mean, "least", image_least, "texts", "n", (json_int_t)samples->n_texts, "mean",
                                        text_mean, "least", text_least));
        forget(&other);
    }
    forget(&other);
    forget(&reference);
    if (code == 0 && out != NULL)
        *out = list;
    else
        json_decref(list);
    return code;
}
