/* test_memory.c - do sizes that wrap fail, are arrays aligned, and does the arena give memory back? */
#include "base/memory.h"

#include "tests/unit/check.h"

static void products_and_sums_that_wrap_are_refused(void **state)
{
    size_t out = 7;

    (void)state;
    assert_true(rw_size_mul(&out, 6, 7));
    assert_int_equal(out, 42);
    assert_false(rw_size_mul(&out, SIZE_MAX / 2 + 1, 2));
    assert_int_equal(out, 42);
    assert_true(rw_size_mul(&out, SIZE_MAX, 1));
    assert_true(rw_size_mul(&out, 0, SIZE_MAX));
    assert_false(rw_size_add(&out, SIZE_MAX, 1));
    assert_null(rw_new_array(SIZE_MAX / 2, 4));
    assert_null(rw_new_array(SIZE_MAX, 1)); /* rounding up to the alignment must not wrap either */
}

static void arrays_are_zero_and_aligned(void **state)
{
    (void)state;
    for (size_t n = 0; n < 200; n += 13) {
        uint8_t *array = rw_new_array(n, 3);

        assert_non_null(array);
        assert_int_equal((uintptr_t)array % RW_ARRAY_ALIGNMENT, 0);
        for (size_t i = 0; i < 3 * n; i++)
            assert_int_equal(array[i], 0);
        free(array);
    }
}

static void the_arena_keeps_arrays_apart_and_rewinds(void **state)
{
    rw_arena      arena = RW_ARENA_INIT;
    uint8_t      *a     = rw_arena_array(&arena, 100, 1), *b, *c, *again;
    rw_arena_mark mark  = rw_arena_save(&arena);

    (void)state;
    b = rw_arena_array(&arena, 1 << 20, 4); /* more than a block: a second one */
    c = rw_arena_array(&arena, 5, 8);
    assert_true(a != NULL && b != NULL && c != NULL);
    memset(a, 1, 100);
    memset(b, 2, (size_t)4 << 20);
    memset(c, 3, 40);
    assert_int_equal(a[99], 1);
    assert_int_equal(b[0] + b[((size_t)4 << 20) - 1], 4);
    assert_int_equal((uintptr_t)c % RW_ALIGNMENT, 0);
    rw_arena_rewind(&arena, mark);
    again = rw_arena_array(&arena, 1 << 20, 4);
    assert_ptr_equal(again, b); /* the same memory serves the next call */
    assert_null(rw_arena_array(&arena, SIZE_MAX / 2, 4));
    rw_arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_and_sums_that_wrap_are_refused),
        cmocka_unit_test(arrays_are_zero_and_aligned),
        cmocka_unit_test(the_arena_keeps_arrays_apart_and_rewinds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
