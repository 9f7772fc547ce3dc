/* test_towers.c - do both towers give the numbers that an independent implementation gives, with every kernel set?
 *
 * tests/golden/towers.txt holds them for the shipped model, in pairs of lines: a text (or "image"), its embedding. */
#include "api/session.h"
#include "base/random.h"
#include "rwda.h"

#include "tests/tolerance.h"
#include "tests/unit/check.h"

#include <math.h>

#define MODEL RWDA_TEST_DIR "/../models/demo"
#define MOST  1024

/* The images of make_goldens.py: a multiplicative hash of the byte's index; the second one is mostly even. */
static uint8_t *make_images(size_t side)
{
    size_t   bytes  = side * side * 3;
    uint8_t *pixels = rw_new_array(2, bytes);

    assert_non_null(pixels);
    for (size_t i = 0; i < 2 * bytes; i++)
        pixels[i] = (uint8_t)((uint32_t)(i * 2654435761u) >> 24);
    for (size_t y = 0; y < side; y++)
        for (size_t x = side / 3; x < side; x++)
            memcpy(pixels + bytes + (y * side + x) * 3, pixels + bytes, 3);
    return pixels;
}

static void check_row(const char *what, const char *set, const float *x, size_t dim, FILE *golden)
{
    for (size_t i = 0; i < dim; i++) {
        double want;

        assert_int_equal(fscanf(golden, "%lf", &want), 1);
        if (!(fabs((double)x[i] - want) <= TOLERANCE_EMBEDDING))
            fail_msg("%s, kernel set %s, element %zu: %.9g, want %.9g", what, set, i, (double)x[i], want);
    }
    (void)fgetc(golden);
}

static void check_kernel_set(rwda_cpu cpu)
{
    rwda_model_options     model_options   = RWDA_MODEL_OPTIONS_INIT;
    rwda_session_options   session_options = RWDA_SESSION_OPTIONS_INIT;
    rwda_model            *model           = NULL;
    rwda_session          *session         = NULL;
    rwda_error             err             = { 0 };
    FILE                  *golden          = fopen(RWDA_TEST_DIR "/golden/towers.txt", "r");
    const rwda_model_info *info;
    uint8_t               *pixels;
    float                  out[2 * MOST];
    char                   line[4096];
    size_t                 images = 0, texts = 0, side;

    assert_non_null(golden);
    model_options.cpu       = cpu;
    session_options.threads = 2;
    if (rwda_model_open(&model, MODEL, &model_options, &err) == RWDA_EUNSUPPORTED) { /* this machine lacks the kernel set */
        fclose(golden);
        return;
    }
    assert_non_null(model);
    assert_ok(rwda_session_new(&session, model, &session_options, &err), err);
    info   = rwda_model_get_info(model);
    side   = (size_t)info->image_size;
    pixels = make_images(side);
    assert_true(info->embed_dim <= MOST);
    for (size_t i = 0; i < 2; i++) {
        const rwda_image  image = { (int)side, (int)side, 3 * side, pixels + i * 3 * side * side };
        const rwda_image *one   = &image;

        assert_ok(rwda_session_embed_images(out + i * (size_t)info->embed_dim, session, &one, 1, RWDA_RESIZE_CONFIG,
                                            RWDA_CROPS_ONE, &err),
                  err);
    }
    while (fgets(line, sizeof line, golden) != NULL) {
        const char *text = line;

        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#')
            continue;
        if (strcmp(line, "image") == 0) {
            check_row("image", info->cpu, out + images++ * (size_t)info->embed_dim, (size_t)info->embed_dim, golden);
        } else {
            float x[MOST];

            assert_ok(rwda_session_embed_texts(x, session, &text, NULL, 1, &err), err);
            check_row(line, info->cpu, x, (size_t)info->embed_dim, golden);
            texts++;
        }
    }
    assert_int_equal(images, 2);
    assert_int_equal(texts, 4);
    free(pixels);
    fclose(golden);
    rwda_session_free(session);
    rwda_model_free(model);
}

static void every_table_gives_the_golden_embeddings(void **state)
{
    (void)state;
    for (int cpu = RWDA_CPU_REF; cpu <= RWDA_CPU_NEON; cpu++)
        check_kernel_set((rwda_cpu)cpu);
}

/* Any number of threads, any batch, any company in the batch: the same bytes. */
static void threads_and_batches_change_no_bit(void **state)
{
    static const struct {
        int threads, batch;
    } ways[]                         = { { 1, 16 }, { 2, 16 }, { 3, 16 }, { 1, 1 }, { 2, 3 } };
    static const char *const texts[] = { "a", "a photo of a normal object",
                                         "one two three four five six seven eight nine ten", "", "crack" };
    rwda_model              *model   = NULL;
    rwda_error               err     = { 0 };
    float                   *first   = NULL, *pixels;
    const size_t             n       = 5;

    (void)state;
    assert_ok(rwda_model_open(&model, MODEL, NULL, &err), err);
    size_t dim = (size_t)rwda_model_get_info(model)->embed_dim, side = (size_t)rwda_model_get_info(model)->image_size;
    size_t crop = 3 * side * side;
    pixels      = rw_new_array(n * crop, sizeof *pixels);
    assert_non_null(pixels);
    for (size_t i = 0; i < n * crop; i++)
        pixels[i] = sinf((float)(i % 7919));
    for (size_t w = 0; w < RW_COUNTOF(ways); w++) {
        rwda_session_options options = RWDA_SESSION_OPTIONS_INIT;
        rwda_session        *session = NULL;
        float               *out     = rw_new_array(2 * n * dim, sizeof *out);
        rw_encoder           encoder;

        assert_non_null(out);
        options.threads = ways[w].threads;
        options.batch   = ways[w].batch;
        assert_ok(rwda_session_new(&session, model, &options, &err), err);
        encoder = rw_session_encoder(session);
        assert_ok(rw_encode_crops(out, &encoder, pixels, n, &err), err);
        assert_ok(rwda_session_embed_texts(out + n * dim, session, texts, NULL, n, &err), err);
        if (first == NULL)
            first = out;
        else {
            assert_memory_equal(first, out, 2 * n * dim * sizeof *out);
            free(out);
        }
        rwda_session_free(session);
    }
    free(first);
    free(pixels);
    rwda_model_free(model);
}

/* Texts that begin alike share rows of the pass: what stands beside a text changes nothing. */
static void company_changes_no_bit(void **state)
{
    static const char *const texts[] = { "a photo of a normal qwert",
                                         "a photo of a anomalous qwert",
                                         "a photo of a normal zuiop asdfg",
                                         "a photo of a normal",
                                         "a photo",
                                         "a photo of a normal qwert",
                                         "the cat",
                                         "",
                                         "a photo<end_of_text>",
                                         "a photo<end_of_text> of a normal qwert",
                                         "a photo<end_of_text> of a normal zuiop",
                                         "a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a "
                                         "a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a b",
                                         "a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a "
                                         "a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a b",
                                         "a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a "
                                         "a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a b" };
    rwda_model              *model   = NULL;
    rwda_session            *session = NULL;
    rwda_error               err     = { 0 };
    float                    together[RW_COUNTOF(texts) * MOST], alone[MOST];

    (void)state;
    assert_ok(rwda_model_open(&model, MODEL, NULL, &err), err);
    assert_ok(rwda_session_new(&session, model, NULL, &err), err);
    size_t dim = (size_t)rwda_model_get_info(model)->embed_dim;
    assert_true(dim <= MOST);
    assert_ok(rwda_session_embed_texts(together, session, texts, NULL, RW_COUNTOF(texts), &err), err);
    for (size_t i = 0; i < RW_COUNTOF(texts); i++) {
        assert_ok(rwda_session_embed_texts(alone, session, &texts[i], NULL, 1, &err), err);
        assert_memory_equal(alone, together + i * dim, dim * sizeof *alone);
    }
    rwda_session_free(session);
    rwda_model_free(model);
}

/* Words drawn from few, so that texts share beginnings of every length and some come twice. */
static void draw_text(char *text, size_t room, rw_random *random)
{
    static const char *const words[] = { "a", "photo", "of", "the qzvkwp", "normal" };
    size_t                   count = rw_random_u32(random) % 14, at = 0;

    text[0] = '\0';
    for (size_t i = 0; i < count; i++)
        at += (size_t)snprintf(text + at, room - at, "%s ", words[rw_random_u32(random) % (i < 3 ? 2 : 5)]);
}

typedef struct {
    size_t calls, last, total, stop_at;
} progress_log;

static int note_progress(void *user, const char *stage, size_t done, size_t total)
{
    progress_log *log = user;

    assert_string_equal(stage, "text embeddings");
    assert_true(done > log->last && done <= total);
    log->calls++;
    log->last  = done;
    log->total = total;
    return log->calls == log->stop_at;
}

/* Sorted, shared, cut into passes, copied to those that are the same, any number of threads: the bytes of each text alone. */
static void many_texts_get_the_bytes_of_each_alone(void **state)
{
    enum { N = SANITIZED ? 450 : 900, ROOM = 200 };
    char        *text   = rw_new_array(N, ROOM);
    const char **texts  = rw_new_array(N, sizeof(const char *));
    rw_random    random = rw_random_init(4, 1);
    rwda_model  *model  = NULL;
    float       *alone  = NULL;
    size_t       pairs  = 0;
    rwda_error   err    = { 0 };

    (void)state;
    assert_true(text != NULL && texts != NULL);
    for (size_t i = 0; i < N; i++) {
        draw_text(text + i * ROOM, ROOM, &random);
        texts[i] = text + i * ROOM;
        for (size_t j = 0; j < i; j++)
            pairs += strcmp(texts[i], texts[j]) == 0;
    }
    assert_true(pairs > 0);
    assert_ok(rwda_model_open(&model, MODEL, NULL, &err), err);
    size_t dim = (size_t)rwda_model_get_info(model)->embed_dim;
    alone      = rw_new_array(N * dim, sizeof *alone);
    assert_non_null(alone);
    for (int threads = 1; threads <= 3; threads++) {
        rwda_session_options options  = RWDA_SESSION_OPTIONS_INIT;
        rwda_session        *session  = NULL;
        progress_log         log      = { 0, 0, 0, 0 };
        float               *together = rw_new_array(N * dim, sizeof *together);
        rw_encoder           encoder;

        assert_non_null(together);
        options.threads = threads;
        assert_ok(rwda_session_new(&session, model, &options, &err), err);
        encoder = rw_session_encoder(session);
        for (size_t i = 0; i < N && threads == 1; i++)
            assert_ok(rw_encode_texts(alone + i * dim, &encoder, &texts[i], NULL, 1, NULL, NULL, &err), err);
        assert_ok(rw_encode_texts(together, &encoder, texts, NULL, N, note_progress, &log, &err), err);
        assert_memory_equal(together, alone, N * dim * sizeof *alone);
        assert_true(log.calls >= 2); /* several passes */
        assert_int_equal(log.last, N);
        assert_int_equal(log.total, N);
        log = (progress_log){ 0, 0, 0, 2 };
        assert_refused("cancelled", rw_encode_texts(together, &encoder, texts, NULL, N, note_progress, &log, &err),
                       RWDA_ECANCELLED, &err, SANITIZED ? " of 450 texts" : " of 900 texts");
        assert_int_equal(log.calls, 2);
        assert_int_equal(rw_arena_bytes(encoder.arena), 0);
        rwda_session_free(session);
        free(together);
    }
    free(alone);
    free(texts);
    free(text);
    rwda_model_free(model);
}

/* More texts than are looked at together; most of them are the same, which is what makes this quick. */
static void a_call_may_have_more_texts_than_are_sorted_together(void **state)
{
    static const char *const some[] = { "a photo of a cat", "the dog", "a photo" };
    enum { N = 65536 + 300 };
    const char  **texts   = rw_new_array(N, sizeof(const char *));
    rwda_model   *model   = NULL;
    rwda_session *session = NULL;
    progress_log  log     = { 0, 0, 0, 0 };
    float        *out, *alone;
    rwda_error    err = { 0 };
    rw_encoder    encoder;

    (void)state;
    assert_ok(rwda_model_open(&model, MODEL, NULL, &err), err);
    assert_ok(rwda_session_new(&session, model, NULL, &err), err);
    size_t dim = (size_t)rwda_model_get_info(model)->embed_dim;
    encoder    = rw_session_encoder(session);
    out        = rw_new_array(N * dim, sizeof *out);
    alone      = rw_new_array(RW_COUNTOF(some) * dim, sizeof *alone);
    assert_true(texts != NULL && out != NULL && alone != NULL);
    for (size_t i = 0; i < N; i++)
        texts[i] = some[i % 7 % 3];
    for (size_t i = 0; i < RW_COUNTOF(some); i++)
        assert_ok(rw_encode_texts(alone + i * dim, &encoder, &some[i], NULL, 1, NULL, NULL, &err), err);
    assert_ok(rw_encode_texts(out, &encoder, texts, NULL, N, note_progress, &log, &err), err);
    for (size_t i = 0; i < N; i++)
        if (memcmp(out + i * dim, alone + i % 7 % 3 * dim, dim * sizeof *out) != 0)
            fail_msg("text %zu", i);
    assert_int_equal(log.calls, 2);
    assert_int_equal(log.last, N);
    assert_ok(rw_encode_texts(out, &encoder, texts, NULL, 0, note_progress, &log, &err), err);
    assert_int_equal(log.calls, 2);
    free(out);
    free(alone);
    free(texts);
    rwda_session_free(session);
    rwda_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_gives_the_golden_embeddings),
        cmocka_unit_test(threads_and_batches_change_no_bit),
        cmocka_unit_test(company_changes_no_bit),
        cmocka_unit_test(many_texts_get_the_bytes_of_each_alone),
        cmocka_unit_test(a_call_may_have_more_texts_than_are_sorted_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
