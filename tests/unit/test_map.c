/* test_map.c - is a map the same however it is computed, and is it what its parts say? */
#include "rwda.h"

#include "tests/unit/tiny_clip.h"

#include <math.h>
#include <stdbool.h>

#define W 50
#define H 31

static char        folder[] = "/tmp/rwda-test-map-XXXXXX";
static rwda_model *tiny, *demo;
static uint8_t     pixels[W * H * 3];
static rwda_image  whole = { W, H, 3 * W, pixels };

static int set_up(void **state)
{
    tiny_clip  t;
    rwda_error err;

    (void)state;
    for (int i = 0; i < W * H * 3; i++)
        pixels[i] = (uint8_t)((unsigned)i * 2654435761u >> 24);
    for (int y = 5; y < 15; y++)
        memset(pixels + 3 * (y * W + 10), 240, 60);
    if (mkdtemp(folder) == NULL)
        return 1;
    tiny_make(&t);
    tiny_write(&t, folder, "open_clip_model.safetensors", "open_clip_config.json", TINY_CONFIG);
    tiny_free(&t);
    return rwda_model_open(&tiny, folder, NULL, &err) != RWDA_OK ||
           rwda_model_open(&demo, RWDA_TEST_DIR "/model", NULL, &err) != RWDA_OK;
}

static int tear_down(void **state)
{
    char path[RW_PATH_MAX];

    (void)state;
    rwda_model_free(tiny);
    rwda_model_free(demo);
    for (int i = 0; i < 2; i++)
        if (rw_path_join(path, sizeof path, folder, i == 0 ? "open_clip_model.safetensors" : "open_clip_config.json"))
            unlink(path);
    return rmdir(folder);
}

/* A session and a scorer without a detector. */
typedef struct {
    rwda_session *session;
    rwda_scorer  *scorer;
} pair;

static pair pair_new(rwda_model *model, int threads, int batch)
{
    rwda_session_options options = RWDA_SESSION_OPTIONS_INIT;
    rwda_scorer_options  scoring = RWDA_SCORER_OPTIONS_INIT;
    rwda_error           err     = { 0 };
    pair                 p       = { NULL, NULL };

    options.threads     = threads;
    options.batch       = batch;
    scoring.method      = RWDA_METHOD_WINCLIP;
    scoring.temperature = 0.07f;
    assert_ok(rwda_session_new(&p.session, model, &options, &err), err);
    assert_ok(rwda_scorer_new(&p.scorer, p.session, NULL, &scoring, &err), err);
    return p;
}

static void pair_free(pair *p)
{
    rwda_scorer_free(p->scorer);
    rwda_session_free(p->session);
}

static void map_of(float *map, const pair *p, const rwda_image *image, rwda_map_options options)
{
    rwda_error err = { 0 };

    for (int i = 0; i < image->width * image->height; i++)
        map[i] = NAN; /* every pixel must be written */
    assert_ok(rwda_map_compute(map, p->session, p->scorer, image, &options, &err), err);
    for (int i = 0; i < image->width * image->height; i++)
        assert_true(map[i] >= 0.0f && map[i] <= 1.0f);
}

static void every_mode_gives_the_same_bytes_on_any_threads(void **state)
{
    static float first[W * H], map[W * H];

    (void)state;
    for (int mode = RWDA_MAP_WINDOWS; mode <= RWDA_MAP_CROPS; mode++)
        for (int tile = 0; tile <= 20; tile += 20)
            for (int threads = 1; threads <= 3; threads++) {
                rwda_map_options options = RWDA_MAP_OPTIONS_INIT;
                pair             p       = pair_new(tiny, threads, threads == 2 ? 3 : 16);

                options.mode   = (rwda_map_mode)mode;
                options.tile   = tile;
                options.smooth = tile > 0 ? 1.5f : 0.0f;
                map_of(threads == 1 ? first : map, &p, &whole, options);
                if (threads > 1)
                    assert_memory_equal(first, map, sizeof map);
                pair_free(&p);
            }
}

static void maps_differ_from_place_to_place(void **state)
{
    static float map[W * H];
    pair         p = pair_new(demo, 2, 16);

    (void)state;
    for (int mode = RWDA_MAP_WINDOWS; mode <= RWDA_MAP_CROPS; mode++) {
        rwda_map_options options = RWDA_MAP_OPTIONS_INIT;
        float            low = 1.0f, high = 0.0f;

        options.mode = (rwda_map_mode)mode;
        map_of(map, &p, &whole, options);
        for (int i = 0; i < W * H; i++) {
            low  = map[i] < low ? map[i] : low;
            high = map[i] > high ? map[i] : high;
        }
        assert_true(high > low);
    }
    pair_free(&p);
}

/* One crop that is the whole image: everywhere the score of the squashed image. */
static void one_crop_is_the_images_score(void **state)
{
    static float        map[W * H];
    pair                p       = pair_new(demo, 1, 16);
    rwda_map_options    options = RWDA_MAP_OPTIONS_INIT;
    rwda_scorer_options scoring = RWDA_SCORER_OPTIONS_INIT;
    rwda_scorer        *clip    = NULL;
    const rwda_image   *one     = &whole;
    rwda_error          err     = { 0 };
    rwda_score          score;

    (void)state;
    scoring.method       = RWDA_METHOD_CLIP; /* with the ensemble: what WINCLIP is for an image */
    scoring.temperature  = 0.07f;
    scoring.resize       = RWDA_RESIZE_SQUASH;
    options.mode         = RWDA_MAP_CROPS;
    options.crops_across = 1;
    options.crops_share  = 1.0f;
    assert_ok(rwda_scorer_new(&clip, p.session, NULL, &scoring, &err), err);
    assert_ok(rwda_scorer_score_images(&score, p.session, clip, &one, 1, &err), err);
    map_of(map, &p, &whole, options);
    for (int i = 0; i < W * H; i++)
        assert_true(map[i] == score.score);
    rwda_scorer_free(clip);
    pair_free(&p);
}

/* Squares of an image put side by side: where one square alone covers, its map stands as if it were the image. */
static void squares_are_maps_of_their_own(void **state)
{
    static float     map[W * H], alone[H * H];
    pair             p       = pair_new(demo, 2, 16);
    rwda_map_options options = RWDA_MAP_OPTIONS_INIT;
    rwda_image       left    = { H, H, 3 * W, pixels };

    (void)state;
    options.mode = RWDA_MAP_PATCHES;
    map_of(alone, &p, &left, options);
    options.tile = 1000; /* squares of the shorter side, H: at 0 and at W - H = 19 */
    map_of(map, &p, &whole, options);
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W - H; x++)
            assert_true(map[y * W + x] == alone[y * H + x]);
    pair_free(&p);
}

static void thin_images_have_maps(void **state)
{
    static const int sizes[][2] = { { 1, 1 }, { 1, 40 }, { 40, 1 }, { 3, 2 }, { 2, 30 } };
    static float     map[60];
    pair             p = pair_new(tiny, 1, 16);

    (void)state;
    for (size_t s = 0; s < RW_COUNTOF(sizes); s++)
        for (int mode = RWDA_MAP_WINDOWS; mode <= RWDA_MAP_CROPS; mode++)
            for (int tile = 0; tile <= 16; tile += 16) {
                rwda_map_options options = RWDA_MAP_OPTIONS_INIT;
                guarded          bytes   = guarded_copy(pixels, (size_t)(3 * sizes[s][0] * sizes[s][1]));
                rwda_image       thin    = { sizes[s][0], sizes[s][1], 3 * (size_t)sizes[s][0], bytes.bytes };

                options.mode   = (rwda_map_mode)mode;
                options.tile   = tile;
                options.smooth = 2.0f;
                map_of(map, &p, &thin, options);
                guarded_free(&bytes);
            }
    pair_free(&p);
}

static void options_out_of_range_are_named(void **state)
{
    static float map[W * H];
    pair         p     = pair_new(tiny, 1, 16);
    rwda_image   empty = { 0, H, 0, pixels }, wide = { 60000, 3, 180000, pixels };
    rwda_error   err = { 0 };

    (void)state;
#define REFUSED(field, value, code, words)                                                                                  \
    do {                                                                                                                    \
        rwda_map_options options = RWDA_MAP_OPTIONS_INIT;                                                                   \
        options.field            = value;                                                                                   \
        assert_refused(#field, rwda_map_compute(map, p.session, p.scorer, &whole, &options, &err), code, &err, words);      \
    } while (0)
    REFUSED(mode, (rwda_map_mode)4, RWDA_EINVAL, "mode 4");
    REFUSED(mode, RWDA_MAP_MEMORY, RWDA_EINVAL, "mode memory, but the scorer has no memory");
    REFUSED(tile, 15, RWDA_EINVAL, "15 pixels");
    REFUSED(tile, -1, RWDA_EINVAL, "-1 pixels");
    REFUSED(value_blocks, 3, RWDA_EINVAL, "3 is not in -1..2");
    REFUSED(crops_across, 0, RWDA_EINVAL, "crops_across 0");
    REFUSED(crops_across, 33, RWDA_EINVAL, "crops_across 33");
    REFUSED(crops_share, 0.1f, RWDA_EINVAL, "gaps");
    REFUSED(crops_share, NAN, RWDA_EINVAL, "crops_share");
    REFUSED(smooth, -1.0f, RWDA_EINVAL, "smooth -1");
    REFUSED(smooth, NAN, RWDA_EINVAL, "smooth");
#undef REFUSED
    assert_refused("empty", rwda_map_compute(map, p.session, p.scorer, &empty, NULL, &err), RWDA_EINVAL, &err, "0 x 31");
    {
        rwda_map_options options = RWDA_MAP_OPTIONS_INIT;

        options.tile = 16;
        assert_refused("too many squares", rwda_map_compute(map, p.session, p.scorer, &wide, &options, &err), RWDA_ELIMIT,
                       &err, "at most 4096");
    }
    pair_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mode_gives_the_same_bytes_on_any_threads),
        cmocka_unit_test(maps_differ_from_place_to_place),
        cmocka_unit_test(one_crop_is_the_images_score),
        cmocka_unit_test(squares_are_maps_of_their_own),
        cmocka_unit_test(thin_images_have_maps),
        cmocka_unit_test(options_out_of_range_are_named),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
