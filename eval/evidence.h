/* evidence.h - memories of a category's normal images, and of its test images as a batch.               layer: eval */
#ifndef EVAL_EVIDENCE_H
#define EVAL_EVIDENCE_H

#include "common/image_reading.h"
#include "eval/draws.h"

#include <rwda_winclip_plus.h>

/* What all memories of a category are made with. */
typedef struct {
    const rwda_evaluation    *e;
    const rwda_eval_category *category;
    rwda_session             *session;
    const rwda_events        *events;
    rw_image_reading          reading;
    bool                      unlucky; /* an image failed that may not fail another time */
} rw_evidence;

/* Why a run has no scores in a category. */
extern const char rw_eval_few_normals[], rw_eval_one_normal[], rw_eval_few_images[], rw_eval_large_memory[];

/* An image that could not be read, decoded or scored: a warning. */
void rw_evidence_warn(rw_evidence *v, const rwda_error *why, const char *left_out_of);

/* The evaluation's options for a memory.  words: it will be fused; class_weight 1: by the class token alone. */
rwda_memory_options rw_evidence_options(const rwda_evaluation *e, float class_weight, bool words, rwda_crops plan);

/* Memories out [n] of the first shots[i] (ascending) of the normals in this order, passing over those that cannot be decoded or are there
 * already; *used: how many were passed or taken.  The caller's to free; NULL: there are none of so many, *missing says why. */
rwda_status rw_evidence_remember(rwda_memory **out, const char **missing, size_t *used, rw_evidence *v,
                                 const rwda_memory_options *options, const rw_normals *normals, const uint32_t *order,
                                 const int *shots, size_t n, rwda_error *err);

/* Windows of the first `most` normals in this order that can be decoded -> drawn [*have]; *used: how many were passed or taken.  They stand in
 * pool [normals], by number, and are made there where they are not yet: rw_evidence_forget() releases them. */
rwda_status rw_evidence_look(const rwda_windows **drawn, size_t *have, size_t *used, rwda_windows **pool, rw_evidence *v,
                             const rw_normals *normals, const uint32_t *order, size_t most, rwda_error *err);
void        rw_evidence_forget(rwda_windows **pool, const rw_normals *normals); /* the array too */

/* The memory of the category's test images; *out NULL: *missing says why there is none. */
rwda_status rw_evidence_remember_batch(rwda_memory **out, const char **missing, rw_evidence *v,
                                       const rwda_memory_options *options, rwda_error *err);

#endif
