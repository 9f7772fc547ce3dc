/* test_kinds.c - are words ranked as a plain computation ranks them, is the right square looked at, and are odd lists refused? */
#include "rwda_kinds.h"

#include "api/session.h"
#include "clip/patch_tower.h"
#include "clip/towers.h"
#include "tests/unit/tiny_clip.h"

#include <math.h>

#define W 120
#define H 90

static char          folder[] = "/tmp/rwda-test-kinds-XXXXXX";
static rwda_model   *demo, *tiny;
static rwda_session *session, *small; /* of demo and tiny */
static uint8_t       pixels[W * H * 3];
static rwda_image    image = { W, H, 3 * W, pixels };

static const char *const words[] = { "scratch", "oil_stain", "extra part", "crack" };
#define N   RW_COUNTOF(words)
#define DIM 128 /* of an embedding of demo */

static int set_up(void **state)
{
    rwda_session_options one = RWDA_SESSION_OPTIONS_INIT;
    tiny_clip            t;
    rwda_error           err;

    (void)state;
    for (int i = 0; i < W * H * 3; i++)
        pixels[i] = (uint8_t)((unsigned)i * 2654435761u >> 25);
    for (int y = 50; y < 60; y++)
        memset(pixels + 3 * (y * W + 70), 240, 90);
    if (mkdtemp(folder) == NULL)
        return 1;
    tiny_make(&t);
    tiny_write(&t, folder, "open_clip_model.safetensors", "open_clip_config.json", TINY_CONFIG);
    tiny_free(&t);
    one.threads = 1;
    return rwda_model_open(&demo, RWDA_TEST_DIR "/model", NULL, &err) != RWDA_OK ||
           rwda_model_open(&tiny, folder, NULL, &err) != RWDA_OK ||
           rwda_session_new(&session, demo, NULL, &err) != RWDA_OK || rwda_session_new(&small, tiny, &one, &err) != RWDA_OK;
}

static int tear_down(void **state)
{
    char path[RW_PATH_MAX];

    (void)state;
    rwda_session_free(session);
    rwda_session_free(small);
    rwda_model_free(demo);
    rwda_model_free(tiny);
    for (int i = 0; i < 2; i++)
        if (rw_path_join(path, sizeof path, folder, i == 0 ? "open_clip_model.safetensors" : "open_clip_config.json"))
            unlink(path);
    return rmdir(folder);
}

static float map[W * H];

static rwda_kinds *kinds_of(const char *const *names, size_t n, const rwda_kinds_options *options)
{
    rwda_kinds *kinds = NULL;
    rwda_error  err   = { 0 };

    assert_ok(rwda_kinds_new(&kinds, session, names, n, options, &err), err);
    return kinds;
}

/* ---- The ranking ------------------------------------------------------------------------------------------------------ */

/* y [D]: the embedding of a part of the image, by the public calls. */
static void embed_part(float *y, const rwda_region *box)
{
    rwda_image        part = { box->width, box->height, image.stride, pixels + 3 * ((size_t)box->y * W + (size_t)box->x) };
    const rwda_image *one  = &part;
    rwda_error        err  = { 0 };

    assert_ok(rwda_session_embed_images(y, session, &one, 1, RWDA_RESIZE_SQUASH, RWDA_CROPS_ONE, &err), err);
}

/* Shares of texts [n * each] over an embedding: means and softmax in double. */
static void plainly(double *shares, const char *const *texts, size_t n, size_t each, const float *y)
{
    const rwda_model_info *info = rwda_model_get_info(demo);
    size_t                 dim  = (size_t)info->embed_dim;
    float                 *x    = rw_new_array(n * each, dim * sizeof *x);
    double                 sum = 0, length = 0;
    rwda_error             err = { 0 };

    assert_ok(rwda_session_embed_texts(x, session, texts, NULL, n * each, &err), err);
    for (size_t j = 0; j < dim; j++)
        length += (double)y[j] * (double)y[j];
    for (size_t k = 0; k < n; k++) {
        double dot = 0, square = 0;

        for (size_t j = 0; j < dim; j++) {
            double mean = 0;

            for (size_t i = 0; i < each; i++)
                mean += (double)x[(k * each + i) * dim + j];
            dot += mean * (double)y[j];
            square += mean * mean;
        }
        shares[k] = exp((double)info->logit_scale * dot / sqrt(square * length));
        sum += shares[k];
    }
    for (size_t k = 0; k < n; k++)
        shares[k] /= sum;
    free(x);
}

static void check_ranking(const rwda_kind *ranked, const double *shares, size_t n, const char *const *names)
{
    double sum                  = 0;
    bool   seen[RWDA_KINDS_MAX] = { false };

    for (size_t i = 0; i < n; i++) {
        assert_true(ranked[i].index < n && !seen[ranked[i].index]);
        seen[ranked[i].index] = true;
        assert_string_equal(ranked[i].name, names[ranked[i].index]);
        assert_true(fabs((double)ranked[i].score - shares[ranked[i].index]) < 1e-5);
        assert_true(i == 0 || ranked[i].score <= ranked[i - 1].score);
        sum += (double)ranked[i].score;
    }
    assert_true(fabs(sum - 1) < 1e-6);
}

static bool same_ranking(const rwda_kind *a, const rwda_kind *b)
{
    for (size_t i = 0; i < N; i++)
        if (a[i].index != b[i].index || a[i].score < b[i].score || a[i].score > b[i].score)
            return false;
    return true;
}

static void ranks_are_those_of_a_plain_computation(void **state)
{
    static const char *const texts[] = { "a photo of a metal nut with a scratch", "a photo of a metal nut with an oil stain",
                                         "a photo of a metal nut with an extra part",
                                         "a photo of a metal nut with a crack" };
    static const rwda_region boxes[] = { { .width = W, .height = H },
                                         { .x = 60, .y = 30, .width = 60, .height = 60 },
                                         { .x = 119, .y = 89, .width = 1, .height = 1 } };
    rwda_kinds_options       options = RWDA_KINDS_OPTIONS_INIT;
    rwda_kinds              *kinds;
    rwda_kind                ranked[N], whole[N];
    double                   shares[N];
    float                    y[DIM];
    rwda_error               err = { 0 };

    (void)state;
    options.object = "metal_nut";
    kinds          = kinds_of(words, N, &options);
    assert_int_equal(rwda_kinds_count(kinds), N);
    assert_string_equal(rwda_kinds_name(kinds, 1), "oil_stain");
    assert_null(rwda_kinds_name(kinds, N));
    for (size_t b = 0; b < RW_COUNTOF(boxes); b++) {
        assert_ok(rwda_kinds_rank(ranked, session, kinds, &image, &boxes[b], NULL, NAN, &err), err);
        embed_part(y, &boxes[b]);
        plainly(shares, texts, N, 1, y);
        check_ranking(ranked, shares, N, words);
    }
    assert_ok(rwda_kinds_rank(whole, session, kinds, &image, NULL, NULL, NAN, &err), err);
    assert_ok(rwda_kinds_rank(ranked, session, kinds, &image, &boxes[0], NULL, NAN, &err), err);
    assert_true(same_ranking(whole, ranked));
    rwda_kinds_free(kinds);
}

/* The embedding of the patches that a map points at, from the tower's own: each by its pixels inside the box. */
static void add_patches(float *y, const rwda_region *box, float threshold)
{
    const rw_clip *clip = demo->clip;
    size_t         grid = rw_vision_grid(clip), side = (size_t)clip->config.image_size;
    float         *input = rw_new_array(3 * side, side * sizeof *input), *x = rw_new_array(grid * grid, DIM * sizeof *x);
    float         *tokens   = rw_new_array(grid * grid + 1, (size_t)clip->config.vision.width * sizeof *tokens);
    double         sum[DIM] = { 0 }, square = 0;
    rwda_error     err = { 0 };

    assert_ok(rwda_model_preprocess(input, demo, &image, RWDA_RESIZE_SQUASH, RWDA_CROPS_ONE, &err), err);
    assert_ok(rw_vision_tokens(tokens, clip, input, 1, &session->arena, NULL, &err), err);
    assert_ok(rw_patches_encode(x, NULL, clip, tokens, clip->config.vision.layers / 2, &session->arena, NULL, &err), err);
    for (int v = box->y; v < box->y + box->height; v++)
        for (int u = box->x; u < box->x + box->width; u++)
            if (map[v * W + u] >= threshold) {
                size_t row    = (size_t)(((double)v + 0.5) / H * (double)grid),
                       column = (size_t)(((double)u + 0.5) / W * (double)grid);

                for (size_t j = 0; j < DIM; j++)
                    sum[j] += (double)x[(row * grid + column) * DIM + j];
            }
    for (size_t j = 0; j < DIM; j++)
        square += sum[j] * sum[j];
    for (size_t j = 0; j < DIM; j++)
        y[j] += (float)(sum[j] / sqrt(square));
    free(input);
    free(x);
    free(tokens);
}

static void a_map_brings_its_patches_in(void **state)
{
    static const char *const texts[] = { "a photo of an object with a scratch", "a photo of an object with an oil stain",
                                         "a photo of an object with an extra part", "a photo of an object with a crack" };
    rwda_kinds              *kinds   = kinds_of(words, N, NULL);
    rwda_region              box     = { .x = 50, .y = 20, .width = 64, .height = 64 };
    rwda_kind                ranked[N], alone[N];
    double                   shares[N];
    float                    y[DIM];
    rwda_error               err = { 0 };

    (void)state;
    for (int i = 0; i < W * H; i++)
        map[i] = (float)((unsigned)i * 2654435761u >> 27) / 31.0f;
    assert_ok(rwda_kinds_rank(ranked, session, kinds, &image, &box, map, 0.9f, &err), err);
    embed_part(y, &box);
    add_patches(y, &box, 0.9f);
    plainly(shares, texts, N, 1, y);
    check_ranking(ranked, shares, N, words);
    assert_ok(rwda_kinds_rank(ranked, session, kinds, &image, &box, map, NAN, &err), err);
    embed_part(y, &box);
    add_patches(y, &box, 0.5f); /* half way */
    plainly(shares, texts, N, 1, y);
    check_ranking(ranked, shares, N, words);
    assert_ok(rwda_kinds_rank(alone, session, kinds, &image, &box, NULL, NAN, &err), err);
    assert_false(same_ranking(ranked, alone));
    assert_ok(rwda_kinds_rank(ranked, session, kinds, &image, &box, map, 2.0f, &err), err); /* which nothing reaches */
    for (size_t i = 0; i < N; i++)
        assert_true(ranked[i].index == alone[i].index && fabsf(ranked[i].score - alone[i].score) < 1e-6f);
    rwda_kinds_free(kinds);
}

static void templates_and_names_are_the_callers(void **state)
{
    static const char *const texts[] = { "this a is a scratch of an engine",     "a scratch.",
                                         "this a is an oil_stain of an engine",  "an oil_stain.",
                                         "this a is an extra part of an engine", "an extra part.",
                                         "this a is a crack of an engine",       "a crack." };
    rwda_region              box     = { .x = 3, .y = 4, .width = 50, .height = 20 };
    rwda_kinds_options       options = RWDA_KINDS_OPTIONS_INIT;
    rwda_kinds              *kinds;
    rwda_kind                ranked[N];
    double                   shares[N];
    float                    y[DIM];
    rwda_error               err = { 0 };

    (void)state;
    options.object    = "engine";
    options.names     = RWDA_NAMES_RAW;
    options.templates = "this a is a {kind} of a {object}|a {kind}.";
    kinds             = kinds_of(words, N, &options);
    assert_ok(rwda_kinds_rank(ranked, session, kinds, &image, &box, NULL, NAN, &err), err);
    embed_part(y, &box);
    plainly(shares, texts, N, 2, y);
    check_ranking(ranked, shares, N, words);
    rwda_kinds_free(kinds);
}

static void one_word_has_the_whole_share(void **state)
{
    rwda_kinds *kinds = kinds_of(words, 1, NULL);
    rwda_kind   ranked;
    rwda_error  err = { 0 };

    (void)state;
    assert_ok(rwda_kinds_rank(&ranked, session, kinds, &image, NULL, NULL, NAN, &err), err);
    assert_true(ranked.index == 0 && fabsf(ranked.score - 1.0f) < 1e-9f);
    rwda_kinds_free(kinds);
}

/* Any session of the model, on any number of threads, gives the same bytes; one of another model is refused. */
static void sessions_agree(void **state)
{
    rwda_kinds          *kinds   = kinds_of(words, N, NULL);
    rwda_session_options options = RWDA_SESSION_OPTIONS_INIT;
    rwda_session        *other;
    rwda_kind            here[N], there[N];
    rwda_error           err = { 0 };

    (void)state;
    options.threads = 3;
    options.batch   = 1;
    assert_ok(rwda_session_new(&other, demo, &options, &err), err);
    for (int i = 0; i < W * H; i++)
        map[i] = (float)(i % 100);
    assert_ok(rwda_kinds_rank(here, session, kinds, &image, NULL, map, NAN, &err), err);
    assert_ok(rwda_kinds_rank(there, other, kinds, &image, NULL, map, NAN, &err), err);
    assert_true(same_ranking(here, there));
    assert_int_equal(rwda_kinds_rank(here, small, kinds, &image, NULL, NULL, NAN, &err), RWDA_EMISMATCH);
    rwda_session_free(other);
    rwda_kinds_free(kinds);
}

/* A caller with a later header: fields that this library does not know are 0. */
static void larger_results_are_filled(void **state)
{
    struct {
        rwda_kind kind;
        double    later;
    } ranked[N];
    rwda_kinds *kinds = kinds_of(words, N, NULL);
    rwda_error  err   = { 0 };

    (void)state;
    memset(ranked, 0xff, sizeof ranked);
    assert_ok(rwda_kinds_rank_sized((rwda_kind *)ranked, sizeof ranked[0], session, kinds, &image, NULL, NULL, NAN, &err),
              err);
    for (size_t i = 0; i < N; i++) {
        assert_true(ranked[i].kind.index < N);
        assert_true(fabs(ranked[i].later) < 1e-300);
    }
    assert_int_equal(rwda_kinds_rank_sized((rwda_kind *)ranked, 8, session, kinds, &image, NULL, NULL, NAN, &err),
                     RWDA_EINVAL);
    rwda_kinds_free(kinds);
}

/* ---- The region ------------------------------------------------------------------------------------------------------- */

static void paint(int x, int y, int width, int height, float value)
{
    for (int v = y; v < y + height; v++)
        for (int u = x; u < x + width; u++)
            map[v * W + u] = value;
}

static void assert_square(const rwda_region *r, int x, int y, int side)
{
    if (r->x != x || r->y != y || r->width != side || r->height != side)
        fail_msg("a square of %d x %d at %d, %d; not %d at %d, %d", r->width, r->height, r->x, r->y, side, x, y);
}

/* The input side of demo is 128: squares of 64 pixels and more. */
static void the_square_lies_around_the_largest_region(void **state)
{
    rwda_kinds *kinds = kinds_of(words, N, NULL);
    rwda_region r;
    rwda_error  err = { 0 };

    (void)state;
    paint(0, 0, W, H, 0.1f);
    paint(100, 5, 5, 5, 0.9f);
    paint(40, 40, 10, 8, 0.7f);
    assert_ok(rwda_kinds_region(&r, kinds, map, W, H, NAN, &err), err); /* half way: 0.5 */
    assert_square(&r, 13, 12, 64);
    assert_int_equal(r.area, 80);
    assert_ok(rwda_kinds_region(&r, kinds, map, W, H, 0.8f, &err), err); /* at the border: moved inside */
    assert_square(&r, 56, 0, 64);
    assert_int_equal(r.area, 25);
    paint(20, 20, 50, 10, 0.7f); /* now 1.5 times its side is more */
    assert_ok(rwda_kinds_region(&r, kinds, map, W, H, NAN, &err), err);
    assert_square(&r, 8, 0, 75);
    paint(0, 80, W, 10, 0.7f); /* and no side can be longer than the image's shorter one */
    assert_ok(rwda_kinds_region(&r, kinds, map, W, H, NAN, &err), err);
    assert_square(&r, 15, 0, 90);
    assert_ok(rwda_kinds_region(&r, kinds, map, W, H, 0.95f, &err), err); /* nothing reaches it */
    assert_true(r.x == 0 && r.y == 0 && r.width == W && r.height == H && r.area == 0);
    paint(0, 0, W, H, 0.3f); /* an even map: all of it is the region */
    assert_ok(rwda_kinds_region(&r, kinds, map, W, H, NAN, &err), err);
    assert_square(&r, 15, 0, 90);
    assert_int_equal(r.area, W * H);
    rwda_kinds_free(kinds);
}

static void small_and_odd_images_are_ranked(void **state)
{
    static const int sizes[][2] = { { 1, 1 }, { 1, 200 }, { 200, 1 }, { 3, 2 } };
    rwda_kinds      *kinds      = kinds_of(words, N, NULL);
    rwda_error       err        = { 0 };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(sizes); i++) {
        int         width = sizes[i][0], height = sizes[i][1];
        rwda_image  odd = { width, height, 3 * (size_t)width, pixels };
        rwda_region r;
        rwda_kind   ranked[N];
        float       sum = 0.0f;

        for (int p = 0; p < width * height; p++)
            map[p] = (float)(p % 7) / 7.0f;
        assert_ok(rwda_kinds_region(&r, kinds, map, width, height, NAN, &err), err);
        assert_true(r.x >= 0 && r.y >= 0 && r.width >= 1 && r.width == r.height && r.x + r.width <= width &&
                    r.y + r.height <= height);
        assert_ok(rwda_kinds_rank(ranked, session, kinds, &odd, &r, map, NAN, &err), err);
        for (size_t k = 0; k < N; k++)
            sum += ranked[k].score;
        assert_true(fabsf(sum - 1.0f) < 1e-5f);
    }
    rwda_kinds_free(kinds);
}

/* ---- What is refused --------------------------------------------------------------------------------------------------- */

static void regions_outside_are_refused(void **state)
{
    static const rwda_region outside[] = { { .x = -1, .width = 5, .height = 5 },
                                           { .y = H - 4, .width = 5, .height = 5 },
                                           { .width = 0, .height = 5 },
                                           { .x = 5, .width = W, .height = 5 },
                                           { .x = 2147483647, .width = 2147483647, .height = 1 } };
    rwda_kinds              *kinds     = kinds_of(words, N, NULL);
    rwda_image               none      = { 0, 5, 0, pixels };
    rwda_kind                ranked[N];
    rwda_region              r;
    rwda_error               err = { 0 };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(outside); i++) {
        assert_int_equal(rwda_kinds_rank(ranked, session, kinds, &image, &outside[i], NULL, NAN, &err), RWDA_EINVAL);
        assert_non_null(strstr(err.message, "is not inside the image of 120 x 90"));
    }
    assert_int_equal(rwda_kinds_rank(ranked, session, kinds, &none, NULL, NULL, NAN, &err), RWDA_EINVAL);
    assert_int_equal(rwda_kinds_region(&r, kinds, map, 0, 5, NAN, &err), RWDA_EINVAL);
    rwda_kinds_free(kinds);
}

static void odd_lists_are_refused(void **state)
{
    static char long_name[RWDA_KIND_BYTES + 2], long_object[200], *many[RWDA_KINDS_MAX + 1];
    static const struct {
        const char *names[3], *object, *templates, *says;
        size_t      n;
        rwda_status code;
    } cases[] = {
        { { "a" }, NULL, NULL, "0 kinds; 1 to 256", 0, RWDA_EINVAL },
        { { "" }, NULL, NULL, "kind 1 has 0 bytes; 1 to 64", 1, RWDA_EINVAL },
        { { "a", NULL }, NULL, NULL, "kind 2 has 0 bytes", 2, RWDA_EINVAL },
        { { "a", long_name }, NULL, NULL, "kind 2 has 65 bytes", 2, RWDA_EINVAL },
        { { "\xff\xfe" }, NULL, NULL, "kind 1 is not UTF-8", 1, RWDA_EINVAL },
        { { "a\nb" }, NULL, NULL, "without control characters", 1, RWDA_EINVAL },
        { { "a\x7f" }, NULL, NULL, "without control characters", 1, RWDA_EINVAL },
        { { "a", " _ " }, NULL, NULL, "kind 2 is blank", 2, RWDA_EINVAL },
        { { "a", "b", "A" }, NULL, NULL, "kinds 1 and 3 are the same", 3, RWDA_EINVAL },
        { { "a_b", "a b" }, NULL, NULL, "kinds 1 and 2 are the same", 2, RWDA_EINVAL },
        { { "a" }, "", NULL, "object name of 0 bytes", 1, RWDA_EINVAL },
        { { "a" }, long_object, NULL, "object name of 199 bytes", 1, RWDA_EINVAL },
        { { "a" }, NULL, "", "has no {kind}", 1, RWDA_EINVAL },
        { { "a" }, NULL, "a {kind}|a {object}", "\"a {object}\" has no {kind}", 1, RWDA_EINVAL },
        { { "a" }, NULL, "{kind}|", "\"\" has no {kind}", 1, RWDA_EINVAL },
        { { "a" },
          NULL,
          "{kind}|{kind}|{kind}|{kind}|{kind}|{kind}|{kind}|{kind}|{kind}|{kind}|{kind}|{kind}|{kind}|{kind}|{kind}|{kind}|{"
          "kind}",
          "1 to 16 of",
          1,
          RWDA_EINVAL },
        { { "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97" },
          NULL,
          "{kind} {kind} {kind} {kind} {kind} {kind} {kind} {kind} {kind}",
          "longer than the model's 77 tokens",
          1,
          RWDA_ELIMIT },
    };
    rwda_kinds *kinds;
    rwda_error  err;

    (void)state;
    memset(long_name, 'x', RWDA_KIND_BYTES + 1);
    memset(long_object, 'y', sizeof long_object - 1);
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        rwda_kinds_options options = RWDA_KINDS_OPTIONS_INIT;

        options.object    = cases[i].object;
        options.templates = cases[i].templates;
        assert_int_equal(rwda_kinds_new(&kinds, session, cases[i].names, cases[i].n, &options, &err), cases[i].code);
        assert_null(kinds);
        if (strstr(err.message, cases[i].says) == NULL)
            fail_msg("case %zu: \"%s\" instead of \"%s\"", i, err.message, cases[i].says);
        assert_int_equal(rwda_kinds_check(cases[i].names, cases[i].n, &options, &err),
                         cases[i].code == RWDA_ELIMIT ? RWDA_OK : cases[i].code);
    }
    for (size_t i = 0; i <= RWDA_KINDS_MAX; i++) {
        many[i] = rw_new_array(8, 1);
        assert_non_null(many[i]);
        (void)snprintf(many[i], 8, "k%zu", i);
    }
    assert_int_equal(rwda_kinds_new(&kinds, session, (const char *const *)many, RWDA_KINDS_MAX + 1, NULL, &err),
                     RWDA_EINVAL);
    assert_ok(rwda_kinds_new(&kinds, session, (const char *const *)many, RWDA_KINDS_MAX, NULL, &err), err);
    assert_string_equal(rwda_kinds_name(kinds, RWDA_KINDS_MAX - 1), "k255");
    rwda_kinds_free(kinds);
    for (size_t i = 0; i <= RWDA_KINDS_MAX; i++)
        free(many[i]);
}

/* 64 bytes of any text are taken, and stay what they were. */
static void hostile_names_are_texts(void **state)
{
    static const char *const names[] = { "{kind}", "{object}",   "%s%n",  "<script>alert(1)</script>",
                                         "a|b",    "\"quoted\"", "&amp;", "\xf0\x9f\x94\xa5\xf0\x9f\x94\xa5",
                                         "it's",   "-----" };
    rwda_kinds              *kinds   = kinds_of(names, RW_COUNTOF(names), NULL);
    rwda_kind                ranked[RW_COUNTOF(names)];
    rwda_error               err = { 0 };

    (void)state;
    assert_ok(rwda_kinds_rank(ranked, session, kinds, &image, NULL, NULL, NAN, &err), err);
    for (size_t i = 0; i < RW_COUNTOF(names); i++)
        assert_string_equal(rwda_kinds_name(kinds, i), names[i]);
    rwda_kinds_free(kinds);
}

static void both_towers_are_needed(void **state)
{
    rwda_model_options   options = RWDA_MODEL_OPTIONS_INIT;
    rwda_session_options one     = RWDA_SESSION_OPTIONS_INIT;
    rwda_model          *half;
    rwda_session        *other;
    rwda_kinds          *kinds;
    rwda_error           err;

    (void)state;
    options.towers = RWDA_TOWERS_IMAGE;
    one.threads    = 1;
    assert_ok(rwda_model_open(&half, folder, &options, &err), err);
    assert_ok(rwda_session_new(&other, half, &one, &err), err);
    assert_int_equal(rwda_kinds_new(&kinds, other, words, N, NULL, &err), RWDA_EINVAL);
    assert_non_null(strstr(err.message, "without its text tower"));
    rwda_session_free(other);
    rwda_model_free(half);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_are_those_of_a_plain_computation),
        cmocka_unit_test(a_map_brings_its_patches_in),
        cmocka_unit_test(templates_and_names_are_the_callers),
        cmocka_unit_test(one_word_has_the_whole_share),
        cmocka_unit_test(sessions_agree),
        cmocka_unit_test(larger_results_are_filled),
        cmocka_unit_test(the_square_lies_around_the_largest_region),
        cmocka_unit_test(small_and_odd_images_are_ranked),
        cmocka_unit_test(regions_outside_are_refused),
        cmocka_unit_test(odd_lists_are_refused),
        cmocka_unit_test(hostile_names_are_texts),
        cmocka_unit_test(both_towers_are_needed),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
