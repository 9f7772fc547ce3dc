/* stages.h - the stages from encoded images and words to embeddings and a trained network, to be timed.   layer: diagnostics */
#ifndef STAGES_H
#define STAGES_H

#include "diagnostics/opener.h"
#include "diagnostics/samples.h"

/* One thing to time.  `run` does it once and says how many seconds it took. */
typedef struct stage_case stage_case;
struct stage_case {
    const char *stage;
    char        name[48];
    size_t      items; /* a run: images, texts, steps */
    rwda_status (*run)(double *seconds, const stage_case *c, rwda_error *err);
    const samples            *samples;
    rwda_model               *model;
    rwda_session             *session;
    const model_opener       *opener; /* what `start` opens anew */
    rwda_precision            precision;
    const rwda_train_options *train;
    size_t                    image, batch;
    float                    *out; /* room for results of any run */
};

/* Which stages there are: NULL-terminated. */
extern const char *const stage_names[];

/* Fills cases [room] with those of `stage`; returns how many.  proto holds what all have. */
size_t stage_cases(stage_case *cases, size_t room, const char *stage, const stage_case *proto, const int *batches,
                   size_t n_batches);

/* Room for what the largest run gives, crops of images or embeddings; the caller's to free().  NULL: no memory. */
float *stage_results_new(const rwda_model_info *info, const samples *s, const int *batches, size_t n_batches);

#endif
