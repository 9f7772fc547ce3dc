/* scoring.h - scoring as the verbs offer it: options, model with scorer, a run over images.            layer: cli */
#ifndef SCORING_H
#define SCORING_H

#include "cli/memory_options.h"
#include "common/decision.h"
#include "common/scoring_run.h"

/* Options that every verb with a scorer takes. */
typedef struct {
    const char       *detector, *method, *object, *names, *prompts, *crops, *pool, *resize, *temperature;
    memory_options    memory;
    cli_image_options images;
    bool named; /* no option: kinds of defect are named too, whose prompts take object and names, by both towers */
    bool ready; /* no option: without --detector the model's own is taken, or made (common/ready_detector.h) */
} scoring_options;
/* clang-format off */
#define SCORING_OPTIONS(o)                                                                                                  \
    { "detector", "FILE", "made by 'rwda train' (default: the model's own, trained and kept when there is none)", &(o).detector, NULL, 'd' },                  \
    { "method", "NAME", "fnn, clip, both, lda, paired or winclip (fnn)", &(o).method, NULL, 0, .words = "fnn clip both lda paired winclip" },                            \
    { "object", "NAME", "what the images show, for clip's prompts (unknown: the word \"object\")", &(o).object, NULL, 0 },\
    { "names", "HOW", "of the object: spaces (metal_nut: metal nut), raw, or clean (pcb1: pcb) (spaces)", &(o).names, NULL, 0, .words = "spaces raw clean" },\
    { "prompts", "HOW", "single or ensemble, for clip (ensemble)", &(o).prompts, NULL, 0, .words = "single ensemble" },                                \
    { "crops", "PLAN", "one, 5, 2x2 or 3x3: the whole image, and windows of it (one)", &(o).crops, NULL, 0, .words = CLI_CROPS_WORDS },             \
    { "pool", "HOW", "mean or max of the crops' scores, or logit: the score of their mean logit (mean)", &(o).pool, NULL, 0, .words = "mean max logit" },                                       \
    { "resize", "MODE", "config, shortest, squash or tiles (config)", &(o).resize, NULL, 0, .words = CLI_RESIZE_WORDS },                               \
    { "temperature", "T", "of clip's softmax (the model's)", &(o).temperature, NULL, 0 },                                   \
    MEMORY_OPTIONS((o).memory),                                                                                             \
    CLI_IMAGE_OPTIONS((o).images)
/* clang-format on */

/* Names into values; 0, or an exit code after a message.  out->object is given->object. */
int  scoring_read(rwda_scorer_options *out, const scoring_options *given);
bool scoring_given(const scoring_options *given); /* whether any of them was, --max-pixels aside */

/* Opens model, detector, memory and scorer; paths [n] are the images of --mutual.  0, or an exit code after a message.  Release with
 * scoring_close() in either case. */
int scoring_open(scoring *out, const rwda_scorer_options *options, const scoring_options *given, const cli_engine *engine,
                 char *const *paths, size_t n);

/* --threshold and --review, and whether a threshold file fits; 0, or an exit code after a message. */
int scoring_decision(decision *out, const char *threshold, const char *review);
int scoring_decision_check(const decision *d, const rwda_scorer *scorer); /* warns of another preprocessing */

/* Scores all images of a source, and warns of what their files said.  0, or an exit code after a message. */
int scoring_all(scoring *s, rw_image_source *images, const scoring_sink *sink);

#endif
