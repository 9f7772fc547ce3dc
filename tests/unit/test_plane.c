/* test_plane.c - are maps read number by number, and damaged files refused without reading past their end?
 *
 * tests/planes holds one small file a layout, made by tests/planes/make.py from one table. */
#include "base/file.h"
#include "rwda.h"
#include "tests/unit/check.h"

#include <math.h>

#define WIDTH  7
#define HEIGHT 5

static int table(int x, int y)
{
    return (x * 9001 + y * 12345) % 65536;
}

static float all_16(int v)
{
    return (float)v / 65535.0f;
}

static float high_8(int v)
{
    return (float)(v >> 8) / 255.0f;
}

static float one_bit(int v)
{
    return v >= 32768 ? 1.0f : 0.0f;
}

static const struct {
    const char *name;
    float (*value)(int v);
} files[] = {
    { "f4.npy", all_16 },        { "f8_big_endian.npy", all_16 }, { "fortran.npy", all_16 },
    { "one_plane.npy", all_16 }, { "version2.npy", all_16 },      { "grey16.png", all_16 },
    { "grey8.png", high_8 },     { "grey1.png", one_bit },        { "grey_alpha.png", high_8 },
};

static void path_of(char path[RW_PATH_MAX], const char *folder, const char *name)
{
    (void)snprintf(path, RW_PATH_MAX, "%s/%s/%s", RWDA_TEST_DIR, folder, name);
}

static void reads_every_layout(void **state)
{
    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(files); i++) {
        char        path[RW_PATH_MAX];
        rwda_plane *plane = POISON;
        rwda_error  err   = { 0 };

        path_of(path, "planes", files[i].name);
        assert_ok(rwda_plane_load(&plane, path, NULL, &err), err);
        assert_true(plane->width == WIDTH && plane->height == HEIGHT);
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < WIDTH; x++)
                if (plane->values[y * WIDTH + x] != files[i].value(table(x, y)))
                    fail_msg("%s (%d, %d): %.9g", files[i].name, x, y, (double)plane->values[y * WIDTH + x]);
        rwda_plane_free(plane);
    }
    rwda_plane_free(NULL);
}

static void every_shorter_file_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(files); i++) {
        char       path[RW_PATH_MAX];
        uint8_t   *bytes;
        size_t     len;
        rwda_error err = { 0 };

        path_of(path, "planes", files[i].name);
        assert_ok(rw_file_read(&bytes, &len, path, 1 << 20, &err), err);
        for (size_t cut = 0; cut < len; cut++) {
            guarded     g     = guarded_copy(bytes, cut);
            rwda_plane *plane = POISON;

            if (rwda_plane_decode(&plane, g.bytes, cut, NULL, &err) == RWDA_OK || plane != NULL)
                fail_msg("%s: its first %zu of %zu bytes were read", files[i].name, cut, len);
            guarded_free(&g);
        }
        free(bytes);
    }
}

#define RIGHT "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"

/* header: the dictionary; 24 bytes of numbers follow unless `data` says otherwise. */
static const struct {
    const char *name, *header;
    size_t      data;
    rwda_status code;
    const char *says;
} wrong[] = {
    { "a number short", RIGHT, 20, RWDA_EFORMAT, "20 bytes follow the header; 2 x 3 numbers of 4 bytes" },
    { "a byte too many", RIGHT, 25, RWDA_EFORMAT, "25 bytes follow" },
    { "bytes", "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 12), }", 24, RWDA_EUNSUPPORTED, "\"|u1\"" },
    { "half", "{'descr': '<f2', 'fortran_order': False, 'shape': (2, 6), }", 24, RWDA_EUNSUPPORTED, "\"<f2\"" },
    { "complex", "{'descr': '<c16', 'fortran_order': False, 'shape': (1, 1), }", 24, RWDA_EUNSUPPORTED, "\"<c1\"" },
    { "objects", "{'descr': '|O', 'fortran_order': False, 'shape': (2, 3), }", 24, RWDA_EUNSUPPORTED, "\"|O\"" },
    { "records", "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2, 3), }", 24, RWDA_EFORMAT,
      "a type such as '<f4'" },
    { "one side", "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }", 24, RWDA_EUNSUPPORTED, "1 sides" },
    { "a single number", "{'descr': '<f4', 'fortran_order': False, 'shape': (), }", 4, RWDA_EUNSUPPORTED, "0 sides" },
    { "two planes", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1, 3), }", 24, RWDA_EUNSUPPORTED,
      "side 0 being 2" },
    { "nine sides", "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 2, 3), }", 24,
      RWDA_EUNSUPPORTED, "over 8 sides" },
    { "no pixels", "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3), }", 0, RWDA_EFORMAT, "3 x 0" },
    { "too large", "{'descr': '<f4', 'fortran_order': False, 'shape': (100000, 100000), }", 24, RWDA_ELIMIT,
      "over the limit" },
    { "product over 64 bits", "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967295, 4294967295), }", 24,
      RWDA_ELIMIT, "over the limit" },
    { "side over 64 bits", "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 3), }", 24, RWDA_ELIMIT,
      "side 0 of the shape" },
    { "negative", "{'descr': '<f4', 'fortran_order': False, 'shape': (-2, 3), }", 24, RWDA_EFORMAT, "a whole number" },
    { "no shape", "{'descr': '<f4', 'fortran_order': False, }", 24, RWDA_EFORMAT, "lacks \"shape\"" },
    { "twice", "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 24, RWDA_EFORMAT,
      "twice the key \"descr\"" },
    { "a key more", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'x': 1}", 24, RWDA_EFORMAT,
      "unknown key \"x\"" },
    { "a long key", "{'descriptions of everything': '<f4'}", 24, RWDA_EUNSUPPORTED, "descr, fortran_order or shape" },
    { "maybe", "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (2, 3), }", 24, RWDA_EFORMAT, "True or False" },
    { "code", "__import__('os')", 24, RWDA_EFORMAT, "'{' was expected" },
    { "code behind", RIGHT " + x", 24, RWDA_EFORMAT, "the end of the header" },
    { "open quote", "{'descr", 24, RWDA_EFORMAT, "a closing quote" },
    { "escape", "{'des\\x63r': '<f4'}", 24, RWDA_EUNSUPPORTED, "starts with \"des\"" },
};

static size_t npy(uint8_t *out, const char *header, size_t data)
{
    size_t len = strlen(header);

    memcpy(out, "\x93NUMPY\x01\x00", 8);
    out[8] = (uint8_t)len;
    out[9] = 0;
    memcpy(out + 10, header, len);
    memset(out + 10 + len, 0, data);
    return 10 + len + data;
}

static void wrong_headers_are_refused_by_name(void **state)
{
    uint8_t     bytes[512];
    rwda_plane *plane;
    rwda_error  err = { 0 };

    (void)state;
    assert_ok(rwda_plane_decode(&plane, bytes, npy(bytes, RIGHT, 24), NULL, &err), err);
    assert_true(plane->width == 3 && plane->height == 2 && plane->values[5] == 0.0f);
    rwda_plane_free(plane);
    for (size_t i = 0; i < RW_COUNTOF(wrong); i++) {
        size_t  len = npy(bytes, wrong[i].header, wrong[i].data);
        guarded g   = guarded_copy(bytes, len);

        plane = POISON;
        assert_refused(wrong[i].name, rwda_plane_decode(&plane, g.bytes, len, NULL, &err), wrong[i].code, &err,
                       wrong[i].says);
        assert_null(plane);
        guarded_free(&g);
    }
}

static void other_files_are_refused(void **state)
{
    static uint8_t     big[12 + 20000] = "\x93NUMPY\x02\x00\x20\x4e"; /* a header of 20,000 bytes */
    char               path[RW_PATH_MAX];
    uint8_t            bytes[512];
    size_t             len;
    rwda_plane        *plane;
    rwda_error         err     = { 0 };
    rwda_image_options options = RWDA_IMAGE_OPTIONS_INIT;

    (void)state;
    path_of(path, "images", "rgb.png");
    assert_refused("colours", rwda_plane_load(&plane, path, NULL, &err), RWDA_EUNSUPPORTED, &err, "PNG with colours");
    path_of(path, "images", "palette.png");
    assert_refused("palette", rwda_plane_load(&plane, path, NULL, &err), RWDA_EUNSUPPORTED, &err, "a palette");
    path_of(path, "images", "rgb.bmp");
    assert_refused("BMP", rwda_plane_load(&plane, path, NULL, &err), RWDA_EUNSUPPORTED, &err, "rgb.bmp: is neither");
    assert_refused("no file", rwda_plane_load(&plane, "/no/such.npy", NULL, &err), RWDA_ENOTFOUND, &err, "/no/such.npy");
    assert_refused("header", rwda_plane_decode(&plane, big, sizeof big, NULL, &err), RWDA_ELIMIT, &err,
                   "header of 20000 bytes");
    len      = npy(bytes, RIGHT, 24);
    bytes[6] = 9;
    assert_refused("version", rwda_plane_decode(&plane, bytes, len, NULL, &err), RWDA_EUNSUPPORTED, &err, "version 9.0");
    bytes[6]           = 1;
    options.max_pixels = 5;
    assert_refused("pixels", rwda_plane_decode(&plane, bytes, len, &options, &err), RWDA_ELIMIT, &err, "limit of 5");
    options.max_bytes = 20;
    assert_refused("bytes", rwda_plane_decode(&plane, bytes, len, &options, &err), RWDA_ELIMIT, &err, "limit of 20");
}

/* A double that no float holds becomes infinite, and the metrics refuse it by its place. */
static void too_large_doubles_become_infinite(void **state)
{
    uint8_t     bytes[512];
    size_t      len    = npy(bytes, "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), }", 16);
    double      number = 1e300;
    rwda_plane *plane;
    rwda_error  err = { 0 };

    (void)state;
    memcpy(bytes + len - 8, &number, sizeof number); /* the tests run on little-endian machines */
    assert_ok(rwda_plane_decode(&plane, bytes, len, NULL, &err), err);
    assert_true(plane->values[0] == 0.0f && isinf(plane->values[1]));
    rwda_plane_free(plane);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_layout),
        cmocka_unit_test(every_shorter_file_is_refused),
        cmocka_unit_test(wrong_headers_are_refused_by_name),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(too_large_doubles_become_infinite),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
