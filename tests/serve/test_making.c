/* test_making.c - do a request's images, or a file, become a memory, and what fails, or comes too late, only a refusal? */
#include "serve/making.h"

#include "serve/memories.h"
#include "serve/metrics.h"
#include "serve/queue.h"
#include "serve/route_table.h"
#include "serve/scorers.h"

#include "tests/serve/fixture.h"

#include <pthread.h>

static fixture_engine  engine;
static service_context service;
static pthread_mutex_t mutex   = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t  changed = PTHREAD_COND_INITIALIZER;
static size_t          n_answered;

static void on_answered(request *r)
{
    (void)r;
    pthread_mutex_lock(&mutex);
    n_answered++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

static void wait_for(size_t n)
{
    pthread_mutex_lock(&mutex);
    while (n_answered < n)
        pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
}

static int set_up(void **state)
{
    (void)state;
    fixture_engine_open(&engine);
    service               = fixture_context(1 << 20);
    service.limits.queue  = 16;
    service.limits.images = 64;
    service.limits.body   = 1 << 20;
    service.model         = engine.model;
    service.session       = engine.session;
    service.detectors     = detectors_new();
    service.memories      = memories_new(service.detectors, &service.limits);
    service.metrics       = metrics_new(service_routes, n_service_routes);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    metrics_free(service.metrics);
    memories_free(service.memories);
    detectors_free(service.detectors);
    fixture_engine_close(&engine);
    return 0;
}

/* Sends requests [n] through a worker and the thread that makes memories. */
static void answer(request **r, size_t n)
{
    pthread_t thread;

    n_answered    = 0;
    service.queue = queue_new(&service.limits, 1, on_answered);
    for (size_t i = 0; i < n; i++)
        assert_true(queue_submit(service.queue, r[i]));
    assert_true(queue_start(service.queue));
    assert_int_equal(pthread_create(&thread, NULL, making_main, &service), 0);
    wait_for(n);
    assert_int_equal(queue_memories(service.queue), 0);
    queue_stop(service.queue);
    assert_int_equal(pthread_join(thread, NULL), 0);
    queue_free(service.queue);
}

static const char pixels[] = "P6\n20 10\n255\n";

/* The base64 of a PPM of one of 256 colours, 20 x 10: 13 + 600 bytes, and one more that does no harm. */
static void image_text(char text[825], int colour)
{
    static const char letters[]  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned char     bytes[615] = "P6\n20 10\n255\n";

    for (size_t i = sizeof pixels - 1; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(colour * (int)(i % 7));
    for (size_t i = 0; i < 205; i++) {
        unsigned three = (unsigned)bytes[3 * i] << 16 | (unsigned)bytes[3 * i + 1] << 8 | bytes[3 * i + 2];

        for (size_t k = 0; k < 4; k++)
            text[4 * i + k] = letters[three >> (18 - 6 * k) & 63];
    }
    text[820] = '\0';
}

/* POST /v1/memories of images of these colours [n]; -1: no image.  more: members of the JSON, each with a comma before it. */
static request *post_images(const int *colours, size_t n, const char *more)
{
    static char body[65536];
    size_t      len = (size_t)snprintf(body, sizeof body, "{\"images\":[");
    request    *r;

    for (size_t i = 0; i < n; i++) {
        char text[825] = "bm90aGluZyBoZXJl";

        if (colours[i] >= 0)
            image_text(text, colours[i]);
        len += (size_t)snprintf(body + len, sizeof body - len, "%s{\"image\":\"%s\",\"name\":\"%zu.ppm\"}", i > 0 ? "," : "",
                                text, i);
    }
    len += (size_t)snprintf(body + len, sizeof body - len, "]%s}", more);
    r = fixture_post(&service, "/v1/memories", "application/json", body, len);
    assert_true(route_find(&r->target, &r->reply));
    return r;
}

static request *put_file(const char *name, const void *bytes, size_t len)
{
    char     path[100];
    request *r;

    (void)snprintf(path, sizeof path, "/v1/memories/%s", name);
    r = fixture_post(&service, path, "application/octet-stream", bytes, len);
    strcpy(r->target.method, "PUT"); /* in place of POST */
    assert_true(route_find(&r->target, &r->reply));
    return r;
}

static json_t *json_of(const request *r)
{
    json_t *root = json_loadb(r->reply.body, r->reply.len, 0, NULL);

    if (r->reply.status != 201)
        fail_msg("answered %u: %.*s", r->reply.status, (int)r->reply.len, (const char *)r->reply.body);
    assert_non_null(root);
    return root;
}

static void images_become_a_memory(void **state)
{
    request      *r = post_images((const int[]){ 1, 2, 3, 2 }, 4, ",\"name\":\"four\",\"storage\":\"int8\",\"keep\":0.5");
    memory_entry *entry;
    json_t       *said, *recipe;

    (void)state;
    answer(&r, 1);
    said   = json_of(r);
    recipe = json_object_get(said, "recipe");
    entry  = memories_hold(service.memories, "four");
    assert_non_null(entry);
    assert_string_equal(json_string_value(json_object_get(said, "id")), entry->id);
    assert_int_equal(json_integer_value(json_object_get(said, "count")), 3);
    assert_int_equal(json_integer_value(json_object_get(said, "repeated")), 1);
    assert_string_equal(json_string_value(json_object_get(recipe, "storage")), "int8");
    assert_true(json_real_value(json_object_get(recipe, "keep")) < 0.51);
    assert_string_equal(r->reply.headers[0].name, "Location");
    memories_release(service.memories, entry);
    json_decref(said);
    request_free(r);
    assert_int_equal(service.budget.held, 0);
}

/* The same bytes whatever company they come in, and whoever made them. */
static void a_file_comes_back(void **state)
{
    request      *r[2] = { post_images((const int[]){ 4, 5 }, 2, ",\"name\":\"here\""), NULL };
    memory_entry *entry;
    const void   *bytes;
    size_t        len;
    json_t       *said;

    (void)state;
    answer(r, 1);
    request_free(r[0]);
    entry = memories_hold(service.memories, "here");
    bytes = rwda_memory_file(entry->memory, &len);
    r[0]  = put_file("there", bytes, len);
    assert_true(memories_remove(service.memories, "here"));
    answer(r, 1);
    said = json_of(r[0]);
    assert_string_equal(json_string_value(json_object_get(said, "id")), entry->id);
    assert_string_equal(json_string_value(json_object_get(said, "name")), "there");
    json_decref(said);
    request_free(r[0]);
    memories_release(service.memories, entry);
}

static void what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *more, *says;
    } cases[] = {
        { ",\"keep\":0", "memory: keep 0 is not in 0.0001..1" },
        { ",\"keep\":\"half\"", "keep: a number is wanted" },
        { ",\"keep\":1e300", "keep: a number is wanted" },
        { ",\"share\":\"nan\"", "share: a number is wanted" },
        { ",\"rotations\":-1", "rotations: a whole number in 0..1 is wanted" },
        { ",\"storage\":\"bf16\"", "memory: storage \"bf16\" is none of f32, f16, int8" },
        { ",\"storage\":\"f64\"", "storage: " },
        { ",\"storage\":8", "storage: a string is wanted" },
        { ",\"image_size\":20", "memory: image_size 20 is not a multiple of the patch size 8" },
        { ",\"image_size\":56", "image_size: a whole number in 0..48 is wanted" },
        { ",\"tiles\":5", "tiles: a whole number in 0..4 is wanted" },
        { ",\"tiles\":1.5", "tiles: a whole number in 0..4 is wanted" },
        { ",\"neighbourhood\":\"2\"", "memory: neighbourhood 2 is not odd" },
        { ",\"mutual\":1", "no option \"mutual\" here; there are image_size" },
        { ",\"name\":\"\"", "name: text of 1..64 bytes is wanted" },
        { ",\"name\":\"a\\u0007\"", "control character" },
        { ",\"class_weight\":2", "memory: class_weight 2 is not in 0..1" },
    };
    request *r;

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        r = post_images((const int[]){ 1, 2 }, 2, cases[i].more);
        answer(&r, 1);
        assert_problem(&r->reply, 422, cases[i].says);
        request_free(r);
    }
    r = post_images((const int[]){ 1, -1, 2 }, 3, ",\"name\":\"bad\"");
    answer(&r, 1);
    assert_problem(&r->reply, 422, "1.ppm: ");
    request_free(r);
    assert_null(memories_hold(service.memories, "bad"));
    r = put_file("bad", "nothing", 7);
    answer(&r, 1);
    assert_problem(&r->reply, 422, "");
    request_free(r);
    r = put_file("bad", "", 0);
    answer(&r, 1);
    assert_problem(&r->reply, 422, "the body is empty");
    request_free(r);
}

/* An image scored with such a file would keep the engine for longer than with any memory made here. */
static void a_file_that_asks_too_much_is_refused(void **state)
{
    static const struct {
        int         side, tiles, mutual;
        unsigned    status;
        const char *says;
    } cases[] = {
        { 48, 4, 0, 201, NULL },
        { 56, 1, 0, 413, "the memory sees 1 x 1 tiles of 56 pixels; the most here is 4 x 4 of 48" },
        { 16, 5, 0, 413, "5 x 5 tiles" },
        { 16, 1, 1, 422, "the memory of a batch" },
    };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        rwda_memory_options options = RWDA_MEMORY_OPTIONS_INIT;
        rwda_memory        *memory;
        request            *r;
        const void         *bytes;
        size_t              len;

        options.image_size = cases[i].side;
        options.tiles      = cases[i].tiles;
        options.mutual     = cases[i].mutual;
        options.keep       = 0.1f;
        memory             = fixture_remember(&engine, 1, 2, &options);
        bytes              = rwda_memory_file(memory, &len);
        r                  = put_file("file", bytes, len);
        answer(&r, 1);
        if (cases[i].says != NULL)
            assert_problem(&r->reply, cases[i].status, cases[i].says);
        else
            assert_int_equal(r->reply.status, cases[i].status);
        request_free(r);
        rwda_memory_free(memory);
    }
}

static void limits_hold(void **state)
{
    request *r;

    (void)state;
    service.limits.memory_bytes = 3000; /* one image's, not two's */
    r                           = post_images((const int[]){ 1, 2, 3 }, 3, "");
    answer(&r, 1);
    assert_problem(&r->reply, 413, "over the limit of 3000");
    request_free(r);
    service.limits.memory_bytes = 1 << 20;
    service.limits.memories     = 0;
    r                           = post_images((const int[]){ 1, 2 }, 2, "");
    answer(&r, 1);
    assert_problem(&r->reply, 403, "--max-memories 0");
    request_free(r);
    service.limits.memories = 3;
    r                       = post_images((const int[]){ 1, 2 }, 2, "");
    r->start_ms -= 2e3 * service.limits.request_s + 1;
    answer(&r, 1);
    assert_problem(&r->reply, 503, "waited longer than it may");
    request_free(r);
}

/* Some wait, more are told to come back, and the end answers all. */
static void few_wait(void **state)
{
    request  *r[MEMORIES_WAITING + 1];
    pthread_t thread;

    (void)state;
    n_answered    = 0;
    service.queue = queue_new(&service.limits, 1, on_answered);
    assert_true(queue_start(service.queue));
    for (size_t i = 0; i <= MEMORIES_WAITING; i++) {
        r[i] = post_images((const int[]){ 1, 2 }, 2, "");
        assert_true(queue_submit(service.queue, r[i]));
    }
    wait_for(1);
    assert_problem(&r[MEMORIES_WAITING]->reply, 429, "4 memories are being made already");
    assert_int_equal(queue_memories(service.queue), MEMORIES_WAITING);
    queue_stop(service.queue);
    assert_int_equal(pthread_create(&thread, NULL, making_main, &service), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(n_answered, MEMORIES_WAITING + 1);
    assert_problem(&r[0]->reply, 503, "the service is stopping");
    queue_free(service.queue);
    for (size_t i = 0; i <= MEMORIES_WAITING; i++)
        request_free(r[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_become_a_memory),
        cmocka_unit_test(a_file_comes_back),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(a_file_that_asks_too_much_is_refused),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(few_wait),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
