#include "studies/diversity.h"

#include "base/status.h"

#include <math.h>
#include <stdlib.h>

#define MEASURED_PAIRS 500

/* C [dim, dim] += d d^T / pairs of every normal prompt's distance d from the mean. */
static void add_covariance(double *covariance, const double *mean, const float *x, size_t pairs, size_t dim)
{
    for (size_t i = 0; i < pairs; i++)
        for (size_t j = 0; j < dim; j++) {
            double a = ((double)x[2 * i * dim + j] - mean[j]) / (double)pairs;

            for (size_t k = 0; k < dim; k++)
                covariance[j * dim + k] += a * ((double)x[2 * i * dim + k] - mean[k]);
        }
}

rwda_status prompt_diversity_of(prompt_diversity *out, const float *x, size_t pairs, size_t dim, rwda_error *err)
{
    double     *mean = calloc(dim, sizeof *mean), *covariance = calloc(dim * dim, sizeof *covariance), square = 0;
    rwda_status status = RWDA_OK;

    *out = (prompt_diversity){ 0, 0, 0 };
    if (mean == NULL || covariance == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for prompt embeddings");
        goto done;
    }
    for (size_t i = 0; i < pairs; i++) {
        double gap = 0;

        for (size_t j = 0; j < dim; j++) {
            double d = (double)x[(2 * i + 1) * dim + j] - (double)x[2 * i * dim + j];

            gap += d * d;
            mean[j] += (double)x[2 * i * dim + j] / (double)pairs;
        }
        out->distance += sqrt(gap) / (double)pairs;
    }
    add_covariance(covariance, mean, x, pairs, dim);
    for (size_t j = 0; j < dim; j++) {
        out->variance += covariance[j * dim + j];
        for (size_t k = 0; k < dim; k++)
            square += covariance[j * dim + k] * covariance[j * dim + k];
    }
    out->rank = out->variance > 1e-9 ? out->variance * out->variance / square : 1; /* all prompts alike: one point */
done:
    free(mean);
    free(covariance);
    return status;
}

rwda_status prompt_diversity_measure(prompt_diversity *out, rwda_session *session, const rwda_model *model,
                                     const rwda_train_options *train, rwda_error *err)
{
    rwda_train_options few   = *train;
    char             **texts = NULL;
    size_t             count = 0, dim = (size_t)rwda_model_get_info(model)->embed_dim;
    float             *x      = NULL;
    rwda_status        status = RWDA_OK;

    few.seed  = 1;
    few.pairs = train->pairs < MEASURED_PAIRS ? train->pairs : MEASURED_PAIRS;
    RW_TRY(rwda_prompts_draw(&texts, &count, model, &few, err));
    x = malloc(count * dim * sizeof *x);
    if (x == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for prompt embeddings");
        goto done;
    }
    RW_TRY(rwda_embed_texts(x, session, (const char *const *)texts, count, err));
    status = prompt_diversity_of(out, x, count / 2, dim, err);
done:
    rwda_prompts_free(texts);
    free(x);
    return status;
}
