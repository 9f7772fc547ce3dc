/* fuzz_config.c - can any JSON make a config that is accepted and inconsistent? */
#include "clip/clip_config.h"
#include "clip/preprocessor_config.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check(const rw_clip_config *c)
{
    if (c->patch_size < 1 || c->image_size < c->patch_size || c->vision.heads < 1 ||
        c->vision.width % c->vision.heads != 0 || c->text.heads < 1 || c->text.width % c->text.heads != 0 ||
        c->vision.width > RW_CLIP_WIDTH_MAX || c->text.width > RW_CLIP_WIDTH_MAX)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    rw_clip_config config, pixels = { .image_size = 224, .resize = RWDA_RESIZE_SHORTEST };
    bool           found;

    if (rw_preprocessor_config(&pixels, &found, false, (const char *)bytes, len, "x", NULL) == RWDA_OK &&
        pixels.resize == RWDA_RESIZE_SHORTEST && pixels.shortest < 224)
        abort();
    if (rw_clip_config_openclip(&config, (const char *)bytes, len, "x", NULL) == RWDA_OK)
        check(&config);
    if (rw_clip_config_huggingface(&config, (const char *)bytes, len, "x", NULL) == RWDA_OK)
        check(&config);
    return 0;
}
