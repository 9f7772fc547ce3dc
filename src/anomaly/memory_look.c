#include "anomaly/memory_look.h"

#include "anomaly/look.h"
#include "clip/layer_tokens.h"
#include "clip/towers.h"

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

static size_t crops_together(const rw_clip *view, const rw_encoder *encoder)
{
    rw_encoder seen = *encoder;

    seen.clip = view;
    return rw_encoder_crops(&seen);
}

size_t rw_memory_images_together(const rwda_memory_options *o, const rw_clip *view, const rw_encoder *encoder)
{
    size_t images = crops_together(view, encoder) / ((size_t)o->tiles * (size_t)o->tiles);

    return images > 0 ? images : 1;
}

/* What one call of rw_memory_look_at() works with. */
typedef struct {
    const rwda_memory_options *options;
    const rw_clip             *view;
    const rw_encoder          *encoder;
    const rwda_image *const   *images;
    rw_memory_look            *looks;
    size_t                     tiles;                            /* of an image */
    float                     *pixels, *scratch, *classes;       /* of the crops of a pass; classes NULL: not wanted */
    float                     *of_tiles[RWDA_MEMORY_LAYERS_MAX]; /* [crops of a pass, cells of a tile, width] */
} looking;

/* Crops first .. first + count - 1, counted through all images, in one pass. */
static rwda_status look_at_crops(const looking *k, size_t first, size_t count, rwda_error *err)
{
    const rwda_memory_options *o      = k->options;
    const rw_clip_config      *config = &k->view->config;
    rw_preprocess_config       look   = rw_look_of(k->view, o->image_size);
    size_t                     side = rw_vision_grid(k->view), d = (size_t)config->vision.width, n = (size_t)o->tiles;
    size_t                     cells = side * side, crop = 3 * (size_t)o->image_size * (size_t)o->image_size;
    size_t                     layers = rw_memory_layers(o), dim = (size_t)config->embed_dim;
    rwda_status                status;

    for (size_t i = 0; i < count; i++) {
        const rwda_image *image = k->images[(first + i) / k->tiles];
        size_t            tile  = (first + i) % k->tiles;

        RW_TRY(rw_preprocess_box(k->pixels + i * crop, &look, image,
                                 tile_of(image, o->tiles, (int)(tile / n), (int)(tile % n)), true, err));
    }
    RW_TRY(rw_layer_tokens(k->of_tiles, k->classes, k->view, k->pixels, count, o->layers, layers, k->encoder->arena,
                           k->encoder->pool, err));
    for (size_t i = 0; i < count; i++) {
        rw_memory_look *to = &k->looks[(first + i) / k->tiles];

        for (size_t l = 0; l < layers; l++) {
            float *tile = k->of_tiles[l] + i * cells * d;

            if (!rw_tokens_average_unit(tile, k->scratch, side, d, o->neighbourhood, k->view->kernels)) {
                status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.200s: a token after block %d is not finite",
                                 k->view->weights_path, o->layers[l]);
                goto done;
            }
            place(to->tokens[l], tile, side, n, (first + i) % k->tiles, d);
        }
        if (to->embedding != NULL)
            memcpy(to->embedding, k->classes + i * dim, dim * sizeof *k->classes);
    }
done:
    return status;
}

/* Room for what image i gives; false: no memory. */
static bool reserve_look(rw_memory_look *out, const looking *k, size_t i)
{
    size_t side = rw_vision_grid(k->view), cells = side * side * k->tiles;
    bool   fine = true;

    *out = (rw_memory_look){ .cells = cells };
    for (size_t l = 0; l < rw_memory_layers(k->options); l++) {
        out->tokens[l] =
            rw_arena_array(k->encoder->arena, cells, (size_t)k->view->config.vision.width * sizeof **out->tokens);
        fine = fine && out->tokens[l] != NULL;
    }
    if (!sees_the_same(k->options, k->view, k->encoder->clip, k->images[i]))
        return fine;
    out->embedding = rw_arena_array(k->encoder->arena, (size_t)k->view->config.embed_dim, sizeof *out->embedding);
    return fine && out->embedding != NULL;
}

rwda_status rw_memory_look_at(rw_memory_look *out, const rwda_memory_options *o, const rw_clip *view,
                              const rw_encoder *encoder, const rwda_image *const *images, size_t n, rwda_error *err)
{
    size_t        tiles = (size_t)o->tiles * (size_t)o->tiles, side = rw_vision_grid(view), cells = side * side;
    size_t        together = crops_together(view, encoder), crop = 3 * (size_t)o->image_size, some;
    looking       k     = { o, view, encoder, images, out, tiles, NULL, NULL, NULL, { NULL } };
    rw_arena     *arena = encoder->arena;
    bool          fine = true, wanted = false;
    rw_arena_mark mark;
    rwda_status   status = RWDA_OK;

    together = together < n * tiles ? together : n * tiles;
    for (size_t i = 0; i < n; i++) {
        if (images[i]->width < 1 || images[i]->height < 1 || images[i]->stride < 3 * (size_t)images[i]->width)
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "image of %d x %d pixels with rows of %zu bytes",
                           images[i]->width, images[i]->height, images[i]->stride);
        fine = reserve_look(&out[i], &k, i) && fine;
    }
    mark      = rw_arena_save(arena);
    k.pixels  = rw_arena_array(arena, together, crop * (size_t)o->image_size * sizeof *k.pixels);
    k.scratch = rw_arena_array(arena, cells, (size_t)view->config.vision.width * sizeof *k.scratch);
    for (size_t i = 0; i < n; i++)
        wanted = wanted || out[i].embedding != NULL;
    if (wanted) {
        k.classes = rw_arena_array(arena, together, (size_t)view->config.embed_dim * sizeof *k.classes);
        fine      = fine && k.classes != NULL;
    }
    for (size_t l = 0; l < rw_memory_layers(o); l++) {
        k.of_tiles[l] = rw_arena_array(arena, together * cells, (size_t)view->config.vision.width * sizeof *k.of_tiles[l]);
        fine          = fine && k.of_tiles[l] != NULL;
    }
    if (!fine || k.pixels == NULL || k.scratch == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "tokens of %zu patches", n * tiles * cells);
        goto done;
    }
    for (size_t first = 0; first < n * tiles; first += some) {
        some = n * tiles - first < together ? n * tiles - first : together;
        RW_TRY(look_at_crops(&k, first, some, err));
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
