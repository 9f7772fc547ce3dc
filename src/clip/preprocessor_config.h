/* preprocessor_config.h - reader of Hugging Face's preprocessing settings                           rank 2: clip */
#ifndef RW_PREPROCESSOR_CONFIG_H
#define RW_PREPROCESSOR_CONFIG_H

#include "clip/clip.h"

/* Reads preprocessor_config.json, or the image_processor of a processor_config.json, into the pixel settings of *out, whose other fields
 * are the model's and whose pixel settings are what its type takes for keys left out.  *found: false, and *out is as it was, where the
 * file has no image_processor but is a processor_config.json (`nested`).  Every key that transformers reads is read, or refused by name:
 * RWDA_EUNSUPPORTED, RWDA_EMISMATCH (the size is not the model's), RWDA_EFORMAT.  `name` is for messages. */
rwda_status rw_preprocessor_config(rw_clip_config *out, bool *found, bool nested, const char *text, size_t len,
                                   const char *name, rwda_error *err);

#endif
