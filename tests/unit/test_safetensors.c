/* test_safetensors.c - is a malformed file refused with the right words, and never read past its end? */
#include "format/safetensors.h"

#include "base/random.h"
#include "tests/unit/check.h"

#include <time.h>

#define ONE(dtype, shape, begin, end)                                                                                       \
    "{\"a\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":[" begin "," end "]}}"
#define TWO(a, b)                                                                                                           \
    "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":" a                                                            \
    "},\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":" b "}}"

static const struct {
    const char *fault, *header;
    int64_t     length_delta; /* added to the true header length */
    size_t      data_len;     /* zero bytes after the header */
    const char *says;
} bad[] = {
    { "not an object", "[]", 0, 0, "must begin with '{'" },
    { "spaces before the object", " {}", 0, 0, "must begin with '{'" },
    { "no header at all", "", 0, 0, "must begin with '{'" },
    { "length beyond the file", "{}", +1, 0, "header length 3 does not fit a file of 10 bytes" },
    { "length near 2^64", "{}", -3, 0, "does not fit" },
    { "length over the limit", "{}", 0x10000000, 0, "does not fit" },
    { "broken JSON", "{\"a\":", 0, 0, "header is not JSON" },
    { "rubbish after the object", "{}x", 0, 0, "header is not JSON" },
    { "a name twice", "{\"a\":1,\"a\":2}", 0, 0, "header is not JSON" },
    { "a NUL inside", "{\"a\\u0000b\":1}", 0, 0, "header is not JSON" },
    { "tensor is a number", "{\"a\":1}", 0, 0, "\"a\" is not described by an object" },
    { "metadata is a list", "{\"__metadata__\":[]}", 0, 0, "__metadata__ is not an object" },
    { "metadata holds a number", "{\"__metadata__\":{\"k\":1}}", 0, 0, "\"k\" is not a string" },
    { "dtype missing", "{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 0, 4, "dtype is missing" },
    { "shape missing", "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 0, 4, "shape is not a list" },
    { "nine dimensions", ONE("U8", "[1,1,1,1,1,1,1,1,1]", "0", "1"), 0, 1, "(9 found)" },
    { "offsets missing", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 0, 4, "data_offsets are not two" },
    { "three offsets", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}", 0, 4,
      "data_offsets are not two" },
    { "offsets reversed", ONE("F32", "[1]", "4", "0"), 0, 4, "begins at 4 and ends at 0" },
    { "negative offset", ONE("F32", "[1]", "-4", "0"), 0, 4, "begins at -4" },
    { "range beyond the data", ONE("F32", "[1]", "0", "4"), 0, 3, "ends at 4, data has 3" },
    { "range near 2^63", ONE("F32", "[1]", "0", "9223372036854775807"), 0, 4, "data has 4" },
    { "shape against range", ONE("F32", "[3]", "0", "8"), 0, 8, "needs 12 bytes, range has 8" },
    { "shape product wraps", ONE("F32", "[4294967296,4294967296]", "0", "4"), 0, 4, "overflows" },
    { "bytes wrap", ONE("F32", "[4611686018427387904]", "0", "0"), 0, 0, "overflow" },
    { "negative dimension", ONE("F32", "[-1]", "0", "4"), 0, 4, "negative (-1)" },
    { "dimension with a fraction", ONE("F32", "[1.5]", "0", "4"), 0, 4, "not a whole number" },
    { "gap before the tensor", ONE("F32", "[1]", "4", "8"), 0, 8, "gap before tensor \"a\"" },
    { "gap between tensors", TWO("[0,4]", "[5,9]"), 0, 9, "gap before tensor \"b\"" },
    { "tensors overlap", TWO("[0,4]", "[3,7]"), 0, 7, "overlap before tensor \"b\"" },
    { "bytes nobody claims", ONE("F32", "[1]", "0", "4"), 0, 8, "gap at the end: tensors claim 4 bytes, data has 8" },
};

/* 8 bytes of length, header, zeros; ends at a guard page. */
static guarded make_file(const char *header, int64_t delta, size_t data_len)
{
    size_t   n           = strlen(header);
    uint64_t length      = (uint64_t)((int64_t)n + delta);
    uint8_t  bytes[2048] = { 0 };

    assert_true(8 + n + data_len <= sizeof bytes);
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(length >> (8 * i));
    memcpy(bytes + 8, header, n);
    return guarded_copy(bytes, 8 + n + data_len);
}

static void refuses_malformed_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(bad); i++) {
        guarded         g   = make_file(bad[i].header, bad[i].length_delta, bad[i].data_len);
        rwda_error      err = { 0 };
        rw_safetensors *st  = POISON;

        assert_refused(bad[i].fault, rw_safetensors_parse(&st, g.bytes, g.len, &err), RWDA_EFORMAT, &err, bad[i].says);
        assert_null(st);
        guarded_free(&g);
    }
}

static void refuses_other_formats_by_name(void **state)
{
    static const struct {
        const char *bytes;
        size_t      len;
        const char *says;
    } other[] = { { "PK\3\4 and so on", 15, "zip archive" },
                  { "\x80\2}q\0.....", 10, "pickle" },
                  { "\x80\4K\1.", 5, "pickle" },
                  { "\x80\3]q\1.", 7, "pickle" },
                  { "1234567", 7, "7 bytes ends inside" },
                  { "", 0, "0 bytes" } };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(other); i++) {
        guarded         g   = guarded_copy(other[i].bytes, other[i].len);
        rwda_error      err = { 0 };
        rw_safetensors *st  = POISON;
        rwda_status     got = rw_safetensors_parse(&st, g.bytes, g.len, &err);

        assert_true(got == RWDA_EFORMAT || got == RWDA_EUNSUPPORTED);
        assert_refused(other[i].says, got, got, &err, other[i].says);
        assert_null(st);
        guarded_free(&g);
    }
}

/* What costs a parser a hundred times its bytes: refused in no time and memory.  The limit on time is that of a slow machine under the sanitizers;
 * before, such a header took seconds. */
static void refuses_bombs_before_parsing(void **state)
{
    static const struct {
        const char *fault, *begin, *part, *end, *says; /* '#' in a part: another number each time */
    } bombs[] = {
        { "keys", "{", "\"########\":1,", "\"a\":1}", "values, at most" },
        { "metadata", "{\"__metadata__\":{", "\"########\":\"\",", "\"a\":\"\"}}", "values, at most" },
        { "elements", "{\"a\":{\"shape\":[", "0,", "0]}}", "values, at most" },
        { "depth", "{\"a\":", "[", "", "nests deeper than 3" },
        { "depth of objects", "", "{\"a\":", "", "nests deeper than 3" },
        { "hidden in a string", "{\"a\\\"\":[[[\"", "1,1,", "\"]]]}", "nests deeper than 3" },
    };
    const size_t room = RW_SAFETENSORS_HEADER_MAX;

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(bombs); i++) {
        uint8_t        *bytes = malloc(8 + room + 64);
        char           *text  = (char *)bytes + 8;
        size_t          len   = 0;
        rwda_error      err   = { 0 };
        rw_safetensors *st    = POISON;
        clock_t         begun;

        assert_non_null(bytes);
        len += (size_t)sprintf(text, "%s", bombs[i].begin);
        for (unsigned n = 0; len + strlen(bombs[i].end) + 16 < room; n++) {
            char part[32], digits[9], *number;

            strcpy(part, bombs[i].part);
            (void)snprintf(digits, sizeof digits, "%08x", n);
            if ((number = strchr(part, '#')) != NULL)
                memcpy(number, digits, 8);
            strcpy(text + len, part);
            len += strlen(part);
        }
        len += (size_t)sprintf(text + len, "%s", bombs[i].end);
        for (int b = 0; b < 8; b++)
            bytes[b] = (uint8_t)(len >> (8 * b));
        begun = clock();
        assert_int_not_equal(rw_safetensors_parse(&st, bytes, 8 + len, &err), RWDA_OK);
        assert_true((double)(clock() - begun) / CLOCKS_PER_SEC < (SANITIZED ? 3.0 : 0.5));
        if (strstr(err.message, bombs[i].says) == NULL)
            fail_msg("%s: %s", bombs[i].fault, err.message);
        free(bytes);
    }
}

static void refuses_long_names_and_unknown_types(void **state)
{
    char            header[1024], name[RW_SAFETENSORS_NAME_MAX + 2];
    rwda_error      err = { 0 };
    rw_safetensors *st  = POISON;
    guarded         g;

    (void)state;
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    (void)snprintf(header, sizeof header, "{\"%s\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", name);
    g = make_file(header, 0, 1);
    assert_refused("long name", rw_safetensors_parse(&st, g.bytes, g.len, &err), RWDA_ELIMIT, &err,
                   "has 257 bytes, at most 256");
    guarded_free(&g);
    st = POISON;
    g  = make_file(ONE("F8", "[4]", "0", "4"), 0, 4);
    assert_refused("unknown dtype", rw_safetensors_parse(&st, g.bytes, g.len, &err), RWDA_EUNSUPPORTED, &err,
                   "dtype \"F8\" is not known");
    assert_null(st);
    guarded_free(&g);
}

/* Two tensors and metadata, as the writer makes them. */
static void build(uint8_t **bytes, size_t *len)
{
    static const float  numbers[] = { 1, 2, 3, 4, 5, 6 }, scalar = 7;
    const rw_tensor_out tensors[]     = { { "matrix", numbers, 2, { 2, 3 } }, { "a.scalar", &scalar, 0, { 0 } } };
    const char *const   metadata[][2] = { { "format", "pt" }, { "recipe", "{\"k\":\"\xc3\xa4\"}" } };
    rwda_error          err           = { 0 };

    assert_ok(rw_safetensors_build(bytes, len, tensors, 2, metadata, 2, &err), err);
}

static void reads_what_it_writes(void **state)
{
    uint8_t              *bytes;
    size_t                len;
    rwda_error            err = { 0 };
    rw_safetensors       *st  = NULL;
    const rw_tensor_view *view;
    float                 value;
    guarded               g;

    (void)state;
    build(&bytes, &len);
    g = guarded_copy(bytes, len);
    assert_ok(rw_safetensors_parse(&st, g.bytes, g.len, &err), err);
    assert_int_equal(rw_safetensors_count(st), 2);
    assert_string_equal(rw_safetensors_at(st, 0)->name, "a.scalar");
    assert_int_equal(rw_safetensors_at(st, 0)->count, 1);
    view = rw_safetensors_find(st, "matrix");
    assert_non_null(view);
    assert_int_equal(view->ndim, 2);
    assert_int_equal(view->shape[1], 3);
    assert_int_equal(view->nbytes, 24);
    memcpy(&value, view->data + 20, sizeof value);
    assert_true(value == 6.0f);
    assert_string_equal(rw_safetensors_metadata(st, "recipe"), "{\"k\":\"\xc3\xa4\"}");
    assert_null(rw_safetensors_metadata(st, "nothing"));
    assert_null(rw_safetensors_find(st, "matri"));
    rw_safetensors_close(st);
    guarded_free(&g);
    free(bytes);
}

/* Whatever its length is, that of a header is no other format's first bytes. */
static void headers_of_any_length_are_read(void **state)
{
    static char text[3000];

    (void)state;
    for (size_t n = 0; n < sizeof text - 8; n += 8) {
        const rw_tensor_out tensor        = { "x", &(float){ 1.0f }, 0, { 0 }, RW_F32 };
        const char *const   metadata[][2] = { { "text", text } };
        uint8_t            *bytes;
        size_t              len;
        rw_safetensors     *st;
        rwda_error          err = { 0 };

        assert_ok(rw_safetensors_build(&bytes, &len, &tensor, 1, metadata, 1, &err), err);
        assert_ok(rw_safetensors_parse(&st, bytes, len, &err), err);
        assert_string_equal(rw_safetensors_metadata(st, "text"), text);
        rw_safetensors_close(st);
        free(bytes);
        memset(text + n, 't', 8);
    }
}

static void refuses_every_shorter_file(void **state)
{
    uint8_t *bytes;
    size_t   len;

    (void)state;
    build(&bytes, &len);
    for (size_t n = 0; n < len; n++) {
        guarded         g   = guarded_copy(bytes, n);
        rwda_error      err = { 0 };
        rw_safetensors *st  = POISON;

        assert_int_equal(rw_safetensors_parse(&st, g.bytes, g.len, &err), RWDA_EFORMAT);
        assert_null(st);
        guarded_free(&g);
    }
    free(bytes);
}

/* A thousand damaged copies: each is refused or is a valid file, none is read past its end. */
static void survives_damaged_bytes(void **state)
{
    rw_random random = rw_random_init(1, 1);
    uint8_t  *bytes;
    size_t    len;

    (void)state;
    build(&bytes, &len);
    for (int i = 0; i < 1000; i++) {
        guarded         g   = guarded_copy(bytes, len);
        rwda_error      err = { 0 };
        rw_safetensors *st  = POISON;

        for (uint32_t hits = 1 + rw_random_below(&random, 4); hits > 0; hits--)
            g.bytes[rw_random_below(&random, (uint32_t)len)] = (uint8_t)rw_random_u32(&random);
        if (rw_safetensors_parse(&st, g.bytes, g.len, &err) == RWDA_OK) {
            for (size_t t = 0; t < rw_safetensors_count(st); t++) {
                const rw_tensor_view *view = rw_safetensors_at(st, t);

                assert_true(view->data >= g.bytes && view->data + view->nbytes <= g.bytes + g.len);
            }
            rw_safetensors_close(st);
        } else {
            assert_null(st);
            assert_true(err.message[0] != '\0');
        }
        guarded_free(&g);
    }
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_malformed_files),      cmocka_unit_test(refuses_other_formats_by_name),
        cmocka_unit_test(refuses_bombs_before_parsing), cmocka_unit_test(refuses_long_names_and_unknown_types),
        cmocka_unit_test(reads_what_it_writes),         cmocka_unit_test(headers_of_any_length_are_read),
        cmocka_unit_test(refuses_every_shorter_file),   cmocka_unit_test(survives_damaged_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
