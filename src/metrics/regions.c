/* regions.c - which pixels of a mask hang together?
 *
 * Union-find in the array of labels itself.  First pass: labels[i] is one more than the index of a pixel of the same region that is
 * not behind i; the region's first pixel names itself.  Second pass: since that pixel comes before i, its final number is known
 * when i is reached. */
#include "metrics/regions.h"

/* Index of the first pixel of i's region; halves the path for the next who asks. */
static uint32_t first_pixel(uint32_t *labels, uint32_t i)
{
    while (labels[i] != i + 1) {
        labels[i] = labels[labels[i] - 1];
        i         = labels[i] - 1;
    }
    return i;
}

static void join(uint32_t *labels, uint32_t a, uint32_t b)
{
    a = first_pixel(labels, a);
    b = first_pixel(labels, b);
    if (a < b)
        labels[b] = a + 1;
    else
        labels[a] = b + 1;
}

uint32_t rw_regions_label(uint32_t *labels, const uint8_t *mask, size_t height, size_t width)
{
    uint32_t count = 0, w = (uint32_t)width;

    for (size_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < w; x++) {
            uint32_t i = (uint32_t)(y * width) + x;

            labels[i] = mask[i] != 0 ? i + 1 : 0;
            if (mask[i] == 0)
                continue;
            if (x > 0 && mask[i - 1] != 0)
                join(labels, i, i - 1);
            if (y > 0 && mask[i - w] != 0)
                join(labels, i, i - w);
            if (y > 0 && x > 0 && mask[i - w - 1] != 0)
                join(labels, i, i - w - 1);
            if (y > 0 && x + 1 < w && mask[i - w + 1] != 0)
                join(labels, i, i - w + 1);
        }
    for (uint32_t i = 0; i < (uint32_t)(height * width); i++)
        if (labels[i] != 0)
            labels[i] = labels[i] == i + 1 ? ++count : labels[labels[i] - 1];
    return count;
}
