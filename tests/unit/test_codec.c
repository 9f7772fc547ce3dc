/* test_codec.c - does every codec give the values and say the facts that stand in tests/images/odd/expected.txt? */
#include "format/codec.h"

#include "base/file.h"
#include "tests/unit/check.h"

#include <inttypes.h>
#include <stdlib.h>

static const struct {
    const char *ending;
    rw_codec_fn decode; /* NULL: not in this build */
} codecs[] = {
    { ".jpg", rw_codec_jpeg },     { ".png", rw_codec_png },      { ".webp", rw_codec_webp }, { ".tif", rw_codec_tiff },
#ifdef RWDA_HAVE_GIF
    { ".gif", rw_codec_gif },
#endif
#ifdef RWDA_HAVE_AVIF
    { ".avif", rw_codec_avif },
#endif
#ifdef RWDA_HAVE_JPEG2000
    { ".jp2", rw_codec_jpeg2000 }, { ".j2k", rw_codec_jpeg2000 },
#endif
#ifdef RWDA_HAVE_HEIC
    { ".heic", rw_codec_heic },
#endif
};

typedef struct {
    char name[64], status[24], sum[24];
    int  width, height, orientation, pages, bits, largest;
} expectation;

static rw_codec_fn codec_of(const char *name)
{
    for (size_t i = 0; i < RW_COUNTOF(codecs); i++)
        if (strcmp(strrchr(name, '.'), codecs[i].ending) == 0)
            return codecs[i].decode;
    return NULL;
}

static void read_odd(uint8_t **bytes, size_t *len, const char *name)
{
    char       path[RW_PATH_MAX];
    rwda_error err;

    (void)snprintf(path, sizeof path, "%s/images/odd/%s", RWDA_TEST_DIR, name);
    assert_ok(rw_file_read(bytes, len, path, 1 << 20, &err), err);
}

static uint64_t fnv1a(const uint8_t *bytes, size_t n)
{
    uint64_t sum = 0xcbf29ce484222325u;

    for (size_t i = 0; i < n; i++)
        sum = (sum ^ bytes[i]) * 0x100000001b3u;
    return sum;
}

static void check(const expectation *e, rw_codec_fn decode)
{
    const rw_limits limits = { .max_pixels = 1 << 20 };
    rw_pixels       pixels = { 0 };
    rwda_error      err    = { 0 };
    uint8_t        *bytes;
    size_t          len;
    char            sum[24];
    guarded         g;
    rwda_status     status;

    read_odd(&bytes, &len, e->name);
    g      = guarded_copy(bytes, len);
    status = decode(&pixels, g.bytes, g.len, &limits, &err);
    if (strcmp(e->status, "ok") != 0) {
        if (strcmp(rwda_status_name(status), e->status) != 0)
            fail_msg("%s: %s, not %s", e->name, rwda_status_name(status), e->status);
        assert_true(strlen(err.message) > 10);
        goto done;
    }
    if (status != RWDA_OK)
        fail_msg("%s: %s", e->name, err.message);
    if (pixels.width != e->width || pixels.height != e->height)
        fail_msg("%s: %d x %d, not %d x %d", e->name, pixels.width, pixels.height, e->width, e->height);
    (void)snprintf(sum, sizeof sum, "%016" PRIx64, fnv1a(pixels.rgb, 3 * (size_t)pixels.width * (size_t)pixels.height));
    if (strcmp(e->sum, "-") != 0 && strcmp(e->sum, sum) != 0)
        fail_msg("%s: values of sum %s, not %s", e->name, sum, e->sum);
    if (pixels.orientation != e->orientation || pixels.pages != e->pages || pixels.bits != e->bits ||
        pixels.largest != e->largest)
        fail_msg("%s: orientation %d, %d pages, %d bits, largest %d; not %d, %d, %d, %d", e->name, pixels.orientation,
                 pixels.pages, pixels.bits, pixels.largest, e->orientation, e->pages, e->bits, e->largest);
done:
    free(pixels.rgb);
    guarded_free(&g);
    free(bytes);
}

static void odd_files_are_read_as_expected(void **state)
{
    uint8_t    *text;
    size_t      len, n = 0;
    expectation e;
    char       *line, *rest = NULL;

    (void)state;
    read_odd(&text, &len, "expected.txt");
    text[len - 1] = '\0'; /* its last line's end */
    for (line = strtok_r((char *)text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        rw_codec_fn decode;

        assert_int_equal(sscanf(line, "%63s %23s %d %d %23s %d %d %d %d", e.name, e.status, &e.width, &e.height, e.sum,
                                &e.orientation, &e.pages, &e.bits, &e.largest),
                         9);
        decode = codec_of(e.name);
        if (decode != NULL) {
            check(&e, decode);
            n++;
        }
    }
    assert_true(n > 80);
    free(text);
}

/* Each format's decoder stops when it is told to: at the first look, and at a later one. */
static int on_look(void *user)
{
    int *left = user;

    return (*left)-- <= 0;
}

static void gives_up_when_asked(void **state)
{
    static const char *const names[] = { "exif-3.jpg", "cmyk-progressive.jpg", "exif-3.png", "frames.webp", "exif-3.webp",
                                         "pages.tif",  "tiles-deflate.tif",    "frames.gif", "frames.avif", "tiles.j2k",
                                         "plain.heic" };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(names); i++)
        for (int looks = 0; looks < 2 && codec_of(names[i]) != NULL; looks++) {
            int             left   = looks;
            const rw_limits limits = { .max_pixels = 1 << 20, .cancel = on_look, .user = &left };
            rw_pixels       pixels = { 0 };
            rwda_error      err    = { 0 };
            uint8_t        *bytes;
            size_t          len;
            rwda_status     status;

            read_odd(&bytes, &len, names[i]);
            status = codec_of(names[i])(&pixels, bytes, len, &limits, &err);
            if (status != RWDA_ECANCELLED && (looks == 0 || left < 0)) /* a small file may be done before the second look */
                fail_msg("%s, look %d: %s", names[i], looks, status == RWDA_OK ? "decoded" : err.message);
            free(pixels.rgb);
            free(bytes);
        }
}

/* 10 bits in a 16-bit file: dark as stored, whole with the depth that is in use. */
static void depth_scales_what_16_bits_hold(void **state)
{
    static const char *const names[] = { "bits-10-in-16.png", "bits-16-black.tif" };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(names); i++) {
        rw_limits  limits = { .max_pixels = 1 << 20 };
        rw_pixels  dark = { 0 }, whole = { 0 };
        rwda_error err = { 0 };
        uint8_t   *bytes;
        size_t     len;

        read_odd(&bytes, &len, names[i]);
        assert_ok(codec_of(names[i])(&dark, bytes, len, &limits, &err), err);
        limits.depth = 10;
        assert_ok(codec_of(names[i])(&whole, bytes, len, &limits, &err), err);
        assert_int_equal(dark.largest, whole.largest);
        for (size_t k = 0; k < 3 * (size_t)dark.width * (size_t)dark.height; k++) {
            assert_true(dark.rgb[k] <= 16);
            if (whole.rgb[k] < 255)
                assert_int_equal(whole.rgb[k] >> 6, dark.rgb[k]);
        }
        free(dark.rgb);
        free(whole.rgb);
        free(bytes);
    }
}

/* 2 x 3 pixels, numbered; what a viewer shows for each orientation. */
static void turns_as_exif_says(void **state)
{
    static const char *const shown[] = {
        "", "123456", "214365", "654321", "563412", "135246", "531642", "642531", "246135"
    };

    (void)state;
    for (int orientation = 0; orientation <= 9; orientation++) {
        const rw_limits limits = { .max_pixels = 6 };
        const char     *right  = orientation >= 1 && orientation <= 8 ? shown[orientation] : shown[1];
        rw_pixels       pixels = { 0 };
        rwda_error      err    = { 0 };

        assert_ok(rw_pixels_new(&pixels, 2, 3, &limits, &err), err);
        for (int i = 0; i < 18; i++)
            pixels.rgb[i] = (uint8_t)('1' + i / 3);
        assert_ok(rw_pixels_turn(&pixels, orientation, &err), err);
        assert_int_equal(pixels.width, orientation >= 5 && orientation <= 8 ? 3 : 2);
        for (int i = 0; i < 18; i++)
            if (pixels.rgb[i] != (uint8_t)right[i / 3])
                fail_msg("orientation %d: value %d is '%c', not '%c'", orientation, i, pixels.rgb[i], right[i / 3]);
        free(pixels.rgb);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_files_are_read_as_expected),
        cmocka_unit_test(gives_up_when_asked),
        cmocka_unit_test(depth_scales_what_16_bits_hold),
        cmocka_unit_test(turns_as_exif_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
