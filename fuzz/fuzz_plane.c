/* fuzz_plane.c - can any bytes make the reader of planes (.npy, grey PNG) misbehave?  Seeds: tests/planes. */
#include "rwda.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    rwda_image_options options = RWDA_IMAGE_OPTIONS_INIT;
    rwda_plane        *plane   = NULL;

    options.max_pixels = 1 << 20;
    if (rwda_plane_decode(&plane, bytes, len, &options, NULL) == RWDA_OK)
        rwda_plane_free(plane);
    return 0;
}
