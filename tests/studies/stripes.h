/* stripes.h - a context on images made for the test: 40 normal and 12 anomalous ones, and a category with few. */
#ifndef STRIPES_H
#define STRIPES_H

#include "tests/eval/tree.h"
#include "tests/studies/small.h"

#define STRIPES_NORMAL    40
#define STRIPES_ANOMALOUS 12
#define STRIPES_FEW       3 /* of either in the category that has few */

/* An image of 40 x 32 pixels: stripes and noise, with a block where `spoilt`. */
static inline void stripes_image(const char *name, unsigned seed, bool spoilt)
{
    enum { WIDTH = 40, HEIGHT = 32 };
    char     bytes[32 + 3 * WIDTH * HEIGHT];
    size_t   at    = (size_t)snprintf(bytes, sizeof bytes, "P6 %d %d 255\n", WIDTH, HEIGHT);
    uint64_t state = seed;

    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int c = 0; c < 3; c++) {
                state       = state * 6364136223846793005u + 1442695040888963407u;
                bytes[at++] = (char)(60 + 30 * c + (x / 5 % 2) * 50 + (int)(state >> 60) +
                                     (spoilt && y > 8 && y < 24 && x < 20 ? 40 : 0));
            }
    tree_text(name, "");
    (void)make_file(name, bytes, at);
}

static inline void stripes_category(const char *category, unsigned normal, unsigned anomalous, unsigned seed)
{
    char name[64];

    for (unsigned i = 0; i < normal; i++) {
        (void)snprintf(name, sizeof name, "data/%s/test/good/%02u.ppm", category, i);
        stripes_image(name, seed + i, false);
    }
    for (unsigned i = 0; i < anomalous; i++) {
        (void)snprintf(name, sizeof name, "data/%s/test/block/%02u.ppm", category, i);
        stripes_image(name, seed + 1000 + i, true);
    }
}

/* As small_begin(), with these images in the place of the samples, which are in a folder of their own. */
static inline void stripes_begin(small *s)
{
    rwda_error err;

    assert_int_equal(scratch_new(NULL), 0);
    stripes_category("few", STRIPES_FEW, STRIPES_FEW, 1);
    stripes_category("many", STRIPES_NORMAL, STRIPES_ANOMALOUS, 5000);
    small_begin(s);
    rwda_dataset_free(s->data);
    assert_ok(rwda_dataset_open(&s->data, in_scratch("data"), "mvtec", NULL, &err), err);
    s->options.data = s->data;
    small_open(s);
}

static inline void stripes_end(small *s)
{
    small_end(s);
    assert_int_equal(scratch_free(NULL), 0);
}

#endif
