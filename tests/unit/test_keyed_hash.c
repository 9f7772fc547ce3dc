/* test_keyed_hash.c - is the hash SipHash-1-3, and another one for each key?  Expected numbers are CPython's 3.11 or later, whose hash of bytes
 * this is (PYTHONHASHSEED=0 python3 -c "print('%016x' % (hash(b'a') & 2**64 - 1))"). */
#include "base/keyed_hash.h"

#include "tests/unit/check.h"

static void gives_the_references_numbers(void **state)
{
    static const struct {
        const char *bytes;
        uint64_t    hash;
    } cases[] = {
        { "a", 0x407448d2b89b1813u },
        { "0123456", 0x810aaf7acf670379u },
        { "01234567", 0xda3dcedf84ea6cc6u },
        { "0123456789abcdefXYZ", 0x283e7687cd67183bu },
    };
    const rw_hash_key zero = { { 0, 0 } };
    uint64_t          word;

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        size_t   len  = strlen(cases[i].bytes);
        guarded  text = guarded_copy(cases[i].bytes, len);
        uint64_t got  = rw_keyed_hash(zero, text.bytes, len);

        if (got != cases[i].hash)
            fail_msg("\"%s\" is %016llx, not %016llx", cases[i].bytes, (unsigned long long)got,
                     (unsigned long long)cases[i].hash);
        guarded_free(&text);
    }
    memcpy(&word, "01234567", sizeof word);
    assert_true(rw_keyed_hash_word(zero, word) == rw_keyed_hash(zero, "01234567", sizeof word));
}

static void keys_are_drawn(void **state)
{
    rw_hash_key a = rw_hash_key_draw(), b = rw_hash_key_draw();

    (void)state;
    assert_true(a.k[0] != b.k[0] && a.k[1] != b.k[1]);
    assert_true(rw_keyed_hash(a, "x", 1) != rw_keyed_hash(b, "x", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_references_numbers),
        cmocka_unit_test(keys_are_drawn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
