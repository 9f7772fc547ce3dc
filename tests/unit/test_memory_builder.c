/* test_memory_builder.c - is a memory the same however its images came into it, and are its images what they should be? */
#include "anomaly/memory_builder.h"

#include "tests/tolerance.h"
#include "tests/unit/memory_rig.h"

#include <math.h>
#include <stdbool.h>

#define IMAGES 8

static rwda_model   *model;
static rwda_session *session;
static rig_image     images[IMAGES + 2];

static const rwda_memory_options defaults = RWDA_MEMORY_OPTIONS_INIT;

static int set_up(void **state)
{
    if (rig_begin(state) != 0)
        return 1;
    model   = rig_model(0, RWDA_CPU_AUTO);
    session = rig_session(model, 2, 16);
    rig_images_make(images, RW_COUNTOF(images));
    return 0;
}

static int tear_down(void **state)
{
    rwda_session_free(session);
    rwda_model_free(model);
    return rig_end(state);
}

/* Options whose memories take every way through the code. */
static size_t options_of_interest(rwda_memory_options *out)
{
    size_t n = 0;

    for (int storage = 0; storage < 3; storage++) {
        out[n]               = defaults;
        out[n].storage       = storage == 0 ? RWDA_PRECISION_F32 : storage == 1 ? RWDA_PRECISION_F16 : RWDA_PRECISION_INT8;
        out[n + 1]           = out[n];
        out[n + 1].rotations = 1;
        out[n + 2]           = out[n];
        out[n + 2].tiles     = 2;
        out[n + 2].neighbourhood = 3;
        n += 3;
    }
    out[n]              = defaults;
    out[n].robust       = 0.3f;
    out[n].class_weight = 0.25f;
    out[n].crops        = RWDA_CROPS_2X2;
    n++;
    out[n]        = defaults;
    out[n].mutual = 1;
    out[n].words  = 0;
    out[n].scores = 3;
    n++;
    out[n]            = defaults;
    out[n].image_size = 16; /* the model's own: tokens and image embedding come from one pass */
    out[n].resize     = RWDA_RESIZE_SQUASH;
    return n + 1;
}

/* ---- The same bytes ------------------------------------------------------------------------------------------------------ */

static void any_threads_batch_and_order_give_the_same_bytes(void **state)
{
    rwda_memory_options all[16];
    size_t              n = options_of_interest(all);

    (void)state;
    all[n]        = defaults;
    all[n++].keep = 0.25f; /* a coreset too */
    for (size_t o = 0; o < n; o++) {
        rwda_memory *first = rig_memory(session, &all[o], images, IMAGES);

        for (int threads = 1; threads <= 3; threads++) {
            rwda_session        *other = rig_session(model, threads, threads == 2 ? 1 : 5);
            rwda_memory_builder *b     = rig_builder(other, NULL, &all[o]);
            const rwda_image    *seen[IMAGES];
            const char          *names[IMAGES];
            rwda_memory         *m;
            rwda_error           err = { 0 };

            for (size_t i = 0; i < IMAGES; i++) { /* another order for each, and all in one call */
                size_t from = threads == 1 ? IMAGES - 1 - i : (i * 3 + (size_t)threads) % IMAGES;

                seen[i]  = &images[from].image;
                names[i] = images[from].name;
            }
            assert_ok(rwda_memory_builder_add(b, seen, names, NULL, IMAGES, &err), err);
            m = rig_finish(b);
            assert_same_memory("threads, batch, order", first, m);
            rwda_memory_free(m);
            rwda_session_free(other);
        }
        rwda_memory_free(first);
    }
}

static void adding_and_dropping_is_a_new_memory(void **state)
{
    rwda_memory_options all[16];
    size_t              n = options_of_interest(all);

    (void)state;
    for (size_t o = 0; o < n; o++) {
        rwda_memory         *wanted = rig_memory(session, &all[o], images, 5), *base, *m, *decoded;
        rwda_memory_builder *b;
        size_t               len;
        const void          *bytes;
        rwda_error           err = { 0 };

        base = rig_memory(session, &all[o], images + 2, 6); /* 2..7: of 0..4 two are missing, three are too many */
        b    = rig_builder(session, base, o % 2 == 0 ? NULL : &all[o]);
        for (size_t i = 5; i < 8; i++)
            assert_ok(rwda_memory_builder_drop(b, images[i].name, NULL, &err), err);
        rig_add(b, images, 2);
        m = rig_finish(b);
        assert_same_memory("dropped and added", wanted, m);
        rwda_memory_free(m);
        bytes = rwda_memory_file(base, &len); /* the same from the file, in the other order */
        assert_ok(rwda_memory_decode(&decoded, model, bytes, len, 0, &err), err);
        rwda_memory_free(base);
        b = rig_builder(session, decoded, NULL);
        rig_add(b, images + 1, 1);
        rig_add(b, images, 1);
        assert_ok(rwda_memory_builder_drop(
                      b, rwda_memory_image_at(decoded, rw_memory_find(decoded, b->images[5].sha256))->name, NULL, &err),
                  err);                /* one of the base, whichever it is ... */
        for (size_t i = 2; i < 8; i++) /* ... and all of them once more: those that are there are not added */
            rig_add(b, images + i, 1);
        for (size_t i = 5; i < 8; i++)
            assert_ok(rwda_memory_builder_drop(b, images[i].name, NULL, &err), err);
        m = rig_finish(b);
        assert_same_memory("from the file", wanted, m);
        rwda_memory_free(m);
        b = rig_builder(session, wanted, NULL); /* nothing changed */
        m = rig_finish(b);
        assert_same_memory("unchanged", wanted, m);
        rwda_memory_free(m);
        rwda_memory_free(decoded);
        rwda_memory_free(wanted);
    }
}

static void a_base_of_other_options_is_refused(void **state)
{
    rwda_memory         *base  = rig_memory(session, NULL, images, 3);
    rwda_memory_options  other = defaults;
    rwda_memory_builder *b     = POISON;
    rwda_error           err   = { 0 };

    (void)state;
    other.share = 0.1f;
    assert_refused("share", rwda_memory_builder_new(&b, session, base, &other, &err), RWDA_EMISMATCH, &err,
                   "\"share\":0.05");
    assert_null(b);
    other           = defaults;
    other.max_bytes = 1; /* this may differ; what is there already stays */
    b               = rig_builder(session, base, &other);
    {
        const rwda_image *one  = &images[3].image;
        const char       *name = "more";

        assert_refused("limit", rwda_memory_builder_add(b, &one, &name, NULL, 1, &err), RWDA_ELIMIT, &err,
                       "over the limit of 1");
    }
    rwda_memory_builder_free(b);
    rwda_memory_free(base);
}

/* ---- What an image is --------------------------------------------------------------------------------------------------- */

static void the_same_pixels_are_one_image(void **state)
{
    rwda_memory_builder *b = rig_builder(session, NULL, NULL);
    rig_image            turned;
    uint8_t              wide[RIG_SIDE * (3 * RIG_SIDE + 7)];
    rwda_image           padded  = images[0].image;
    const rwda_image    *seen[]  = { &images[0].image, &images[1].image, &padded, &images[0].image, &turned.image };
    const char          *names[] = { "first", "other", "again", "and again", "turned" };
    int                  known[5];
    rwda_memory         *m, *both;
    rwda_error           err = { 0 };

    (void)state;
    memset(wide, 0xee, sizeof wide); /* rows of other lengths: the same pixels */
    for (size_t y = 0; y < RIG_SIDE; y++)
        memcpy(wide + y * (3 * RIG_SIDE + 7), images[0].pixels + y * 3 * RIG_SIDE, 3 * RIG_SIDE);
    padded.stride = 3 * RIG_SIDE + 7;
    padded.pixels = wide;
    turned        = images[0]; /* the same bytes as rows of another width: another image */
    turned.image  = (rwda_image){ RIG_SIDE / 2, RIG_SIDE * 2, 3 * RIG_SIDE / 2, turned.pixels };
    assert_ok(rwda_memory_builder_add(b, seen, names, known, 5, &err), err);
    assert_memory_equal(known, ((int[]){ 0, 0, 1, 1, 0 }), sizeof known);
    m = rig_finish(b);
    assert_int_equal(rwda_memory_get_info(m)->images, 3);
    {
        char   sha256[65];
        size_t at;

        rw_image_sha256(sha256, &padded);
        at = rw_memory_find(m, sha256);
        assert_true(at < 3);
        assert_string_equal(rwda_memory_image_at(m, at)->name, "first");
        assert_null(rwda_memory_image_at(m, 3));
    }
    b       = rig_builder(session, m, NULL); /* known to a builder that began with the memory too */
    seen[0] = &padded;
    assert_ok(rwda_memory_builder_add(b, seen, names, known, 2, &err), err);
    assert_true(known[0] == 1 && known[1] == 1);
    both = rig_finish(b);
    assert_same_memory("known", m, both);
    rwda_memory_free(both);
    rwda_memory_free(m);
}

static void images_are_dropped_by_name_and_by_hash(void **state)
{
    rwda_memory_builder *b = rig_builder(session, NULL, NULL);
    rwda_memory         *m, *one;
    size_t               count = 77;
    char                 sha256[65];
    rwda_error           err = { 0 };

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        const rwda_image *image = &images[i].image;
        const char       *name  = i < 3 ? "same" : images[i].name;

        assert_ok(rwda_memory_builder_add(b, &image, &name, NULL, 1, &err), err);
    }
    assert_refused("none", rwda_memory_builder_drop(b, "nobody", &count, &err), RWDA_ENOTFOUND, &err,
                   "\"nobody\" is neither");
    assert_int_equal(count, 0);
    assert_ok(rwda_memory_builder_drop(b, "same", &count, &err), err);
    assert_int_equal(count, 3);
    assert_refused("again", rwda_memory_builder_drop(b, "same", &count, &err), RWDA_ENOTFOUND, &err, "same");
    rw_image_sha256(sha256, &images[4].image);
    assert_ok(rwda_memory_builder_drop(b, sha256, &count, &err), err);
    assert_int_equal(count, 1);
    assert_ok(rwda_memory_builder_drop(b, images[3].name, NULL, &err), err);
    one = rig_memory(session, NULL, images + 5, 1);
    m   = rig_finish(b);
    assert_same_memory("the one that is left", one, m);
    b = rig_builder(session, m, NULL);
    assert_ok(rwda_memory_builder_drop(b, images[5].name, NULL, &err), err);
    rwda_memory_free(m);
    m = POISON;
    assert_refused("empty", rwda_memory_builder_finish(&m, b, NULL, NULL, &err), RWDA_EINVAL, &err, "0 images: at least 1");
    assert_null(m);
    rwda_memory_builder_free(b);
    rwda_memory_builder_free(NULL);
    rwda_memory_free(one);
}

static void a_failed_call_changes_nothing(void **state)
{
    rwda_memory_options  small = defaults;
    rwda_image           empty = { 0, RIG_SIDE, 0, images[0].pixels }, narrow = images[0].image;
    const rwda_image    *seen[]  = { &images[3].image, &images[4].image, &empty };
    const char          *names[] = { images[3].name, images[4].name, "empty" };
    rwda_memory_builder *b;
    rwda_memory         *m, *wanted = rig_memory(session, NULL, images, 3);
    int64_t              bytes, more;
    char                 says[64];
    rwda_error           err = { 0 };

    (void)state;
    b = rig_builder(session, NULL, NULL);
    rig_add(b, images, 3);
    assert_refused("empty", rwda_memory_builder_add(b, seen, names, NULL, 3, &err), RWDA_EINVAL, &err, "0 x 20");
    narrow.stride = 3 * RIG_SIDE - 1;
    seen[2]       = &narrow;
    assert_refused("stride", rwda_memory_builder_add(b, seen, names, NULL, 3, &err), RWDA_EINVAL, &err, "rows of 59 bytes");
    assert_true(b->count == 3 && b->rows[0].count == 3 * 9 && b->rows[1].count == 3 * 9); /* of the others nothing is left */
    m = rig_finish(b);
    assert_same_memory("refused", wanted, m);
    rwda_memory_free(m);
    assert_ok(rwda_memory_bytes(&bytes, model, NULL, 4, &err), err);
    assert_ok(rwda_memory_bytes(&more, model, NULL, 5, &err), err);
    small.max_bytes = bytes;
    b               = rig_builder(session, NULL, &small);
    rig_add(b, images, 3);
    (void)snprintf(says, sizeof says, "5 images takes %lld bytes, over the limit of %lld", (long long)more,
                   (long long)bytes);
    assert_refused("limit", rwda_memory_builder_add(b, seen, names, NULL, 2, &err), RWDA_ELIMIT, &err, says);
    m = rig_finish(b); /* neither of the two is there */
    assert_same_memory("limit", wanted, m);
    rwda_memory_free(m);
    rwda_memory_free(wanted);
}

static void names_are_cleaned(void **state)
{
    static const char *const cases[][2] = {
        { "plain.png", "plain.png" },
        { "", "" },
        { "a\nb\tc\x7f\x01", "a\\x0ab\\x09c\\x7f\\x01" },
        { "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80" },
        { "\xff\xfe", "\\xff\\xfe" },
        { "a\xc3", "a\\xc3" },
        { "\xc3\xc3\xa4", "\\xc3\xc3\xa4" },
        { "\xed\xa0\x80", "\\xed\\xa0\\x80" }, /* a surrogate */
        { "\xc0\xaf", "\\xc0\\xaf" },
        { "\x80x", "\\x80x" },
        { "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
        { "a\"b\\c/d", "a\"b\\c/d" },
    };
    rwda_error err = { 0 };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        rwda_memory_builder *b     = rig_builder(session, NULL, NULL);
        const rwda_image    *image = &images[0].image;
        rwda_memory         *m;

        assert_ok(rwda_memory_builder_add(b, &image, &cases[i][0], NULL, 1, &err), err);
        m = rig_finish(b);
        assert_string_equal(rwda_memory_image_at(m, 0)->name, cases[i][1]);
        rwda_memory_free(m);
    }
    for (size_t shift = 0; shift < 4; shift++) { /* cut between characters, wherever they begin */
        char                 name[RW_MEMORY_NAME_MAX + 100] = "xxx";
        rwda_memory_builder *b                              = rig_builder(session, NULL, NULL);
        const rwda_image    *image                          = &images[0].image;
        const char          *text                           = name, *kept;
        rwda_memory         *m;

        for (size_t i = shift; i + 4 < sizeof name; i += 4)
            memcpy(name + i, "\xf0\x9f\x98\x80", 5);
        assert_ok(rwda_memory_builder_add(b, &image, &text, NULL, 1, &err), err);
        m    = rig_finish(b);
        kept = rwda_memory_image_at(m, 0)->name;
        assert_int_equal(strlen(kept), shift == 0 ? RW_MEMORY_NAME_MAX : RW_MEMORY_NAME_MAX - 4 + shift);
        assert_memory_equal(kept, name, strlen(kept));
        rwda_memory_free(m);
    }
}

/* ---- Images of every kind ----------------------------------------------------------------------------------------------- */

static void a_memory_of_one_image_scores_others(void **state)
{
    rwda_memory            *m      = rig_memory(session, NULL, images, 1);
    const rwda_memory_info *info   = rwda_memory_get_info(m);
    rwda_scorer            *scorer = rig_scorer(session, m);
    rwda_score self = rig_score(session, scorer, &images[0].image), other = rig_score(session, scorer, &images[1].image);

    (void)state;
    assert_true(info->images == 1 && info->tokens == 9 && info->scores_exact == 1);
    assert_true(isnan(rwda_memory_image_at(m, 0)->score)); /* nothing is left to compare it with */
    assert_true(self.score < 1e-6f && other.score > 1e-4f && other.score < 1.0f);
    assert_true(other.score_memory == other.score);
    rwda_scorer_free(scorer);
    rwda_memory_free(m);
}

static void nearly_identical_images_have_scores_too(void **state)
{
    rig_image    alike[4];
    rwda_memory *m;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        rig_image_make(&alike[i], 1, RIG_SIDE, RIG_SIDE);
        alike[i].pixels[17 + i] ^= 1; /* one pixel, by one level */
    }
    m = rig_memory(session, NULL, alike, 4);
    for (size_t i = 0; i < 4; i++)
        assert_true(rwda_memory_image_at(m, i)->score >= 0.0f && rwda_memory_image_at(m, i)->score < 1e-3f);
    assert_true(m->std > 0.0 && isfinite(m->mean)); /* what fusing divides by */
    rwda_memory_free(m);
}

static void images_of_any_size_go_together(void **state)
{
    static const int    sizes[][2] = { { 20, 20 }, { 1, 1 },  { 1, 2000 }, { 2000, 1 },
                                       { 3, 2 },   { 40, 9 }, { 16, 16 },  { 33, 31 } };
    rig_image           any[RW_COUNTOF(sizes)];
    rwda_memory_options o = defaults;

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(sizes); i++)
        rig_image_make(&any[i], (unsigned)i, sizes[i][0], sizes[i][1]);
    o.rotations = 1;
    for (o.tiles = 1; o.tiles <= 8; o.tiles += 7) {
        rwda_memory *m      = rig_memory(session, &o, any, RW_COUNTOF(any));
        rwda_scorer *scorer = rig_scorer(session, m);

        for (size_t i = 0; i < RW_COUNTOF(any); i++) {
            guarded bytes =
                guarded_copy(any[i].pixels, (size_t)(3 * sizes[i][0] * sizes[i][1])); /* nothing behind it is read */
            rwda_image image = any[i].image;

            image.pixels = bytes.bytes;
            assert_true(rig_score(session, scorer, &image).score < 1e-6f); /* finds itself */
            assert_true(rwda_memory_image_at(m, i)->score > 0.0f && rwda_memory_image_at(m, i)->score < 1.0f);
            guarded_free(&bytes);
        }
        rwda_scorer_free(scorer);
        rwda_memory_free(m);
    }
}

static void turned_images_are_remembered(void **state)
{
    rwda_memory_options o = defaults;
    rwda_memory        *upright, *turned;
    rwda_scorer        *of_upright, *of_turned;
    rig_image           wide, quarter, half;

    (void)state;
    rig_image_make(&wide, 3, 30, 20);
    quarter = half = wide;
    rw_image_quarter_turn(quarter.pixels, &wide.image);
    quarter.image = (rwda_image){ 20, 30, 60, quarter.pixels };
    for (int y = 0; y < 30; y++) /* to the right: the left column, from its foot up, is the first row */
        assert_memory_equal(quarter.pixels + 3 * (y * 20), wide.pixels + 3 * (19 * 30 + y), 3);
    rw_image_quarter_turn(half.pixels, &quarter.image);
    half.image  = (rwda_image){ 30, 20, 90, half.pixels };
    o.rotations = 1;
    upright     = rig_memory(session, NULL, &wide, 1);
    turned      = rig_memory(session, &o, &wide, 1);
    of_upright  = rig_scorer(session, upright);
    of_turned   = rig_scorer(session, turned);
    assert_int_equal(rwda_memory_get_info(turned)->tokens, 4 * rwda_memory_get_info(upright)->tokens);
    assert_true(rig_score(session, of_turned, &wide.image).score < 1e-6f);
    assert_true(rig_score(session, of_turned, &quarter.image).score < 1e-6f);
    assert_true(rig_score(session, of_turned, &half.image).score < 1e-6f);
    assert_true(rig_score(session, of_upright, &quarter.image).score > 1e-4f);
    rwda_scorer_free(of_upright);
    rwda_scorer_free(of_turned);
    rwda_memory_free(upright);
    rwda_memory_free(turned);
}

/* Each number is the nearest that its type can say: float16 has 11 bits, an integer is a 127th of the token's largest. */
static void stored_tokens_are_rounded_once(void **state)
{
    static float        exact[IMAGES * 9 * 16], stored[IMAGES * 9 * 16];
    rwda_memory_options o     = defaults;
    rwda_memory        *whole = rig_memory(session, NULL, images, IMAGES);

    (void)state;
    for (int storage = 0; storage < 2; storage++) {
        rwda_memory *m;

        o.storage = storage == 0 ? RWDA_PRECISION_F16 : RWDA_PRECISION_INT8;
        m         = rig_memory(session, &o, images, IMAGES);
        for (size_t l = 0; l < 2; l++) {
            rw_memory_widen(exact, whole, l, 0, IMAGES * 9);
            rw_memory_widen(stored, m, l, 0, IMAGES * 9);
            for (size_t t = 0; t < IMAGES * 9; t++) {
                float most = 0.0f;

                for (size_t j = 0; j < 16; j++)
                    most = fmaxf(most, fabsf(exact[t * 16 + j]));
                for (size_t j = 0; j < 16; j++) {
                    float x = exact[t * 16 + j], bound = storage == 0 ? fabsf(x) / 2048.0f + 1e-7f : most / 254.0f * 1.0001f;

                    assert_true(fabsf(stored[t * 16 + j] - x) <= bound);
                }
            }
        }
        rwda_memory_free(m);
    }
    rwda_memory_free(whole);
}

/* ---- Leave-one-out ------------------------------------------------------------------------------------------------------ */

static void leave_one_out_is_a_memory_without_the_image(void **state)
{
    rwda_memory_options all[8];
    size_t              n       = 0;
    double              largest = 0.0;

    (void)state;
    for (int robust = 0; robust < 2; robust++)
        for (int storage = 0; storage < 3; storage++) {
            all[n]               = defaults;
            all[n].robust        = robust ? 0.4f : 0.0f;
            all[n].class_weight  = robust ? 0.3f : 0.0f;
            all[n].rotations     = robust;
            all[n].neighbourhood = 3;
            all[n++].storage = storage == 0 ? RWDA_PRECISION_F32 : storage == 1 ? RWDA_PRECISION_F16 : RWDA_PRECISION_INT8;
        }
    for (size_t o = 0; o < n; o++) {
        rwda_memory *m = rig_memory(session, &all[o], images, 6);

        for (size_t i = 0; i < 6; i++) {
            rwda_memory_builder *b = rig_builder(session, NULL, &all[o]);
            rwda_memory         *without;
            rwda_scorer         *scorer;
            char                 sha256[65];
            float                of_member, alone;

            rig_add(b, images, i);
            rig_add(b, images + i + 1, 5 - i);
            without = rig_finish(b);
            scorer  = rig_scorer(session, without);
            rw_image_sha256(sha256, &images[i].image);
            of_member = rwda_memory_image_at(m, rw_memory_find(m, sha256))->score;
            alone     = rig_score(session, scorer, &images[i].image).score;
            if (all[o].storage == RWDA_PRECISION_F32)
                assert_true(of_member == alone);
            else /* the member's own tokens were rounded as they were stored */
                largest = fmax(largest, fabs((double)of_member - (double)alone));
            rwda_scorer_free(scorer);
            rwda_memory_free(without);
        }
        rwda_memory_free(m);
    }
    print_message("f16, int8: largest difference %.2g\n", largest);
    assert_true(largest <= TOLERANCE_MEMORY_MEMBER);
}

static void scores_are_of_so_many_images_evenly_spaced(void **state)
{
    rwda_memory *whole = rig_memory(session, NULL, images, IMAGES);

    (void)state;
    for (int scores = 0; scores <= IMAGES + 1; scores++) {
        rwda_memory_options o = defaults;
        rwda_memory        *m;
        size_t              found = 0;

        o.scores = scores;
        m        = rig_memory(session, &o, images, IMAGES);
        for (size_t i = 0; i < IMAGES; i++) {
            float score = rwda_memory_image_at(m, i)->score;

            if (isnan(score))
                continue;
            assert_int_equal(i, found * IMAGES / (size_t)(scores < IMAGES ? scores : IMAGES));
            assert_true(score == rwda_memory_image_at(whole, i)->score);
            found++;
        }
        assert_int_equal(found, scores < IMAGES ? scores : IMAGES);
        rwda_memory_free(m);
    }
    rwda_memory_free(whole);
}

static int stop_at(void *user, const char *stage, size_t done, size_t total)
{
    size_t *left = user;

    assert_non_null(stage);
    assert_true(done >= 1 && done <= total);
    return (*left)-- == 0;
}

static void progress_may_stop_it(void **state)
{
    rwda_memory_options o = defaults;

    (void)state;
    o.keep = 0.5f;
    for (size_t after = 0; after < 60; after += 7) { /* 18 tokens of each of two layers, then 4 scores */
        rwda_memory_builder *b    = rig_builder(session, NULL, &o);
        rwda_memory         *m    = POISON;
        size_t               left = after;
        rwda_error           err  = { 0 };
        rwda_status          status;

        rig_add(b, images, 4);
        status = rwda_memory_builder_finish(&m, b, stop_at, &left, &err);
        if (after < 2 * 18 + 4) {
            assert_refused("stopped", status, RWDA_ECANCELLED, &err, "stopped after");
            assert_null(m);
        } else {
            assert_ok(status, err);
        }
        rwda_memory_free(m);
        rwda_memory_builder_free(b);
    }
}

static void a_batch_needs_two(void **state)
{
    rwda_memory_options  o = defaults;
    rwda_memory_builder *b;
    rwda_memory         *m;
    rwda_error           err = { 0 };

    (void)state;
    o.mutual = 1;
    b        = rig_builder(session, NULL, &o);
    rig_add(b, images, 1);
    assert_refused("one", rwda_memory_builder_finish(&m, b, NULL, NULL, &err), RWDA_EINVAL, &err, "1 images: at least 2");
    rwda_memory_builder_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_threads_batch_and_order_give_the_same_bytes),
        cmocka_unit_test(adding_and_dropping_is_a_new_memory),
        cmocka_unit_test(a_base_of_other_options_is_refused),
        cmocka_unit_test(the_same_pixels_are_one_image),
        cmocka_unit_test(images_are_dropped_by_name_and_by_hash),
        cmocka_unit_test(a_failed_call_changes_nothing),
        cmocka_unit_test(names_are_cleaned),
        cmocka_unit_test(a_memory_of_one_image_scores_others),
        cmocka_unit_test(nearly_identical_images_have_scores_too),
        cmocka_unit_test(images_of_any_size_go_together),
        cmocka_unit_test(turned_images_are_remembered),
        cmocka_unit_test(stored_tokens_are_rounded_once),
        cmocka_unit_test(leave_one_out_is_a_memory_without_the_image),
        cmocka_unit_test(scores_are_of_so_many_images_evenly_spaced),
        cmocka_unit_test(progress_may_stop_it),
        cmocka_unit_test(a_batch_needs_two),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
