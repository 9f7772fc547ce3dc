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

/* Embeddings of one text and one image, [2, 12], of the towers that were loaded. */
static void embed(float out[24], const rwda_model *model)
{
    rwda_towers          towers = rwda_model_get_info(model)->towers;
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
    if (towers != RWDA_TOWERS_IMAGE)
        assert_ok(rwda_session_embed_texts(out, session, &text, NULL, 1, &err), err);
    else
        assert_refused("text", rwda_session_embed_texts(out, session, &text, NULL, 1, &err), RWDA_EINVAL, &err,
                       "is an image tower alone, and this needs a text tower");
    if (towers != RWDA_TOWERS_TEXT)
        assert_ok(rwda_session_embed_images(out + 12, session, &images, 1, RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, &err), err);
    else
        assert_refused("image",
                       rwda_session_embed_images(out + 12, session, &images, 1, RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, &err),
                       RWDA_EINVAL, &err, "is a text tower alone, and this needs an image tower");
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

/* One tower of t as transformers 4 saves it, or (bare) as transformers 5 does, without what its names begin with. */
static void write_tower(const tiny_clip *t, const char *begins, const char *projection, bool bare, const char *config)
{
    static tiny_clip part;

    part.count = 0;
    for (size_t i = 0; i < t->count; i++) {
        bool tower = strncmp(t->names[i], begins, strlen(begins)) == 0;

        if (!tower && strcmp(t->names[i], projection) != 0)
            continue;
        part.tensors[part.count] = t->tensors[i];
        if (tower && bare)
            part.tensors[part.count].name += strlen(begins);
        part.count++;
    }
    tiny_write(&part, folder, "model.safetensors", "config.json", config);
}

static void a_tower_alone_is_that_of_the_whole(void **state)
{
    static const struct {
        const char *begins, *projection, *config;
        rwda_towers towers, other;
    } rows[] = {
        { "vision_model.", "visual_projection.weight",
          "{\"model_type\":\"clip_vision_model\",\"projection_dim\":12,\"hidden_size\":16,\"intermediate_size\":64,"
          "\"num_hidden_layers\":2,\"num_attention_heads\":2,\"image_size\":16,\"patch_size\":8,\"hidden_act\":\"gelu\"}",
          RWDA_TOWERS_IMAGE, RWDA_TOWERS_TEXT },
        { "text_model.", "text_projection.weight",
          "{\"model_type\":\"clip_text_model\",\"projection_dim\":12,\"hidden_size\":8,\"intermediate_size\":32,"
          "\"num_hidden_layers\":1,\"num_attention_heads\":2,\"hidden_act\":\"gelu\"}",
          RWDA_TOWERS_TEXT, RWDA_TOWERS_IMAGE },
    };
    rwda_model_options options = RWDA_MODEL_OPTIONS_INIT;
    tiny_clip          t;
    rwda_model        *model = NULL;
    rwda_error         err   = { 0 };
    float              whole[24], alone[24];

    (void)state;
    tiny_make(&t);
    tiny_to_huggingface(&t);
    tiny_write(&t, folder, "model.safetensors", "config.json", TINY_CONFIG_HUGGINGFACE);
    assert_ok(open_model(&model, 0, &err), err);
    embed(whole, model);
    rwda_model_free(model);
    remove_files();
    for (size_t i = 0; i < 2 * RW_COUNTOF(rows); i++) {
        const rwda_model_info *info;
        size_t                 row = i / 2, first = rows[row].towers == RWDA_TOWERS_TEXT ? 0 : 12;

        write_tower(&t, rows[row].begins, rows[row].projection, i % 2 == 1, rows[row].config);
        assert_ok(open_model(&model, 0, &err), err);
        info = rwda_model_get_info(model);
        assert_int_equal(info->towers, rows[row].towers);
        assert_int_equal(info->embed_dim, 12);
        assert_int_equal(info->vision_width, row == 0 ? 16 : 0);
        assert_int_equal(info->image_size, row == 0 ? 16 : 0);
        assert_int_equal(info->text_width, row == 0 ? 0 : 8);
        assert_int_equal(info->context_length, row == 0 ? 0 : 77);
        embed(alone, model);
        assert_memory_equal(alone + first, whole + first, 12 * sizeof *alone);
        rwda_model_free(model);
        options.towers = rows[row].other;
        assert_refused("the other", rwda_model_open(&model, folder, &options, &err), RWDA_EINVAL, &err, "tower alone");
        remove_files();
    }
    write_tower(&t, "vision_model.", "none", true, rows[0].config); /* CLIPVisionModel */
    assert_refused("no projection", open_model(&model, 0, &err), RWDA_EMISMATCH, &err,
                   "tensor \"visual_projection.weight\" is missing");
    tiny_write(&t, folder, "model.safetensors", "config.json", rows[0].config);
    assert_refused("both towers", open_model(&model, 0, &err), RWDA_EMISMATCH, &err, "has no place in this config");
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

static void tiny_scale(tiny_clip *t)
{
    *t->data[tiny_find(t, "logit_scale")] = -1e30f;
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
    { "scale overflows", huge_scale, NULL, NULL, RWDA_EFORMAT,
      "logit_scale is 1000, and exp of it inf, which is not finite" },
    { "scale vanishes", tiny_scale, NULL, NULL, RWDA_EFORMAT,
      "logit_scale is -1e+30, and exp of it 0, which leaves no logits" },
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
        cmocka_unit_test(a_tower_alone_is_that_of_the_whole),
        cmocka_unit_test(another_input_size_interpolates_positions),
        cmocka_unit_test(a_weight_beyond_f16_is_refused_at_f16_only),
        cmocka_unit_test(refuses_what_does_not_fit),
        cmocka_unit_test(says_which_file_is_missing_or_cannot_be_used),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
