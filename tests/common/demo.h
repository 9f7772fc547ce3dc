/* demo.h - the model for tests, a detector trained with it in a moment, and the samples. */
#ifndef DEMO_H
#define DEMO_H

#include "tests/unit/check.h"

#include <rwda.h>

static struct {
    rwda_model    *model;
    rwda_session  *session;
    rwda_detector *detector;
} demo;

static inline int demo_open(void **state)
{
    rwda_model_options   options = RWDA_MODEL_OPTIONS_INIT;
    rwda_session_options session = RWDA_SESSION_OPTIONS_INIT;
    rwda_train_options   train;
    rwda_error           err = { 0 };

    (void)state;
    session.threads = 2;
    if (SANITIZED)
        options.image_size = 48; /* a sixth of the work */
    assert_ok(rwda_model_open(&demo.model, RWDA_TEST_DIR "/model", &options, &err), err);
    assert_ok(rwda_session_new(&demo.session, demo.model, &session, &err), err);
    assert_ok(rwda_train_options_preset(&train, "paper", &err), err);
    train.pairs  = 40;
    train.epochs = 1;
    train.hidden = 8;
    assert_ok(rwda_detector_train(&demo.detector, demo.session, &train, NULL, NULL, &err), err);
    return 0;
}

static inline int demo_close(void **state)
{
    (void)state;
    rwda_detector_free(demo.detector);
    rwda_session_free(demo.session);
    rwda_model_free(demo.model);
    return 0;
}

/* A sample by its path below samples/; free with rwda_image_free(). */
static inline rwda_image *demo_sample(const char *name)
{
    char        path[512];
    rwda_image *image = NULL;
    rwda_error  err   = { 0 };

    (void)snprintf(path, sizeof path, RWDA_TEST_DIR "/../samples/%s", name);
    assert_ok(rwda_image_load(&image, path, NULL, &err), err);
    return image;
}

#endif
