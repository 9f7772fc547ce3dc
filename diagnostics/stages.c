#include "diagnostics/stages.h"

#include "common/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const stage_names[] = { "decode", "resize", "front", "vision", "text", "train", "start", NULL };

/* Seconds since `start`, which is in milliseconds. */
static rwda_status ended(double *seconds, double start, rwda_status status)
{
    *seconds = 1e-3 * (rw_now_ms() - start);
    return status;
}

static rwda_status run_decode(double *seconds, const stage_case *c, rwda_error *err)
{
    const sample_image *p      = &c->samples->images[c->image];
    rwda_image         *image  = NULL;
    double              start  = rw_now_ms();
    rwda_status         status = ended(seconds, start, rwda_image_decode(&image, p->bytes, p->len, NULL, err));

    rwda_image_free(image);
    return status;
}

static rwda_status run_resize(double *seconds, const stage_case *c, rwda_error *err)
{
    double start = rw_now_ms();

    return ended(seconds, start,
                 rwda_model_preprocess(c->out, c->model, c->samples->images[c->image].image, RWDA_RESIZE_CONFIG,
                                       RWDA_CROPS_ONE, err));
}

static rwda_status run_front(double *seconds, const stage_case *c, rwda_error *err)
{
    const sample_image *p      = &c->samples->images[c->image];
    rwda_image         *image  = NULL;
    double              start  = rw_now_ms();
    rwda_status         status = rwda_image_decode(&image, p->bytes, p->len, NULL, err);

    if (status == RWDA_OK)
        status = rwda_model_preprocess(c->out, c->model, image, RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, err);
    rwda_image_free(image);
    return ended(seconds, start, status);
}

/* Images of the model's own side: nothing is resized, so that the tower is what is timed. */
static rwda_status run_vision(double *seconds, const stage_case *c, rwda_error *err)
{
    int                side   = rwda_model_get_info(c->model)->image_size;
    rwda_image         square = { side, side, 3 * (size_t)side, NULL };
    uint8_t           *pixels = malloc((size_t)side * square.stride);
    const rwda_image **images = calloc(c->batch, sizeof(const rwda_image *));
    rwda_status        status;
    double             start;

    if (pixels == NULL || images == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %zu images", c->batch);
        goto done;
    }
    for (size_t i = 0; i < (size_t)side * square.stride; i++)
        pixels[i] = (uint8_t)(i * 2654435761u >> 24);
    square.pixels = pixels;
    for (size_t i = 0; i < c->batch; i++)
        images[i] = &square;
    start  = rw_now_ms();
    status = ended(seconds, start,
                   rwda_session_embed_images(c->out, c->session, images, c->batch, RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, err));
done:
    free(pixels);
    free(images);
    return status;
}

static rwda_status run_text(double *seconds, const stage_case *c, rwda_error *err)
{
    double start = rw_now_ms();

    return ended(seconds, start,
                 rwda_session_embed_texts(c->out, c->session, (const char *const *)c->samples->texts, NULL,
                                          c->samples->n_texts, err));
}

/* Training of the network alone: from the end of its first step to the end of its last, scaled to all steps. */
typedef struct {
    double first, last; /* milliseconds */
    size_t steps;
} step_clock;

static int note_step(void *user, const char *stage, size_t done, size_t total)
{
    step_clock *clock = user;

    if (strncmp(stage, "network", 7) == 0) {
        clock->last  = rw_now_ms();
        clock->first = done == 1 ? clock->last : clock->first;
        clock->steps = total;
    }
    return 0;
}

static rwda_status run_train(double *seconds, const stage_case *c, rwda_error *err)
{
    rwda_detector *detector = NULL;
    step_clock     clock    = { 0, 0, 0 };
    rwda_status    status   = rwda_detector_train(&detector, c->session, c->train, note_step, &clock, err);

    rwda_detector_free(detector);
    if (status == RWDA_OK && clock.steps < 2)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "training of one step cannot be timed");
    if (status == RWDA_OK)
        *seconds = 1e-3 * (clock.last - clock.first) * (double)clock.steps / (double)(clock.steps - 1);
    return status;
}

/* Opening the model anew to the first embedding; files are in the page cache, the program is already running. */
static rwda_status run_start(double *seconds, const stage_case *c, rwda_error *err)
{
    rwda_model       *model   = NULL;
    rwda_session     *session = NULL;
    const rwda_image *image   = c->samples->images[0].image;
    double            start   = rw_now_ms();
    rwda_status       status  = c->opener->open(&model, &session, c->precision, c->opener->user, err);

    if (status == RWDA_OK)
        status = rwda_session_embed_images(c->out, session, &image, 1, RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, err);
    status = ended(seconds, start, status);
    rwda_session_free(session);
    rwda_model_free(model);
    return status;
}

static const struct {
    const char *stage;
    rwda_status (*run)(double *seconds, const stage_case *c, rwda_error *err);
} runs[] = {
    { "decode", run_decode }, { "resize", run_resize }, { "front", run_front }, { "vision", run_vision },
    { "text", run_text },     { "train", run_train },   { "start", run_start },
};

size_t stage_cases(stage_case *cases, size_t room, const char *stage, const stage_case *proto, const int *batches,
                   size_t n_batches)
{
    bool   of_images  = strcmp(stage, "decode") == 0 || strcmp(stage, "resize") == 0 || strcmp(stage, "front") == 0;
    bool   of_batches = strcmp(stage, "vision") == 0;
    size_t n          = of_images ? proto->samples->n_images : of_batches ? n_batches : 1;
    size_t r          = 0;

    n = n < room ? n : room;
    while (strcmp(runs[r].stage, stage) != 0)
        r++;
    for (size_t i = 0; i < n; i++) {
        stage_case *c = &cases[i];

        *c       = *proto;
        c->stage = stage;
        c->run   = runs[r].run;
        c->items = 1;
        if (of_images) {
            c->image = i;
            (void)snprintf(c->name, sizeof c->name, "%s", proto->samples->images[i].name);
        } else if (of_batches) {
            c->batch = c->items = (size_t)batches[i];
            (void)snprintf(c->name, sizeof c->name, "batch %zu", c->batch);
        } else if (strcmp(stage, "text") == 0) {
            c->items = proto->samples->n_texts;
            (void)snprintf(c->name, sizeof c->name, "%zu texts", c->items);
        } else if (strcmp(stage, "train") == 0) {
            c->items = (size_t)proto->train->epochs * 2 * (size_t)proto->train->pairs;
            (void)snprintf(c->name, sizeof c->name, "%d x %d, %d hidden", 2 * proto->train->pairs, proto->train->epochs,
                           proto->train->hidden);
        } else {
            (void)snprintf(c->name, sizeof c->name, "first embedding");
        }
    }
    return n;
}

float *stage_results_new(const rwda_model_info *info, const samples *s, const int *batches, size_t n_batches)
{
    size_t side = (size_t)info->image_size, crop = 3 * side * side, most = 1, dim = (size_t)info->embed_dim;

    for (size_t i = 0; i < n_batches; i++)
        most = (size_t)batches[i] > most ? (size_t)batches[i] : most;
    most = s->n_texts > most ? s->n_texts : most;
    return calloc(crop > most * dim ? crop : most * dim, sizeof(float));
}
