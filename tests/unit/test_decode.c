/* test_decode.c - is every format decoded to the right pixels, and every damaged file refused without reading past its end?
 *
 * tests/images holds one small image a format, made by tests/images/make.py.  All lossless ones hold the same pixels. */
#include "base/file.h"
#include "base/random.h"
#include "rwda.h"
#include "tests/unit/check.h"

#define WIDTH  13
#define HEIGHT 9

static const struct {
    const char *name;
    bool        exact;
    bool        notices_cuts; /* every shorter file is an error: the format says how long it is */
} files[] = {
    { "rgb.png", true, true },          { "palette.png", true, true },   { "interlaced16.png", true, true },
    { "rgb.bmp", true, true },          { "rgb.ppm", true, true },       { "plain.ppm", true, false },
    { "lzw.tif", true, true },          { "lossless.webp", true, true }, { "q95.jpg", false, true },
    { "progressive.jpg", false, true },
};

static uint8_t pixel(int x, int y, int channel)
{
    return (uint8_t)(channel == 0 ? x * 18 : channel == 1 ? y * 26 : (x * y * 7) % 256);
}

static void read_image(uint8_t **bytes, size_t *len, const char *name)
{
    rwda_error err;

    char path[RW_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/images/%s", RWDA_TEST_DIR, name);
    assert_ok(rw_file_read(bytes, len, path, 1 << 20, &err), err);
}

static void decodes_every_format(void **state)
{
    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(files); i++) {
        uint8_t    *bytes;
        size_t      len;
        rwda_image *image = NULL;
        rwda_error  err   = { 0 };
        guarded     g;

        read_image(&bytes, &len, files[i].name);
        g = guarded_copy(bytes, len);
        assert_ok(rwda_image_decode(&image, g.bytes, g.len, NULL, &err), err);
        assert_int_equal(image->width, WIDTH);
        assert_int_equal(image->height, HEIGHT);
        for (int y = 0; files[i].exact && y < HEIGHT; y++)
            for (int x = 0; x < WIDTH; x++)
                for (int c = 0; c < 3; c++)
                    if (image->pixels[(size_t)y * image->stride + 3 * (size_t)x + (size_t)c] != pixel(x, y, c))
                        fail_msg("%s: pixel %d, %d channel %d", files[i].name, x, y, c);
        rwda_image_free(image);
        guarded_free(&g);
        free(bytes);
    }
}

static void refuses_every_shorter_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(files); i++) {
        uint8_t *bytes;
        size_t   len, tail = 0;

        read_image(&bytes, &len, files[i].name);
        while (bytes[len - 1 - tail] == 0 && tail < len - 1) /* what zeros end a file may go unnoticed */
            tail++;
        for (size_t n = 0; n + 16 + tail < len; n++) {
            guarded     g     = guarded_copy(bytes, n);
            rwda_image *image = POISON;
            rwda_error  err   = { 0 };
            rwda_status got   = rwda_image_decode(&image, g.bytes, g.len, NULL, &err);

            if (files[i].notices_cuts && got != RWDA_EFORMAT)
                fail_msg("%s cut to %zu of %zu bytes: %s", files[i].name, n, len, rwda_status_name(got));
            assert_true(got == RWDA_OK || image == NULL);
            if (got == RWDA_OK)
                rwda_image_free(image);
            guarded_free(&g);
        }
        free(bytes);
    }
}

static void survives_damaged_bytes(void **state)
{
    rw_random random = rw_random_init(2, 1);

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(files); i++) {
        uint8_t           *bytes;
        size_t             len;
        rwda_image_options options = RWDA_IMAGE_OPTIONS_INIT;

        options.max_pixels = 1 << 16;
        read_image(&bytes, &len, files[i].name);
        for (int round = 0; round < 300; round++) {
            guarded     g     = guarded_copy(bytes, len);
            rwda_image *image = POISON;
            rwda_error  err   = { 0 };

            for (uint32_t hits = 1 + rw_random_below(&random, 3); hits > 0; hits--)
                g.bytes[rw_random_below(&random, (uint32_t)len)] = (uint8_t)rw_random_u32(&random);
            if (rwda_image_decode(&image, g.bytes, g.len, &options, &err) == RWDA_OK) {
                assert_true((int64_t)image->width * image->height <= options.max_pixels);
                rwda_image_free(image);
            } else {
                assert_null(image);
            }
            guarded_free(&g);
        }
        free(bytes);
    }
}

static void check_claim(const char *format, const void *bytes, size_t len)
{
    guarded     g     = guarded_copy(bytes, len);
    rwda_image *image = POISON;
    rwda_error  err   = { 0 };

    assert_refused(format, rwda_image_decode(&image, g.bytes, g.len, NULL, &err), RWDA_ELIMIT, &err, "178956970");
    assert_non_null(strstr(err.message, "65535"));
    assert_null(image);
    guarded_free(&g);
}

/* A header that claims 65,535 x 65,535 pixels is refused before memory is asked for. */
static void refuses_more_pixels_than_the_cap(void **state)
{
    static const char png[] =
        "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xff\xff\0\0\xff\xff\x08\x02\0\0\0\x39\x67\x4e\x07\0\0\0\0IDAT";
    static const char pnm[]  = "P6 65535 65535 255\n";
    static const char bmp[]  = "BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\xff\xff\0\0\xff\xff\0\0\1\0\x18\0\0\0\0\0\0\0\0\0\0"
                               "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    static const char webp[] = "RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xfe\xff\0\xfe\xff\0";

    (void)state;
    check_claim("PNG", png, sizeof png - 1);
    check_claim("PNM", pnm, sizeof pnm - 1);
    check_claim("BMP", bmp, sizeof bmp - 1);
    check_claim("WebP", webp, sizeof webp - 1);
}

/* Real files whose size fields are overwritten: a whole image follows. */
static void refuses_large_claims_of_real_files(void **state)
{
    uint8_t    *bytes;
    size_t      len, at = 0;
    rwda_image *image = POISON;
    rwda_error  err   = { 0 };

    (void)state;
    read_image(&bytes, &len, "lzw.tif"); /* little-endian: an IFD of 12-byte entries, 256 is the width, 257 the height */
    at = (size_t)bytes[4] | (size_t)bytes[5] << 8;
    for (size_t i = 0, n = bytes[at]; i < n; i++) {
        uint8_t *entry = bytes + at + 2 + 12 * i;

        if ((entry[0] == 0 || entry[0] == 1) && entry[1] == 1)
            memcpy(entry + 2, "\4\0\1\0\0\0\xff\xff\0\0", 10); /* LONG, one, 65535 */
    }
    check_claim("TIFF", bytes, len);
    free(bytes);

    read_image(&bytes, &len, "q95.jpg"); /* frame header: FF C0, length, 8 bits, height, width */
    for (at = 0; bytes[at] != 0xff || bytes[at + 1] != 0xc0; at++)
        assert_true(at + 9 < len);
    memcpy(bytes + at + 5, "\xff\xdc\xff\xdc", 4); /* libjpeg itself refuses more than 65,500 */
    assert_refused("JPEG", rwda_image_decode(&image, bytes, len, NULL, &err), RWDA_ELIMIT, &err, "65500 x 65500");
    assert_null(image);
    memcpy(bytes + at + 5, "\xff\xff\xff\xff", 4);
    assert_refused("JPEG", rwda_image_decode(&image, bytes, len, NULL, &err), RWDA_EFORMAT, &err, "65500");
    free(bytes);
}

static void names_what_it_does_not_know(void **state)
{
    static const char *const others[] = { "", "GIF89a", "plain text instead of an image", "%PDF-1.4", "\xff\xd8" };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(others); i++) {
        guarded     g     = guarded_copy(others[i], strlen(others[i]));
        rwda_image *image = POISON;
        rwda_error  err   = { 0 };
        rwda_status got   = rwda_image_decode(&image, g.bytes, g.len, NULL, &err);

        assert_true(got == RWDA_EFORMAT || got == RWDA_EUNSUPPORTED);
        assert_true(strlen(err.message) > 10);
        assert_null(image);
        guarded_free(&g);
    }
}

static void sixteen_bytes_tell_an_image(void **state)
{
    static const char *const formats[] = { "q95.jpg", "rgb.png", "lossless.webp", "lzw.tif", "rgb.bmp", "rgb.ppm" };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(formats); i++) {
        char     path[512];
        uint8_t *bytes;
        size_t   len;

        (void)snprintf(path, sizeof path, RWDA_TEST_DIR "/images/%s", formats[i]);
        assert_int_equal(rw_file_read(&bytes, &len, path, 1 << 20, NULL), RWDA_OK);
        assert_int_equal(rwda_image_recognised(bytes, 16), 1);
        assert_int_equal(rwda_image_recognised(bytes, 1), 0);
        free(bytes);
    }
    assert_int_equal(rwda_image_recognised("path,label,score", 16), 0);
    assert_int_equal(rwda_image_recognised("", 0), 0);
}

/* What is said to be read is, and nothing else. */
static void names_the_formats_of_this_build(void **state)
{
    static const char *const known[][2] = { { "JPEG", "q95.jpg" },        { "PNG", "rgb.png" },
                                            { "WebP", "lossless.webp" },  { "TIFF", "lzw.tif" },
                                            { "BMP", "rgb.bmp" },         { "PNM", "rgb.ppm" },
                                            { "GIF", "odd/clear.gif" },   { "JPEG 2000", "odd/alpha.jp2" },
                                            { "AVIF", "odd/alpha.avif" }, { "HEIC", "odd/alpha.heic" } };

    rwda_image *image;
    rwda_error  err;
    size_t      named = 1;

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(known); i++) {
        char        path[512];
        uint8_t    *bytes;
        size_t      len;
        rwda_status got;

        (void)snprintf(path, sizeof path, RWDA_TEST_DIR "/images/%s", known[i][1]);
        assert_int_equal(rw_file_read(&bytes, &len, path, 1 << 20, NULL), RWDA_OK);
        got = rwda_image_decode(&image, bytes, len, NULL, &err);
        assert_int_equal(got, strstr(rwda_image_formats(), known[i][0]) != NULL ? RWDA_OK : RWDA_EUNSUPPORTED);
        rwda_image_free(image);
        free(bytes);
    }
    for (const char *c = rwda_image_formats(); *c != '\0'; c++)
        named += *c == ',';
    assert_in_range(named, 6, RW_COUNTOF(known));
    assert_int_equal(rwda_image_decode(&image, "a list", 6, NULL, &err), RWDA_EFORMAT);
    assert_non_null(strstr(err.message, rwda_image_formats()));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_every_format),
        cmocka_unit_test(refuses_every_shorter_file),
        cmocka_unit_test(survives_damaged_bytes),
        cmocka_unit_test(refuses_more_pixels_than_the_cap),

        cmocka_unit_test(refuses_large_claims_of_real_files),
        cmocka_unit_test(names_what_it_does_not_know),
        cmocka_unit_test(sixteen_bytes_tell_an_image),
        cmocka_unit_test(names_the_formats_of_this_build),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
