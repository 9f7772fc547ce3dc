/* test_image_source_streams.c - has each line and each frame of standard input its entry, whatever it holds? */
#include "common/image_source.h"

#include "tests/common/scratch.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* `len` bytes are all of standard input. */
static void give_standard_input(const char *bytes, size_t len)
{
    int input = open(make_file("input", bytes, len), O_RDONLY);

    assert_int_equal(dup2(input, STDIN_FILENO), STDIN_FILENO);
    close(input);
}

/* The next entry has this name, is refused with these words (NULL: it is not), and `given` is this JSON. */
static rw_image_entry take(rw_image_source *source, const char *name, const char *why, const char *given)
{
    rw_image_entry entry;
    rwda_error     err = { 0 };

    assert_ok(rw_image_source_next(source, &entry, &err), err);
    if (name == NULL) {
        assert_null(entry.name);
        return entry;
    }
    assert_non_null(entry.name);
    assert_string_equal(entry.name, name);
    if (why == NULL)
        assert_int_equal(entry.refused.code, RWDA_OK);
    else
        assert_refused(name, entry.refused.code, entry.refused.code, &entry.refused, why);
    if (given == NULL) {
        assert_null(entry.given);
    } else {
        char *text = json_dumps(entry.given, JSON_COMPACT);

        assert_non_null(text);
        assert_string_equal(text, given);
        free(text);
    }
    return entry;
}

static void assert_next(rw_image_source *source, const char *name, const char *why, const char *given)
{
    rw_image_entry entry = take(source, name, why, given);

    assert_null(entry.bytes);
    rw_image_entry_clear(&entry);
}

static void each_line_is_an_entry(void **state)
{
    static const char text[] = "\xef\xbb\xbf/a\r\n\n/b\0c\n \n/last";
    rw_image_source  *source;

    (void)state;
    give_standard_input(text, sizeof text - 1);
    source = rw_image_source_lines(false, false);
    assert_next(source, "/a", NULL, NULL);
    assert_next(source, "line 2", "line 2: empty", NULL);
    assert_next(source, "line 3", "line 3: a NUL byte", NULL);
    assert_next(source, " ", NULL, NULL);
    assert_next(source, "/last", NULL, NULL);
    assert_next(source, NULL, NULL, NULL);
    assert_next(source, NULL, NULL, NULL);
    rw_image_source_free(source);
    give_standard_input(text, sizeof text - 1);
    source = rw_image_source_lines(false, true);
    assert_next(source, "\xef\xbb\xbf/a\r\n\n/b", NULL, NULL);
    assert_next(source, "c\n \n/last", NULL, NULL);
    assert_next(source, NULL, NULL, NULL);
    rw_image_source_free(source);
}

static void a_long_line_is_refused_and_the_next_one_taken(void **state)
{
    const size_t     limit = (size_t)64 << 10;
    char            *text  = calloc(1, 3 * limit);
    rw_image_source *source;
    rw_image_entry   entry;

    (void)state;
    assert_non_null(text);
    for (size_t over = 0; over <= 1; over++) {
        memset(text, 'n', limit + over);
        memcpy(text + limit + over, "\n/next\n", 7);
        give_standard_input(text, limit + over + 7);
        source = rw_image_source_lines(false, false);
        if (over == 0) {
            assert_int_equal(rw_image_source_next(source, &entry, NULL), RWDA_OK);
            assert_int_equal(strlen(entry.name), limit);
            rw_image_entry_clear(&entry);
        } else {
            assert_next(source, "line 1", "longer than 65536 bytes", NULL);
        }
        assert_next(source, "/next", NULL, NULL);
        assert_next(source, NULL, NULL, NULL);
        rw_image_source_free(source);
    }
    free(text);
}

static void objects_say_path_image_and_more(void **state)
{
    static const char text[] = "{\"path\":\"/a\",\"id\":1,\"label\":null}\n"
                               "{\"image\":\"aGVsbG8=\",\"deep\":{\"er\":[1,2]}}\r\n"
                               "{\"path\":\"x.png\",\"image\":\"aGVsbG8=\"}\n"
                               "{\"image\":\"aGVsbG8\"}\n{\"image\":\"\"}\n"
                               "{}\n{\"path\":null,\"id\":2}\n\n{\"path\":\"/z\"";
    rw_image_source  *source;
    rw_image_entry    entry;

    (void)state;
    give_standard_input(text, sizeof text - 1);
    source = rw_image_source_lines(true, false);
    assert_next(source, "/a", NULL, "{\"id\":1,\"label\":null}");
    for (int i = 0; i < 2; i++) {
        entry = i == 0 ? take(source, "line 2", NULL, "{\"deep\":{\"er\":[1,2]}}") : take(source, "x.png", NULL, NULL);
        assert_int_equal(entry.len, 5);
        assert_memory_equal(entry.bytes, "hello", 5);
        rw_image_entry_clear(&entry);
    }
    entry = take(source, "line 4", "no base64", NULL); /* cut */
    rw_image_entry_clear(&entry);
    entry = take(source, "line 5", NULL, NULL);
    assert_true(entry.bytes != NULL && entry.len == 0); /* an image of no bytes: decoding says so */
    rw_image_entry_clear(&entry);
    assert_next(source, "line 6", "neither \"path\" nor \"image\"", NULL);
    assert_next(source, "line 7", "\"path\" is no text", "{\"id\":2}");
    assert_next(source, "line 8", "no JSON object", NULL);
    assert_next(source, "line 9", "no JSON object", NULL);
    assert_next(source, NULL, NULL, NULL);
    rw_image_source_free(source);
}

/* 65,536 values a line, whatever its strings hold. */
static void a_line_of_many_values_is_refused_and_the_next_one_taken(void **state)
{
    static const char *const values[] = { "[]", "{}", "1", "[ ]", "\"[{,\\\"[\"", "[[]]" };
    const size_t             most     = 65536;
    char                    *text     = malloc(16 * most), why[80];
    rw_image_source         *source;
    rw_image_entry           entry;

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < RW_COUNTOF(values); i++)
        for (size_t over = 0; over <= 1; over++) {
            size_t each = i == 5 ? 2 : 1, len = strlen(strcpy(text, "{\"path\":\"/a\",\"x\":[0"));
            size_t count = 4; /* the object, a path, a list, 0 */

            for (; count + each <= most + over; count += each)
                len += (size_t)sprintf(text + len, ",%s", values[i]);
            for (; count < most + over; count++)
                len += strlen(strcpy(text + len, ",1"));
            len += strlen(strcpy(text + len, "]}\n/b\n"));
            give_standard_input(text, len);
            source = rw_image_source_lines(true, false);
            assert_ok(rw_image_source_next(source, &entry, NULL), entry.refused);
            (void)snprintf(why, sizeof why, "%zu values in its JSON, over the limit of %zu", most + 1, most);
            if (over == 0)
                assert_ok(entry.refused.code, entry.refused);
            else
                assert_refused(values[i], entry.refused.code, RWDA_EINVAL, &entry.refused, why);
            assert_true((entry.given != NULL) == (over == 0));
            assert_string_equal(entry.name, over == 0 ? "/a" : "line 1");
            rw_image_entry_clear(&entry);
            assert_next(source, "line 2", "no JSON object", NULL);
            assert_next(source, NULL, NULL, NULL);
            rw_image_source_free(source);
        }
    free(text);
}

static void frames_become_files(void **state)
{
    rw_image_source *source;
    rw_image_entry   entry;
    rwda_error       err = { 0 };

    (void)state;
    for (int grey = 0; grey <= 1; grey++) {
        size_t      len  = grey ? 6 : 18;
        const char *head = grey ? "P5 3 2 255\n" : "P6 3 2 255\n", *name[] = { "frame-000000", "frame-000001" };

        give_standard_input("0123456789abcdefghABCDEFGHIJKLMNOPQR", 2 * len + (grey ? 5 : 0));
        assert_ok(rw_image_source_frames(&source, grey ? "gray:3x2" : "rgb24:3x2", &err), err);
        for (int i = 0; i < 2; i++) {
            entry = take(source, name[i], NULL, NULL);
            assert_int_equal(entry.len, strlen(head) + len);
            assert_memory_equal(entry.bytes, head, strlen(head));
            assert_memory_equal(entry.bytes + strlen(head), "0123456789abcdefghABCDEFGHIJKLMNOPQR" + (size_t)i * len, len);
            rw_image_entry_clear(&entry);
        }
        if (grey)
            assert_next(source, "frame-000002", "the input ends after 5 of its 6 bytes", NULL);
        assert_next(source, NULL, NULL, NULL);
        rw_image_source_free(source);
    }
}

static void other_formats_are_refused(void **state)
{
    static const char *const wrong[] = { "",           "rgb24",    "rgb24:",   "rgb24:3",   "rgb24:3x",
                                         "rgb24:3x2x", "gray:0x2", "gray:3x0", "gray:-3x2", "gray: 3x2" };
    rw_image_source         *source;
    rwda_error               err = { 0 };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(wrong); i++)
        assert_refused(wrong[i], rw_image_source_frames(&source, wrong[i], &err), RWDA_EINVAL, &err, "is not rgb24:");
    assert_refused("large", rw_image_source_frames(&source, "gray:32768x32769", &err), RWDA_ELIMIT, &err, "over");
    assert_refused("larger", rw_image_source_frames(&source, "gray:4294967296x4294967296", &err), RWDA_ELIMIT, &err, "over");
    assert_null(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_line_is_an_entry),
        cmocka_unit_test(a_long_line_is_refused_and_the_next_one_taken),
        cmocka_unit_test(objects_say_path_image_and_more),
        cmocka_unit_test(a_line_of_many_values_is_refused_and_the_next_one_taken),
        cmocka_unit_test(frames_become_files),
        cmocka_unit_test(other_formats_are_refused),
    };

    return cmocka_run_group_tests(tests, scratch_new, scratch_free);
}
