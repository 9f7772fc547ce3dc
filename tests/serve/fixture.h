/* fixture.h - requests without a client, and a tiny engine, for tests of the service. */
#ifndef SERVE_FIXTURE_H
#define SERVE_FIXTURE_H

#include "serve/context.h"
#include "serve/request.h"
#include "tests/unit/tiny_clip.h"

#include <dirent.h>
#include <rwda_memory.h>

/* ---- Requests --------------------------------------------------------------------------------------------------------------------- */

#define FIXTURE_LIMITS                                                                                                      \
    {                                                                                                                       \
        .batch = 16, .window_ms = 1, .queue = 4, .connections = 8, .images = 3, .body = 4096, .pixels = 1000,               \
        .request_s = 30, .idle_s = 15, .drain_s = 30, .train_pairs = 100, .memories = 3, .memory_bytes = 1 << 20            \
    }

/* A context that holds at most `held` bytes of bodies, without an engine. */
static inline service_context fixture_context(size_t held)
{
    return (service_context){ .limits = FIXTURE_LIMITS, .budget = { .most = held } };
}

static inline request *fixture_request(service_context *service, const char *path, const char *type)
{
    request *r = request_new(service, "POST", path, type);

    assert_non_null(r);
    trace_begin(&r->trace, &service->numbers, "test", NULL);
    return r;
}

/* The same with its body. */
static inline request *fixture_post(service_context *service, const char *path, const char *type, const void *bytes,
                                    size_t len)
{
    request           *r       = fixture_request(service, path, type);
    const body_headers headers = { .lengths = 1 };

    assert_true(body_begin(&r->body, &headers, NULL));
    if (len > 0)
        body_take(&r->body, bytes, len);
    return r;
}

/* Fails unless the reply is this problem, with these words. */
static inline void assert_problem(const reply *r, unsigned status, const char *says)
{
    json_t     *root   = r->body != NULL ? json_loadb(r->body, r->len, 0, NULL) : NULL;
    const char *detail = json_string_value(json_object_get(root, "detail"));

    if (r->status != status || detail == NULL || strstr(detail, says) == NULL)
        fail_msg("answered %u \"%s\", not %u \"%s\"", r->status, detail != NULL ? detail : "", status, says);
    assert_string_equal(r->type, "application/problem+json");
    assert_int_equal(json_integer_value(json_object_get(root, "status")), status);
    json_decref(root);
}

/* ---- The engine --------------------------------------------------------------------------------------------------------------------- */

typedef struct {
    char          folder[64];
    rwda_model   *model;
    rwda_session *session;
} fixture_engine;

static inline void fixture_engine_open(fixture_engine *e)
{
    rwda_session_options options = RWDA_SESSION_OPTIONS_INIT;
    tiny_clip            t;
    rwda_error           err;

    (void)snprintf(e->folder, sizeof e->folder, "/tmp/rwda-test-serve-XXXXXX");
    assert_non_null(mkdtemp(e->folder));
    tiny_make(&t);
    tiny_write(&t, e->folder, "open_clip_model.safetensors", "open_clip_config.json", TINY_CONFIG);
    tiny_free(&t);
    options.threads = 1;
    assert_ok(rwda_model_open(&e->model, e->folder, NULL, &err), err);
    assert_ok(rwda_session_new(&e->session, e->model, &options, &err), err);
}

static inline void fixture_engine_close(fixture_engine *e)
{
    DIR *entries = opendir(e->folder);

    rwda_session_free(e->session);
    rwda_model_free(e->model);
    assert_non_null(entries);
    for (const struct dirent *entry; (entry = readdir(entries)) != NULL;)
        (void)unlinkat(dirfd(entries), entry->d_name, 0);
    (void)closedir(entries);
    assert_int_equal(rmdir(e->folder), 0);
}

/* A detector like no other seed's. */
static inline rwda_detector *fixture_train(const fixture_engine *e, uint64_t seed)
{
    rwda_detector     *detector;
    rwda_train_options options;
    rwda_error         err;

    assert_ok(rwda_train_options_preset(&options, "paper", &err), err);
    options.pairs  = 2;
    options.epochs = 1;
    options.hidden = 2;
    options.seed   = seed;
    assert_ok(rwda_detector_train(&detector, e->session, &options, NULL, NULL, &err), err);
    return detector;
}

/* A memory of n images of 20 x 10 pixels like no other seed's; options NULL: the defaults. */
static inline rwda_memory *fixture_remember(const fixture_engine *e, uint64_t seed, size_t n,
                                            const rwda_memory_options *options)
{
    rwda_memory_builder *builder;
    rwda_memory         *memory;
    rwda_error           err;

    assert_ok(rwda_memory_builder_new(&builder, e->session, NULL, options, &err), err);
    for (size_t i = 0; i < n; i++) {
        rw_random         random = rw_random_init(seed, i);
        uint8_t           pixels[600];
        const rwda_image  image = { 20, 10, 60, pixels }, *one = &image;
        const char *const name = "n.png";

        for (size_t k = 0; k < sizeof pixels; k++)
            pixels[k] = (uint8_t)(255.0f * rw_random_unit(&random));
        assert_ok(rwda_memory_builder_add(builder, &one, &name, NULL, 1, &err), err);
    }
    assert_ok(rwda_memory_builder_finish(&memory, builder, NULL, NULL, &err), err);
    rwda_memory_builder_free(builder);
    return memory;
}

#endif
