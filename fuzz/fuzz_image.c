/* fuzz_image.c - can any bytes make an image decoder misbehave?  Seeds: tests/images. */
#include "rwda.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    rwda_image_options options = RWDA_IMAGE_OPTIONS_INIT;
    rwda_image        *image   = NULL;

    options.max_pixels = 1 << 20;
    if (rwda_image_decode(&image, bytes, len, &options, NULL) == RWDA_OK)
        rwda_image_free(image);
    return 0;
}
