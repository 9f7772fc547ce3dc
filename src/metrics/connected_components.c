#include "metrics/connected_components.h"

/* Two-pass union-find in the array of labels.  First pass: labels[i] - 1 is the parent of pixel i, never after i; a component's root is its
 * first pixel.  Second pass: the root comes before i, so its final label is known when i is reached. */

/* Root of pixel i, with path halving. */
static uint32_t find_root(uint32_t *labels, uint32_t i)
{
    while (labels[i] != i + 1) {
        labels[i] = labels[labels[i] - 1];
        i         = labels[i] - 1;
    }
    return i;
}

static void unite(uint32_t *labels, uint32_t a, uint32_t b)
{
    a = find_root(labels, a);
    b = find_root(labels, b);
    if (a < b)
        labels[b] = a + 1;
    else
        labels[a] = b + 1;
}

uint32_t rw_connected_components(uint32_t *labels, const uint8_t *mask, size_t height, size_t width)
{
    uint32_t count = 0, w = (uint32_t)width;

    for (size_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < w; x++) {
            uint32_t i = (uint32_t)(y * width) + x;

            labels[i] = mask[i] != 0 ? i + 1 : 0;
            if (mask[i] == 0)
                continue;
            if (x > 0 && mask[i - 1] != 0)
                unite(labels, i, i - 1);
            if (y > 0 && mask[i - w] != 0)
                unite(labels, i, i - w);
            if (y > 0 && x > 0 && mask[i - w - 1] != 0)
                unite(labels, i, i - w - 1);
            if (y > 0 && x + 1 < w && mask[i - w + 1] != 0)
                unite(labels, i, i - w + 1);
        }
    for (uint32_t i = 0; i < (uint32_t)(height * width); i++)
        if (labels[i] != 0)
            labels[i] = labels[i] == i + 1 ? ++count : labels[labels[i] - 1];
    return count;
}
