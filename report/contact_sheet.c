#include "report/contact_sheet.h"

#include "base/status.h"
#include "common/image_writer.h"
#include "common/json_watch.h"
#include "report/thumbnail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THUMB   160
#define FRAME   6
#define CAPTION 26
#define GAP     10
#define COLUMNS 6

typedef struct {
    float   score;
    char    label[28];
    uint8_t rgb[THUMB * THUMB * 3];
} entry;

struct contact_sheet {
    entry *entries;
    size_t count, most;
};

/* 5 x 7 dots a character, rows from the top, the lowest five bits of each byte. */
static const struct {
    char    c;
    uint8_t rows[7];
} font[] = {
    { '0', { 14, 17, 19, 21, 25, 17, 14 } }, { '1', { 4, 12, 4, 4, 4, 4, 14 } },    { '2', { 14, 17, 1, 6, 8, 16, 31 } },
    { '3', { 14, 17, 1, 6, 1, 17, 14 } },    { '4', { 2, 6, 10, 18, 31, 2, 2 } },   { '5', { 31, 16, 30, 1, 1, 17, 14 } },
    { '6', { 6, 8, 16, 30, 17, 17, 14 } },   { '7', { 31, 1, 2, 4, 8, 8, 8 } },     { '8', { 14, 17, 17, 14, 17, 17, 14 } },
    { '9', { 14, 17, 17, 15, 1, 2, 12 } },   { '.', { 0, 0, 0, 0, 0, 12, 12 } },    { '-', { 0, 0, 0, 14, 0, 0, 0 } },
    { '_', { 0, 0, 0, 0, 0, 0, 31 } },       { '/', { 1, 1, 2, 4, 8, 16, 16 } },    { 'a', { 0, 0, 14, 1, 15, 17, 15 } },
    { 'b', { 16, 16, 30, 17, 17, 17, 30 } }, { 'c', { 0, 0, 14, 16, 16, 17, 14 } }, { 'd', { 1, 1, 15, 17, 17, 17, 15 } },
    { 'e', { 0, 0, 14, 17, 31, 16, 14 } },   { 'f', { 6, 8, 28, 8, 8, 8, 8 } },     { 'g', { 0, 15, 17, 17, 15, 1, 14 } },
    { 'h', { 16, 16, 30, 17, 17, 17, 17 } }, { 'i', { 4, 0, 12, 4, 4, 4, 14 } },    { 'j', { 2, 0, 6, 2, 2, 18, 12 } },
    { 'k', { 16, 16, 18, 20, 24, 20, 18 } }, { 'l', { 12, 4, 4, 4, 4, 4, 14 } },    { 'm', { 0, 0, 26, 21, 21, 21, 21 } },
    { 'n', { 0, 0, 30, 17, 17, 17, 17 } },   { 'o', { 0, 0, 14, 17, 17, 17, 14 } }, { 'p', { 0, 30, 17, 17, 30, 16, 16 } },
    { 'q', { 0, 15, 17, 17, 15, 1, 1 } },    { 'r', { 0, 0, 22, 24, 16, 16, 16 } }, { 's', { 0, 0, 15, 16, 14, 1, 30 } },
    { 't', { 8, 8, 28, 8, 8, 9, 6 } },       { 'u', { 0, 0, 17, 17, 17, 17, 15 } }, { 'v', { 0, 0, 17, 17, 17, 10, 4 } },
    { 'w', { 0, 0, 17, 17, 21, 21, 10 } },   { 'x', { 0, 0, 17, 10, 4, 10, 17 } },  { 'y', { 0, 17, 17, 15, 1, 17, 14 } },
    { 'z', { 0, 0, 31, 2, 4, 8, 31 } },
};

typedef struct {
    uint8_t *rgb;
    int      width, height;
} canvas;

static void fill(canvas *c, int x, int y, int w, int h, const uint8_t colour[3])
{
    for (int row = y; row < y + h; row++)
        for (int column = x; column < x + w; column++)
            memcpy(c->rgb + 3 * ((size_t)row * (size_t)c->width + (size_t)column), colour, 3);
}

static void write_text(canvas *c, int x, int y, const char *text, int dot, const uint8_t colour[3])
{
    for (; *text != '\0'; text++, x += 6 * dot) {
        char letter = *text >= 'A' && *text <= 'Z' ? (char)(*text + 32) : *text;
        int  below = letter == 'j' ? 1 : letter == 'g' || letter == 'p' || letter == 'q' || letter == 'y' ? 2 : 0; /* rows */

        for (size_t i = 0; i < sizeof font / sizeof font[0]; i++)
            for (int row = 0; font[i].c == letter && row < 7; row++)
                for (int bit = 0; bit < 5; bit++)
                    if (font[i].rows[row] >> (4 - bit) & 1)
                        fill(c, x + bit * dot, y + (row + below) * dot, dot, dot, colour);
    }
}

contact_sheet *contact_sheet_new(size_t most)
{
    contact_sheet *o = calloc(1, sizeof *o);

    if (o != NULL)
        o->most = most;
    return o;
}

void contact_sheet_free(contact_sheet *o)
{
    if (o != NULL)
        free(o->entries);
    free(o);
}

/* Into the middle of a square thumbnail. */
static void shrink(uint8_t *out, const rwda_image *image)
{
    int    w, h;
    size_t stride = 3 * THUMB;

    thumbnail_size(&w, &h, image, THUMB);
    memset(out, 235, THUMB * stride);
    thumbnail_shrink(out + (size_t)((THUMB - h) / 2) * stride + 3 * (size_t)((THUMB - w) / 2), stride, w, h, image);
}

/* An image's folder and name without the kind of file, or as much of the name as fits. */
static void shorten(char *out, size_t room, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path, *dot = strrchr(name, '.');
    const char *end = dot != NULL && dot > name ? dot : path + strlen(path), *from = slash != NULL ? slash : path;

    while (from > path && from[-1] != '/')
        from--;
    if ((size_t)(end - from) >= room)
        from = (size_t)(end - name) < room ? name : end - room + 1;
    (void)snprintf(out, room, "%.*s", (int)(end - from), from);
}

void contact_sheet_add(contact_sheet *o, const rwda_image *image, const char *label, float score)
{
    entry *grown;

    if (o->count == o->most)
        return;
    if ((o->count & (o->count - 1)) == 0) { /* full at powers of two */
        grown = realloc(o->entries, (o->count != 0 ? 2 * o->count : 1) * sizeof *grown);
        if (grown == NULL) {
            rw_json_lose();
            return;
        }
        o->entries = grown;
    }
    o->entries[o->count].score = score;
    shorten(o->entries[o->count].label, sizeof o->entries[0].label, label);
    shrink(o->entries[o->count++].rgb, image);
}

static int by_falling_score(const void *a, const void *b)
{
    float x = ((const entry *)a)->score, y = ((const entry *)b)->score;

    return (x < y) - (x > y);
}

static void draw(canvas *c, const contact_sheet *o)
{
    static const uint8_t white[3] = { 255, 255, 255 }, ink[3] = { 40, 40, 48 }, faint[3] = { 110, 110, 120 };
    float                top = o->entries[0].score, low = o->entries[o->count - 1].score;

    fill(c, 0, 0, c->width, c->height, white);
    for (size_t i = 0; i < o->count; i++) {
        const entry *e         = &o->entries[i];
        float        t         = top > low ? (e->score - low) / (top - low) : 0.5f;
        uint8_t      colour[3] = { (uint8_t)(70 + 150 * t), (uint8_t)(170 - 110 * t), 70 };
        int          x         = GAP + (int)(i % COLUMNS) * (THUMB + 2 * FRAME + GAP),
            y                  = GAP + (int)(i / COLUMNS) * (THUMB + 2 * FRAME + CAPTION + GAP);
        char number[16];

        fill(c, x, y, THUMB + 2 * FRAME, THUMB + 2 * FRAME, colour);
        for (int row = 0; row < THUMB; row++)
            memcpy(c->rgb + 3 * ((size_t)(y + FRAME + row) * (size_t)c->width + (size_t)(x + FRAME)),
                   e->rgb + (size_t)row * THUMB * 3, THUMB * 3);
        (void)snprintf(number, sizeof number, "%.3f", (double)e->score);
        write_text(c, x, y + THUMB + 2 * FRAME + 3, number, 2, ink);
        write_text(c, x, y + THUMB + 2 * FRAME + 19, e->label, 1, faint);
    }
}

rwda_status contact_sheet_png(uint8_t **png, size_t *len, contact_sheet *o, rwda_error *err)
{
    int    rows = (int)((o->count + COLUMNS - 1) / COLUMNS), columns = o->count < COLUMNS ? (int)o->count : COLUMNS;
    canvas c = { NULL, GAP + columns * (THUMB + 2 * FRAME + GAP), GAP + rows * (THUMB + 2 * FRAME + CAPTION + GAP) };

    *png = NULL;
    if (o->count == 0)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "no image was scored, so there is nothing to show");
    c.rgb = malloc((size_t)c.width * (size_t)c.height * 3);
    if (c.rgb != NULL) {
        qsort(o->entries, o->count, sizeof *o->entries, by_falling_score);
        draw(&c, o);
        *png = png_write(len, c.rgb, c.width, c.height, PNG_SRGB8);
    }
    free(c.rgb);
    return *png != NULL ? RWDA_OK
                        : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %d x %d pixels", c.width, c.height);
}
