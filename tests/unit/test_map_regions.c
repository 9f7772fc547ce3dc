/* test_map_regions.c - are the pieces of a map found as one would draw round them? */
#include "rwda.h"

#include "base/random.h"
#include "tests/unit/check.h"

#include <math.h>
#include <stdbool.h>

/* '.' 0, digits tenths. */
static void draw(float *map, const char *const *rows, int width, int height)
{
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            map[y * width + x] = rows[y][x] == '.' ? 0.0f : (float)(rows[y][x] - '0') / 10.0f;
}

static void regions_touch_at_corners_too(void **state)
{
    static const char *const rows[] = { "5...66..", ".7...6..", "..5.....", "9.....88", ".....8.8" };
    float                    map[40];
    rwda_region              r[8];
    rwda_error               err = { 0 };
    size_t                   n;

    (void)state;
    draw(map, rows, 8, 5);
    assert_ok(rwda_map_regions(r, &n, 8, map, 8, 5, 0.5f, 1, &err), err);
    assert_int_equal(n, 4);
    assert_true(r[0].x == 0 && r[0].y == 3 && r[0].width == 1 && r[0].height == 1 && r[0].area == 1 && r[0].peak == 0.9f);
    assert_true(r[1].x == 5 && r[1].y == 3 && r[1].width == 3 && r[1].height == 2 && r[1].area == 4);
    assert_true(r[1].peak == 0.8f && r[1].peak_x == 6 && r[1].peak_y == 3);
    assert_true(r[2].x == 0 && r[2].y == 0 && r[2].width == 3 && r[2].height == 3 && r[2].area == 3);
    assert_true(r[2].peak_x == 1 && r[2].peak_y == 1);
    assert_true(r[3].x == 4 && r[3].y == 0 && r[3].width == 2 && r[3].height == 2 && r[3].area == 3);
    assert_ok(rwda_map_regions(r, &n, 8, map, 8, 5, 0.5f, 3, &err), err);
    assert_int_equal(n, 3);
    assert_ok(rwda_map_regions(NULL, &n, 0, map, 8, 5, 0.95f, 1, &err), err);
    assert_int_equal(n, 0);
}

static void arms_that_meet_late_are_one(void **state)
{
    static const char *const rows[] = { "1.1.1.1", "1.1.1.1", "1.111.1", "1.....1", "1111111" };
    float                    map[35];
    rwda_region              r;
    rwda_error               err = { 0 };
    size_t                   n;

    (void)state;
    draw(map, rows, 7, 5);
    map[2 * 7 + 3] = 0.0f;
    assert_ok(rwda_map_regions(&r, &n, 1, map, 7, 5, 0.1f, 1, &err), err);
    assert_int_equal(n, 3);
    map[2 * 7 + 3] = 0.1f;
    assert_ok(rwda_map_regions(&r, &n, 1, map, 7, 5, 0.1f, 1, &err), err);
    assert_int_equal(n, 2);
    assert_true(r.x == 0 && r.width == 7 && r.height == 5 && r.area == 15);
}

/* Against a flood fill: number of regions, their areas and boxes. */
static void noise_gives_what_a_flood_fill_gives(void **state)
{
    enum { W = 37, H = 29 };
    float       map[W * H];
    bool        seen[W * H] = { false };
    int         stack[W * H];
    rwda_region r[W * H];
    rwda_error  err    = { 0 };
    rw_random   random = rw_random_init(11, 2);
    size_t      n, found = 0;

    (void)state;
    for (int i = 0; i < W * H; i++)
        map[i] = rw_random_unit(&random);
    assert_ok(rwda_map_regions(r, &n, W * H, map, W, H, 0.62f, 1, &err), err);
    for (int i = 0; i < W * H; i++) {
        int   depth = 0, area = 0, left = W, right = -1, bottom = -1;
        float peak  = 0.0f;
        bool  match = false;

        if (seen[i] || map[i] < 0.62f)
            continue;
        stack[depth++] = i;
        seen[i]        = true;
        while (depth > 0) {
            int at = stack[--depth], x = at % W, y = at / W;

            area++;
            left   = x < left ? x : left;
            right  = x > right ? x : right;
            bottom = y > bottom ? y : bottom;
            peak   = map[at] > peak ? map[at] : peak;
            for (int v = y - 1; v <= y + 1; v++)
                for (int u = x - 1; u <= x + 1; u++)
                    if (v >= 0 && v < H && u >= 0 && u < W && !seen[v * W + u] && map[v * W + u] >= 0.62f) {
                        seen[v * W + u] = true;
                        stack[depth++]  = v * W + u;
                    }
        }
        for (size_t k = 0; k < n; k++)
            match |= r[k].area == area && r[k].x == left && r[k].x + r[k].width == right + 1 && r[k].y == i / W &&
                     r[k].y + r[k].height == bottom + 1 && r[k].peak == peak;
        assert_true(match);
        found++;
    }
    assert_int_equal(n, found);
    for (size_t k = 1; k < n; k++)
        assert_true(r[k - 1].peak >= r[k].peak);
}

static void numbers_that_make_no_map_are_refused(void **state)
{
    float      map[] = { 0.5f, NAN, 0.7f };
    rwda_error err   = { 0 };
    size_t     n     = 7;

    (void)state;
    assert_refused("no rows", rwda_map_regions(NULL, &n, 0, map, 3, 0, 0.5f, 1, &err), RWDA_EINVAL, &err, "3 x 0");
    assert_int_equal(n, 0);
    assert_refused("threshold", rwda_map_regions(NULL, &n, 0, map, 3, 1, NAN, 1, &err), RWDA_EINVAL, &err, "threshold");
    assert_ok(rwda_map_regions(NULL, &n, 0, map, 3, 1, -1.0f, 1, &err), err);
    assert_int_equal(n, 2); /* what is not a number is above no threshold */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_touch_at_corners_too),
        cmocka_unit_test(arms_that_meet_late_are_one),
        cmocka_unit_test(noise_gives_what_a_flood_fill_gives),
        cmocka_unit_test(numbers_that_make_no_map_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
