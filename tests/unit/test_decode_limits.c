/* test_decode_limits.c - do small files that stand for much work or memory stay within what their pixels may take? */
#include "base/memory.h"
#include "tests/unit/check.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MEMORY_MAX  ((long)16 << 10) /* KiB beyond the program's own and what pixels may take */
#define SECONDS_MAX 3.0              /* of the processor; under a sanitizer */
#define INFLATED    ((size_t)64 << 20)

typedef struct {
    uint8_t *bytes;
    size_t   len, capacity;
} buffer;

static void put(buffer *b, const void *bytes, size_t n)
{
    assert_true(rw_array_reserve((void **)&b->bytes, &b->capacity, b->len, n, 1));
    memcpy(b->bytes + b->len, bytes, n);
    b->len += n;
}

static void put_be(buffer *b, uint64_t value, int size)
{
    for (int i = size - 1; i >= 0; i--)
        put(b, &(uint8_t){ (uint8_t)(value >> 8 * i) }, 1);
}

static void put_le(buffer *b, uint64_t value, int size)
{
    for (int i = 0; i < size; i++)
        put(b, &(uint8_t){ (uint8_t)(value >> 8 * i) }, 1);
}

/* ---- PNG: zlib streams of 64 MiB of zeros in 420 KB ---------------------------------------------------------------------------- */

static void put_bits(buffer *b, unsigned *pending, int *held, unsigned bits, int n)
{
    *pending |= bits << *held;
    for (*held += n; *held >= 8; *held -= 8, *pending >>= 8)
        put(b, &(uint8_t){ (uint8_t)*pending }, 1);
}

/* One block with fixed codes: a zero, then so often "258 bytes from 1 before" (codes 285 and 0: 11000101 and 00000, first bit first). */
static void put_zeros(buffer *b)
{
    unsigned pending = 0;
    int      held    = 0;
    size_t   repeats = INFLATED / 258;

    put(b, "\x78\xda", 2);
    put_bits(b, &pending, &held, 3, 3);    /* last block, fixed codes */
    put_bits(b, &pending, &held, 0x0c, 8); /* literal 0: 00110000 */
    for (size_t i = 0; i < repeats; i++)
        put_bits(b, &pending, &held, 0xa3, 13);
    put_bits(b, &pending, &held, 0, 7 + 7); /* end of block, padding */
    put_be(b, (repeats * 258 + 1) % 65521 << 16 | 1, 4);
}

static uint32_t crc_of(const uint8_t *bytes, size_t n)
{
    uint32_t table[256], crc = 0xffffffffu;

    for (uint32_t i = 0; i < 256; i++) {
        table[i] = i;
        for (int k = 0; k < 8; k++)
            table[i] = (table[i] & 1) != 0 ? 0xedb88320u ^ table[i] >> 1 : table[i] >> 1;
    }
    for (size_t i = 0; i < n; i++)
        crc = table[(crc ^ bytes[i]) & 255] ^ crc >> 8;
    return ~crc;
}

static void put_chunk(buffer *b, const char *kind, const void *head, size_t head_len, const buffer *body)
{
    size_t at;

    put_be(b, head_len + (body != NULL ? body->len : 0), 4);
    at = b->len;
    put(b, kind, 4);
    put(b, head, head_len);
    if (body != NULL)
        put(b, body->bytes, body->len);
    put_be(b, crc_of(b->bytes + at, b->len - at), 4);
}

/* 1 x 1 pixel with n such chunks before it, and as many behind. */
static buffer png_bomb(const char *kind, const void *head, size_t head_len, int n)
{
    buffer png = { 0 }, zeros = { 0 };

    put_zeros(&zeros);
    put(&png, "\x89PNG\r\n\x1a\n", 8);
    put_chunk(&png, "IHDR", "\0\0\0\1\0\0\0\1\x08\2\0\0\0", 13, NULL);
    for (int i = 0; i < n; i++)
        put_chunk(&png, kind, head, head_len, &zeros);
    put_chunk(&png, "IDAT", "\x78\x9c\x63\x60\x60\x60\0\0\0\4\0\1", 12, NULL);
    for (int i = 0; i < n; i++)
        put_chunk(&png, kind, head, head_len, &zeros);
    put_chunk(&png, "IEND", "", 0, NULL);
    free(zeros.bytes);
    return png;
}

/* ---- JPEG: hundreds of progressive scans, each a few bytes a million blocks ---------------------------------------------------------- */

static buffer jpeg_bomb(unsigned side, int scans)
{
    buffer   jpeg   = { 0 };
    unsigned blocks = (side + 7) / 8 * ((side + 7) / 8);

    put(&jpeg, "\xff\xd8\xff\xdb\0\x43\0", 7);
    for (int i = 0; i < 64; i++)
        put(&jpeg, "\1", 1);
    put(&jpeg, "\xff\xc2\0\x0b\x08", 5);
    put_be(&jpeg, side, 2);
    put_be(&jpeg, side, 2);
    put(&jpeg, "\1\1\x11\0", 4);
    /* One code each, "0": DC difference of no bits; AC end of a band, of 2^14 blocks and as many as 14 bits say. */
    put(&jpeg, "\xff\xc4\0\x14\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22);
    put(&jpeg, "\xff\xc4\0\x14\x10\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xe0", 22);
    put(&jpeg, "\xff\xda\0\x08\1\1\0\0\0\0", 10);
    for (unsigned i = 0; i < blocks / 8 + 1; i++)
        put(&jpeg, "\0", 1);
    for (int scan = 1; scan < scans; scan++) {
        unsigned pending = 0, held = 0;

        put(&jpeg, "\xff\xda\0\x08\1\1\0\1\x3f\0", 10);
        for (unsigned left = blocks; left > 0;) {
            unsigned run  = left < 32766 ? left : 32766; /* not all ones: 0xff would need its zero */
            unsigned code = run >= 16384 ? run - 16384 : 0;

            for (int bit = 14; bit >= 0; bit--) {
                pending = pending << 1 | (bit == 14 ? 0 : code >> bit & 1);
                if (++held == 8) {
                    put(&jpeg, &(uint8_t){ (uint8_t)pending }, 1);
                    if ((pending & 255) == 255)
                        put(&jpeg, "\0", 1);
                    held = 0;
                }
            }
            left -= run >= 16384 ? run : left;
        }
        while (held++ < 8)
            pending = pending << 1;
        put(&jpeg, &(uint8_t){ (uint8_t)pending }, 1);
    }
    put(&jpeg, "\xff\xd9", 2);
    return jpeg;
}

/* ---- TIFF: tags of a million bytes, all over the same bytes; strips and tiles that lie -------------------------------------------------- */

static void put_tag(buffer *b, unsigned tag, unsigned type, uint64_t count, uint64_t value)
{
    put_le(b, tag, 2);
    put_le(b, type, 2);
    put_le(b, count, 4);
    put_le(b, value, 4);
}

enum { SHORT = 3, LONG = 4, UNDEFINED = 7 };

static buffer tiff_bomb(unsigned tags, unsigned bytes, unsigned rows_per_strip, unsigned tile)
{
    buffer   tiff = { 0 };
    unsigned n    = (tile > 0 ? 10 : 9) + tags;

    put(&tiff, "II*\0", 4);
    put_le(&tiff, 8, 4);
    put_le(&tiff, n, 2);
    put_tag(&tiff, 256, LONG, 1, 1);
    put_tag(&tiff, 257, LONG, 1, 1);
    put_tag(&tiff, 258, SHORT, 1, 8);
    put_tag(&tiff, 259, SHORT, 1, 1);
    put_tag(&tiff, 262, SHORT, 1, 1);
    if (tile == 0)
        put_tag(&tiff, 273, LONG, 1, 8);
    put_tag(&tiff, 277, SHORT, 1, 1);
    if (tile == 0) {
        put_tag(&tiff, 278, LONG, 1, rows_per_strip);
        put_tag(&tiff, 279, LONG, 1, bytes);
    } else {
        put_tag(&tiff, 322, LONG, 1, tile);
        put_tag(&tiff, 323, LONG, 1, tile);
        put_tag(&tiff, 324, LONG, 1, 8);
        put_tag(&tiff, 325, LONG, 1, bytes);
    }
    for (unsigned i = 0; i < tags; i++)
        put_tag(&tiff, 40000 + i, UNDEFINED, bytes, 8);
    put_le(&tiff, 8, 4); /* the next page is this one */
    while (tiff.len < bytes + 8)
        put(&tiff, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    return tiff;
}

/* ---- GIF and WebP ------------------------------------------------------------------------------------------------------------------- */

static buffer gif_bomb(unsigned side, int frames)
{
    buffer gif = { 0 };

    put(&gif, "GIF89a", 6);
    put_le(&gif, side, 2);
    put_le(&gif, side, 2);
    put(&gif, "\x80\0\0\0\0\0\xff\xff\xff", 9);
    for (int i = 0; i < frames; i++)
        put(&gif, "\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0", 15); /* 1 x 1: clear, 0, end */
    put(&gif, ";", 1);
    return gif;
}

static buffer webp_bomb(unsigned side, int frames)
{
    static const uint8_t pixel[] = "VP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0"; /* 1 x 1 */
    buffer               webp    = { 0 };

    put(&webp, "RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\2\0\0\0", 24);
    put_le(&webp, side - 1, 3);
    put_le(&webp, side - 1, 3);
    put(&webp, "ANIM\6\0\0\0\0\0\0\0\0\0", 14);
    for (int i = 0; i < frames; i++) {
        put(&webp, "ANMF", 4);
        put_le(&webp, 16 + sizeof pixel - 1, 4);
        put(&webp, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
        put(&webp, pixel, sizeof pixel - 1);
    }
    for (int i = 0; i < 4; i++)
        webp.bytes[4 + i] = (uint8_t)((webp.len - 8) >> 8 * i);
    return webp;
}

/* ---- In a process of its own, which tells what it took -------------------------------------------------------------------------------- */

typedef struct {
    int    status; /* rwda_status */
    long   memory; /* KiB */
    double seconds;
} cost;

static double seconds_of(const struct rusage *use)
{
    return (double)(use->ru_utime.tv_sec + use->ru_stime.tv_sec) +
           1e-6 * (double)(use->ru_utime.tv_usec + use->ru_stime.tv_usec);
}

static cost run_apart(const buffer *file)
{
    struct rusage use;
    int           code  = 0;
    pid_t         child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        rwda_image *image  = NULL;
        int         status = file->len > 0 ? (int)rwda_image_decode(&image, file->bytes, file->len, NULL, NULL)
                                           : 0; /* nothing: what a process takes */

        rwda_image_free(image);
        _exit(status);
    }
    assert_int_equal(wait4(child, &code, 0, &use), child);
    assert_true(WIFEXITED(code));
    return (cost){ WEXITSTATUS(code), use.ru_maxrss, seconds_of(&use) };
}

static const char *folder; /* where files are written instead of tried */

static void write_file(const char *what, const buffer *file)
{
    char  path[1024];
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/%s", folder, what);
    f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(file->bytes, 1, file->len, f), file->len);
    assert_int_equal(fclose(f), 0);
}

/* pixels: bytes that the formula of docs/formats.md allows; the others' are few. */
static void expect_of(const char *what, buffer file, rwda_status right, int64_t pixels)
{
    cost empty, got;
    long memory;

    if (folder != NULL) {
        write_file(what, &file);
        free(file.bytes);
        return;
    }
    empty  = run_apart(&(buffer){ 0 });
    got    = run_apart(&file);
    memory = got.memory - empty.memory - (long)(pixels >> 10);
    free(file.bytes);
    print_message("%s: %zu bytes, %s, %.1f MiB, %.2f s\n", what, file.len, rwda_status_name((rwda_status)got.status),
                  (double)memory / 1024.0, got.seconds);
    if (got.status != (int)right || (!SANITIZED && memory > MEMORY_MAX) ||
        got.seconds > SECONDS_MAX) /* sanitizers take memory too */
        fail_msg("%s: %s, not %s; %ld KiB of %ld, %.2f s of %.1f", what, rwda_status_name((rwda_status)got.status),
                 rwda_status_name(right), memory, MEMORY_MAX, got.seconds, SECONDS_MAX);
}

static void expect(const char *what, buffer file, rwda_status right)
{
    expect_of(what, file, right, 0);
}

static void metadata_of_a_png_costs_nothing(void **state)
{
    static const char profile[] = "icc\0"; /* its name, a NUL, compression 0 */
    static const char itxt[]    = "Title\0\1\0\0";

    (void)state;
    expect("PNG, 40 zTXt of 64 MiB", png_bomb("zTXt", "Title\0", 7, 20), RWDA_OK);
    expect("PNG, 40 iTXt of 64 MiB", png_bomb("iTXt", itxt, sizeof itxt, 20), RWDA_OK);
    expect("PNG, 40 iCCP of 64 MiB", png_bomb("iCCP", profile, sizeof profile, 20), RWDA_OK);
    expect("PNG, 40 chunks of no known kind", png_bomb("juNk", "", 0, 20), RWDA_OK);
}

static void scans_of_a_jpeg_have_a_limit(void **state)
{
    (void)state;
    expect("JPEG, 490 scans of 256 x 256", jpeg_bomb(256, 490), RWDA_OK);
    expect("JPEG, 600 scans of 64 x 64", jpeg_bomb(64, 600), RWDA_ELIMIT);
    if (!SANITIZED)
        expect_of("JPEG, 490 scans of 8,000 x 8,000", jpeg_bomb(8000, 490), RWDA_ELIMIT, (int64_t)8000 * 8000 * (3 + 2));
}

static void tags_strips_and_tiles_that_lie(void **state)
{
    (void)state;
    expect("TIFF, 2,000 tags of 1 MB", tiff_bomb(2000, 1000000, 1, 0), RWDA_OK);
    expect("TIFF, a strip of 4 G rows", tiff_bomb(0, 1000000, 0xffffffffu, 0), RWDA_OK);
    expect("TIFF, a strip behind the end", tiff_bomb(0, 0x7fff0000u & 0xffff, 1, 0), RWDA_OK);
    expect("TIFF, a tile of 64 x 1024^2 pixels", tiff_bomb(0, 1000, 1, 8192), RWDA_ELIMIT);
    expect("TIFF, a tile of 2^62 pixels", tiff_bomb(0, 1000, 1, 0x7fffff00u), RWDA_ELIMIT);
}

static void only_the_first_frame_is_decoded(void **state)
{
    (void)state;
    expect("GIF, 65,535 x 65,535", gif_bomb(65535, 1), RWDA_ELIMIT);
    expect("GIF, 100,000 frames", gif_bomb(64, 100000), RWDA_OK);
    expect("WebP, 16,777,215 x 16,777,215", webp_bomb(16777215, 1), RWDA_EFORMAT);
    expect("WebP, 100,000 frames", webp_bomb(64, 100000), RWDA_OK);
}

/* An argument: the files are written into that folder, by the names they have in messages, and not tried. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metadata_of_a_png_costs_nothing),
        cmocka_unit_test(scans_of_a_jpeg_have_a_limit),
        cmocka_unit_test(tags_strips_and_tiles_that_lie),
        cmocka_unit_test(only_the_first_frame_is_decoded),
    };

    folder = argc > 1 ? argv[1] : NULL;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
