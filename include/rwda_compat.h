/* rwda_compat.h - which names of version 0.1.0 have others now?
 *
 * For one minor version a source of 0.1.0 compiles when it includes this file instead of rwda.h; the fields that are new names need a
 * hand: rwda_map_options.kind is .mode, rwda_pixel_results.pictures is .images.  Programs that are compiled already need nothing. */
#ifndef RWDA_COMPAT_H
#define RWDA_COMPAT_H

#include "rwda.h"

#define rwda_tokenize          rwda_tokenizer_encode
#define rwda_preprocess        rwda_model_preprocess
#define rwda_crop_count        rwda_crops_count
#define rwda_embed_images      rwda_session_embed_images
#define rwda_train             rwda_detector_train
#define rwda_score_images      rwda_scorer_score_images
#define rwda_score_embeddings  rwda_scorer_score_embeddings
#define rwda_calibrate         rwda_calibration_compute
#define rwda_p_value           rwda_calibration_p_value
#define rwda_next_score        rwda_score_next
#define rwda_map_image         rwda_map_compute
#define rwda_map_kind          rwda_map_mode
#define RWDA_METHOD_PAIRED     RWDA_METHOD_MEAN_DIFFERENCE
#define rwda_card              rwda_thresholds
#define rwda_card_options      rwda_thresholds_options
#define RWDA_CARD_OPTIONS_INIT RWDA_THRESHOLDS_OPTIONS_INIT
#define rwda_card_info         rwda_thresholds_info
#define rwda_card_new          rwda_thresholds_new
#define rwda_card_free         rwda_thresholds_free
#define rwda_card_text         rwda_thresholds_text
#define rwda_card_get_info     rwda_thresholds_get_info
#define rwda_card_save         rwda_thresholds_save
#define rwda_card_load         rwda_thresholds_load
#define rwda_card_check        rwda_thresholds_check
#define rwda_card_label        rwda_thresholds_label
#define rwda_card_p_value      rwda_thresholds_p_value

#define rwda_embed_texts(out, session, texts, n, err) rwda_session_embed_texts(out, session, texts, NULL, n, err)

#endif
