/* test_random.c - is the stream PCG32's, and are its numbers spread as promised? */
#include "base/random.h"

#include "tests/unit/check.h"

#include <math.h>

/* The demonstration program of the PCG paper: seed 42, stream 54. */
static void gives_the_published_numbers(void **state)
{
    static const uint32_t want[] = { 0xa15c02b7, 0x7b47f409, 0xba1d3330, 0x83d2f293, 0xbfa4784b, 0xcbed606e };
    rw_random             random = rw_random_init(42, 54);

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(want); i++)
        assert_int_equal(rw_random_u32(&random), want[i]);
}

static void streams_of_one_seed_differ(void **state)
{
    rw_random a = rw_random_init(1, 0), b = rw_random_init(1, 1);
    int       same = 0;

    (void)state;
    for (int i = 0; i < 1000; i++)
        same += rw_random_u32(&a) == rw_random_u32(&b);
    assert_true(same <= 1);
}

static void numbers_are_spread_evenly(void **state)
{
    rw_random random   = rw_random_init(7, 7);
    int       hits[10] = { 0 };
    double    sum = 0, square = 0;

    (void)state;
    for (int i = 0; i < 100000; i++) {
        uint32_t below = rw_random_below(&random, 10);
        float    unit = rw_random_unit(&random), normal = rw_random_normal(&random);

        assert_true(below < 10 && unit >= 0.0f && unit < 1.0f && isfinite(normal));
        hits[below]++;
        sum += (double)normal;
        square += (double)normal * (double)normal;
    }
    for (int i = 0; i < 10; i++)
        assert_true(abs(hits[i] - 10000) < 500); /* five standard deviations */
    assert_true(fabs(sum / 100000) < 0.02 && fabs(square / 100000 - 1) < 0.03);
}

static void skipping_is_drawing(void **state)
{
    static const uint64_t counts[] = { 0, 1, 2, 7, 64, 1000, 12345 };

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        rw_random drawn = rw_random_init(3, i), skipped = drawn;

        for (uint64_t n = 0; n < counts[i]; n++)
            (void)rw_random_u32(&drawn);
        rw_random_skip(&skipped, counts[i]);
        assert_int_equal(drawn.state, skipped.state);
    }
    for (size_t n = 0; n < 19; n++) {
        rw_random one = rw_random_init(4, n), many = one;
        uint32_t  out[19];

        rw_random_fill(out, n, &many);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(out[i], rw_random_u32(&one));
        assert_int_equal(one.state, many.state);
    }
}

/* Seed 1234567 of the generator's published examples. */
static void splitmix64_gives_the_published_numbers(void **state)
{
    static const uint64_t wanted[] = { 6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
                                       4593380528125082431u, 16408922859458223821u };
    uint64_t              seed     = 1234567;

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(wanted); i++)
        assert_true(rw_splitmix64(&seed) == wanted[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_published_numbers),
        cmocka_unit_test(streams_of_one_seed_differ),
        cmocka_unit_test(numbers_are_spread_evenly),
        cmocka_unit_test(skipping_is_drawing),
        cmocka_unit_test(splitmix64_gives_the_published_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
