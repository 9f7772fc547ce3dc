/* regions.c - which pieces of a map reach a threshold?
 *
 * Rows are cut into runs of pixels at or above the threshold; a run joins the runs it touches in the row above, corners included
 * (union-find over runs, so memory follows what is found and not the picture's size). */
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
    int    y, first, end; /* pixels first .. end - 1 */
    size_t parent;
} piece;

typedef struct {
    piece *pieces;
    size_t count, capacity;
} piece_list;

static bool add_piece(piece_list *list, int y, int first, int end)
{
    if (list->count == list->capacity) {
        size_t more = list->capacity > 0 ? 2 * list->capacity : 256, bytes;
        piece *grown;

        if (!rw_size_mul(&bytes, more, sizeof *grown) || (grown = realloc(list->pieces, bytes)) == NULL)
            return false;
        list->pieces   = grown;
        list->capacity = more;
    }
    list->pieces[list->count] = (piece){ y, first, end, list->count };
    list->count++;
    return true;
}

static size_t root_of(piece *pieces, size_t i)
{
    while (pieces[i].parent != i) {
        pieces[i].parent = pieces[pieces[i].parent].parent; /* halves the path */
        i                = pieces[i].parent;
    }
    return i;
}

/* The smaller number becomes the root, so a region's root is its first piece, row by row. */
static void join(piece *pieces, size_t a, size_t b)
{
    a = root_of(pieces, a);
    b = root_of(pieces, b);
    if (a < b)
        pieces[b].parent = a;
    else
        pieces[a].parent = b;
}

/* Pieces of rows y - 1 and y lie at above .. row - 1 and row .. count - 1, both from left to right. */
static void join_rows(piece_list *list, size_t above, size_t row)
{
    for (size_t a = above, b = row; a < row && b < list->count;) {
        const piece *up = &list->pieces[a], *here = &list->pieces[b];

        if (up->first <= here->end && here->first <= up->end)
            join(list->pieces, a, b);
        if (up->end < here->end)
            a++;
        else
            b++;
    }
}

static bool find_pieces(piece_list *list, const float *map, int width, int height, float threshold)
{
    size_t above = 0, row = 0;

    for (int y = 0; y < height; y++) {
        const float *values = map + (size_t)y * (size_t)width;

        above = row;
        row   = list->count;
        for (int x = 0; x < width;) {
            int first = x;

            while (x < width && values[x] >= threshold)
                x++;
            if (x > first && !add_piece(list, y, first, x))
                return false;
            if (x == first)
                x++;
        }
        join_rows(list, above, row);
    }
    return true;
}

static void take_in(rwda_region *region, const piece *p, const float *row)
{
    int right = region->x + region->width;

    region->x      = p->first < region->x ? p->first : region->x;
    region->width  = (p->end > right ? p->end : right) - region->x;
    region->height = p->y - region->y + 1;
    region->area += p->end - p->first;
    for (int x = p->first; x < p->end; x++)
        if (row[x] > region->peak) {
            region->peak   = row[x];
            region->peak_x = x;
            region->peak_y = p->y;
        }
}

static int by_falling_peak(const void *left, const void *right)
{
    const rwda_region *a = left, *b = right;

    if (a->peak != b->peak)
        return (a->peak < b->peak) - (a->peak > b->peak);
    if (a->peak_y != b->peak_y)
        return (a->peak_y > b->peak_y) - (a->peak_y < b->peak_y);
    return (a->peak_x > b->peak_x) - (a->peak_x < b->peak_x);
}

rwda_status rwda_map_regions(rwda_region *out, size_t *count, size_t capacity, const float *map, int width, int height,
                             float threshold, int64_t min_area, rwda_error *err)
{
    piece_list   list    = { NULL, 0, 0 };
    rwda_region *regions = NULL;
    size_t      *number  = NULL; /* of the region whose root a piece is */
    size_t       n = 0, kept = 0;
    rwda_status  status = RWDA_OK;

    *count = 0;
    if (width < 1 || height < 1 || isnan(threshold))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "regions of a map of %d x %d at threshold %g", width, height,
                       (double)threshold);
    if (!find_pieces(&list, map, width, height, threshold) || (number = rw_new_array(list.count, sizeof *number)) == NULL ||
        (regions = rw_new_array(list.count, sizeof *regions)) == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "regions of a map of %d x %d", width, height);
        goto done;
    }
    for (size_t i = 0; i < list.count; i++) {
        const piece *p    = &list.pieces[i];
        size_t       root = root_of(list.pieces, i);

        if (root == i) {
            number[i]      = n++;
            regions[n - 1] = (rwda_region){ p->first, p->y, p->end - p->first, 1, 0, -INFINITY, p->first, p->y };
        }
        take_in(&regions[number[root]], p, map + (size_t)p->y * (size_t)width);
    }
    for (size_t i = 0; i < n; i++)
        if (regions[i].area >= min_area)
            regions[kept++] = regions[i];
    qsort(regions, kept, sizeof *regions, by_falling_peak);
    for (size_t i = 0; i < kept && i < capacity; i++)
        out[i] = regions[i];
    *count = kept;
done:
    free(list.pieces);
    free(number);
    free(regions);
    return status;
}
