/* stages.c - The stages that are timed, one function each. */
#include "cli/bench/bench.h"
#include "common/paths.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const char *const bench_stages[] = { "decode", "resize", "front", "vision", "text", "train", "start", NULL };

double bench_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void bench_remove_folder(const char *path)
{
    DIR           *folder = opendir(path);
    struct dirent *entry;
    char           file[RW_PATH_MAX];

    while (folder != NULL && (entry = readdir(folder)) != NULL)
        if (entry->d_name[0] != '.' && rw_path_format(file, "%s/%s", path, entry->d_name))
            (void)unlink(file);
    if (folder != NULL)
        (void)closedir(folder);
    (void)rmdir(path);
}

/* The seconds since `start`, or -1 with the reason said. */
static double ended(double start, rwda_status status, const rwda_error *err)
{
    if (status != RWDA_OK) {
        cli_error("%s", err->message);
        return -1.0;
    }
    return bench_now() - start;
}

static double run_decode(const bench_case *c)
{
    const bench_image *p     = &c->samples->images[c->image];
    rwda_image        *image = NULL;
    rwda_error         err;
    double             start   = bench_now();
    rwda_status        status  = rwda_image_decode(&image, p->bytes, p->len, NULL, &err);
    double             seconds = ended(start, status, &err);

    rwda_image_free(image);
    return seconds;
}

static double run_resize(const bench_case *c)
{
    rwda_error err;
    double     start = bench_now();

    return ended(start,
                 rwda_model_preprocess(c->out, c->model, c->samples->images[c->image].image, RWDA_RESIZE_CONFIG,
                                       RWDA_CROPS_ONE, &err),
                 &err);
}

static double run_front(const bench_case *c)
{
    const bench_image *p     = &c->samples->images[c->image];
    rwda_image        *image = NULL;
    rwda_error         err;
    double             start  = bench_now(), seconds;
    rwda_status        status = rwda_image_decode(&image, p->bytes, p->len, NULL, &err);

    if (status == RWDA_OK)
        status = rwda_model_preprocess(c->out, c->model, image, RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, &err);
    rwda_image_free(image);
    seconds = ended(start, status, &err);
    return seconds;
}

/* Images of the model's own side: nothing is resized, so that the tower is what is timed. */
static double run_vision(const bench_case *c)
{
    int                side   = rwda_model_get_info(c->model)->image_size;
    rwda_image         square = { side, side, 3 * (size_t)side, NULL };
    uint8_t           *pixels = malloc((size_t)side * square.stride);
    const rwda_image **images = calloc(c->batch, sizeof(const rwda_image *));
    rwda_error         err;
    double             start, seconds = -1.0;

    for (size_t i = 0; pixels != NULL && i < (size_t)side * square.stride; i++)
        pixels[i] = (uint8_t)(i * 2654435761u >> 24);
    square.pixels = pixels;
    for (size_t i = 0; images != NULL && i < c->batch; i++)
        images[i] = &square;
    if (pixels == NULL || images == NULL) {
        cli_error("no memory for %zu images", c->batch);
    } else {
        start   = bench_now();
        seconds = ended(
            start, rwda_session_embed_images(c->out, c->session, images, c->batch, RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, &err),
            &err);
    }
    free(pixels);
    free(images);
    return seconds;
}

static double run_text(const bench_case *c)
{
    rwda_error err;
    double     start = bench_now();

    return ended(start,
                 rwda_session_embed_texts(c->out, c->session, (const char *const *)c->samples->texts, NULL,
                                          c->samples->n_texts, &err),
                 &err);
}

/* Training of the network alone: from the end of its first step to the end of its last, scaled to all steps. */
typedef struct {
    double first, last;
    size_t steps;
} step_clock;

static int note_step(void *user, const char *stage, size_t done, size_t total)
{
    step_clock *clock = user;

    if (strncmp(stage, "network", 7) == 0) {
        clock->last  = bench_now();
        clock->first = done == 1 ? clock->last : clock->first;
        clock->steps = total;
    }
    return 0;
}

static double run_train(const bench_case *c)
{
    rwda_detector *detector = NULL;
    step_clock     clock    = { 0, 0, 0 };
    rwda_error     err;
    rwda_status    status = rwda_detector_train(&detector, c->session, c->train, note_step, &clock, &err);

    rwda_detector_free(detector);
    if (status != RWDA_OK || clock.steps < 2) {
        cli_error("%s", status != RWDA_OK ? err.message : "training of one step cannot be timed");
        return -1.0;
    }
    return (clock.last - clock.first) * (double)clock.steps / (double)(clock.steps - 1);
}

/* Opening the model anew to the first embedding; files are in the page cache, the program is already running. */
static double run_start(const bench_case *c)
{
    rwda_model       *model   = NULL;
    rwda_session     *session = NULL;
    const rwda_image *image   = c->samples->images[0].image;
    rwda_error        err;
    double            start = bench_now(), seconds = -1.0;

    if (cli_engine_open(&model, &session, c->engine) == 0)
        seconds = ended(
            start, rwda_session_embed_images(c->out, session, &image, 1, RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, &err), &err);
    rwda_session_free(session);
    rwda_model_free(model);
    return seconds;
}

static const struct {
    const char *stage;
    double (*run)(const bench_case *c);
} runs[] = {
    { "decode", run_decode }, { "resize", run_resize }, { "front", run_front }, { "vision", run_vision },
    { "text", run_text },     { "train", run_train },   { "start", run_start },
};

size_t bench_cases(bench_case *cases, size_t room, const char *stage, const bench_case *proto, const int *batches,
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
        bench_case *c = &cases[i];

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
