/* memory_rig.h - the tiny model, small images, and memories of them */
#ifndef MEMORY_RIG_H
#define MEMORY_RIG_H

#include "rwda_memory.h"
#include "tests/unit/tiny_clip.h"

#define RIG_SIDE   20 /* of an image, pixels, where a test does not say otherwise */
#define RIG_PIXELS (3 * 2048)

static char rig_folder[] = "/tmp/rwda-test-memory-XXXXXX";

/* Writes the tiny model; it and rig_end() are cmocka's set-up and tear-down. */
static inline int rig_begin(void **state)
{
    tiny_clip t;

    (void)state;
    if (mkdtemp(rig_folder) == NULL)
        return 1;
    tiny_make(&t);
    tiny_write(&t, rig_folder, "open_clip_model.safetensors", "open_clip_config.json", TINY_CONFIG);
    tiny_free(&t);
    return 0;
}

static inline int rig_end(void **state)
{
    static const char *const files[] = { "open_clip_model.safetensors", "open_clip_config.json" };
    char                     path[RW_PATH_MAX];

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(files); i++)
        if (rw_path_join(path, sizeof path, rig_folder, files[i]))
            unlink(path);
    return rmdir(rig_folder);
}

/* The tiny model at this input side (0: its own), on this kernel set; NULL: the machine lacks it. */
static inline rwda_model *rig_model(int side, rwda_cpu cpu)
{
    rwda_model_options options = RWDA_MODEL_OPTIONS_INIT;
    rwda_model        *model;
    rwda_error         err = { 0 };
    rwda_status        status;

    options.image_size = side;
    options.cpu        = cpu;
    status             = rwda_model_open(&model, rig_folder, &options, &err);
    if (status != RWDA_OK && status != RWDA_EUNSUPPORTED)
        fail_msg("tiny model: %s", err.message);
    return model;
}

static inline rwda_session *rig_session(const rwda_model *model, int threads, int batch)
{
    rwda_session_options options = RWDA_SESSION_OPTIONS_INIT;
    rwda_session        *session;
    rwda_error           err = { 0 };

    options.threads = threads;
    options.batch   = batch;
    assert_ok(rwda_session_new(&session, model, &options, &err), err);
    return session;
}

typedef struct {
    rwda_image image;
    char       name[16];
    uint8_t    pixels[RIG_PIXELS];
} rig_image;

/* Image `number`: a grid whose pitch and colour follow from the number, under noise. */
static inline void rig_image_make(rig_image *r, unsigned number, int width, int height)
{
    assert_true(3 * width * height <= RIG_PIXELS);
    (void)snprintf(r->name, sizeof r->name, "%02u.png", number);
    for (int i = 0; i < 3 * width * height; i++) {
        int      x = i / 3 % width, y = i / 3 / width;
        unsigned noise = (number * 7919u + (unsigned)i) * 2654435761u >> 26;

        r->pixels[i] = (uint8_t)((x % (int)(3 + number % 5) < 2) * 90 + (y % 7 < 3) * 60 + (int)noise + i % 3 * 10);
    }
    r->image = (rwda_image){ width, height, 3 * (size_t)width, r->pixels };
}

static inline void rig_images_make(rig_image *images, size_t n)
{
    for (size_t i = 0; i < n; i++)
        rig_image_make(&images[i], (unsigned)i, RIG_SIDE, RIG_SIDE);
}

static inline void rig_add(rwda_memory_builder *b, const rig_image *images, size_t n)
{
    rwda_error err = { 0 };

    for (size_t i = 0; i < n; i++) {
        const rwda_image *image = &images[i].image;
        const char       *name  = images[i].name;

        assert_ok(rwda_memory_builder_add(b, &image, &name, NULL, 1, &err), err);
    }
}

static inline rwda_memory_builder *rig_builder(rwda_session *session, const rwda_memory *base,
                                               const rwda_memory_options *options)
{
    rwda_memory_builder *b;
    rwda_error           err = { 0 };

    assert_ok(rwda_memory_builder_new(&b, session, base, options, &err), err);
    return b;
}

/* Frees the builder. */
static inline rwda_memory *rig_finish(rwda_memory_builder *b)
{
    rwda_memory *m;
    rwda_error   err = { 0 };

    assert_ok(rwda_memory_builder_finish(&m, b, NULL, NULL, &err), err);
    rwda_memory_builder_free(b);
    return m;
}

static inline rwda_memory *rig_memory(rwda_session *session, const rwda_memory_options *options, const rig_image *images,
                                      size_t n)
{
    rwda_memory_builder *b = rig_builder(session, NULL, options);

    rig_add(b, images, n);
    return rig_finish(b);
}

/* Fails unless both have the same file, to the byte. */
static inline void assert_same_memory(const char *what, const rwda_memory *a, const rwda_memory *b)
{
    size_t      len, other;
    const void *x = rwda_memory_file(a, &len), *y = rwda_memory_file(b, &other);

    if (len != other || memcmp(x, y, len) != 0)
        fail_msg("%s: the memories differ, %zu and %zu bytes", what, len, other);
    assert_string_equal(rwda_memory_get_info(a)->sha256, rwda_memory_get_info(b)->sha256);
}

/* A detector of few bytes. */
static inline rwda_detector *rig_detector(rwda_session *session)
{
    rwda_train_options train;
    rwda_detector     *detector;
    rwda_error         err = { 0 };

    rwda_train_options_default(&train, sizeof train);
    train.pairs  = 8;
    train.epochs = 1;
    train.hidden = 4;
    assert_ok(rwda_detector_train(&detector, session, &train, NULL, NULL, &err), err);
    return detector;
}

/* memory NULL: words alone; detector NULL: they need none. */
static inline rwda_scorer *rig_scorer_of(rwda_session *session, const rwda_detector *detector, const rwda_memory *memory,
                                         double fuse, rwda_method method, rwda_crops crops)
{
    rwda_scorer_options options = RWDA_SCORER_OPTIONS_INIT;
    rwda_scorer        *scorer;
    rwda_error          err = { 0 };

    options.memory = memory;
    options.fuse   = fuse;
    options.method = method;
    options.crops  = crops;
    assert_ok(rwda_scorer_new(&scorer, session, detector, &options, &err), err);
    return scorer;
}

/* A scorer with this memory alone. */
static inline rwda_scorer *rig_scorer(rwda_session *session, const rwda_memory *memory)
{
    return rig_scorer_of(session, NULL, memory, 0.0, RWDA_METHOD_FNN, RWDA_CROPS_ONE);
}

static inline rwda_score rig_score(rwda_session *session, const rwda_scorer *scorer, const rwda_image *image)
{
    rwda_score score;
    rwda_error err = { 0 };

    assert_ok(rwda_scorer_score_images(&score, session, scorer, &image, 1, &err), err);
    return score;
}

/* To the bit, NaN included; not what lies between the fields. */
static inline void assert_same_score(const rwda_score *a, const rwda_score *b)
{
    const float x[] = { a->score, a->score_fnn, a->score_clip, a->logit, a->score_memory };
    const float y[] = { b->score, b->score_fnn, b->score_clip, b->logit, b->score_memory };

    assert_memory_equal(x, y, sizeof x);
    assert_int_equal(a->crops, b->crops);
}

#endif
