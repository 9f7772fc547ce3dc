/* test_queue.c - are requests answered in order, within bounds, and all of them at the end? */
#include "serve/queue.h"

#include "tests/serve/fixture.h"

#include "common/clock.h"

#include <pthread.h>

static const char pixel[] = "P6\n1 1\n255\nabc";

/* ---- A route whose images are `images` times the body, and what was answered, in order --------------------------------------------------- */

static pthread_mutex_t mutex   = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t  changed = PTHREAD_COND_INITIALIZER;
static const request  *answered[16];
static size_t          n_answered, n_prepared;
static size_t          images = 1;
static const char     *large; /* [large_len] instead of the body, which has a small limit */
static size_t          large_len;

static bool prepare(request *r)
{
    pthread_mutex_lock(&mutex);
    n_prepared++;
    pthread_mutex_unlock(&mutex);
    if (r->body.n_parts == 0) {
        reply_problem(&r->reply, 422, NULL, "no body");
        return false;
    }
    if (!request_new_items(r, images))
        return false;
    for (size_t i = 0; i < images; i++) {
        r->work.items[i].bytes = large != NULL ? large : r->body.parts[0].bytes;
        r->work.items[i].len   = large != NULL ? large_len : r->body.parts[0].len;
    }
    return true;
}

static bool prepare_texts(request *r)
{
    r->work.mode = WORK_TEXTS;
    return request_new_items(r, 1);
}

static void finish(request *r)
{
    for (size_t i = 0; i < r->work.n_items; i++)
        if (r->work.items[i].err.code != RWDA_OK) {
            reply_error(&r->reply, &r->work.items[i].err);
            return;
        }
    reply_json(&r->reply, 200, json_pack("{s:I}", "items", (json_int_t)r->work.n_items));
}

static const route of_images = { "POST", "/", false, 0, NULL, prepare, finish };
static const route of_texts  = { "POST", "/", false, 0, NULL, prepare_texts, finish };

static void on_answered(request *r)
{
    pthread_mutex_lock(&mutex);
    answered[n_answered++] = r;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

static void wait_for(const size_t *count, size_t n)
{
    pthread_mutex_lock(&mutex);
    while (*count < n)
        pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
}

static service_context service;

static int start(void **state)
{
    (void)state;
    service    = fixture_context(100000);
    n_answered = n_prepared = 0;
    images                  = 1;
    return 0;
}

static request *new_request(const route *to, const char *bytes)
{
    request *r = fixture_post(&service, "/", NULL, bytes, bytes == pixel ? sizeof pixel - 1 : strlen(bytes));

    r->target.route = to;
    return r;
}

static void engine_takes(queue *q, const request *const *wanted, size_t n)
{
    item *items[8];

    assert_int_equal(queue_take(q, items, n), n);
    for (size_t i = 0; i < n; i++) {
        assert_ptr_equal(items[i]->request, wanted[i]);
        queue_item_done(q, items[i]);
    }
}

static void end(queue *q, request **requests, size_t n)
{
    queue_stop(q);
    queue_free(q);
    for (size_t i = 0; i < n; i++)
        request_free(requests[i]);
    assert_int_equal(service.budget.held, 0);
}

/* ---- Cases ------------------------------------------------------------------------------------------------------------------------------- */

static void first_come_first_served(void **state)
{
    queue   *q = queue_new(&service.limits, 1, on_answered);
    request *r[3];

    (void)state;
    service.limits.window_ms = 60000; /* the engine waits for company, as long as some is on its way */
    for (size_t i = 0; i < 3; i++) {
        r[i] = new_request(&of_images, pixel);
        assert_true(queue_submit(q, r[i]));
    }
    assert_int_equal(queue_length(q), 3);
    assert_true(queue_start(q));
    engine_takes(q, (const request *const[]){ r[0], r[1], r[2] }, 3);
    assert_int_equal(n_answered, 3);
    assert_int_equal(queue_length(q), 0);
    for (size_t i = 0; i < 3; i++) {
        assert_ptr_equal(answered[i], r[i]);
        assert_int_equal(r[i]->reply.status, 200);
        assert_true(r[i]->work.items[0].width == 1 && r[i]->work.items[0].image == NULL);
    }
    end(q, r, 3);
}

/* White: bits that are 0.  100 million pixels take far longer than the request has left. */
static void a_decoding_is_given_up_when_its_time_is_over(void **state)
{
    static const char head[] = "P4\n10000 10000\n";
    const size_t      len    = sizeof head - 1 + 10000 / 8 * 10000;
    char             *bytes  = calloc(len, 1);
    queue            *q      = queue_new(&service.limits, 1, on_answered);
    request          *r      = new_request(&of_images, "unused");
    size_t            done   = 0;

    (void)state;
    assert_non_null(bytes);
    memcpy(bytes, head, sizeof head - 1);
    service.limits.pixels = 100000000;
    large                 = bytes;
    large_len             = len;
    r->start_ms           = rw_now_ms() - 2e3 * service.limits.request_s + 60.0;
    assert_true(queue_submit(q, r));
    assert_true(queue_start(q));
    for (int i = 0; i < 400 && done == 0; i++) {
        usleep(25000);
        pthread_mutex_lock(&mutex);
        done = n_answered;
        pthread_mutex_unlock(&mutex);
    }
    assert_int_equal(done, 1);
    assert_problem(&r->reply, 503, "");
    assert_null(r->work.items[0].image);
    large = NULL;
    free(bytes);
    end(q, &r, 1);
}

static void more_than_the_limit_is_refused(void **state)
{
    queue   *q = queue_new(&service.limits, 1, on_answered);
    request *r[5];

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        r[i] = new_request(&of_images, pixel);
        assert_int_equal(queue_submit(q, r[i]), i < 4);
    }
    assert_int_equal(r[4]->reply.status, 0); /* the caller says so */
    assert_int_equal(queue_length(q), 4);
    assert_true(queue_start(q));
    for (size_t i = 0; i < 4; i++)
        engine_takes(q, (const request *const[]){ r[i] }, 1);
    assert_true(queue_submit(q, r[4])); /* there is room again */
    engine_takes(q, (const request *const[]){ r[4] }, 1);
    end(q, r, 5);
}

static void a_request_is_answered_when_its_last_item_is(void **state)
{
    queue   *q = queue_new(&service.limits, 2, on_answered);
    request *r = new_request(&of_images, pixel);
    item    *items[3];

    (void)state;
    images                   = 3;
    service.limits.window_ms = 60000;
    assert_true(queue_start(q));
    assert_true(queue_submit(q, r));
    assert_int_equal(queue_take(q, items, 3), 3);
    queue_item_done(q, items[2]);
    queue_item_done(q, items[0]);
    assert_int_equal(n_answered, 0);
    assert_int_equal(queue_length(q), 1);
    queue_item_done(q, items[1]);
    assert_int_equal(n_answered, 1);
    assert_memory_equal(r->reply.body, "{\"items\":3}", 11);
    end(q, &r, 1);
}

static void what_fails_never_reaches_the_engine(void **state)
{
    queue   *q = queue_new(&service.limits, 1, on_answered);
    request *r[4];

    (void)state;
    r[0] = new_request(&of_images, "");                     /* refused by the route */
    r[1] = new_request(&of_images, "shopping list");        /* not an image */
    r[2] = new_request(&of_images, "P6\n9999 9999\n255\n"); /* too many pixels */
    r[3] = new_request(&of_images, pixel);                  /* too late */
    r[3]->start_ms -= 2e3 * service.limits.request_s + 1;
    for (size_t i = 0; i < 4; i++)
        assert_true(queue_submit(q, r[i]));
    assert_true(queue_start(q));
    wait_for(&n_answered, 4);
    assert_problem(&r[0]->reply, 422, "no body");
    assert_problem(&r[1]->reply, 422, "JPEG");
    assert_problem(&r[2]->reply, 413, "");
    assert_problem(&r[3]->reply, 503, "waited longer than it may");
    assert_int_equal(n_prepared, 3);
    assert_int_equal(queue_length(q), 0);
    end(q, r, 4);
}

static void texts_are_not_decoded(void **state)
{
    queue   *q = queue_new(&service.limits, 1, on_answered);
    request *r = new_request(&of_texts, "");
    item    *i;

    (void)state;
    assert_true(queue_start(q));
    assert_true(queue_submit(q, r));
    assert_int_equal(queue_take(q, &i, 1), 1);
    assert_null(i->image);
    queue_item_done(q, i);
    assert_int_equal(r->reply.status, 200);
    end(q, &r, 1);
}

static void the_end_answers_everybody(void **state)
{
    queue   *q = queue_new(&service.limits, 1, on_answered);
    request *r[5];
    item    *i;

    (void)state;
    assert_true(queue_start(q));
    r[0] = new_request(&of_images, pixel);
    assert_true(queue_submit(q, r[0]));
    assert_int_equal(queue_take(q, &i, 1), 1); /* the engine is at work on it */
    queue_stop(q);
    r[1] = new_request(&of_images, pixel);
    assert_false(queue_submit(q, r[1]));
    queue_item_done(q, i);
    assert_int_equal(r[0]->reply.status, 200);
    assert_int_equal(queue_take(q, &i, 1), 0); /* the end */
    end(q, r, 2);

    q = queue_new(&service.limits, 1, on_answered);
    for (size_t k = 0; k < 4; k++) {
        r[k] = new_request(&of_images, pixel);
        assert_true(queue_submit(q, r[k]));
    }
    n_answered = n_prepared = 0;
    queue_stop(q);
    assert_true(queue_start(q));
    queue_stop(q); /* the worker ends when nothing waits */
    assert_int_equal(n_answered, 4);
    assert_int_equal(n_prepared, 0);
    assert_int_equal(queue_length(q), 0);
    for (size_t k = 0; k < 4; k++)
        assert_problem(&r[k]->reply, 503, "the service is stopping");
    end(q, r, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(first_come_first_served, start),
        cmocka_unit_test_setup(a_decoding_is_given_up_when_its_time_is_over, start),
        cmocka_unit_test_setup(more_than_the_limit_is_refused, start),
        cmocka_unit_test_setup(a_request_is_answered_when_its_last_item_is, start),
        cmocka_unit_test_setup(what_fails_never_reaches_the_engine, start),
        cmocka_unit_test_setup(texts_are_not_decoded, start),
        cmocka_unit_test_setup(the_end_answers_everybody, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
