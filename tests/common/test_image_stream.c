/* test_image_stream.c - images in the order of their source, whatever threads do; memory bounded; every failure in its place? */
#include "common/image_stream.h"

#include "tests/common/scratch.h"

#include <stdatomic.h>
#include <time.h>

/* A source of the test's own: `count` entries with bytes; entry `broken` (-1: none) is not an image. */
typedef struct {
    rw_image_source base;
    size_t          count;
    long            broken;
    atomic_size_t   given;
    rwda_status     ending; /* what it says behind its last entry */
    bool            endless_wait;
} made_source;

static rwda_status made_next(rw_image_source *source, rw_image_entry *out, rwda_error *err)
{
    made_source *s = (made_source *)source;
    size_t       i = s->given;
    char         text[64];

    if (i == s->count) {
        while (s->endless_wait && !source->stop)
            nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
        return s->ending == RWDA_OK ? RWDA_OK : rw_fail(err, s->ending, RWDA_NO_OFFSET, "after %zu entries", i);
    }
    (void)snprintf(text, sizeof text, "%zu", i);
    out->name = strdup(text);
    if ((long)i == s->broken)
        out->len = (size_t)snprintf(text, sizeof text, "not an image");
    else /* its width tells which one it is */
        out->len = (size_t)snprintf(text, sizeof text, "P5 %zu 1 255\n", i % 97 + 1) + i % 97 + 1;
    out->bytes = calloc(1, out->len);
    assert_true(out->name != NULL && out->bytes != NULL);
    memcpy(out->bytes, text, strlen(text) < out->len ? strlen(text) : out->len);
    s->given++;
    return RWDA_OK;
}

static void made_free(rw_image_source *source)
{
    (void)source;
}

static bool wanted(void *user, const rw_image_entry *entry)
{
    (void)user;
    return entry->name[0] == 'x';
}

static made_source made(size_t count, long broken, rwda_status ending)
{
    return (
        made_source){ .base = { .next = made_next, .free = made_free }, .count = count, .broken = broken, .ending = ending };
}

/* Takes entry number i from the stream. */
static void take(rw_image_stream *stream, const made_source *s, size_t i)
{
    rw_decoded got;
    rwda_error err = { 0 };
    char       name[32];

    (void)snprintf(name, sizeof name, "%zu", i);
    assert_ok(rw_image_stream_next(stream, &got, &err), err);
    assert_non_null(got.name);
    assert_string_equal(got.name, name);
    if ((long)i == s->broken) {
        assert_null(got.image);
        (void)snprintf(name, sizeof name, "%zu: ", i);
        assert_int_equal(got.err.code, RWDA_EFORMAT);
        assert_int_equal(strncmp(got.err.message, name, strlen(name)), 0); /* which one it was */
    } else {
        assert_int_equal(got.err.code, RWDA_OK);
        assert_int_equal(got.image->width, i % 97 + 1);
        assert_true(got.decode_ms >= 0);
    }
    rw_decoded_free(&got);
    assert_null(got.name);
    rw_decoded_free(&got); /* empty already */
}

static void assert_ends(rw_image_stream *stream, rwda_status with)
{
    for (int i = 0; i < 2; i++) { /* and again */
        rw_decoded got;
        rwda_error err = { 0 };

        assert_int_equal(rw_image_stream_next(stream, &got, &err), with);
        assert_null(got.name);
        assert_null(got.image);
        if (with != RWDA_OK)
            assert_non_null(strstr(err.message, "entries"));
        assert_int_equal(rw_image_stream_next(stream, &got, NULL), with);
    }
}

static void order_holds_under_many_threads(void **state)
{
    static const struct {
        int    threads;
        size_t ahead;
    } shapes[] = { { 1, 1 }, { 1, 5 }, { 8, 1 }, { 8, 3 }, { 3, 32 }, { 16, 16 } };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(shapes); i++) {
        made_source      s      = made(500, 250, RWDA_OK);
        rw_image_stream *stream = rw_image_stream_new(&s.base, NULL, shapes[i].threads, shapes[i].ahead);

        assert_non_null(stream);
        for (size_t k = 0; k < 500; k++) {
            take(stream, &s, k);
            /* those taken, those decoded ahead, and one that each thread holds */
            assert_true(s.given <= k + 1 + shapes[i].ahead + (size_t)shapes[i].threads);
        }
        assert_ends(stream, RWDA_OK);
        rw_image_stream_free(stream);
    }
}

static void a_slow_consumer_holds_the_ring_back(void **state)
{
    made_source      s      = made(1000000, -1, RWDA_OK);
    rw_image_stream *stream = rw_image_stream_new(&s.base, NULL, 4, 6);

    (void)state;
    assert_non_null(stream);
    for (size_t k = 0; k < 3; k++) {
        nanosleep(&(struct timespec){ 0, 30000000 }, NULL);
        assert_true(s.given >= k + 6 && s.given <= k + 6 + 4);
        take(stream, &s, k);
    }
    rw_image_stream_free(stream); /* long before the end */
    assert_true(s.given < 30);
}

static void a_failing_source_ends_behind_its_entries(void **state)
{
    (void)state;
    for (size_t count = 0; count < 6; count++) {
        made_source      s      = made(count, (long)count - 1, RWDA_EIO);
        rw_image_stream *stream = rw_image_stream_new(&s.base, NULL, 4, 3);

        assert_non_null(stream);
        for (size_t k = 0; k < count; k++)
            take(stream, &s, k);
        assert_ends(stream, RWDA_EIO);
        rw_image_stream_free(stream);
    }
}

static void a_stream_may_be_freed_while_its_source_waits(void **state)
{
    (void)state;
    for (size_t taken = 0; taken <= 2; taken++) {
        made_source      s = made(2, -1, RWDA_ECANCELLED);
        rw_image_stream *stream;

        s.endless_wait = true;
        stream         = rw_image_stream_new(&s.base, NULL, 3, 4);
        assert_non_null(stream);
        for (size_t k = 0; k < taken; k++)
            take(stream, &s, k);
        alarm(20); /* or it waits for ever */
        rw_image_stream_free(stream);
        alarm(0);
        assert_true(s.base.stop);
    }
    rw_image_stream_free(NULL);
}

static void files_are_read_by_name(void **state)
{
    char             good[RW_PATH_MAX], bad[RW_PATH_MAX], missing[RW_PATH_MAX];
    char            *paths[] = { good, bad, missing, good, scratch };
    rw_image_source *source  = rw_image_source_list(paths, 5);
    rw_image_stream *stream;
    rwda_error       err = { 0 };

    (void)state;
    (void)snprintf(good, sizeof good, "%s", make_image("good.ppm", 5, 4, 77));
    (void)snprintf(bad, sizeof bad, "%s", make_text("bad.png", "P6 9 9 255\nshort"));
    (void)snprintf(missing, sizeof missing, "%s", in_scratch("missing.png"));
    stream = rw_image_stream_new(source, NULL, 2, 2);
    assert_non_null(stream);
    for (size_t i = 0; i < 5; i++) {
        static const rwda_status codes[] = { RWDA_OK, RWDA_EFORMAT, RWDA_ENOTFOUND, RWDA_OK, RWDA_EIO };
        rw_decoded               got;

        assert_ok(rw_image_stream_next(stream, &got, &err), err);
        assert_string_equal(got.name, paths[i]);
        assert_int_equal(got.err.code, codes[i]);
        if (codes[i] == RWDA_OK)
            assert_true(got.image->width == 5 && got.image->height == 4 && got.image->pixels[0] == 77);
        else
            assert_int_equal(strncmp(got.err.message, paths[i], strlen(paths[i])), 0);
        rw_decoded_free(&got);
    }
    assert_ends(stream, RWDA_OK);
    rw_image_stream_free(stream);
    rw_image_source_free(source);
}

static void limits_reach_the_decoder(void **state)
{
    rw_image_reading reading = RW_IMAGE_READING_INIT;
    made_source      s       = made(3, -1, RWDA_OK);
    rw_image_stream *stream;

    (void)state;
    reading.options.max_pixels = 2; /* the third is 3 x 1 */
    stream                     = rw_image_stream_new(&s.base, &reading, 2, 2);
    assert_non_null(stream);
    for (size_t i = 0; i < 3; i++) {
        rw_decoded got;

        assert_int_equal(rw_image_stream_next(stream, &got, NULL), RWDA_OK);
        assert_int_equal(got.err.code, i < 2 ? RWDA_OK : RWDA_ELIMIT);
        rw_decoded_free(&got);
    }
    assert_int_equal(reading.images, 2);
    rw_image_stream_free(stream);
}

/* A source that pauses behind each entry until the test says "go on", with a word about each. */
typedef struct {
    rw_image_source base;
    atomic_size_t   allowed;
    size_t          given, count;
} pausing_source;

static rwda_status pausing_next(rw_image_source *source, rw_image_entry *out, rwda_error *err)
{
    pausing_source *s = (pausing_source *)source;

    if (s->given == s->count)
        return RWDA_OK;
    if (s->given == s->allowed)
        rw_image_source_waits(source);
    while (s->given == s->allowed && !source->stop)
        nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
    if (source->stop)
        return rw_fail(err, RWDA_ECANCELLED, RWDA_NO_OFFSET, "stopped");
    out->name = strdup("x");
    assert_non_null(out->name);
    out->given   = json_pack("{s:i}", "id", (int)s->given++);
    out->refused = (rwda_error){ RWDA_ELIMIT, RWDA_NO_OFFSET, "x: too much" };
    return RWDA_OK;
}

/* One who waits for an answer before it goes on, as a program at the other end of two pipes does. */
static void a_pause_of_the_source_is_known(void **state)
{
    (void)state;
    alarm(60);
    for (int threads = 1; threads <= 5; threads += 2) {
        pausing_source   s      = { .base = { .next = pausing_next, .free = made_free }, .allowed = 1, .count = 40 };
        rw_image_source *filter = rw_image_source_filter(&s.base, wanted, NULL); /* a pause is heard through others */
        rw_image_stream *stream = rw_image_stream_new(filter, NULL, threads, 3);
        rw_decoded       got;

        assert_non_null(stream);
        for (size_t i = 0; i < s.count; i++) {
            assert_int_equal(rw_image_stream_next(stream, &got, NULL), RWDA_OK);
            assert_int_equal(json_integer_value(json_object_get(got.given, "id")), i);
            assert_null(got.image);
            assert_int_equal(got.err.code, RWDA_ELIMIT); /* and no file of that name was looked for */
            rw_decoded_free(&got);
            if (i + 1 < s.count)
                assert_true(rw_image_stream_pauses(stream));
            s.allowed++;
        }
        assert_false(rw_image_stream_pauses(stream)); /* the end is none */
        assert_ends(stream, RWDA_OK);
        rw_image_stream_free(stream);
        rw_image_source_free(filter);
    }
    alarm(0);
}

/* Groups of 4; the last is what is left, also before a failure. */
static void groups_end_at_the_end(void **state)
{
    static const rwda_status endings[] = { RWDA_OK, RWDA_EIO };

    (void)state;
    for (size_t count = 0; count <= 9; count++)
        for (size_t e = 0; e < RW_COUNTOF(endings); e++) {
            made_source      s      = made(count, -1, endings[e]);
            rw_image_stream *stream = rw_image_stream_new(&s.base, NULL, 2, 3);
            rw_decoded       group[4];
            bool             more  = true;
            size_t           taken = 0, n;
            rwda_error       err   = { 0 };

            assert_non_null(stream);
            while (more) {
                rwda_status got = rw_image_stream_group(stream, group, 4, &n, &more, &err);

                assert_int_equal(got, more ? RWDA_OK : endings[e]);
                assert_int_equal(n, more ? 4 : count % 4);
                for (size_t i = 0; i < n; i++, taken++) {
                    assert_int_equal(strtoul(group[i].name, NULL, 10), taken);
                    rw_decoded_free(&group[i]);
                }
            }
            assert_int_equal(taken, count);
            rw_image_stream_free(stream);
        }
}

/* What there is comes before the source goes on. */
static void groups_end_where_the_source_pauses(void **state)
{
    pausing_source   s      = { .base = { .next = pausing_next, .free = made_free }, .allowed = 3, .count = 9 };
    rw_image_stream *stream = rw_image_stream_new(&s.base, NULL, 2, 8);
    rw_decoded       group[4];
    bool             more = true;
    size_t           n;

    (void)state;
    assert_non_null(stream);
    alarm(60);
    for (int k = 0; k < 3; k++, s.allowed += 3) {
        assert_int_equal(rw_image_stream_group(stream, group, 4, &n, &more, NULL), RWDA_OK);
        assert_int_equal(n, 3);
        for (size_t i = 0; i < n; i++)
            rw_decoded_free(&group[i]);
    }
    alarm(0);
    rw_image_stream_free(stream);
}

static void without_a_source_there_is_no_stream(void **state)
{
    (void)state;
    assert_null(rw_image_stream_new(NULL, NULL, 1, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_holds_under_many_threads),
        cmocka_unit_test(a_slow_consumer_holds_the_ring_back),
        cmocka_unit_test(a_failing_source_ends_behind_its_entries),
        cmocka_unit_test(a_stream_may_be_freed_while_its_source_waits),
        cmocka_unit_test(files_are_read_by_name),
        cmocka_unit_test(limits_reach_the_decoder),
        cmocka_unit_test(a_pause_of_the_source_is_known),
        cmocka_unit_test(groups_end_at_the_end),
        cmocka_unit_test(groups_end_where_the_source_pauses),
        cmocka_unit_test(without_a_source_there_is_no_stream),
    };

    return cmocka_run_group_tests(tests, scratch_new, scratch_free);
}
