/* family_clip.c - CLIP as OpenAI and OpenCLIP made it; OpenCLIP's own config says all, Hugging Face's is of this type */
#include "clip/family.h"

static const rw_model_type types[] = {
    { .name         = "clip",
      .image_size   = 224,
      .patch        = 32,
      .context      = 77,
      .vocab        = RW_CLIP_VOCAB_SIZE,
      .embed_dim    = 512,
      .vision       = { 768, 12, 12, 3072, RW_ACT_QUICK_GELU, 1e-5f },
      .text         = { 512, 12, 8, 2048, RW_ACT_QUICK_GELU, 1e-5f },
      .vision_parts = { .class_token = true, .ln_pre = true, .projection = RW_PROJECTION_LINEAR },
      .text_parts   = { .causal = true, .clip_tokenizer = true, .projection = RW_PROJECTION_LINEAR },
      .mean         = { 0.48145466f, 0.4578275f, 0.40821073f },
      .std          = { 0.26862954f, 0.26130258f, 0.27577711f },
      .resize       = RWDA_RESIZE_SHORTEST,
      .processor    = "CLIPImageProcessor",
      .vision_names = &rw_huggingface_vision,
      .text_names   = &rw_huggingface_text },
};

const rw_family rw_family_clip = { .name = "CLIP", .types = types, .n_types = RW_COUNTOF(types) };
