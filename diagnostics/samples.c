#include "diagnostics/samples.h"

#include "base/file.h"
#include "common/image_writer.h"
#include "common/paths.h"
#include "common/text_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXTS_DRAWN 256

/* Numbers that need no quality. */
static uint32_t next(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

/* Smooth colours, discs with hard edges, sensor noise: neither flat nor pure noise, as photographs are. */
static uint8_t *draw(int side)
{
    uint8_t *rgb   = malloc((size_t)side * (size_t)side * 3);
    uint32_t state = 7;
    int      discs[24][3];

    for (int i = 0; i < 24; i++)
        for (int k = 0; k < 3; k++)
            discs[i][k] = (int)(next(&state) % (uint32_t)(k < 2 ? side : side / 8));
    for (int y = 0; y < side && rgb != NULL; y++)
        for (int x = 0; x < side; x++)
            for (int c = 0; c < 3; c++) {
                double value = 120 + 70 * sin((5.0 + c) * x / side + 3.0 * y / side) + (double)(next(&state) % 24) - 12;

                for (int i = c; i < 24; i += 3)
                    if ((x - discs[i][0]) * (x - discs[i][0]) + (y - discs[i][1]) * (y - discs[i][1]) <
                        discs[i][2] * discs[i][2])
                        value += 60;
                rgb[((size_t)y * (size_t)side + (size_t)x) * 3 + (size_t)c] = (uint8_t)(value < 0     ? 0
                                                                                        : value > 255 ? 255
                                                                                                      : value);
            }
    return rgb;
}

static rwda_status draw_image(sample_image *p, int side, bool jpeg, rwda_error *err)
{
    uint8_t *rgb = draw(side);

    if (rgb != NULL)
        p->bytes = jpeg ? jpeg_write(&p->len, rgb, 3 * (size_t)side, side, side, 90, false)
                        : png_write(&p->len, rgb, side, side, PNG_RGB8);
    free(rgb);
    (void)snprintf(p->name, sizeof p->name, "%s %dx%d", jpeg ? "JPEG" : "PNG", side, side);
    return p->bytes != NULL ? RWDA_OK : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%s: no memory", p->name);
}

static rwda_status read_image(sample_image *p, const char *path, rwda_error *err)
{
    const rwda_image_options limits = RWDA_IMAGE_OPTIONS_INIT;

    (void)snprintf(p->name, sizeof p->name, "%.31s", rw_path_base(path));
    return rw_file_read(&p->bytes, &p->len, path, (size_t)limits.max_bytes, err);
}

static char *draw_text(size_t i, uint32_t *state)
{
    char   text[128];
    size_t words = 1 + next(state) % 5, at;

    at = (size_t)snprintf(text, sizeof text, "a photo of a %s", i % 2 ? "anomalous" : "normal");
    for (size_t w = 0; w < words; w++) {
        text[at++] = ' ';
        for (size_t letters = 5 + next(state) % 6; letters > 0; letters--)
            text[at++] = (char)('a' + next(state) % 26);
    }
    text[at] = '\0';
    return strdup(text);
}

static rwda_status read_texts(samples *s, const char *path, size_t most, rwda_error *err)
{
    rwda_status status = rw_text_file_lines(&s->texts, &s->n_texts, path, err);

    while (s->n_texts > most)
        free(s->texts[--s->n_texts]);
    return status != RWDA_OK || s->n_texts > 0 ? status
                                               : rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%s: holds no line", path);
}

rwda_status samples_new(samples *out, char *const *paths, size_t n, const char *file, size_t most, rwda_error *err)
{
    uint32_t state = 1;
    size_t   limit = most > 0 ? most : file != NULL ? SIZE_MAX : TEXTS_DRAWN, n_images = n > 0 ? n : 2;

    *out        = (samples){ 0 };
    out->images = calloc(n_images, sizeof *out->images);
    if (out->images == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %zu images", n_images);
    while (out->n_images < n_images) {
        size_t        i      = out->n_images++;
        sample_image *p      = &out->images[i];
        rwda_status   status = n > 0 ? read_image(p, paths[i], err) : draw_image(p, i == 0 ? 900 : 1024, i == 1, err);

        if (status != RWDA_OK)
            return status;
        status = rwda_image_decode(&p->image, p->bytes, p->len, NULL, err);
        if (status != RWDA_OK)
            return rw_fail_prefix(err, status, p->name);
    }
    if (file != NULL)
        return read_texts(out, file, limit, err);
    out->texts = calloc(limit, sizeof *out->texts);
    while (out->texts != NULL && out->n_texts < limit &&
           (out->texts[out->n_texts] = draw_text(out->n_texts, &state)) != NULL)
        out->n_texts++;
    return out->n_texts == limit ? RWDA_OK : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %zu texts", limit);
}

void samples_free(samples *s)
{
    for (size_t i = 0; i < s->n_images; i++) {
        free(s->images[i].bytes);
        rwda_image_free(s->images[i].image);
    }
    for (size_t i = 0; i < s->n_texts; i++)
        free(s->texts[i]);
    free(s->images);
    free(s->texts);
}
