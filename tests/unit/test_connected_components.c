/* test_connected_components.c - are regions the 8-connected ones, whatever their shape? */
#include "metrics/connected_components.h"

#include "base/random.h"
#include "tests/unit/check.h"

#define SIDE 40

static const struct {
    const char *name;
    size_t      width;
    uint32_t    regions;
    const char *mask;
} drawn[] = {
    { "nothing", 4, 0, "........" },
    { "one pixel", 1, 1, "#" },
    { "everything", 3, 1, "#########" },
    { "corners touch", 4, 1, "#....#....#....#" },
    { "the other diagonal", 4, 1, "...#..#..#..#..." },
    { "two apart", 5, 2,
      "##..#"
      "##..#" },
    { "no way around the right border", 4, 2,
      "...#"
      "#..." },
    { "joined at the last row", 5, 1,
      "#.#.#"
      "#.#.#"
      "#####" },
    { "joined from the right", 6, 1,
      "....##"
      "#...#."
      ".###.." },
    { "ring and its middle", 5, 2,
      "#####"
      "#...#"
      "#.#.#"
      "#...#"
      "#####" },
    { "spiral", 7, 1,
      "#######"
      "......#"
      "#####.#"
      "#...#.#"
      "#.###.#"
      "#.....#"
      "#######" },
    { "chess board without white", 6, 9,
      "#.#.#."
      "......"
      "#.#.#."
      "......"
      "#.#.#." },
};

static void counts_what_was_drawn(void **state)
{
    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(drawn); i++) {
        uint8_t  mask[64];
        uint32_t labels[64], count;
        size_t   n = strlen(drawn[i].mask);

        for (size_t k = 0; k < n; k++)
            mask[k] = drawn[i].mask[k] == '#' ? (uint8_t)(1 + k) : 0;
        count = rw_connected_components(labels, mask, n / drawn[i].width, drawn[i].width);
        if (count != drawn[i].regions)
            fail_msg("%s: %u regions, not %u", drawn[i].name, count, drawn[i].regions);
        for (size_t k = 0; k < n; k++)
            assert_true((labels[k] != 0) == (mask[k] != 0) && labels[k] <= count);
    }
}

/* The slow way: spread from a pixel to its neighbours. */
static void flood(uint32_t *labels, const uint8_t *mask, int y, int x, uint32_t label)
{
    if (y < 0 || x < 0 || y >= SIDE || x >= SIDE || mask[y * SIDE + x] == 0 || labels[y * SIDE + x] != 0)
        return;
    labels[y * SIDE + x] = label;
    for (int dy = -1; dy <= 1; dy++)
        for (int dx = -1; dx <= 1; dx++)
            flood(labels, mask, y + dy, x + dx, label);
}

static void equals_spreading_from_neighbour_to_neighbour(void **state)
{
    static uint8_t  mask[SIDE * SIDE];
    static uint32_t labels[SIDE * SIDE], slow[SIDE * SIDE];
    rw_random       random = rw_random_init(5, 1);

    (void)state;
    for (int round = 0; round < 60; round++) {
        uint32_t count = 0, density = 5 + (uint32_t)round; /* per cent: below, at and above where all grows together */

        for (size_t i = 0; i < SIDE * SIDE; i++)
            mask[i] = rw_random_below(&random, 100) < density;
        memset(slow, 0, sizeof slow);
        for (int i = 0; i < SIDE * SIDE; i++)
            if (mask[i] != 0 && slow[i] == 0)
                flood(slow, mask, i / SIDE, i % SIDE, ++count);
        assert_int_equal(rw_connected_components(labels, mask, SIDE, SIDE), count);
        assert_memory_equal(labels, slow, sizeof slow); /* the numbers too: by first pixel */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_what_was_drawn),
        cmocka_unit_test(equals_spreading_from_neighbour_to_neighbour),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
