#include "diagnostics/golden.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

extern const unsigned char golden_towers[]; /* made by cmake/embed.cmake */
extern const size_t        golden_towers_size;

/* A line of numbers; as many as in the first one. */
static bool read_row(golden *g, size_t row, const char *line)
{
    size_t n = 0;
    char  *end;

    for (double value = strtod(line, &end); end != line; value = strtod(line, &end), n++) {
        if (row > 0 && n == g->dim)
            return false;
        g->values[row * g->dim + n] = value;
        line                        = end;
    }
    if (row == 0)
        g->dim = n;
    return n > 0 && n == g->dim;
}

bool golden_read(golden *out)
{
    char  *rest, *line, *values;
    size_t row = 0;

    *out        = (golden){ NULL, "", { NULL }, 0, NULL, 0 };
    out->text   = malloc(golden_towers_size + 1);
    out->values = calloc(golden_towers_size, sizeof *out->values); /* a number takes more than one byte of text */
    if (out->text == NULL || out->values == NULL) {
        golden_free(out);
        return false;
    }
    memcpy(out->text, golden_towers, golden_towers_size);
    out->text[golden_towers_size] = '\0';
    for (line = strtok_r(out->text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        if (strncmp(line, "# model ", 8) == 0 && strlen(line + 8) == 64)
            memcpy(out->model, line + 8, sizeof out->model);
        if (line[0] == '#')
            continue;
        values = strtok_r(NULL, "\n", &rest);
        if (values == NULL || out->n_texts == GOLDEN_TEXTS_MAX || (strcmp(line, "image") == 0) != (row < GOLDEN_IMAGES) ||
            !read_row(out, row, values))
            break;
        if (row++ >= GOLDEN_IMAGES)
            out->texts[out->n_texts++] = line;
    }
    if (line == NULL && out->n_texts > 0 && out->model[0] != '\0')
        return true;
    golden_free(out);
    return false;
}

void golden_free(golden *g)
{
    free(g->text);
    free(g->values);
    *g = (golden){ NULL, "", { NULL }, 0, NULL, 0 };
}

unsigned char *golden_images(size_t side)
{
    size_t         bytes  = side * side * 3;
    unsigned char *pixels = malloc(GOLDEN_IMAGES * bytes);

    if (pixels == NULL)
        return NULL;
    for (size_t i = 0; i < GOLDEN_IMAGES * bytes; i++) /* a multiplicative hash of the byte's index */
        pixels[i] = (unsigned char)((uint32_t)(i * 2654435761u) >> 24);
    for (size_t y = 0; y < side; y++) /* the second image is mostly even */
        for (size_t x = side / 3; x < side; x++)
            memcpy(pixels + bytes + (y * side + x) * 3, pixels + bytes, 3);
    return pixels;
}
