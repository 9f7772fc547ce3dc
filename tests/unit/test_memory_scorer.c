/* test_memory_scorer.c - does a scorer with a memory score, fuse and describe itself as rwda_memory.h says? */
#include "anomaly/score.h"

#include "base/versioned.h"
#include "tests/unit/memory_rig.h"

#include <math.h>
#include <stdbool.h>

#define IMAGES 6

static rwda_model    *model;
static rwda_session  *session;
static rwda_detector *detector;
static rig_image      images[IMAGES + 3];

static const rwda_memory_options defaults = RWDA_MEMORY_OPTIONS_INIT;

static int set_up(void **state)
{
    if (rig_begin(state) != 0)
        return 1;
    model    = rig_model(0, RWDA_CPU_AUTO);
    session  = rig_session(model, 2, 16);
    detector = rig_detector(session);
    rig_images_make(images, RW_COUNTOF(images));
    images[IMAGES].image = (rwda_image){ 31, 12, 93, images[IMAGES].pixels }; /* not square */
    return 0;
}

static int tear_down(void **state)
{
    rwda_detector_free(detector);
    rwda_session_free(session);
    rwda_model_free(model);
    return rig_end(state);
}

/* ---- Scores -------------------------------------------------------------------------------------------------------------- */

static void a_memory_alone_scores_by_distance(void **state)
{
    rwda_memory *m      = rig_memory(session, NULL, images, IMAGES);
    rwda_scorer *scorer = rig_scorer(session, m),
                *words  = rig_scorer_of(session, detector, NULL, 0.0, RWDA_METHOD_FNN, RWDA_CROPS_ONE);
    rwda_score score    = rig_score(session, scorer, &images[IMAGES].image),
               self     = rig_score(session, scorer, &images[0].image);
    rwda_error err      = { 0 };

    (void)state;
    assert_true(score.score > 1e-4f && score.score < 1.0f && score.score == score.score_memory && score.crops == 1);
    assert_true(isnan(score.score_fnn) && isnan(score.score_clip));
    assert_true(fabs((double)score.logit - log((double)score.score / (1.0 - (double)score.score))) < 1e-6);
    assert_true(self.score < 2e-7f &&
                isfinite(self.logit)); /* finds itself: the least distance, of which there is a logit */
    assert_refused("embeddings", rwda_scorer_score_embeddings(&score, session, scorer, m->embeddings, 1, &err), RWDA_EINVAL,
                   &err, "needs the images");
    assert_true(isnan(rig_score(session, words, &images[0].image).score_memory)); /* and without one there is no distance */
    for (size_t i = 0; i < RW_COUNTOF(images); i++)
        assert_int_equal(rwda_scorer_remembers(scorer, &images[i].image), i < IMAGES);
    assert_int_equal(rwda_scorer_remembers(words, &images[0].image), 0);
    rwda_scorer_free(words);
    rwda_scorer_free(scorer);
    rwda_memory_free(m);
}

/* Together, in groups that do not divide them, in any session: what each gives alone. */
static void images_together_have_the_scores_they_have_alone(void **state)
{
    static const double fuses[] = { 0.0, 0.5 };

    (void)state;
    for (size_t way = 0; way < 6; way++) {
        rwda_memory_options o = defaults;
        rwda_memory        *m;
        rwda_scorer        *scorer;
        const rwda_image   *all[RW_COUNTOF(images)];
        rwda_score          together[RW_COUNTOF(images)], alone;
        rwda_error          err = { 0 };

        o.mutual     = way == 2 || way == 3;
        o.image_size = way > 3 ? 16 : 24; /* 16: image embeddings of square images come from the pass over patches */
        m            = rig_memory(session, &o, images, IMAGES);
        scorer       = rig_scorer_of(session, detector, m, fuses[way % 2], RWDA_METHOD_BOTH, RWDA_CROPS_ONE);
        for (size_t i = 0; i < RW_COUNTOF(images); i++)
            all[i] = &images[RW_COUNTOF(images) - 1 - i].image;
        for (int batch = 1; batch <= 16; batch += 3) {
            rwda_session *other = rig_session(model, 1 + batch % 3, batch);

            assert_ok(rwda_scorer_score_images(together, other, scorer, all, RW_COUNTOF(images), &err), err);
            for (size_t i = 0; i < RW_COUNTOF(images); i++) {
                alone = rig_score(session, scorer, all[i]);
                assert_same_score(&together[i], &alone);
            }
            rwda_session_free(other);
        }
        all[4] = &(rwda_image){ 5, 0, 15, images[0].pixels };
        assert_refused("empty", rwda_scorer_score_images(together, session, scorer, all, RW_COUNTOF(images), &err),
                       RWDA_EINVAL, &err, "5 x 0");
        assert_true(isnan(together[4].score));
        assert_ok(rwda_scorer_score_images(NULL, session, scorer, NULL, 0, &err), err);
        rwda_scorer_free(scorer);
        rwda_memory_free(m);
    }
}

/* Mean and standard deviation (n - 1) of x [n]. */
static void moments(double *mean, double *std, const double *x, size_t n)
{
    double square = 0.0;

    *mean = 0.0;
    for (size_t i = 0; i < n; i++)
        *mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        square += (x[i] - *mean) * (x[i] - *mean);
    *std = sqrt(square / (double)(n - 1));
}

static void fusing_adds_standardised_scores(void **state)
{
    static const rwda_method methods[] = { RWDA_METHOD_FNN, RWDA_METHOD_CLIP, RWDA_METHOD_BOTH, RWDA_METHOD_LDA };
    static const double      fuses[]   = { 0.15, 0.5, 1.0 };

    (void)state;
    for (size_t way = 0; way < RW_COUNTOF(methods) * RW_COUNTOF(fuses); way++) {
        rwda_method         method = methods[way % RW_COUNTOF(methods)];
        double              fuse   = fuses[way / RW_COUNTOF(methods)];
        rwda_memory_options o      = defaults;
        rwda_memory        *m;
        rwda_scorer        *fused, *words, *alone;
        double              by_memory[IMAGES], by_words[IMAGES], mean[2], std[2];
        char                sha256[65];

        o.crops = way % 2 == 0 ? RWDA_CROPS_ONE : RWDA_CROPS_2X2;
        m       = rig_memory(session, &o, images, IMAGES);
        fused   = rig_scorer_of(session, detector, m, fuse, method, o.crops);
        words   = rig_scorer_of(session, detector, NULL, 0.0, method, o.crops);
        alone   = rig_scorer(session, m);
        for (size_t i = 0; i < IMAGES; i++) {
            rw_image_sha256(sha256, &images[i].image);
            by_memory[i] = (double)rwda_memory_image_at(m, rw_memory_find(m, sha256))->score;
            by_words[i]  = (double)rig_score(session, words, &images[i].image).logit;
        }
        moments(&mean[0], &std[0], by_memory, IMAGES);
        moments(&mean[1], &std[1], by_words, IMAGES);
        for (size_t i = 0; i < RW_COUNTOF(images); i++) {
            rwda_score a = rig_score(session, alone, &images[i].image), b = rig_score(session, words, &images[i].image),
                       c = rig_score(session, fused, &images[i].image);
            double logit = (1 - fuse) * ((double)a.score - mean[0]) / std[0] + fuse * ((double)b.logit - mean[1]) / std[1];

            if (!(fabs((double)c.logit - logit) <= 1e-4 * fmax(1.0, fabs(logit))))
                fail_msg("logit %.9g, by hand %.9g", (double)c.logit, logit);
            assert_true(fabs((double)c.score - 1 / (1 + exp(-(double)c.logit))) < 1e-6);
            assert_true(c.score_memory == a.score && c.crops == b.crops);
            assert_memory_equal(&c.score_fnn, &b.score_fnn, sizeof c.score_fnn); /* NaN where the method has none */
            assert_memory_equal(&c.score_clip, &b.score_clip, sizeof c.score_clip);
        }
        rwda_scorer_free(fused);
        rwda_scorer_free(words);
        rwda_scorer_free(alone);
        rwda_memory_free(m);
    }
}

/* Images that are nearly the same have nearly no spread: what is divided by it stays finite. */
static void identical_images_can_fuse(void **state)
{
    rig_image    alike[3];
    rwda_memory *m;
    rwda_scorer *fused;
    rwda_score   score;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        rig_image_make(&alike[i], 1, RIG_SIDE, RIG_SIDE);
        alike[i].pixels[40 + i] ^= 1;
    }
    m     = rig_memory(session, NULL, alike, 3);
    fused = rig_scorer_of(session, detector, m, 0.3, RWDA_METHOD_FNN, RWDA_CROPS_ONE);
    score = rig_score(session, fused, &images[0].image);
    assert_true(isfinite(score.logit) && score.score >= 0.0f && score.score <= 1.0f);
    rwda_scorer_free(fused);
    rwda_memory_free(m);
}

static void scorers_that_do_not_fit_are_refused(void **state)
{
    rwda_memory_options o = defaults;
    rwda_memory        *m = rig_memory(session, NULL, images, IMAGES), *one = rig_memory(session, NULL, images, 1), *plain,
                *unscored;
    rwda_scorer *scorer;
    rwda_error   err = { 0 };

    (void)state;
    o.words  = 0;
    plain    = rig_memory(session, &o, images, IMAGES);
    o.words  = 1;
    o.scores = 1;
    unscored = rig_memory(session, &o, images, IMAGES);
#define REFUSED(what, of, weight, field, value, with, code, words)                                                          \
    do {                                                                                                                    \
        rwda_scorer_options s = RWDA_SCORER_OPTIONS_INIT;                                                                   \
        s.memory              = of;                                                                                         \
        s.fuse                = weight;                                                                                     \
        s.field               = value;                                                                                      \
        scorer                = POISON;                                                                                     \
        assert_refused(what, rwda_scorer_new(&scorer, session, with, &s, &err), code, &err, words);                         \
        assert_null(scorer);                                                                                                \
    } while (0)
    REFUSED("no memory", NULL, 0.5, method, RWDA_METHOD_FNN, detector, RWDA_EINVAL, "fuse 0.5: there is no memory");
    REFUSED("fuse", m, 1.5, method, RWDA_METHOD_FNN, detector, RWDA_EINVAL, "scorer: fuse 1.5 is not in 0..1");
    REFUSED("fuse", m, -0.1, method, RWDA_METHOD_FNN, detector, RWDA_EINVAL, "scorer: fuse -0.1 is not in 0..1");
    REFUSED("fuse", m, NAN, method, RWDA_METHOD_FNN, detector, RWDA_EINVAL, "scorer: fuse nan is not in 0..1");
    REFUSED("no detector", m, 0.5, method, RWDA_METHOD_FNN, NULL, RWDA_EINVAL, "needs a detector");
    REFUSED("crops", m, 0.5, crops, RWDA_CROPS_2X2, detector, RWDA_EMISMATCH, "one crops, resized");
    REFUSED("resize", m, 0.5, resize, RWDA_RESIZE_SQUASH, detector, RWDA_EMISMATCH, "resized squash");
    REFUSED("no words", plain, 0.5, method, RWDA_METHOD_FNN, detector, RWDA_EMISMATCH, "keeps no image embeddings");
    REFUSED("one image", one, 0.5, method, RWDA_METHOD_FNN, detector, RWDA_EINVAL,
            "memory of 1 images with 0 leave-one-out");
    REFUSED("one score", unscored, 0.5, method, RWDA_METHOD_FNN, detector, RWDA_EINVAL, "6 images with 1 leave-one-out");
    REFUSED("orientation", m, 0.0, orientation, RWDA_ORIENTATION_STORED, NULL, RWDA_EMISMATCH,
            "images were read with orientation \"turned\", these with \"stored\"");
    REFUSED("depth", m, 0.0, depth, 12, NULL, RWDA_EMISMATCH, "images were read with depth 0, these with 12");
    REFUSED("depth", m, 0.0, depth, 17, NULL, RWDA_EINVAL, "scorer: depth 17 is none of 0, 8..16 and -1");
    REFUSED("pool", m, 0.0, pool, (rwda_pool)3, NULL, RWDA_EINVAL, "scorer: pool 3 is not in 0..2");
#undef REFUSED
    rwda_scorer_free(rig_scorer(session, one)); /* alone it needs neither detector nor scores */
    rwda_memory_free(m);
    rwda_memory_free(one);
    rwda_memory_free(plain);
    rwda_memory_free(unscored);
}

/* ---- A batch -------------------------------------------------------------------------------------------------------------- */

static void an_image_of_a_batch_is_not_compared_with_itself(void **state)
{
    for (int fused = 0; fused < 2; fused++) {
        rwda_memory_options o = defaults;
        rwda_memory        *m, *alike;
        rwda_scorer        *scorer, *with_itself;
        uint8_t             wide[RIG_SIDE * (3 * RIG_SIDE + 5)];

        (void)state;
        o.robust     = 0.3f; /* what a batch has: this memory is the same but for knowing its images */
        o.image_size = rwda_model_get_info(model)->image_size;
        alike        = rig_memory(session, &o, images, IMAGES);
        o.mutual     = 1;
        o.robust     = 0.0f;
        o.image_size = 0;
        m            = rig_memory(session, &o, images, IMAGES);
        assert_true(rwda_memory_get_info(m)->options->robust == 0.3f);
        scorer      = rig_scorer_of(session, detector, m, fused ? 0.4 : 0.0, RWDA_METHOD_FNN, RWDA_CROPS_ONE);
        with_itself = rig_scorer_of(session, detector, alike, fused ? 0.4 : 0.0, RWDA_METHOD_FNN, RWDA_CROPS_ONE);
        for (size_t i = 0; i < IMAGES; i++) {
            rwda_image copy = images[i].image;
            rwda_score mutual, again, other;
            char       sha256[65];
            size_t     at;

            rw_image_sha256(sha256, &copy);
            at     = rw_memory_find(m, sha256);
            mutual = rig_score(session, scorer, &copy);
            assert_int_equal(rwda_scorer_remembers(scorer, &copy), 0);
            other = rig_score(session, with_itself, &copy);
            assert_true(mutual.score_memory == rwda_memory_image_at(m, at)->score);
            assert_true(mutual.score_memory == rwda_memory_image_at(alike, at)->score);
            assert_true(mutual.score_memory > other.score_memory); /* which has itself among the nearest */
            for (size_t y = 0; y < RIG_SIDE; y++)
                memcpy(wide + y * (3 * RIG_SIDE + 5), images[i].pixels + y * 3 * RIG_SIDE, 3 * RIG_SIDE);
            copy.pixels = wide; /* told by its pixels, not by where they lie */
            copy.stride = 3 * RIG_SIDE + 5;
            again       = rig_score(session, scorer, &copy);
            assert_same_score(&mutual, &again);
            wide[0] ^= 1; /* nor by all but one */
            again = rig_score(session, scorer, &copy);
            assert_true(again.score_memory < mutual.score_memory);
        }
        for (size_t i = IMAGES; i < RW_COUNTOF(images); i++) { /* one that is not in the batch is compared with all */
            rwda_score new   = rig_score(session, scorer, &images[i].image),
                       other = rig_score(session, with_itself, &images[i].image);

            assert_same_score(&new, &other);
        }
        rwda_scorer_free(scorer);
        rwda_scorer_free(with_itself);
        rwda_memory_free(m);
        rwda_memory_free(alike);
    }
}

/* A thinned batch, whose members' own tokens are not all there; and one whose scores were not all computed. */
static void members_without_tokens_or_scores_are_looked_at(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        rwda_memory_options o = defaults;
        rwda_memory        *m, *scored;
        rwda_scorer        *scorer;
        char                sha256[65];

        o.mutual = 1;
        o.keep   = way == 0 ? 0.5f : 1.0f;
        scored   = rig_memory(session, &o, images, IMAGES);
        o.scores = 2;
        m        = rig_memory(session, &o, images, IMAGES);
        scorer   = rig_scorer(session, m);
        for (size_t i = 0; i < IMAGES; i++) {
            rw_image_sha256(sha256, &images[i].image);
            assert_true(rig_score(session, scorer, &images[i].image).score ==
                        rwda_memory_image_at(scored, rw_memory_find(scored, sha256))->score);
        }
        rwda_scorer_free(scorer);
        rwda_memory_free(m);
        rwda_memory_free(scored);
    }
}

static void members_are_scored_as_the_scorer_scores(void **state)
{
    static const double fuses[] = { 0.0, 0.3 };

    (void)state;
    for (size_t way = 0; way < 4; way++) {
        rwda_memory_options o = defaults;
        rwda_memory        *m;
        rwda_scorer        *scorer;
        rwda_score          member, seen;
        rwda_error          err = { 0 };

        o.mutual = way / 2 == 1; /* a batch's members can be scored themselves: the same to the bit */
        o.scores = IMAGES - 1;
        m        = rig_memory(session, &o, images, IMAGES);
        scorer   = rig_scorer_of(session, detector, m, fuses[way % 2], RWDA_METHOD_FNN, RWDA_CROPS_ONE);
        for (size_t i = 0; i < IMAGES; i++) {
            char   sha256[65];
            size_t at;

            rw_image_sha256(sha256, &images[i].image);
            at = rw_memory_find(m, sha256);
            assert_ok(rwda_scorer_score_member(&member, session, scorer, at, &err), err);
            seen = rig_score(session, scorer, &images[i].image);
            if (isnan(rwda_memory_image_at(m, at)->score)) {
                assert_true(isnan(member.score) && isnan(member.logit) && isnan(member.score_memory));
                continue;
            }
            assert_true(member.score_memory == rwda_memory_image_at(m, at)->score);
            if (o.mutual)
                assert_same_score(&member, &seen);
            else /* the memory has the image: it finds itself */
                assert_true(member.score > seen.score && member.score_memory > seen.score_memory);
        }
        assert_refused("too large", rwda_scorer_score_member(&member, session, scorer, IMAGES, &err), RWDA_EINVAL, &err,
                       "image 6 of a memory of 6");
        rwda_scorer_free(scorer);
        scorer = rig_scorer_of(session, detector, NULL, 0.0, RWDA_METHOD_FNN, RWDA_CROPS_ONE);
        assert_refused("no memory", rwda_scorer_score_member(&member, session, scorer, 0, &err), RWDA_EINVAL, &err,
                       "memory of 0");
        rwda_scorer_free(scorer);
        rwda_memory_free(m);
    }
}

/* ---- Results of other ages ------------------------------------------------------------------------------------------------ */

/* Bytes of a result as large as the caller says, of which the library knows the first: zeros follow, then what was there. */
static void check_result(const uint8_t *out, size_t size, const rwda_score *wanted)
{
    size_t     known = size < RW_SIZE_TO(rwda_score, score_memory) ? size : RW_SIZE_TO(rwda_score, score_memory);
    rwda_score got   = *wanted;

    memcpy(&got, out, known);
    assert_same_score(&got, wanted);
    for (size_t i = known; i < size; i++)
        assert_int_equal(out[i], 0);
}

static void results_are_filled_as_far_as_the_caller_knows_them(void **state)
{
    static float      map[2048];
    const size_t      sizes[] = { RW_SIZE_TO(rwda_score, logit), sizeof(rwda_score), sizeof(rwda_score) + 8 };
    rwda_memory      *m       = rig_memory(session, NULL, images, IMAGES);
    rwda_scorer      *scorer  = rig_scorer(session, m);
    const rwda_image *two[]   = { &images[IMAGES].image, &images[IMAGES + 1].image };
    rwda_score        wanted[2], member;
    rwda_error        err = { 0 };

    (void)state;
    assert_ok(rwda_scorer_score_images(wanted, session, scorer, two, 2, &err), err);
    assert_ok(rwda_scorer_score_member(&member, session, scorer, 3, &err), err);
    for (size_t s = 0; s < RW_COUNTOF(sizes); s++) {
        _Alignas(rwda_score) uint8_t bytes[128];
        rwda_score                  *out = (rwda_score *)(void *)bytes;

        memset(bytes, 0xa5, sizeof bytes);
        assert_ok(rwda_scorer_score_images_sized(out, sizes[s], session, scorer, two, 2, &err), err);
        check_result(bytes, sizes[s], &wanted[0]);
        check_result(bytes + sizes[s], sizes[s], &wanted[1]);
        assert_int_equal(bytes[2 * sizes[s]], 0xa5);
        memset(bytes, 0xa5, sizeof bytes);
        assert_ok(rwda_scorer_score_member_sized(out, sizes[s], session, scorer, 3, &err), err);
        check_result(bytes, sizes[s], &member);
        assert_int_equal(bytes[sizes[s]], 0xa5);
        memset(bytes, 0xa5, sizeof bytes);
        assert_ok(rwda_map_score_sized(out, sizes[s], map, session, scorer, two[1], NULL, &err), err);
        check_result(bytes, sizes[s], &wanted[1]);
        assert_int_equal(bytes[sizes[s]], 0xa5);
    }
    assert_refused("images", rwda_scorer_score_images_sized(wanted, 8, session, scorer, two, 2, &err), RWDA_EINVAL, &err,
                   "rwda_score");
    assert_refused("member", rwda_scorer_score_member_sized(wanted, 8, session, scorer, 0, &err), RWDA_EINVAL, &err,
                   "rwda_score");
    assert_refused("map", rwda_map_score_sized(wanted, 8, map, session, scorer, two[0], NULL, &err), RWDA_EINVAL, &err,
                   "rwda_score");
    rwda_scorer_free(scorer);
    rwda_memory_free(m);
}

/* ---- Descriptions --------------------------------------------------------------------------------------------------------- */

static void descriptions_say_what_a_score_depends_on(void **state)
{
    rwda_memory_options o = defaults;
    rwda_memory        *m = rig_memory(session, NULL, images, IMAGES), *batch;
    rwda_scorer        *scorer;
    const char         *recipe;
    char                wanted[1200];

    (void)state;
    scorer = rig_scorer(session, m);
    (void)snprintf(
        wanted, sizeof wanted,
        "{\"method\":\"memory\",\"object\":null,\"names\":null,\"prompts\":null,\"temperature\":null,\"crops\":\"one\","
        "\"pool\":\"mean\",\"resize\":\"squash\",\"image_size\":24,\"precision\":\"f32\",\"orientation\":\"turned\","
        "\"depth\":null,\"preprocessing\":2,\"detector\":null,"
        "\"model\":\"sha256:%s\",\"memory\":\"sha256:%s\"}",
        rwda_model_get_info(model)->sha256, rwda_memory_get_info(m)->sha256);
    assert_string_equal(rwda_scorer_describe(scorer), wanted);
    rwda_scorer_free(scorer);
    scorer = rig_scorer_of(session, detector, m, 0.25, RWDA_METHOD_FNN, RWDA_CROPS_ONE);
    (void)snprintf(
        wanted, sizeof wanted,
        "{\"method\":\"memory+words\",\"object\":null,\"names\":null,\"prompts\":null,\"temperature\":null,"
        "\"crops\":\"one\",\"pool\":\"mean\",\"resize\":\"shortest\",\"image_size\":16,\"precision\":\"f32\","
        "\"orientation\":\"turned\",\"depth\":null,\"preprocessing\":2,"
        "\"detector\":\"sha256:%s\",\"model\":\"sha256:%s\",\"words\":\"fnn\",\"fuse\":0.25,\"memory\":\"sha256:%s\"}",
        rwda_detector_sha256(detector), rwda_model_get_info(model)->sha256, rwda_memory_get_info(m)->sha256);
    assert_string_equal(rwda_scorer_describe(scorer), wanted);
    rwda_scorer_free(scorer);
    o.mutual = 1;
    batch    = rig_memory(session, &o, images, IMAGES);
    scorer   = rig_scorer(session, batch); /* of a batch the recipe counts: the next one has other images */
    (void)snprintf(wanted, sizeof wanted, "\"method\":\"mutual\",");
    assert_non_null(strstr(rwda_scorer_describe(scorer), wanted));
    recipe = rwda_memory_get_info(batch)->recipe; /* how images are read is said beside it */
    assert_non_null(strstr(recipe, ",\"orientation\":\"turned\",\"depth\":0}"));
    (void)snprintf(wanted, sizeof wanted, "\"memory\":%.*s}}", (int)(strstr(recipe, ",\"orientation\"") - recipe), recipe);
    assert_non_null(strstr(rwda_scorer_describe(scorer), wanted));
    rwda_scorer_free(scorer);
    scorer = rig_scorer_of(session, detector, batch, 1.0, RWDA_METHOD_CLIP, RWDA_CROPS_ONE);
    assert_non_null(strstr(rwda_scorer_describe(scorer), "\"method\":\"mutual+words\","));
    rwda_scorer_free(scorer);
    rwda_memory_free(m);
    rwda_memory_free(batch);
}

/* A threshold belongs to the scores that it was made from. */
static void thresholds_are_for_one_scorer(void **state)
{
    rwda_memory_options o = defaults;
    rwda_memory *m = rig_memory(session, NULL, images, IMAGES), *other = rig_memory(session, NULL, images + 1, IMAGES),
                *batch, *next;
    rwda_scorer             *scorers[7];
    double                   scores[]   = { 0.1, 0.2, 0.3 };
    static const char *const says[7][7] = {
        /* [made with][used on]; NULL: fits */
        { NULL, "method", "memory", "method", "method", "method", "method" },
        { "method", NULL, "method", "method", "method", "method", "fuse" },
        { "memory", "method", NULL, "method", "method", "method", "method" },
        { "method", "method", "method", NULL, NULL, "method", "method" },
        { "method", "method", "method", NULL, NULL, "method", "method" },
        { "method", "method", "method", "method", "method", NULL, "method" },
        { "method", "fuse", "method", "method", "method", "method", NULL },
    };
    rwda_error err = { 0 };

    (void)state;
    o.mutual   = 1;
    batch      = rig_memory(session, &o, images, IMAGES);
    next       = rig_memory(session, &o, images + 2, IMAGES);
    scorers[0] = rig_scorer(session, m);
    scorers[1] = rig_scorer_of(session, detector, m, 0.2, RWDA_METHOD_FNN, RWDA_CROPS_ONE);
    scorers[2] = rig_scorer(session, other);
    scorers[3] = rig_scorer(session, batch);
    scorers[4] = rig_scorer(session, next);
    scorers[5] = rig_scorer_of(session, detector, NULL, 0.0, RWDA_METHOD_FNN, RWDA_CROPS_ONE);
    scorers[6] = rig_scorer_of(session, detector, m, 0.3, RWDA_METHOD_FNN, RWDA_CROPS_ONE);
    for (size_t i = 0; i < RW_COUNTOF(scorers); i++) {
        rwda_thresholds *t;

        assert_ok(rwda_thresholds_new(&t, scores, NULL, 3, rwda_scorer_describe(scorers[i]), NULL, &err), err);
        for (size_t k = 0; k < RW_COUNTOF(scorers); k++) {
            rwda_status status = rwda_thresholds_check(t, scorers[k], &err);

            if (says[i][k] == NULL)
                assert_ok(status, err);
            else
                assert_refused("thresholds", status, RWDA_EMISMATCH, &err, says[i][k]);
        }
        rwda_thresholds_free(t);
    }
    for (size_t i = 0; i < RW_COUNTOF(scorers); i++)
        rwda_scorer_free(scorers[i]);
    rwda_memory_free(m);
    rwda_memory_free(other);
    rwda_memory_free(batch);
    rwda_memory_free(next);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_memory_alone_scores_by_distance),
        cmocka_unit_test(images_together_have_the_scores_they_have_alone),
        cmocka_unit_test(fusing_adds_standardised_scores),
        cmocka_unit_test(identical_images_can_fuse),
        cmocka_unit_test(scorers_that_do_not_fit_are_refused),
        cmocka_unit_test(an_image_of_a_batch_is_not_compared_with_itself),
        cmocka_unit_test(members_without_tokens_or_scores_are_looked_at),
        cmocka_unit_test(members_are_scored_as_the_scorer_scores),
        cmocka_unit_test(results_are_filled_as_far_as_the_caller_knows_them),
        cmocka_unit_test(descriptions_say_what_a_score_depends_on),
        cmocka_unit_test(thresholds_are_for_one_scorer),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
