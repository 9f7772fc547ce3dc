/* test_preprocessor_config.c - is every key of Hugging Face's preprocessing read as transformers reads it, or refused by name? */
#include "clip/preprocessor_config.h"

#include "tests/unit/check.h"

static rwda_status take(rw_clip_config *c, bool *found, bool nested, const char *text, rwda_error *err)
{
    *c = (rw_clip_config){ .image_size = 48,
                           .resize     = RWDA_RESIZE_SHORTEST,
                           .crop_floor = true,
                           .scale      = 1.0 / 255.0,
                           .processor  = "CLIPImageProcessor",
                           .mean       = { 0.1f, 0.2f, 0.3f },
                           .std        = { 0.4f, 0.5f, 0.6f } };
    return rw_preprocessor_config(c, found, nested, text, strlen(text), "preprocessor_config.json", err);
}

#define SIZE "\"size\":{\"shortest_edge\":48},"
#define CROP "\"crop_size\":{\"height\":48,\"width\":48}"

static const struct {
    const char *text;
    rwda_resize resize;
    int         shortest;
    double      scale;
    float       mean, std; /* of the second channel */
} read_rows[] = {
    { "{" SIZE CROP "}", RWDA_RESIZE_SHORTEST, 48, 1.0 / 255.0, 0.2f, 0.5f },
    { "{\"size\":48,\"crop_size\":48}", RWDA_RESIZE_SHORTEST, 48, 1.0 / 255.0, 0.2f, 0.5f },
    { "{\"size\":{\"shortest_edge\":64}," CROP "}", RWDA_RESIZE_SHORTEST, 64, 1.0 / 255.0, 0.2f, 0.5f },
    { "{" CROP "}", RWDA_RESIZE_SHORTEST, 224, 1.0 / 255.0, 0.2f, 0.5f }, /* CLIPImageProcessor's own size */
    { "{\"size\":{\"height\":48,\"width\":48}," CROP "}", RWDA_RESIZE_SQUASH, 0, 1.0 / 255.0, 0.2f, 0.5f },
    { "{\"size\":[48,48]," CROP "}", RWDA_RESIZE_SQUASH, 0, 1.0 / 255.0, 0.2f, 0.5f },
    { "{\"size\":{\"height\":48,\"width\":48},\"do_center_crop\":false}", RWDA_RESIZE_SQUASH, 0, 1.0 / 255.0, 0.2f, 0.5f },
    { "{" SIZE CROP ",\"do_rescale\":false}", RWDA_RESIZE_SHORTEST, 48, 1.0, 0.2f, 0.5f },
    { "{" SIZE CROP ",\"rescale_factor\":0.5}", RWDA_RESIZE_SHORTEST, 48, 0.5, 0.2f, 0.5f },
    { "{" SIZE CROP ",\"do_rescale\":false,\"rescale_factor\":0.5}", RWDA_RESIZE_SHORTEST, 48, 1.0, 0.2f, 0.5f },
    { "{" SIZE CROP ",\"do_normalize\":false,\"image_mean\":[1,2,3]}", RWDA_RESIZE_SHORTEST, 48, 1.0 / 255.0, 0.0f, 1.0f },
    { "{" SIZE CROP ",\"image_mean\":0.75,\"image_std\":[1,2,3]}", RWDA_RESIZE_SHORTEST, 48, 1.0 / 255.0, 0.75f, 2.0f },
    { "{" SIZE CROP ",\"do_pad\":null,\"pad_size\":null}", RWDA_RESIZE_SHORTEST, 48, 1.0 / 255.0, 0.2f, 0.5f },
    { "{\"processor_class\":\"CLIPProcessor\",\"image_processor\":{\"size\":{\"shortest_edge\":50}," CROP
      ",\"image_processor_type\":\"CLIPImageProcessor\"}}",
      RWDA_RESIZE_SHORTEST, 50, 1.0 / 255.0, 0.2f, 0.5f },
    { "{" SIZE CROP
      ",\"feature_extractor_type\":\"CLIPFeatureExtractor\",\"resample\":3,\"do_resize\":true,\"do_convert_rgb\":true,"
      "\"data_format\":\"channels_first\",\"do_pad\":false,\"device\":null}",
      RWDA_RESIZE_SHORTEST, 48, 1.0 / 255.0, 0.2f, 0.5f },
};

static void reads_what_transformers_reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(read_rows); i++) {
        rw_clip_config c;
        rwda_error     err;
        bool           found;

        assert_ok(take(&c, &found, false, read_rows[i].text, &err), err);
        assert_true(found);
        assert_int_equal(c.resize, read_rows[i].resize);
        assert_int_equal(c.shortest, read_rows[i].shortest);
        assert_true(c.scale == read_rows[i].scale && c.mean[1] == read_rows[i].mean && c.std[1] == read_rows[i].std);
    }
}

static const struct {
    const char *text, *says;
    rwda_status code;
} refused[] = {
    { "x", "not JSON", RWDA_EFORMAT },
    { "[]", "no JSON object", RWDA_EFORMAT },
    { "{\"do_pad\":false,\"do_pad\":true}", "not JSON", RWDA_EFORMAT }, /* a key twice: which counts? */
    { "{\"image_processor\":[]}", "image_processor is no JSON object", RWDA_EFORMAT },
    { "{" SIZE "\"crop_size\":40}", "crop_size is 40 x 40, the model takes 48 x 48", RWDA_EMISMATCH },
    { "{" SIZE "\"crop_size\":{\"height\":48,\"width\":50}}", "crop_size is 48 x 50", RWDA_EMISMATCH },
    { "{" SIZE "\"do_normalize\":true}", "crop_size is 224 x 224, the model takes 48 x 48", RWDA_EMISMATCH },
    { "{\"size\":{\"shortest_edge\":40}," CROP "}", "shortest_edge is 40, less than the 48", RWDA_EUNSUPPORTED },
    { "{\"size\":{\"shortest_edge\":0}," CROP "}", "size is not a whole number in 1..2048", RWDA_EFORMAT },
    { "{\"size\":{\"shortest_edge\":48,\"longest_edge\":60}," CROP "}", "size is neither", RWDA_EUNSUPPORTED },
    { "{\"size\":{\"longest_edge\":60}," CROP "}", "size is neither", RWDA_EUNSUPPORTED },
    { "{\"size\":{\"max_height\":48,\"max_width\":48}," CROP "}", "size is not a whole number", RWDA_EFORMAT },
    { "{\"size\":\"48\"," CROP "}", "size is neither", RWDA_EUNSUPPORTED },
    { "{\"size\":{\"height\":64,\"width\":64}," CROP "}", "size is 64 x 64", RWDA_EUNSUPPORTED },
    { "{\"size\":{\"height\":48,\"width\":64}," CROP "}", "size is 48 x 64", RWDA_EUNSUPPORTED },
    { "{\"size\":{\"height\":40,\"width\":40},\"do_center_crop\":false}", "size is 40 x 40, the model takes 48 x 48",
      RWDA_EMISMATCH },
    { "{" SIZE CROP ",\"do_center_crop\":false}", "do_center_crop is false", RWDA_EUNSUPPORTED },
    { "{" SIZE CROP ",\"do_center_crop\":null}", "do_center_crop is neither true nor false", RWDA_EUNSUPPORTED },
    { "{" SIZE CROP ",\"do_resize\":false}", "do_resize is false", RWDA_EUNSUPPORTED },
    { "{" SIZE CROP ",\"do_normalize\":null}", "do_normalize is neither true nor false", RWDA_EUNSUPPORTED },
    { "{" SIZE CROP ",\"do_rescale\":1}", "do_rescale is neither true nor false", RWDA_EUNSUPPORTED },
    { "{" SIZE CROP ",\"rescale_factor\":null}", "rescale_factor is not a positive number", RWDA_EUNSUPPORTED },
    { "{" SIZE CROP ",\"rescale_factor\":0}", "rescale_factor is not a positive number", RWDA_EUNSUPPORTED },
    { "{" SIZE CROP ",\"image_mean\":[0.5,0.5]}", "image_mean is not a number or a list of three", RWDA_EFORMAT },
    { "{" SIZE CROP ",\"image_mean\":null}", "image_mean is not a number or a list of three", RWDA_EFORMAT },
    { "{" SIZE CROP ",\"image_std\":[1,0,1]}", "image_std is not a positive number", RWDA_EFORMAT },
    { "{" SIZE CROP ",\"resample\":1}", "resample is neither 3 (bicubic) nor 2 (bilinear)", RWDA_EUNSUPPORTED },
    { "{" SIZE CROP ",\"resample\":null}", "resample is neither 3", RWDA_EUNSUPPORTED },
    { "{" SIZE CROP ",\"image_processor_type\":\"SiglipImageProcessor\"}", "CLIPImageProcessor is", RWDA_EUNSUPPORTED },
    { "{" SIZE CROP ",\"image_processor_type\":\"CLIPImageProcessorSlow\"}", "CLIPImageProcessorSlow", RWDA_EUNSUPPORTED },
    { "{" SIZE CROP ",\"do_convert_rgb\":false}", "do_convert_rgb is false", RWDA_EUNSUPPORTED },
    { "{" SIZE CROP ",\"do_pad\":true}", "do_pad is set", RWDA_EUNSUPPORTED },
    { "{" SIZE CROP ",\"pad_size\":{\"height\":60,\"width\":60}}", "pad_size is set", RWDA_EUNSUPPORTED },
    { "{" SIZE CROP ",\"use_square_size\":true}", "use_square_size is set", RWDA_EUNSUPPORTED },
    { "{" SIZE CROP ",\"data_format\":\"channels_last\"}", "data_format is not channels_first", RWDA_EUNSUPPORTED },
    { "{" SIZE CROP ",\"input_data_format\":\"channels_last\"}", "input_data_format is set", RWDA_EUNSUPPORTED },
    { "{" SIZE CROP ",\"image_processor_type\":\"ViTImageProcessor\"}", "image_processor_type \"ViTImageProcessor\"",
      RWDA_EUNSUPPORTED },
    { "{" SIZE CROP ",\"feature_extractor_type\":\"ViTFeatureExtractor\"}", "feature_extractor_type", RWDA_EUNSUPPORTED },
};

static void refuses_the_rest_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(refused); i++) {
        rw_clip_config c;
        rwda_error     err = { 0 };
        bool           found;

        assert_refused(refused[i].text, take(&c, &found, false, refused[i].text, &err), refused[i].code, &err,
                       refused[i].says);
        assert_non_null(strstr(err.message, "preprocessor_config.json"));
    }
}

/* As SigLIP 2's files have it: squashed, bilinear, no centre cut out. */
static void reads_what_siglip_writes(void **state)
{
    const char *text =
        "{\"do_convert_rgb\":null,\"image_processor_type\":\"SiglipImageProcessorFast\",\"image_mean\":[0.5,0.5,0.5],"
        "\"resample\":2,\"size\":{\"height\":48,\"width\":48}}";
    rw_clip_config c = {
        .image_size = 48, .resize = RWDA_RESIZE_SQUASH, .scale = 1.0 / 255.0, .processor = "SiglipImageProcessor"
    };
    rwda_error err;
    bool       found;

    (void)state;
    assert_ok(rw_preprocessor_config(&c, &found, false, text, strlen(text), "preprocessor_config.json", &err), err);
    assert_true(found && c.filter == RW_FILTER_BILINEAR && c.resize == RWDA_RESIZE_SQUASH && c.mean[1] == 0.5f);
}

/* What transformers 4 writes as processor_config.json says nothing about images. */
static void a_processor_without_images_is_passed_over(void **state)
{
    rw_clip_config c;
    rwda_error     err;
    bool           found = true;

    (void)state;
    assert_ok(take(&c, &found, true, "{\"processor_class\":\"CLIPProcessor\"}", &err), err);
    assert_false(found);
    assert_int_equal(c.shortest, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_transformers_reads),
        cmocka_unit_test(refuses_the_rest_by_name),
        cmocka_unit_test(reads_what_siglip_writes),
        cmocka_unit_test(a_processor_without_images_is_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
