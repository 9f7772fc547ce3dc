/* test_thread_pool.c - is every item of a loop done exactly once, for any number of threads? */
#include "base/thread_pool.h"

#include "tests/unit/check.h"

#include <stdatomic.h>

#define MOST 5000

typedef struct {
    atomic_int done[MOST];
    atomic_int on_thread[8];
} tally;

static void count_item(void *context, size_t item, int thread)
{
    tally *t = context;

    atomic_fetch_add(&t->done[item], 1);
    atomic_fetch_add(&t->on_thread[thread], 1);
}

static void every_item_is_done_once(void **state)
{
    static const size_t counts[] = { 0, 1, 2, 3, 7, 64, MOST };
    static tally        t;

    (void)state;
    for (int threads = 1; threads <= 5; threads++) {
        rw_thread_pool *pool = NULL;
        rwda_error      err  = { 0 };

        assert_ok(rw_thread_pool_new(&pool, threads, &err), err);
        assert_int_equal(rw_thread_pool_threads(pool), threads);
        for (int round = 0; round < 50; round++)
            for (size_t c = 0; c < RW_COUNTOF(counts); c++) {
                memset(&t, 0, sizeof t);
                rw_thread_pool_run(pool, count_item, &t, counts[c]);
                for (size_t i = 0; i < MOST; i++)
                    if (t.done[i] != (i < counts[c]))
                        fail_msg("%d threads, %zu items: item %zu was done %d times", threads, counts[c], i, t.done[i]);
            }
        rw_thread_pool_free(pool);
    }
}

static void no_pool_is_the_caller_alone(void **state)
{
    static tally t;

    (void)state;
    assert_int_equal(rw_thread_pool_threads(NULL), 1);
    rw_thread_pool_run(NULL, count_item, &t, 10);
    assert_int_equal(t.on_thread[0], 10);
    rw_thread_pool_free(NULL);
}

static void refuses_impossible_numbers_of_threads(void **state)
{
    rw_thread_pool *pool = POISON;
    rwda_error      err  = { 0 };

    (void)state;
    assert_refused("-1", rw_thread_pool_new(&pool, -1, &err), RWDA_EINVAL, &err, "-1");
    assert_null(pool);
    assert_refused("many", rw_thread_pool_new(&pool, 1000000, &err), RWDA_EINVAL, &err, "1000000");
    assert_ok(rw_thread_pool_new(&pool, 0, &err), err);
    assert_true(rw_thread_pool_threads(pool) >= 1);
    rw_thread_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_is_done_once),
        cmocka_unit_test(no_pool_is_the_caller_alone),
        cmocka_unit_test(refuses_impossible_numbers_of_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
