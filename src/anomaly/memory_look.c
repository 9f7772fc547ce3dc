#include "anomaly/memory_look.h"

#include "clip/layer_tokens.h"
#include "clip/towers.h"
#include "image/preprocess.h"

#include <string.h>

/* Part (row, column) of n x n that tile the image: no pixel is left out. */
static rw_box tile_of(const rwda_image *image, int n, int row, int column)
{
    int left = (int)((int64_t)column * image->width / n), right = (int)((int64_t)(column + 1) * image->width / n);
    int top = (int)((int64_t)row * image->height / n), bottom = (int)((int64_t)(row + 1) * image->height / n);

    return (rw_box){ left, top, right > left ? right - left : 1, bottom > top ? bottom - top : 1 };
}

/* Tokens of one tile [side*side, d] into their rows of the whole grid [n*side, n*side, d]. */
static void place(float *whole, const float *tile, size_t side, size_t n, size_t number, size_t d)
{
    size_t row = number / n * side, column = number % n * side;

    for (size_t y = 0; y < side; y++)
        memcpy(whole + ((row + y) * n * side + column) * d, tile + y * side * d, side * d * sizeof *whole);
}

/* Whether the embedding of the one pass is the one of the image's first crop as words see it. */
static bool sees_the_same(const rwda_memory_options *o, const rw_clip *view, const rw_clip *clip, const rwda_image *image)
{
    return o->words && o->tiles == 1 && o->crops == RWDA_CROPS_ONE && view->config.image_size == clip->config.image_size &&
           (o->resize == RWDA_RESIZE_SQUASH || image->width == image->height);
}

rwda_status rw_memory_look_at(rw_memory_look *out, const rwda_memory_options *o, const rw_clip *view,
                              const rw_encoder *encoder, const rwda_image *image, rwda_error *err)
{
    rw_arena   *arena = encoder->arena;
    size_t      side = rw_vision_grid(view), d = (size_t)view->config.vision.width, n = (size_t)o->tiles, tiles = n * n;
    size_t      cells = side * side, crop = 3 * (size_t)o->image_size * (size_t)o->image_size, layers = rw_memory_layers(o);
    rw_encoder  seen  = *encoder;
    size_t      together, some;
    float      *pixels, *scratch, *of_tiles[RWDA_MEMORY_LAYERS_MAX];
    rw_arena_mark        mark;
    rw_preprocess_config look   = { o->image_size, view->config.mean, view->config.std, view->kernels };
    rwda_status          status = RWDA_OK;

    *out = (rw_memory_look){ .cells = cells * tiles };
    if (image->width < 1 || image->height < 1 || image->stride < 3 * (size_t)image->width)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "image of %d x %d pixels with rows of %zu bytes", image->width,
                       image->height, image->stride);
    seen.clip = view;
    together  = rw_encoder_crops(&seen) < tiles ? rw_encoder_crops(&seen) : tiles;
    if (sees_the_same(o, view, encoder->clip, image))
        out->embedding = rw_arena_array(arena, (size_t)view->config.embed_dim, sizeof *out->embedding);
    for (size_t i = 0; i < layers; i++)
        out->tokens[i] = rw_arena_array(arena, cells * tiles, d * sizeof *out->tokens[i]);
    mark    = rw_arena_save(arena);
    pixels  = rw_arena_array(arena, together, crop * sizeof *pixels);
    scratch = rw_arena_array(arena, cells, d * sizeof *scratch);
    for (size_t i = 0; i < layers; i++) {
        of_tiles[i] = rw_arena_array(arena, together * cells, d * sizeof *of_tiles[i]);
        if (out->tokens[i] == NULL || of_tiles[i] == NULL || pixels == NULL || scratch == NULL) {
            status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "tokens of %zu patches of width %zu", cells * tiles, d);
            goto done;
        }
    }
    for (size_t first = 0; first < tiles; first += some) {
        some = tiles - first < together ? tiles - first : together;
        for (size_t i = 0; i < some; i++)
            RW_TRY(rw_preprocess_box(pixels + i * crop, &look, image,
                                     tile_of(image, o->tiles, (int)((first + i) / n), (int)((first + i) % n)), true, err));
        RW_TRY(rw_layer_tokens(of_tiles, out->embedding, view, pixels, some, o->layers, layers, arena, encoder->pool, err));
        for (size_t l = 0; l < layers; l++)
            for (size_t i = 0; i < some; i++) {
                float *tile = of_tiles[l] + i * cells * d;

                if (!rw_tokens_average_unit(tile, scratch, side, d, o->neighbourhood, view->kernels)) {
                    status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.200s: a token after block %d is not finite",
                                     view->weights_path, o->layers[l]);
                    goto done;
                }
                place(out->tokens[l], tile, side, n, first + i, d);
            }
    }
done:
    rw_arena_rewind(arena, mark);
    return status;
}

void rw_image_quarter_turn(uint8_t *pixels, const rwda_image *image)
{
    size_t width = (size_t)image->width, height = (size_t)image->height;

    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++)
            memcpy(pixels + 3 * (x * height + (height - 1 - y)), image->pixels + y * image->stride + 3 * x, 3);
}
