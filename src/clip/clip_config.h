/* clip_config.h - reader of CLIP configs, OpenCLIP's and Hugging Face's                           rank 2: clip */
#ifndef RW_CLIP_CONFIG_H
#define RW_CLIP_CONFIG_H

#include "clip/clip.h"

#include <jansson.h>

/* Caps on a config's numbers: well above every published CLIP, well below what overflows. */
#define RW_CLIP_WIDTH_MAX   8192
#define RW_CLIP_LAYERS_MAX  128
#define RW_CLIP_IMAGE_MAX   2048
#define RW_CLIP_CONTEXT_MAX 1024

/* Reads open_clip_config.json text.  `name` is for error messages. */
rwda_status rw_clip_config_openclip(rw_clip_config *out, const char *text, size_t len, const char *name, rwda_error *err);

/* Reads a Hugging Face CLIPModel config.json.  Pixel settings are CLIPImageProcessor's for the model's size. */
rwda_status rw_clip_config_huggingface(rw_clip_config *out, const char *text, size_t len, const char *name, rwda_error *err);

/* The text tower's keys in a Hugging Face config, for its tokenizer too; NULL: there are none, and defaults count. */
const json_t *rw_clip_config_text(const json_t *root);

#endif
