/* test_weights.c - do both layouts load to the same model, and is a checkpoint that does not fit its config refused? */
#include "rwda.h"

#include "tests/unit/tiny_clip.h"

#include <math.h>
#include <sys/stat.h>

static char              folder[] = "/tmp/rwda-test-weights-XXXXXX";
static const char *const files[]  = { "open_clip_model.safetensors", "open_clip_config.json",
                                      "model.safetensors",           "config.json",
                                      "pytorch_model.bin",           "open_clip_pytorch_model.bin" };

static void remove_files(void)
{
    char path[RW_PATH_MAX];

    for (size_t i = 0; i < RW_COUNTOF(files); i++) {
        assert_true(rw_path_join(path, sizeof path, folder, files[i]));
        unlink(path);
    }
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    remove_files();
    return rmdir(folder);
}

static rwda_status open_model(rwda_model **model, int image_size, rwda_error *err)
{
    rwda_model_options options = RWDA_MODEL_OPTIONS_INIT;

    options.image_size = image_size;
    return rwda_model_open(model, folder, &options, err);
}

/* Embeddings of one text and one image: [2, 12]. */
static void embed(float out[24], const rwda_model *model)
{
    static uint8_t       pixels[20 * 30 * 3];
    const rwda_image     image   = { 20, 30, 60, pixels };
    const rwda_image    *images  = &image;
    const char          *text    = "a photo of a normal qwzjk";
    rwda_session_options options = RWDA_SESSION_OPTIONS_INIT;
    rwda_session        *session = NULL;
    rwda_error           err     = { 0 };

    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * i * 7 + i);
    options.threads = 2;
    assert_ok(rwda_session_new(&session, model, &options, &err), err);
    assert_ok(rwda_session_embed_texts(out, session, &text, NULL, 1, &err), err);
    assert_ok(rwda_session_embed_images(out + 12, session, &images, 1, RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, &err), err);
    rwda_session_free(session);
}

static void both_layouts_give_the_same_bytes(void **state)
{
    tiny_clip   t;
    rwda_model *model = NULL;
    rwda_error  err   = { 0 };
    float       one[24], other[24];

    (void)state;
    tiny_make(&t);
    tiny_write(&t, folder, "open_clip_model.safetensors", "open_clip_config.json", TINY_CONFIG);
    assert_ok(open_model(&model, 0, &err), err);
    assert_string_equal(rwda_model_get_info(model)->layout, "openclip");
    assert_true(fabsf(rwda_model_get_info(model)->logit_scale - 12.182494f) < 1e-4f);
    embed(one, model);
    rwda_model_free(model);
    remove_files();

    tiny_to_huggingface(&t);
    tiny_write(&t, folder, "model.safetensors", "config.json", TINY_CONFIG_HUGGINGFACE);
    assert_ok(open_model(&model, 0, &err), err);
    assert_string_equal(rwda_model_get_info(model)->layout, "huggingface");
    embed(other, model);
    rwda_model_free(model);
    assert_memory_equal(one, other, sizeof one);
    remove_files();
    tiny_free(&t);
}

static void another_input_size_interpolates_positions(void **state)
{
    tiny_clip   t;
    rwda_model *model = NULL;
    rwda_error  err   = { 0 };
    float       x[24], length = 0;

    (void)state;
    tiny_make(&t);
    tiny_write(&t, folder, "open_clip_model.safetensors", "open_clip_config.json", TINY_CONFIG);
    assert_ok(open_model(&model, 24, &err), err);
    assert_int_equal(rwda_model_get_info(model)->image_size, 24);
    embed(x, model);
    for (size_t i = 12; i < 24; i++)
        length += x[i] * x[i];
    assert_true(fabsf(length - 1.0f) < 1e-5f);
    rwda_model_free(model);
    assert_refused("size", open_model(&model, 20, &err), RWDA_EINVAL, &err,
                   "image size 20 is not a multiple of the patch size 8");
    assert_null(model);
    remove_files();
    tiny_free(&t);
}

/* F16 ends at 65,504: what it cannot hold is refused by name, and other precisions take it. */
static void a_weight_beyond_f16_is_refused_at_f16_only(void **state)
{
    static const char *const names[] = { "token_embedding.weight", "visual.transformer.resblocks.1.mlp.c_fc.weight",
                                         "visual.proj" };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(names); i++) {
        tiny_clip          t;
        rwda_model        *model   = NULL;
        rwda_error         err     = { 0 };
        rwda_model_options options = RWDA_MODEL_OPTIONS_INIT;

        tiny_make(&t);
        t.data[tiny_find(&t, names[i])][17] = -70000.0f;
        tiny_write(&t, folder, "open_clip_model.safetensors", "open_clip_config.json", TINY_CONFIG);
        options.precision = RWDA_PRECISION_F16;
        assert_refused(names[i], rwda_model_open(&model, folder, &options, &err), RWDA_EUNSUPPORTED, &err,
                       "holds -70000, F16 ends at 65504");
        assert_non_null(strstr(err.message, names[i]));
        options.precision = RWDA_PRECISION_BF16;
        assert_ok(rwda_model_open(&model, folder, &options, &err), err);
        assert_string_equal(rwda_model_get_info(model)->precision, "bf16");
        rwda_model_free(model);
        options.precision = (rwda_precision)99;
        assert_refused("99", rwda_model_open(&model, folder, &options, &err), RWDA_EINVAL, &err, "precision 99");
        remove_files();
        tiny_free(&t);
    }
}

typedef void (*damage_fn)(tiny_clip *t);

static void drop_a_tensor(tiny_clip *t)
{
    size_t i = tiny_find(t, "visual.transformer.resblocks.1.mlp.c_fc.bias");

    t->count--;
    free(t->data[i]);
    memcpy(t->names[i], t->names[t->count], sizeof t->names[i]); /* the last one takes its place */
    t->data[i]         = t->data[t->count];
    t->tensors[i]      = t->tensors[t->count];
    t->tensors[i].name = t->names[i];
}

static void add_a_tensor(tiny_clip *t)
{
    tiny_add(t, "visual.transformer.resblocks.2.ln_1.weight", 1, 16, 1, 1, 1);
}

static void put_nan(tiny_clip *t)
{
    t->data[tiny_find(t, "ln_final.bias")][3] = NAN;
}

static void put_infinity(tiny_clip *t)
{
    t->data[tiny_find(t, "token_embedding.weight")][49407 * 8] = INFINITY;
}

static void reshape(tiny_clip *t)
{
    rw_tensor_out *proj = &t->tensors[tiny_find(t, "visual.proj")];

    proj->shape[0] = 12;
    proj->shape[1] = 16;
}

static void flatten(tiny_clip *t)
{
    rw_tensor_out *conv = &t->tensors[tiny_find(t, "visual.conv1.weight")];

    conv->ndim     = 2;
    conv->shape[1] = 192;
}

static void huge_scale(tiny_clip *t)
{
    *t->data[tiny_find(t, "logit_scale")] = 1000.0f;
}

static void leave_as_it_is(tiny_clip *t)
{
    (void)t;
}

static const struct {
    const char *fault;
    damage_fn   damage;
    const char *from, *to; /* in the config */
    rwda_status code;
    const char *says;
} bad[] = {
    { "missing tensor", drop_a_tensor, NULL, NULL, RWDA_EMISMATCH,
      "\"visual.transformer.resblocks.1.mlp.c_fc.bias\" is missing" },
    { "one layer too many", add_a_tensor, NULL, NULL, RWDA_EMISMATCH,
      "\"visual.transformer.resblocks.2.ln_1.weight\" has no place" },
    { "NaN", put_nan, NULL, NULL, RWDA_EFORMAT, "\"ln_final.bias\" element 3 is not a number" },
    { "infinity", put_infinity, NULL, NULL, RWDA_EFORMAT, "\"token_embedding.weight\" element 395256 is infinite" },
    { "transposed", reshape, NULL, NULL, RWDA_EMISMATCH, "\"visual.proj\" has shape [12, 16], the config wants [16, 12]" },
    { "flattened", flatten, NULL, NULL, RWDA_EMISMATCH, "has shape [16, 192], the config wants [16, 3, 8, 8]" },
    { "scale overflows", huge_scale, NULL, NULL, RWDA_EFORMAT, "exp(logit_scale) is not finite" },
    { "config wants more layers", leave_as_it_is, "\"layers\":2", "\"layers\":3", RWDA_EMISMATCH,
      "resblocks.2.ln_1.weight\" is missing" },
    { "config wants other width", leave_as_it_is, "\"embed_dim\":12", "\"embed_dim\":13", RWDA_EMISMATCH,
      "the config wants [16, 13]" },
    { "config wants other images", leave_as_it_is, "\"image_size\":16", "\"image_size\":32", RWDA_EMISMATCH,
      "has shape [5, 16], the config wants [17, 16]" },
};

static void refuses_what_does_not_fit(void **state)
{
    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(bad); i++) {
        tiny_clip   t;
        rwda_model *model = POISON;
        rwda_error  err   = { 0 };
        char        config[1024], *at;

        (void)snprintf(config, sizeof config, "%s", TINY_CONFIG);
        if (bad[i].from != NULL) { /* replaced by as many letters */
            at = strstr(config, bad[i].from);
            assert_non_null(at);
            memcpy(at, bad[i].to, strlen(bad[i].to));
        }
        tiny_make(&t);
        bad[i].damage(&t);
        tiny_write(&t, folder, "open_clip_model.safetensors", "open_clip_config.json", config);
        assert_refused(bad[i].fault, open_model(&model, 0, &err), bad[i].code, &err, bad[i].says);
        assert_non_null(strstr(err.message, "open_clip_model.safetensors"));
        assert_null(model);
        remove_files();
        tiny_free(&t);
    }
}

static void put_file(const char *name, const char *bytes)
{
    char       path[RW_PATH_MAX];
    rwda_error err = { 0 };

    assert_true(rw_path_join(path, sizeof path, folder, name));
    assert_ok(rw_file_write(path, bytes, strlen(bytes), true, &err), err);
}

static void says_which_file_is_missing_or_cannot_be_used(void **state)
{
    rwda_model *model = POISON;
    rwda_error  err   = { 0 };

    (void)state;
    assert_refused("empty", open_model(&model, 0, &err), RWDA_ENOTFOUND, &err,
                   "neither open_clip_config.json nor config.json");
    assert_null(model);
    put_file("open_clip_config.json", TINY_CONFIG);
    assert_refused("config alone", open_model(&model, 0, &err), RWDA_ENOTFOUND, &err,
                   "no open_clip_model.safetensors beside the config");
    put_file("open_clip_pytorch_model.bin", "PK");
    assert_refused("pickle", open_model(&model, 0, &err), RWDA_EUNSUPPORTED, &err, "a pickle can run code");
    put_file("open_clip_model.safetensors", "");
    assert_refused("empty weights", open_model(&model, 0, &err), RWDA_EFORMAT, &err, "open_clip_model.safetensors");
    remove_files();
    assert_refused("no folder", rwda_model_open(&model, "/dev/null/model", NULL, &err), RWDA_ENOTFOUND, &err,
                   "/dev/null/model: no such model directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_layouts_give_the_same_bytes),
        cmocka_unit_test(another_input_size_interpolates_positions),
        cmocka_unit_test(a_weight_beyond_f16_is_refused_at_f16_only),
        cmocka_unit_test(refuses_what_does_not_fit),
        cmocka_unit_test(says_which_file_is_missing_or_cannot_be_used),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
