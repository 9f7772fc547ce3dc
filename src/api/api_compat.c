/* api_compat.c - what do programs call that were linked with version 0.1.0?
 *
 * Names that changed, and results in the sizes they had: such a program's structs are no larger.  A soname later this file is empty. */
#include "base/versioned.h"

/* A struct's size when `last` was its last field. */
#define WAS(type, last) ((RW_SIZE_TO(type, last) + _Alignof(type) - 1) / _Alignof(type) * _Alignof(type))
#define SCORE           WAS(rwda_score, logit)
#define METRICS         WAS(rwda_metrics, f1_normal)
#define RESULTS         WAS(rwda_pixel_results, aupro_error)
#define REGION          WAS(rwda_region, peak_y)
#define TRAIN           WAS(rwda_train_options, word_list)

/* In brackets, so that a macro of the same name is not meant. */
#define OLD(result, name, parameters, call)                                                                                 \
    RWDA_API result(name) parameters;                                                                                       \
    result(name) parameters                                                                                                 \
    {                                                                                                                       \
        return call;                                                                                                        \
    }

/* ---- Results in their old sizes ------------------------------------------------------------------------------------ */

OLD(rwda_status, rwda_train_options_preset, (rwda_train_options * out, const char *preset, rwda_error *err),
    rwda_train_options_preset_sized(out, TRAIN, preset, err))
OLD(rwda_status, rwda_score_images,
    (rwda_score * out, rwda_session *session, const rwda_scorer *scorer, const rwda_image *const *images, size_t n,
     rwda_error *err),
    rwda_scorer_score_images_sized(out, SCORE, session, scorer, images, n, err))
OLD(rwda_status, rwda_score_embeddings,
    (rwda_score * out, rwda_session *session, const rwda_scorer *scorer, const float *x, size_t crops, rwda_error *err),
    rwda_scorer_score_embeddings_sized(out, SCORE, session, scorer, x, crops, err))
OLD(rwda_status, rwda_metrics_compute,
    (rwda_metrics * out, const double *scores, const uint8_t *labels, size_t n, rwda_error *err),
    rwda_metrics_compute_sized(out, METRICS, scores, labels, n, err))
OLD(rwda_status, rwda_metrics_bootstrap,
    (rwda_metrics * low, rwda_metrics *high, const double *scores, const uint8_t *labels, size_t n, int rounds,
     uint64_t seed, rwda_error *err),
    rwda_metrics_bootstrap_sized(low, high, METRICS, scores, labels, n, rounds, seed, err))
OLD(rwda_status, rwda_pixel_metrics_finish, (rwda_pixel_results * out, rwda_pixel_metrics *metrics, rwda_error *err),
    rwda_pixel_metrics_finish_sized(out, RESULTS, metrics, err))
OLD(rwda_status, rwda_map_regions,
    (rwda_region * out, size_t *count, size_t capacity, const float *map, int width, int height, float threshold,
     int64_t min_area, rwda_error *err),
    rwda_map_regions_sized(out, REGION, count, capacity, map, width, height, threshold, min_area, err))

/* ---- Other names --------------------------------------------------------------------------------------------------- */

OLD(rwda_status, rwda_tokenize,
    (int32_t * ids, size_t *count, size_t capacity, int *cut, const rwda_tokenizer *tokenizer, const char *text, size_t len,
     rwda_error *err),
    rwda_tokenizer_encode(ids, count, capacity, cut, tokenizer, text, len, err))
OLD(rwda_status, rwda_preprocess,
    (float *out, const rwda_model *model, const rwda_image *image, rwda_resize resize, rwda_crops crops, rwda_error *err),
    rwda_model_preprocess(out, model, image, resize, crops, err))
OLD(size_t, rwda_crop_count, (int width, int height, rwda_resize resize, rwda_crops crops),
    rwda_crops_count(width, height, resize, crops))
OLD(rwda_status, rwda_embed_texts, (float *out, rwda_session *session, const char *const *texts, size_t n, rwda_error *err),
    rwda_session_embed_texts(out, session, texts, NULL, n, err))
OLD(rwda_status, rwda_embed_images,
    (float *out, rwda_session *session, const rwda_image *const *images, size_t n, rwda_resize resize, rwda_crops crops,
     rwda_error *err),
    rwda_session_embed_images(out, session, images, n, resize, crops, err))
OLD(rwda_status, rwda_train,
    (rwda_detector * *out, rwda_session *session, const rwda_train_options *options, rwda_progress_fn progress, void *user,
     rwda_error *err),
    rwda_detector_train(out, session, options, progress, user, err))
OLD(rwda_status, rwda_map_image,
    (float *map, rwda_session *session, const rwda_scorer *scorer, const rwda_image *image, const rwda_map_options *options,
     rwda_error *err),
    rwda_map_compute(map, session, scorer, image, options, err))
OLD(rwda_status, rwda_calibrate,
    (rwda_calibration * out, const double *normal, size_t n, double rate, double confidence, rwda_error *err),
    rwda_calibration_compute(out, normal, n, rate, confidence, err))
OLD(double, rwda_p_value, (const double *sorted, size_t n, double score), rwda_calibration_p_value(sorted, n, score))
OLD(double, rwda_next_score, (double score), rwda_score_next(score))
OLD(rwda_status, rwda_card_new,
    (rwda_thresholds * *out, const double *scores, const uint8_t *labels, size_t n, const char *scoring,
     const rwda_thresholds_options *options, rwda_error *err),
    rwda_thresholds_new(out, scores, labels, n, scoring, options, err))
OLD(void, rwda_card_free, (rwda_thresholds * card), rwda_thresholds_free(card))
OLD(const char *, rwda_card_text, (const rwda_thresholds *card), rwda_thresholds_text(card))
OLD(const rwda_thresholds_info *, rwda_card_get_info, (const rwda_thresholds *card), rwda_thresholds_get_info(card))
OLD(rwda_status, rwda_card_save, (const rwda_thresholds *card, const char *path, int overwrite, rwda_error *err),
    rwda_thresholds_save(card, path, overwrite, err))
OLD(rwda_status, rwda_card_load, (rwda_thresholds * *out, const char *path, rwda_error *err),
    rwda_thresholds_load(out, path, err))
OLD(rwda_status, rwda_card_check, (const rwda_thresholds *card, const rwda_scorer *scorer, rwda_error *err),
    rwda_thresholds_check(card, scorer, err))
OLD(rwda_label, rwda_card_label, (const rwda_thresholds *card, double score), rwda_thresholds_label(card, score))
OLD(double, rwda_card_p_value, (const rwda_thresholds *card, double score), rwda_thresholds_p_value(card, score))
