/* test_memory_recipe.c - what do a memory's options mean, which are refused, and how much does it take? */
#include "anomaly/memory_recipe.h"

#include "base/random.h"
#include "tests/unit/check.h"

#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>

/* Just what options are read against: nothing here looks at weights. */
static rw_clip clip_of(int side, int patch, int layers, int width, int dim)
{
    return (rw_clip){ .config   = { .embed_dim  = dim,
                                    .image_size = side,
                                    .patch_size = patch,
                                    .vision     = { .width = width, .layers = layers },
                                    .resize     = RWDA_RESIZE_SHORTEST },
                      .own_size = side };
}

static rwda_memory_options complete(rwda_memory_options given, const rw_clip *clip)
{
    rwda_memory_options out;
    rwda_error          err = { 0 };

    assert_ok(rw_memory_options_complete(&out, &given, clip, &err), err);
    return out;
}

static const rwda_memory_options defaults = RWDA_MEMORY_OPTIONS_INIT;

/* ---- Options ------------------------------------------------------------------------------------------------------------ */

static void defaults_follow_from_the_model(void **state)
{
    static const struct {
        int side, patch, layers, image_size, layer[3];
    } cases[] = {
        { 240, 16, 12, 352, { 9, 12, 0 } }, { 224, 32, 12, 320, { 9, 12, 0 } }, { 336, 14, 24, 504, { 18, 24, 0 } },
        { 128, 16, 8, 192, { 6, 8, 0 } },   { 16, 8, 2, 24, { 1, 2, 0 } },      { 16, 16, 1, 16, { 1, 0, 0 } },
        { 16, 8, 3, 24, { 2, 3, 0 } },
    };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        rw_clip             clip = clip_of(cases[i].side, cases[i].patch, cases[i].layers, 16, 12);
        rwda_memory_options o, none;
        rwda_error          err = { 0 };

        assert_ok(rw_memory_options_complete(&none, NULL, &clip, &err), err);
        o = complete(defaults, &clip);
        assert_memory_equal(&none, &o, sizeof o);
        assert_int_equal(o.image_size, cases[i].image_size);
        assert_memory_equal(o.layers, cases[i].layer, sizeof cases[i].layer);
        assert_int_equal(rw_memory_layers(&o), cases[i].layer[1] > 0 ? 2 : 1);
        assert_true(o.tiles == 1 && o.neighbourhood == 1 && o.rotations == 0 && o.mutual == 0 && o.words == 1 &&
                    o.scores == 1000);
        assert_true(o.share == 0.05f && o.robust == 0.0f && o.class_weight == 0.0f && o.keep == 1.0f);
        assert_true(o.storage == RWDA_PRECISION_F32 && o.resize == RWDA_RESIZE_SHORTEST && o.crops == RWDA_CROPS_ONE);
        assert_true(o.max_bytes == (int64_t)1 << 32);
    }
}

static void what_is_given_stays(void **state)
{
    rw_clip             clip = clip_of(240, 16, 12, 16, 12), opened = clip;
    rwda_memory_options given = defaults;

    (void)state;
    given.mutual = 1;
    assert_true(complete(given, &clip).robust == 0.3f);
    assert_int_equal(complete(given, &clip).image_size, 240); /* of a batch the model's own side */
    given.robust = 0.5f;
    assert_true(complete(given, &clip).robust == 0.5f);
    given.layers[0]  = 4;
    given.image_size = 16;
    given.resize     = RWDA_RESIZE_SQUASH;
    assert_true(complete(given, &clip).layers[0] == 4 && complete(given, &clip).layers[1] == 0);
    assert_int_equal(complete(given, &clip).image_size, 16);
    assert_int_equal(complete(given, &clip).resize, RWDA_RESIZE_SQUASH);
    opened.config.image_size = 320; /* a side asked for when the model was opened is the memory's too */
    assert_int_equal(complete(defaults, &opened).image_size, 320);
}

static void every_range_is_named(void **state)
{
    rw_clip    clip = clip_of(16, 8, 4, 16, 12);
    rwda_error err  = { 0 };

    (void)state;
#define REFUSED(field, value, words)                                                                                        \
    do {                                                                                                                    \
        rwda_memory_options o = defaults, out;                                                                              \
        o.field               = value;                                                                                      \
        assert_refused(#field " " #value, rw_memory_options_complete(&out, &o, &clip, &err), RWDA_EINVAL, &err, words);     \
    } while (0)
    REFUSED(max_bytes, 0, "max_bytes 0 is not above 0");
    REFUSED(max_bytes, -1, "max_bytes -1");
    REFUSED(image_size, -8, "image_size -8 is not in 1..4096");
    REFUSED(image_size, 4104, "image_size 4104 is not in 1..4096");
    REFUSED(image_size, 20, "image_size 20 is not a multiple of the patch size 8");
    REFUSED(tiles, 0, "tiles 0 is not in 1..8");
    REFUSED(tiles, 9, "tiles 9");
    REFUSED(neighbourhood, 0, "neighbourhood 0 is not in 1..7");
    REFUSED(neighbourhood, 9, "neighbourhood 9");
    REFUSED(neighbourhood, 4, "neighbourhood 4 is not odd");
    REFUSED(rotations, 2, "rotations 2 is not in 0..1");
    REFUSED(rotations, -1, "rotations -1");
    REFUSED(share, 0.0f, "share 0 is not in 1e-06..1");
    REFUSED(share, 1.1f, "share 1.1");
    REFUSED(share, NAN, "share nan");
    REFUSED(robust, -0.1f, "robust -0.1 is not in 0..1");
    REFUSED(robust, 1.5f, "robust 1.5");
    REFUSED(robust, NAN, "robust nan");
    REFUSED(class_weight, -1.0f, "class_weight -1 is not in 0..1");
    REFUSED(class_weight, 2.0f, "class_weight 2");
    REFUSED(keep, 0.0f, "keep 0 is not in 0.0001..1");
    REFUSED(keep, 1.01f, "keep 1.01");
    REFUSED(keep, INFINITY, "keep inf");
    REFUSED(storage, RWDA_PRECISION_AUTO, "storage \"auto\" is none of f32, f16, int8");
    REFUSED(storage, RWDA_PRECISION_BF16, "storage \"bf16\"");
    REFUSED(storage, (rwda_precision)99, "storage 99");
    REFUSED(mutual, 2, "mutual 2 is not in 0..1");
    REFUSED(words, -1, "words -1 is not in 0..1");
    REFUSED(resize, (rwda_resize)9, "resize 9 is not in 0..3");
    REFUSED(resize, RWDA_RESIZE_TILES, "another number of crops");
    REFUSED(crops, (rwda_crops)9, "crops 9");
    REFUSED(scores, -1, "scores -1 is not in 0..100000");
    REFUSED(scores, RWDA_MEMORY_IMAGES_MAX + 1, "scores 100001");
    REFUSED(layers[0], -1, "layers: -1 is not in 1..4");
    REFUSED(layers[0], 5, "layers: 5 is not in 1..4");
    REFUSED(size, 8, "rwda_memory_options");
#undef REFUSED
    {
        static const int bad[][3] = { { 2, 2, 0 }, { 3, 2, 0 }, { 1, 0, 2 }, { 1, 5, 0 } };

        for (size_t i = 0; i < RW_COUNTOF(bad); i++) {
            rwda_memory_options o = defaults, out;

            memcpy(o.layers, bad[i], sizeof bad[i]);
            assert_refused("layers", rw_memory_options_complete(&out, &o, &clip, &err), RWDA_EINVAL, &err, "layers: ");
        }
    }
    {
        rwda_memory_options o = defaults, out;

        o.words        = 0;
        o.class_weight = 0.5f;
        assert_refused("class", rw_memory_options_complete(&out, &o, &clip, &err), RWDA_EINVAL, &err,
                       "class_weight 0.5 needs image embeddings");
    }
}

/* A caller of an earlier or a later version. */
static void other_sizes_are_read_as_everywhere(void **state)
{
    struct {
        rwda_memory_options known;
        double              later;
    } theirs                 = { defaults, 0.0 };
    rw_clip             clip = clip_of(16, 8, 2, 16, 12);
    rwda_memory_options out;
    rwda_error          err = { 0 };

    (void)state;
    theirs.known.size = sizeof theirs;
    assert_ok(rw_memory_options_complete(&out, &theirs.known, &clip, &err), err);
    assert_true(out.size == sizeof out && out.scores == 1000);
    theirs.later = 1.0;
    assert_refused("later", rw_memory_options_complete(&out, &theirs.known, &clip, &err), RWDA_EUNSUPPORTED, &err,
                   "rwda_memory_options");
}

/* ---- JSON ---------------------------------------------------------------------------------------------------------------- */

static void the_recipe_is_this_text(void **state)
{
    rw_clip             clip = clip_of(16, 8, 2, 16, 12);
    rwda_memory_options o    = complete(defaults, &clip);
    char               *text = rw_memory_recipe_write(&o);

    (void)state;
    assert_string_equal(text,
                        "{\"layers\":[1,2],\"image_size\":24,\"tiles\":1,\"neighbourhood\":1,\"rotations\":0,\"share\":0.05,"
                        "\"robust\":0.0,\"class_weight\":0.0,\"keep\":1.0,\"storage\":\"f32\",\"mutual\":0,\"words\":1,"
                        "\"resize\":\"shortest\",\"crops\":\"one\",\"scores\":1000,\"orientation\":\"turned\","
                        "\"depth\":0}");
    free(text);
}

static void any_options_come_back_to_the_bit(void **state)
{
    static const rwda_precision storages[] = { RWDA_PRECISION_F32, RWDA_PRECISION_F16, RWDA_PRECISION_INT8 };
    rw_clip                     clip       = clip_of(16, 8, 12, 16, 12);
    rw_random                   random     = rw_random_init(1, 1);

    (void)state;
    for (int round = 0; round < 2000; round++) {
        rwda_memory_options o   = defaults, again;
        rwda_error          err = { 0 };
        char               *text;

        for (size_t i = 0, layer = 1; i < RWDA_MEMORY_LAYERS_MAX && layer <= 12;
             i++, layer += 1 + rw_random_below(&random, 4))
            o.layers[i] = (int)layer;
        o.image_size    = 8 * (1 + (int)rw_random_below(&random, 512));
        o.tiles         = 1 + (int)rw_random_below(&random, 8);
        o.neighbourhood = 1 + 2 * (int)rw_random_below(&random, 4);
        o.rotations     = (int)rw_random_below(&random, 2);
        o.share         = fmaxf(rw_random_unit(&random), 1e-6f);
        o.robust        = rw_random_unit(&random);
        o.class_weight  = rw_random_unit(&random);
        o.keep          = fmaxf(rw_random_unit(&random), 1e-4f);
        o.storage       = storages[rw_random_below(&random, 3)];
        o.mutual        = (int)rw_random_below(&random, 2);
        o.crops         = (rwda_crops)rw_random_below(&random, 4);
        o.scores        = (int)rw_random_below(&random, RWDA_MEMORY_IMAGES_MAX);
        o               = complete(o, &clip);
        text            = rw_memory_recipe_write(&o);
        assert_ok(rw_memory_recipe_read(&again, text, RWDA_PREPROCESSING, &clip, &err), err);
        assert_memory_equal(&again, &o, sizeof o);
        free(text);
    }
}

static void refuse_recipe(const char *what, const json_t *root, const rw_clip *clip, const char *says)
{
    char               *text = json_dumps(root, JSON_COMPACT);
    rwda_memory_options out;
    rwda_error          err = { 0 };

    assert_refused(what, rw_memory_recipe_read(&out, text, RWDA_PREPROCESSING, clip, &err), RWDA_EFORMAT, &err, says);
    assert_int_equal(err.code, RWDA_EFORMAT);
    free(text);
}

static void every_key_must_be_there_and_fit(void **state)
{
    rw_clip             clip = clip_of(16, 8, 4, 16, 12);
    rwda_memory_options o    = complete(defaults, &clip);
    char               *text = rw_memory_recipe_write(&o);
    json_t             *good = json_loads(text, 0, NULL), *value;
    const char         *key;

    (void)state;
    json_object_foreach(good, key, value)
    {
        const bool whole = json_is_integer(value), number = json_is_number(value);
        json_t    *bad[] = {
               json_null(),      json_true(),        json_object(), json_string("none"),
               json_integer(-2), json_real(1.5e300), json_array(),  whole ? json_real(1.0) : json_integer(9999999)
        };
        json_t *cut = json_deep_copy(good);

        json_object_del(cut, key);
        refuse_recipe(key, cut, &clip, "16 settings, expected 17");
        json_object_set_new(cut, "other", json_integer(1));
        refuse_recipe(key, cut, &clip, number || json_is_string(value) ? key : "0 layers");
        json_decref(cut);
        for (size_t i = 0; i < RW_COUNTOF(bad); i++) {
            json_t *changed = json_deep_copy(good);

            json_object_set_new(changed, key, bad[i]);
            refuse_recipe(key, changed, &clip, "memory");
            json_decref(changed);
        }
    }
    json_object_set_new(good, "more", json_integer(1));
    refuse_recipe("more", good, &clip, "18 settings");
    json_decref(good);
    free(text);
}

static void damaged_recipes_are_refused(void **state)
{
    static const struct {
        const char *from, *to, *says;
    } cases[] = {
        { "\"layers\":[1,2]", "\"layers\":[2,1]", "layers" },
        { "\"layers\":[1,2]", "\"layers\":[1,3]", "layers" },
        { "\"layers\":[1,2]", "\"layers\":[]", "0 layers" },
        { "\"layers\":[1,2]", "\"layers\":[1,2,3,4,5,6,7,8,9]", "9 layers" },
        { "\"layers\":[1,2]", "\"layers\":[0,2]", "layer number 0" },
        { "\"layers\":[1,2]", "\"layers\":[1,4294967298]", "layer number 1" },
        { "\"layers\":[1,2]", "\"layers\":[1,\"2\"]", "layer number 1" },
        { "\"image_size\":24", "\"image_size\":25", "image_size 25" },
        { "\"image_size\":24", "\"image_size\":4294967320", "image_size" },
        { "\"neighbourhood\":1", "\"neighbourhood\":2", "neighbourhood 2" },
        { "\"share\":0.05", "\"share\":0", "share 0" },
        { "\"keep\":1.0", "\"keep\":1.5", "keep 1.5" },
        { "\"storage\":\"f32\"", "\"storage\":\"auto\"", "storage" },
        { "\"storage\":\"f32\"", "\"storage\":\"bf16\"", "storage" },
        { "\"resize\":\"shortest\"", "\"resize\":\"tiles\"", "resize" },
        { "\"class_weight\":0.0,", "\"class_weight\":0.5,", NULL },
        { "\"words\":1", "\"words\":0", NULL },
        { "\"words\":1", "\"words\":1,\"words\":1", "not a JSON object" },
        { "{\"layers\"", "[{\"layers\"", "not a JSON object" },
    };
    rw_clip             clip = clip_of(16, 8, 2, 16, 12);
    rwda_memory_options o    = complete(defaults, &clip), out;
    char               *text = rw_memory_recipe_write(&o);
    rwda_error          err  = { 0 };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        char        changed[512];
        const char *at = strstr(text, cases[i].from);

        assert_non_null(at);
        (void)snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, cases[i].to, at + strlen(cases[i].from));
        if (cases[i].says == NULL)
            assert_ok(rw_memory_recipe_read(&out, changed, RWDA_PREPROCESSING, &clip, &err), err);
        else
            assert_refused(cases[i].to, rw_memory_recipe_read(&out, changed, RWDA_PREPROCESSING, &clip, &err), RWDA_EFORMAT,
                           &err, cases[i].says);
    }
    for (size_t len = 0; len < strlen(text); len++) { /* cut */
        char cut[512];

        (void)snprintf(cut, sizeof cut, "%.*s", (int)len, text);
        assert_int_equal(rw_memory_recipe_read(&out, cut, RWDA_PREPROCESSING, &clip, &err), RWDA_EFORMAT);
    }
    free(text);
}

/* ---- Counts -------------------------------------------------------------------------------------------------------------- */

static void shares_are_counted_as_people_do(void **state)
{
    static const struct {
        float  share;
        size_t n, count;
    } cases[] = {
        { 0.3f, 10, 3 }, { 0.05f, 20, 1 },    { 0.05f, 100, 5 },  { 0.05f, 225, 12 },  { 0.25f, 900, 225 },
        { 0.1f, 10, 1 }, { 0.1f, 11, 2 },     { 0.7f, 10, 7 },    { 0.01f, 10, 1 },    { 1.0f, 7, 7 },
        { 1e-6f, 5, 1 }, { 0.05f, 1, 1 },     { 0.5f, 3, 2 },     { 0.3f, 1000, 300 }, { 1.0f, 100000, 100000 },
        { 0.9f, 1, 1 },  { 0.29999f, 10, 3 }, { 0.3001f, 10, 4 },
    };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++)
        if (rw_share_of((double)cases[i].share, cases[i].n) != cases[i].count)
            fail_msg("%g of %zu: %zu", (double)cases[i].share, cases[i].n, rw_share_of((double)cases[i].share, cases[i].n));
    for (size_t n = 1; n < 2000; n += 7)
        for (int percent = 1; percent <= 100; percent++)
            assert_int_equal(rw_share_of((double)((float)percent / 100.0f), n), (n * (size_t)percent + 99) / 100);
}

static int64_t bytes_of(rwda_memory_options o, const rw_clip *clip, size_t images)
{
    rwda_memory_options whole = complete(o, clip);
    int64_t             bytes;
    rwda_error          err = { 0 };

    assert_ok(rw_memory_bytes(&bytes, &whole, clip, images, &err), err);
    return bytes;
}

/* By hand from the formula of rwda_memory.h. */
static void bytes_are_those_of_the_formula(void **state)
{
    rw_clip             tiny = clip_of(16, 8, 2, 16, 12), base = clip_of(240, 16, 12, 896, 640);
    rwda_memory_options o = defaults;

    (void)state;
    /* 10 images of 3 x 3 patches, 2 layers of 16 floats twice; 12 floats and 2,048 bytes each */
    assert_int_equal(bytes_of(o, &tiny, 10), 2 * 2 * 90 * 16 * 4 + 10 * 12 * 4 + 10 * 2048);
    o.words = 0;
    assert_int_equal(bytes_of(o, &tiny, 10), 2 * 2 * 90 * 16 * 4 + 10 * 2048);
    o.storage = RWDA_PRECISION_F16;
    assert_int_equal(bytes_of(o, &tiny, 10), 2 * 2 * 90 * 16 * 2 + 10 * 2048);
    o.storage = RWDA_PRECISION_INT8;
    assert_int_equal(bytes_of(o, &tiny, 10), 2 * 2 * 90 * 16 + 10 * 2048);
    o.rotations = 1;
    assert_int_equal(bytes_of(o, &tiny, 10), 4 * 2 * 2 * 90 * 16 + 10 * 2048);
    o.tiles = 3;
    assert_int_equal(bytes_of(o, &tiny, 10), 9 * 4 * 2 * 2 * 90 * 16 + 10 * 2048);
    o           = defaults;
    o.layers[0] = 2;
    o.crops     = RWDA_CROPS_2X2; /* and the whole: five rows */
    assert_int_equal(bytes_of(o, &tiny, 10), 2 * 1 * 90 * 16 * 4 + 10 * 5 * 12 * 4 + 10 * 2048);
    o      = defaults;
    o.keep = 0.25f; /* all tokens too, until the coreset is chosen, and one layer as floats */
    assert_int_equal(bytes_of(o, &tiny, 8), 2 * 2 * 72 / 4 * 16 * 4 + 2 * 72 * 16 * 4 + 72 * 16 * 4 + 8 * 12 * 4 + 8 * 2048);
    o.storage = RWDA_PRECISION_INT8;
    assert_int_equal(bytes_of(o, &tiny, 8), 2 * 2 * 72 / 4 * 16 + 2 * 72 * 16 + 72 * 16 * 4 + 8 * 12 * 4 + 8 * 2048);
    o            = defaults;
    o.image_size = 240; /* 225 patches of 896: the trial's 13 MB for 16 images are one layer once */
    assert_int_equal(bytes_of(o, &base, 16), 4LL * 16 * 225 * 896 * 4 + 16 * 640 * 4 + 16 * 2048);
    assert_int_equal(bytes_of(o, &base, RWDA_MEMORY_IMAGES_MAX), 100000LL * (4LL * 225 * 896 * 4 + 640 * 4 + 2048));
}

static void too_many_bytes_are_refused_with_both_numbers(void **state)
{
    rw_clip             tiny = clip_of(16, 8, 2, 16, 12);
    rwda_memory_options o    = defaults;
    rwda_error          err  = { 0 };
    char                says[96];

    (void)state;
    o.max_bytes = bytes_of(defaults, &tiny, 10);
    o           = complete(o, &tiny);
    assert_ok(rw_memory_check_images(&o, &tiny, 10, &err), err);
    (void)snprintf(says, sizeof says, "11 images takes %lld bytes, over the limit of %lld",
                   (long long)bytes_of(defaults, &tiny, 11), (long long)o.max_bytes);
    assert_refused("bytes", rw_memory_check_images(&o, &tiny, 11, &err), RWDA_ELIMIT, &err, says);
    o.max_bytes = INT64_MAX;
    assert_ok(rw_memory_check_images(&o, &tiny, RWDA_MEMORY_IMAGES_MAX, &err), err);
    assert_refused("images", rw_memory_check_images(&o, &tiny, RWDA_MEMORY_IMAGES_MAX + 1, &err), RWDA_ELIMIT, &err,
                   "100001 images is over the limit of 100000");
    {
        int64_t bytes;

        assert_refused("overflow", rw_memory_bytes(&bytes, &o, &tiny, SIZE_MAX, &err), RWDA_ELIMIT, &err, "bytes");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_follow_from_the_model),
        cmocka_unit_test(what_is_given_stays),
        cmocka_unit_test(every_range_is_named),
        cmocka_unit_test(other_sizes_are_read_as_everywhere),
        cmocka_unit_test(the_recipe_is_this_text),
        cmocka_unit_test(any_options_come_back_to_the_bit),
        cmocka_unit_test(every_key_must_be_there_and_fit),
        cmocka_unit_test(damaged_recipes_are_refused),
        cmocka_unit_test(shares_are_counted_as_people_do),
        cmocka_unit_test(bytes_are_those_of_the_formula),
        cmocka_unit_test(too_many_bytes_are_refused_with_both_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
