/* program.c - does a program work whose header is older or younger than the library it runs with?
 *
 * Written with the names of 0.1.0.  run.sh builds it with the header of 0.1.0 (OLD), with today's, and with one of the future, where
 * every struct that may grow has one more field, `later` (LATER), and runs all three with the library of today:
 *
 *     program MODEL_DIR IMAGE SCRATCH_FILE */
#ifdef OLD
#include "rwda_0_1_0.h"
#define MODE   kind
#define IMAGES pictures
#else
#include <rwda_compat.h>
#include <rwda_memory.h>
#define MODE   mode
#define IMAGES images
#endif

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rwda_error err;

#define CHECK(condition)                                                                                                    \
    do {                                                                                                                    \
        if (!(condition)) {                                                                                                 \
            fprintf(stderr, "line %d: not %s\n", __LINE__, #condition);                                                     \
            exit(1);                                                                                                        \
        }                                                                                                                   \
    } while (0)
#define OK(call)                                                                                                            \
    do {                                                                                                                    \
        if ((call) != RWDA_OK) {                                                                                            \
            fprintf(stderr, "line %d: %s\n", __LINE__, err.message);                                                        \
            exit(1);                                                                                                        \
        }                                                                                                                   \
    } while (0)

/* A result with bytes behind it that nobody may touch; options with bytes behind them that nobody may read. */
#define GUARDED(type, name, n)                                                                                              \
    struct {                                                                                                                \
        type          v[n];                                                                                                 \
        unsigned char guard[64];                                                                                            \
    } name;                                                                                                                 \
    memset(&name, 0xa5, sizeof name)
#define UNTOUCHED(name) CHECK(untouched(name.guard, sizeof name.guard))

static int untouched(const unsigned char *guard, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (guard[i] != 0xa5)
            return 0;
    return 1;
}

/* An option of the future that is set is refused with both sizes in the message; a result of the future is 0. */
#ifdef LATER
#define FUTURE(options, call)                                                                                               \
    do {                                                                                                                    \
        char size[32];                                                                                                      \
                                                                                                                            \
        (options).later = 1.0;                                                                                              \
        CHECK((call) == RWDA_EUNSUPPORTED);                                                                                 \
        (void)snprintf(size, sizeof size, " %zu bytes", (options).size);                                                    \
        CHECK(strstr(err.message, size) != NULL);                                                                           \
        (void)snprintf(size, sizeof size, " %zu,", (options).size - sizeof(double));                                        \
        CHECK(strstr(err.message, size) != NULL);                                                                           \
        (options).later = 0.0;                                                                                              \
    } while (0)
#define ZERO(result) CHECK((result).later == 0.0f)
#else
#define FUTURE(options, call) CHECK((options).size != 0)
#define ZERO(result)          (void)0
#endif

static void numbers(void)
{
    const double  scores[] = { 0.1, 0.2, 0.3, 0.35, 0.4, 0.8 };
    const uint8_t labels[] = { 0, 0, 0, 1, 0, 1 };
    double        fpr[7], tpr[7], precision[7], normal[100];
    size_t        count;
    GUARDED(rwda_metrics, metrics, 1);
    GUARDED(rwda_metrics, low, 1);
    GUARDED(rwda_metrics, high, 1);
    GUARDED(rwda_calibration, calibration, 1);

    OK(rwda_metrics_compute(metrics.v, scores, labels, 6, &err));
    UNTOUCHED(metrics);
    ZERO(metrics.v[0]);
    CHECK(metrics.v[0].normal == 4 && metrics.v[0].anomalous == 2 && metrics.v[0].auroc == 0.875);
    CHECK(metrics.v[0].threshold == 0.35 && fabs(metrics.v[0].f1_normal - 8.0 / 9.0) < 1e-12);
    OK(rwda_metrics_bootstrap(low.v, high.v, scores, labels, 6, 200, 1, &err));
    UNTOUCHED(low);
    UNTOUCHED(high);
    ZERO(high.v[0]);
    CHECK(low.v[0].auroc <= 0.875 && high.v[0].auroc >= 0.875 && high.v[0].anomalous == 2);
    OK(rwda_metrics_curves(fpr, tpr, precision, &count, scores, labels, 6, &err));
    CHECK(count == 7 && tpr[1] == 0.5 && precision[1] == 1.0);
    for (int i = 0; i < 100; i++)
        normal[i] = i / 128.0;
    OK(rwda_calibrate(calibration.v, normal, 100, 0.1, 0.0, &err));
    UNTOUCHED(calibration);
    CHECK(calibration.v[0].n == 100 && calibration.v[0].order == 91 && calibration.v[0].needed == 9);
    CHECK(calibration.v[0].enough == 1);
    CHECK(calibration.v[0].threshold == rwda_next_score(90 / 128.0));
    CHECK(rwda_p_value(normal, 100, 0.78) == 1.0 / 101.0);
    printf("f1 %.17g ap %.17g low %.17g bound %.17g\n", metrics.v[0].f1_max, metrics.v[0].ap, low.v[0].ap,
           calibration.v[0].bound);
}

static void pixels(void)
{
    rwda_pixel_metrics_options options = RWDA_PIXEL_METRICS_OPTIONS_INIT;
    rwda_pixel_metrics        *metrics;
    const float                map[]  = { 0.1f, 0.2f, 0.9f, 0.8f, 0.1f, 0.3f };
    const uint8_t              mask[] = { 0, 0, 1, 1, 0, 0 };
    size_t                     count;
    GUARDED(rwda_pixel_results, results, 1);
    GUARDED(rwda_region, regions, 2);

    options.bins = 64;
    FUTURE(options, rwda_pixel_metrics_new(&metrics, &options, &err));
    OK(rwda_pixel_metrics_new(&metrics, &options, &err));
    OK(rwda_pixel_metrics_add(metrics, map, mask, 2, 3, &err));
    OK(rwda_pixel_metrics_finish(results.v, metrics, &err));
    rwda_pixel_metrics_free(metrics);
    UNTOUCHED(results);
    ZERO(results.v[0]);
    CHECK(results.v[0].IMAGES == 1 && results.v[0].regions == 2 && results.v[0].anomalous == 2 && results.v[0].auroc == 1.0);
    CHECK(results.v[0].aupro_error >= 0.0 && results.v[0].aupro_error < 1.0);
    OK(rwda_map_regions(regions.v, &count, 1, map, 3, 2, 0.75f, 1, &err)); /* of two, one is asked for */
    CHECK(count == 2 && regions.v[0].peak == 0.9f && regions.v[0].peak_x == 2 && regions.v[0].peak_y == 0);
    CHECK(untouched((const unsigned char *)&regions.v[1], sizeof regions.v[1]));
    OK(rwda_map_regions(regions.v, &count, 2, map, 3, 2, 0.75f, 1, &err));
    UNTOUCHED(regions);
    ZERO(regions.v[1]);
    CHECK(regions.v[1].peak == 0.8f && regions.v[1].x == 0 && regions.v[1].area == 1 && regions.v[1].peak_y == 1);
}

static void prompts(rwda_session *session, const rwda_model *model)
{
    const int       dim     = rwda_model_get_info(model)->embed_dim;
    const char     *texts[] = { "a photo of a normal nut", "nut" };
    rwda_tokenizer *tokenizer;
    int32_t         ids[77];
    size_t          count;
    float          *x = calloc(2 * (size_t)dim, sizeof *x);

    CHECK(x != NULL);
    OK(rwda_tokenizer_new(&tokenizer, &err));
    OK(rwda_tokenize(ids, &count, 77, NULL, tokenizer, "a photo", 7, &err));
    CHECK(count == 4 && ids[0] == 49406 && ids[3] == 49407);
    rwda_tokenizer_free(tokenizer);
    OK(rwda_embed_texts(x, session, texts, 2, &err));
    printf("text %.9g %.9g\n", (double)x[0], (double)x[dim]);
    free(x);
}

static rwda_detector *detector_of(rwda_session *session, const rwda_model *model, const char *path)
{
    rwda_detector *detector, *loaded;
    char         **texts;
    size_t         count;
    GUARDED(rwda_train_options, train, 1);

    OK(rwda_train_options_preset(train.v, "best", &err));
    UNTOUCHED(train);
    ZERO(train.v[0]);
    CHECK(train.v[0].size == sizeof train.v[0] && train.v[0].ensemble == 5 && train.v[0].word_list == NULL);
    train.v[0].pairs  = 8;
    train.v[0].epochs = 1;
    train.v[0].hidden = 4;
    FUTURE(train.v[0], rwda_train(&detector, session, train.v, NULL, NULL, &err));
    FUTURE(train.v[0], rwda_prompts_draw(&texts, &count, model, train.v, &err));
    OK(rwda_prompts_draw(&texts, &count, model, train.v, &err));
    CHECK(count == 16);
    printf("prompt %s\n", texts[15]);
    rwda_prompts_free(texts);
    OK(rwda_train(&detector, session, train.v, NULL, NULL, &err));
    OK(rwda_detector_save(detector, path, 1, &err));
    OK(rwda_detector_load(&loaded, path, &err));
    CHECK(strcmp(rwda_detector_sha256(detector), rwda_detector_sha256(loaded)) == 0);
    printf("detector %s\n", rwda_detector_sha256(detector));
    rwda_detector_free(detector);
    return loaded;
}

static void threshold_files(const rwda_scorer *scorer, const char *path)
{
    rwda_card_options options = RWDA_CARD_OPTIONS_INIT;
    rwda_card        *card, *read;
    double            scores[50];

    for (int i = 0; i < 50; i++)
        scores[i] = i / 64.0;
    options.rate = 0.1;
    options.note = "note";
    FUTURE(options, rwda_card_new(&card, scores, NULL, 50, rwda_scorer_describe(scorer), &options, &err));
    OK(rwda_card_new(&card, scores, NULL, 50, rwda_scorer_describe(scorer), &options, &err));
    OK(rwda_card_save(card, path, 1, &err));
    OK(rwda_card_load(&read, path, &err));
    OK(rwda_card_check(read, scorer, &err));
    CHECK(strcmp(rwda_card_text(card), rwda_card_text(read)) == 0 && strcmp(rwda_card_get_info(read)->note, "note") == 0);
    CHECK(rwda_card_label(read, 1.0) == RWDA_LABEL_ANOMALOUS && rwda_card_p_value(read, 1.0) == 1.0 / 51.0);
    printf("threshold %.9g\n", rwda_card_get_info(read)->threshold);
    rwda_card_free(card);
    rwda_card_free(read);
}

static void scores(rwda_session *session, const rwda_model *model, const rwda_detector *detector, const rwda_image *image,
                   const char *path)
{
    rwda_scorer_options options  = RWDA_SCORER_OPTIONS_INIT;
    rwda_map_options    map      = RWDA_MAP_OPTIONS_INIT;
    const rwda_image   *both[]   = { image, image };
    const size_t        dim      = (size_t)rwda_model_get_info(model)->embed_dim;
    const size_t        n_pixels = (size_t)image->width * (size_t)image->height;
    float              *x = calloc(5 * dim, sizeof *x), *values = calloc(n_pixels, sizeof *values);
    rwda_scorer        *scorer;
    GUARDED(rwda_score, score, 2);
    GUARDED(rwda_score, again, 1);

    CHECK(x != NULL && values != NULL);
    CHECK(rwda_crop_count(image->width, image->height, RWDA_RESIZE_CONFIG, RWDA_CROPS_5) == 5);
    options.method = RWDA_METHOD_BOTH;
    options.crops  = RWDA_CROPS_5;
    options.object = "wood";
    FUTURE(options, rwda_scorer_new(&scorer, session, detector, &options, &err));
    OK(rwda_scorer_new(&scorer, session, detector, &options, &err));
    OK(rwda_score_images(score.v, session, scorer, both, 2, &err));
    UNTOUCHED(score);
    ZERO(score.v[0]);
    ZERO(score.v[1]);
    OK(rwda_embed_images(x, session, both, 1, RWDA_RESIZE_CONFIG, RWDA_CROPS_5, &err));
    OK(rwda_score_embeddings(again.v, session, scorer, x, 5, &err));
    UNTOUCHED(again);
    ZERO(again.v[0]);
    CHECK(again.v[0].score == score.v[1].score && again.v[0].logit == score.v[0].logit && score.v[1].crops == 5);
    CHECK(score.v[1].score_fnn == score.v[0].score_fnn && score.v[0].score_clip > 0.0f);
    printf("score %.9g %.9g %.9g\n%s\n", (double)score.v[1].score, (double)score.v[1].score_fnn,
           (double)score.v[1].score_clip, rwda_scorer_describe(scorer));
    map.MODE   = RWDA_MAP_CROPS;
    map.smooth = 1.0f;
    FUTURE(map, rwda_map_image(values, session, scorer, image, &map, &err));
    OK(rwda_map_image(values, session, scorer, image, &map, &err));
    printf("map %.9g\n", (double)values[n_pixels / 2]);
    threshold_files(scorer, path);
    rwda_scorer_free(scorer);
    free(x);
    free(values);
}

/* What 0.1.0 did not have; nothing is printed, since the old program prints nothing here either. */
#ifndef OLD
static rwda_memory *memory_of(rwda_session *session, const rwda_model *model, const rwda_image *image)
{
    rwda_memory_builder *builder;
    rwda_memory         *memory;
    const rwda_image     half    = { image->width / 2, image->height, image->stride, image->pixels };
    const rwda_image    *both[]  = { image, &half };
    const char          *names[] = { "whole", "half" };
    int                  known[2];
    int64_t              bytes, more;
    GUARDED(rwda_memory_options, options, 1);

    rwda_memory_options_default(options.v, sizeof options.v[0]);
    UNTOUCHED(options);
    ZERO(options.v[0]);
    CHECK(options.v[0].size == sizeof options.v[0] && options.v[0].share == 0.05f && options.v[0].scores == 1000);
    options.v[0].image_size = rwda_model_get_info(model)->image_size;
    options.v[0].crops      = RWDA_CROPS_5;
    FUTURE(options.v[0], rwda_memory_bytes(&bytes, model, options.v, 2, &err));
    FUTURE(options.v[0], rwda_memory_builder_new(&builder, session, NULL, options.v, &err));
    OK(rwda_memory_bytes(&bytes, model, options.v, 2, &err));
    OK(rwda_memory_bytes(&more, model, options.v, 4, &err));
    CHECK(more == 2 * bytes);
    OK(rwda_memory_builder_new(&builder, session, NULL, options.v, &err));
    OK(rwda_memory_builder_add(builder, both, names, known, 2, &err));
    CHECK(known[0] == 0 && known[1] == 0);
    OK(rwda_memory_builder_finish(&memory, builder, NULL, NULL, &err));
    rwda_memory_builder_free(builder);
    OK(rwda_memory_builder_new(&builder, session, memory, options.v, &err)); /* the same options, of whatever size */
    rwda_memory_builder_free(builder);
    return memory;
}

/* A memory's info is the library's: what this header names of it must be where the library put it. */
static void memory_infos(const rwda_memory *memory, const rwda_model *model)
{
    const rwda_memory_info *info = rwda_memory_get_info(memory);

    CHECK(info->images == 2 && info->layers == 2 && info->width > 0 && info->grid > 0 && info->scores_exact == 1);
    CHECK(info->tokens == 2 * (size_t)(info->grid * info->grid) && info->bytes > (int64_t)info->tokens);
    CHECK(info->options->crops == RWDA_CROPS_5 && info->options->image_size == rwda_model_get_info(model)->image_size);
    CHECK(strlen(info->sha256) == 64 && strcmp(info->model_sha256, rwda_model_get_info(model)->sha256) == 0);
    CHECK(info->recipe[0] == '{' && strcmp(info->precision, "f32") == 0);
    for (size_t i = 0; i < 2; i++) {
        const rwda_memory_image *image = rwda_memory_image_at(memory, i);

        CHECK(strlen(image->sha256) == 64 && image->score > 0.0f && image->score < 1.0f && strlen(image->name) >= 4);
    }
}

static void memories(rwda_session *session, const rwda_model *model, const rwda_detector *detector, const rwda_image *image,
                     const char *path)
{
    rwda_scorer_options options  = RWDA_SCORER_OPTIONS_INIT;
    const size_t        n_pixels = (size_t)image->width * (size_t)image->height;
    float              *values   = calloc(n_pixels, sizeof *values);
    rwda_memory        *memory   = memory_of(session, model, image), *loaded;
    rwda_scorer        *scorer;
    GUARDED(rwda_score, score, 1);
    GUARDED(rwda_score, member, 1);
    GUARDED(rwda_score, with_map, 1);

    CHECK(values != NULL);
    memory_infos(memory, model);
    OK(rwda_memory_save(memory, path, 1, &err));
    OK(rwda_memory_load(&loaded, model, path, 0, &err));
    rwda_memory_free(memory);
    memory_infos(loaded, model);
    options.memory = loaded;
    options.fuse   = 0.5;
    options.crops  = RWDA_CROPS_5;
    OK(rwda_scorer_new(&scorer, session, detector, &options, &err));
    OK(rwda_scorer_score_images(score.v, session, scorer, &image, 1, &err));
    OK(rwda_scorer_score_member(member.v, session, scorer, 1, &err));
    OK(rwda_map_score(with_map.v, values, session, scorer, image, NULL, &err));
    UNTOUCHED(score);
    UNTOUCHED(member);
    UNTOUCHED(with_map);
    ZERO(score.v[0]);
    ZERO(member.v[0]);
    ZERO(with_map.v[0]);
    CHECK(score.v[0].score_memory > 0.0f && score.v[0].score_memory < 1e-6f && score.v[0].score_fnn > 0.0f);
    CHECK(member.v[0].score_memory > 1e-6f && member.v[0].crops == 5);
    CHECK(with_map.v[0].score == score.v[0].score && with_map.v[0].score_memory == score.v[0].score_memory);
    CHECK(values[0] >= 0.0f && rwda_scorer_map_scale(scorer, RWDA_MAP_MEMORY) > 0.0f);
    rwda_scorer_free(scorer);
    rwda_memory_free(loaded);
    free(values);
}
#endif

int main(int argc, char **argv)
{
    rwda_session_options session_options = RWDA_SESSION_OPTIONS_INIT;
    rwda_image_options   image_options   = RWDA_IMAGE_OPTIONS_INIT;
    rwda_model          *model;
    rwda_session        *session;
    rwda_detector       *detector;
    rwda_image          *image;
    GUARDED(rwda_model_options, model_options, 1);

    CHECK(argc == 4);
    model_options.v[0] = (rwda_model_options)RWDA_MODEL_OPTIONS_INIT;
    numbers();
    pixels();
    FUTURE(image_options, rwda_image_load(&image, argv[2], &image_options, &err));
    OK(rwda_image_load(&image, argv[2], &image_options, &err));
    FUTURE(model_options.v[0], rwda_model_open(&model, argv[1], model_options.v, &err));
    OK(rwda_model_open(&model, argv[1], model_options.v, &err));
    session_options.batch = 4;
    FUTURE(session_options, rwda_session_new(&session, model, &session_options, &err));
    OK(rwda_session_new(&session, model, &session_options, &err));
    prompts(session, model);
    detector = detector_of(session, model, argv[3]);
    scores(session, model, detector, image, argv[3]);
#ifndef OLD
    memories(session, model, detector, image, argv[3]);
#endif
    rwda_image_free(image);
    rwda_detector_free(detector);
    rwda_session_free(session);
    rwda_model_free(model);
    return 0;
}
