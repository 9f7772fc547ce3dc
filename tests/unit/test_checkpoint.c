/* test_checkpoint.c - is the right config taken with the right weights, whatever lies in a directory? */
#include "clip/checkpoint.h"

#include "tests/unit/tiny_clip.h"

#include <sys/stat.h>

static char              root[] = "/tmp/rwda-test-checkpoint-XXXXXX";
static char              folder[128]; /* in it; the tests name it */
static const char *const files[] = { "open_clip_config.json",       "config.json",
                                     "preprocessor_config.json",    "processor_config.json",
                                     "open_clip_model.safetensors", "model.safetensors",
                                     "model.fp16.safetensors",      "model.safetensors.index.json",
                                     "model-1.safetensors",         "model-2.safetensors",
                                     "pytorch_model.bin",           "open_clip_model.safetensors.index.json" };
static tiny_clip         openclip, huggingface;

static int set_up(void **state)
{
    (void)state;
    tiny_make(&openclip);
    tiny_make(&huggingface);
    tiny_to_huggingface(&huggingface);
    return mkdtemp(root) == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    tiny_free(&openclip);
    tiny_free(&huggingface);
    return rmdir(root);
}

static void begin(const char *name)
{
    (void)snprintf(folder, sizeof folder, "%s/%s", root, name);
    assert_int_equal(mkdir(folder, 0700), 0);
}

static void end(void)
{
    char path[RW_PATH_MAX];

    for (size_t i = 0; i < RW_COUNTOF(files); i++) {
        assert_true(rw_path_join(path, sizeof path, folder, files[i]));
        unlink(path);
    }
    assert_int_equal(rmdir(folder), 0);
}

static void put(const char *name, const void *bytes, size_t len)
{
    char       path[RW_PATH_MAX];
    rwda_error err;

    assert_true(rw_path_join(path, sizeof path, folder, name));
    assert_ok(rw_file_write(path, bytes, len, true, &err), err);
}

static void put_text(const char *name, const char *text)
{
    put(name, text, strlen(text));
}

/* Tensors first .. last - 1 of a checkpoint. */
static void put_weights(const char *name, const tiny_clip *t, size_t first, size_t last)
{
    uint8_t   *bytes;
    size_t     len;
    rwda_error err;

    assert_ok(rw_safetensors_build(&bytes, &len, t->tensors + first, last - first, NULL, 0, &err), err);
    put(name, bytes, len);
    free(bytes);
}

static rwda_status open_model(rwda_model **model, rwda_error *err)
{
    rwda_model_options options = RWDA_MODEL_OPTIONS_INIT;

    return rwda_model_open(model, folder, &options, err);
}

static void assert_layout(const char *layout, const char *weights, const char *warning)
{
    rwda_model            *model = NULL;
    const rwda_model_info *info;
    rwda_error             err = { 0 };

    assert_ok(open_model(&model, &err), err);
    info = rwda_model_get_info(model);
    assert_string_equal(info->layout, layout);
    assert_non_null(strstr(info->weights_path, weights));
    if (warning == NULL)
        assert_null(info->warning);
    else if (info->warning == NULL || strstr(info->warning, warning) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", warning, info->warning != NULL ? info->warning : "no warning");
    rwda_model_free(model);
}

static void assert_not(const char *fault, rwda_status code, const char *says)
{
    rwda_model *model = NULL;
    rwda_error  err   = { 0 };

    assert_refused(fault, open_model(&model, &err), code, &err, says);
}

/* A repository has both configs and often a model.safetensors alone, of either layout. */
static void both_configs_take_what_the_weights_are(void **state)
{
    (void)state;
    begin("both");
    put_text("open_clip_config.json", TINY_CONFIG);
    put_text("config.json", TINY_CONFIG_HUGGINGFACE);
    put_weights("model.safetensors", &huggingface, 0, huggingface.count);
    assert_layout("huggingface", "/model.safetensors", NULL);
    put_weights("model.safetensors", &openclip, 0, openclip.count);
    assert_layout("openclip", "/model.safetensors", NULL);
    put_weights("model.safetensors", &huggingface, 0, huggingface.count);
    put_weights("open_clip_model.safetensors", &openclip, 0, openclip.count);
    assert_layout("openclip", "/open_clip_model.safetensors", NULL);
    end();
}

static void a_missing_config_is_named(void **state)
{
    (void)state;
    begin("one");
    put_text("open_clip_config.json", TINY_CONFIG);
    put_weights("model.safetensors", &huggingface, 0, huggingface.count);
    assert_not("weights of Hugging Face", RWDA_ENOTFOUND,
               "model.safetensors: these weights are in the layout that config.json describes");
    end();
    begin("other");
    put_text("config.json", TINY_CONFIG_HUGGINGFACE);
    assert_not("no weights", RWDA_ENOTFOUND, "no model.safetensors beside the config");
    put_text("pytorch_model.bin", "PK");
    assert_not("a pickle", RWDA_EUNSUPPORTED, "pytorch_model.bin: a pickle can run code");
    put_weights("open_clip_model.safetensors", &openclip, 0, openclip.count);
    assert_not("weights of OpenCLIP", RWDA_ENOTFOUND,
               "open_clip_config.json describes, which is missing; there is config.json only");
    end();
}

static void half_precision_may_be_in_the_name(void **state)
{
    (void)state;
    begin("half");
    put_text("config.json", TINY_CONFIG_HUGGINGFACE);
    put_weights("model.fp16.safetensors", &huggingface, 0, huggingface.count);
    assert_layout("huggingface", "/model.fp16.safetensors", NULL);
    end();
}

#define INDEX(of_scale)                                                                                                     \
    "{\"metadata\":{},\"weight_map\":{\"logit_scale\":\"" of_scale "\",\"text_projection.weight\":\"model-2.safetensors\"," \
    "\"vision_model.embeddings.class_embedding\":\"model-1.safetensors\"}}"

static void parts_are_one_checkpoint(void **state)
{
    static const struct {
        const char *fault, *index, *says;
        rwda_status code;
    } bad[] = {
        { "no JSON", "[", "no JSON object with a weight_map", RWDA_EFORMAT },
        { "an empty map", "{\"weight_map\":{}}", "no JSON object with a weight_map", RWDA_EFORMAT },
        { "no name", "{\"weight_map\":{\"x\":7}}", "a part is no name of a file beside it", RWDA_EFORMAT },
        { "another folder", "{\"weight_map\":{\"x\":\"../model-1.safetensors\"}}", "a part is no name", RWDA_EFORMAT },
        { "itself", "{\"weight_map\":{\"x\":\"model.safetensors.index.json\"}}", "a part is no name", RWDA_EFORMAT },
        { "a missing part", "{\"weight_map\":{\"x\":\"model-3.safetensors\"}}", "model-3.safetensors", RWDA_ENOTFOUND },
        { "another part", INDEX("model-1.safetensors"), "tensor \"logit_scale\" is not in model-1.safetensors",
          RWDA_EMISMATCH },
        { "a tensor that is nowhere", "{\"weight_map\":{\"x\":\"model-1.safetensors\"}}", "tensor \"x\" is not in",
          RWDA_EMISMATCH },
    };
    rwda_model *model = NULL;
    rwda_error  err   = { 0 };
    size_t      half  = huggingface.count / 3;
    char        first[65], whole[65];

    (void)state;
    begin("parts");
    put_text("config.json", TINY_CONFIG_HUGGINGFACE);
    put_text("model.safetensors.index.json", INDEX("model-2.safetensors"));
    put_weights("model-1.safetensors", &huggingface, 0, half);
    put_weights("model-2.safetensors", &huggingface, half, huggingface.count);
    assert_layout("huggingface", "/model.safetensors.index.json", NULL);
    assert_ok(open_model(&model, &err), err);
    (void)snprintf(first, sizeof first, "%s", rwda_model_get_info(model)->sha256);
    rwda_model_free(model);
    huggingface.data[half][0] += 0.25f; /* of the second part: another model */
    put_weights("model-2.safetensors", &huggingface, half, huggingface.count);
    assert_ok(open_model(&model, &err), err);
    (void)snprintf(whole, sizeof whole, "%s", rwda_model_get_info(model)->sha256);
    rwda_model_free(model);
    huggingface.data[half][0] -= 0.25f;
    assert_string_not_equal(first, whole);
    for (size_t i = 0; i < RW_COUNTOF(bad); i++) {
        put_text("model.safetensors.index.json", bad[i].index);
        assert_not(bad[i].fault, bad[i].code, bad[i].says);
    }
    put_text("model.safetensors.index.json", INDEX("model-2.safetensors"));
    put_weights("model-2.safetensors", &huggingface, half - 1, huggingface.count);
    assert_not("a tensor twice", RWDA_EFORMAT, "is in two parts");
    end();
}

static void parts_are_of_their_layout(void **state)
{
    static const char index[] =
        "{\"weight_map\":{\"logit_scale\":\"model-2.safetensors\",\"visual.class_embedding\":\"model-1.safetensors\"}}";
    rwda_model *model = NULL;
    rwda_error  err   = { 0 };
    char        path[RW_PATH_MAX];
    size_t      half = openclip.count / 3;

    (void)state;
    begin("parts-of-openclip");
    put_text("open_clip_config.json", TINY_CONFIG);
    put_weights("model-1.safetensors", &openclip, 0, half);
    put_weights("model-2.safetensors", &openclip, half, openclip.count);
    put_text("model.safetensors.index.json", index);
    assert_layout("openclip", "/model.safetensors.index.json", NULL);
    put_text("config.json", TINY_CONFIG_HUGGINGFACE);
    assert_layout("openclip", "/model.safetensors.index.json", NULL);
    put_text("open_clip_model.safetensors.index.json", index);
    assert_layout("openclip", "/open_clip_model.safetensors.index.json", NULL);
    assert_ok(open_model(&model, &err), err);
    rwda_model_free(model);
    put_weights("model-1.safetensors", &huggingface, 0, huggingface.count / 3);
    put_weights("model-2.safetensors", &huggingface, huggingface.count / 3, huggingface.count);
    assert_true(rw_path_join(path, sizeof path, folder, "open_clip_model.safetensors.index.json"));
    assert_int_equal(unlink(path), 0);
    put_text("model.safetensors.index.json", INDEX("model-2.safetensors"));
    assert_layout("huggingface", "/model.safetensors.index.json", NULL);
    end();
}

#define PIXELS(mean) "{\"size\":16,\"crop_size\":16,\"image_mean\":" mean "}"

static void preprocessing_lies_in_two_files(void **state)
{
    static const struct {
        const char *older, *newer; /* preprocessor_config.json, processor_config.json */
        float       mean;
    } rows[] = {
        { NULL, NULL, 0.48145466f },
        { PIXELS("0.25"), NULL, 0.25f },
        { NULL, "{\"image_processor\":" PIXELS("0.5") "}", 0.5f },
        { PIXELS("0.25"), "{\"processor_class\":\"CLIPProcessor\"}", 0.25f },
        { PIXELS("0.5"), "{\"image_processor\":" PIXELS("[0.5,0.5,0.5]") "}", 0.5f },
    };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(rows); i++) {
        rw_clip_config config;
        char           weights[RW_PATH_MAX];
        rwda_error     err = { 0 };

        begin("pixels");
        put_text("config.json", TINY_CONFIG_HUGGINGFACE);
        put_weights("model.safetensors", &huggingface, 0, 1);
        if (rows[i].older != NULL)
            put_text("preprocessor_config.json", rows[i].older);
        if (rows[i].newer != NULL)
            put_text("processor_config.json", rows[i].newer);
        assert_ok(rw_checkpoint_find(&config, weights, folder, &err), err);
        assert_true(config.mean[0] == rows[i].mean && config.resize == RWDA_RESIZE_SHORTEST);
        end();
    }
    begin("pixels");
    put_text("config.json", TINY_CONFIG_HUGGINGFACE);
    put_weights("model.safetensors", &huggingface, 0, 1);
    put_text("preprocessor_config.json", PIXELS("0.25"));
    put_text("processor_config.json", "{\"image_processor\":" PIXELS("0.5") "}");
    assert_not("two opinions", RWDA_EMISMATCH, "say different things about images");
    put_text("processor_config.json", "{\"image_processor\":{\"size\":16,\"crop_size\":15}}");
    assert_not("another crop", RWDA_EMISMATCH, "processor_config.json: crop_size is 15 x 15");
    end();
}

/* The tensors do not tell exact GELU from QuickGELU. */
static void a_name_that_speaks_against_the_activation_is_said(void **state)
{
    static const char quick[] = "{\"model_cfg\":{\"embed_dim\":12,\"quick_gelu\":true,";
    static const struct {
        const char *name;
        bool        quick;
        const char *warning;
    } rows[] = {
        { "ViT-B-32-openai", false, "trained with QuickGELU" },
        { "vit_base_patch32_clip_quickgelu_224", false, "trained with QuickGELU" },
        { "ViT-B-32-openai", true, NULL },
        { "CLIP-ViT-B-32-laion2B", true, "trained with exact GELU" },
        { "CLIP-ViT-B-32-laion2B", false, NULL },
        { "ViT-B-32-quickgelu-laion400m", true, NULL },
        { "my-model", true, NULL },
        { "my-model", false, NULL },
    };
    char text[1024];

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(rows); i++) {
        begin(rows[i].name);
        (void)snprintf(text, sizeof text, "%s%s", quick, strstr(TINY_CONFIG, "\"vision_cfg\""));
        put_text("open_clip_config.json", rows[i].quick ? text : TINY_CONFIG);
        put_weights("open_clip_model.safetensors", &openclip, 0, openclip.count);
        assert_layout("openclip", "open_clip_model.safetensors", rows[i].warning);
        end();
    }
    begin("named");
    (void)snprintf(text, sizeof text, "{\"_name_or_path\":\"openai/clip-vit-base-patch32\",%s", &TINY_CONFIG_HUGGINGFACE[1]);
    put_text("config.json", text);
    put_weights("model.safetensors", &huggingface, 0, huggingface.count);
    assert_layout("huggingface", "model.safetensors", "trained with QuickGELU");
    put_text("open_clip_config.json", TINY_CONFIG);
    put_text("config.json", "{\"vision_config\":{\"hidden_act\":\"quick_gelu\"}}");
    put_weights("open_clip_model.safetensors", &openclip, 0, openclip.count);
    assert_layout("openclip", "open_clip_model.safetensors", "disagree on QuickGELU");
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_configs_take_what_the_weights_are),
        cmocka_unit_test(a_missing_config_is_named),
        cmocka_unit_test(half_precision_may_be_in_the_name),
        cmocka_unit_test(parts_are_one_checkpoint),
        cmocka_unit_test(parts_are_of_their_layout),
        cmocka_unit_test(preprocessing_lies_in_two_files),
        cmocka_unit_test(a_name_that_speaks_against_the_activation_is_said),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
