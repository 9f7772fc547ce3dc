/* family_metaclip.c - MetaCLIP 2: CLIP's towers with a vocabulary of many languages
 *
 * Its OpenCLIP files ("worldwide") are OpenCLIP's own towers, whose config says all; a tokenizer that is not CLIP's tells them from CLIP.
 * Source: Y.-S. Chuang et al., "MetaCLIP 2", arXiv:2507.22062; transformers' MetaClip2Config. */
#include "clip/family.h"

static const rw_model_type types[] = {
    { .name         = "metaclip_2",
      .image_size   = 224,
      .patch        = 32,
      .context      = 77,
      .vocab        = RW_CLIP_VOCAB_SIZE,
      .embed_dim    = 512,
      .vision       = { 768, 12, 12, 3072, RW_ACT_QUICK_GELU, 1e-5f },
      .text         = { 512, 12, 8, 2048, RW_ACT_QUICK_GELU, 1e-5f },
      .vision_parts = { .class_token = true, .ln_pre = true, .projection = RW_PROJECTION_LINEAR },
      .text_parts   = { .causal = true, .projection = RW_PROJECTION_LINEAR },
      .mean         = { 0.48145466f, 0.4578275f, 0.40821073f },
      .std          = { 0.26862954f, 0.26130258f, 0.27577711f },
      .resize       = RWDA_RESIZE_SHORTEST,
      .processor    = "CLIPImageProcessor",
      .vision_names = &rw_huggingface_vision,
      .text_names   = &rw_huggingface_text },
};

const rw_family rw_family_metaclip = { .name = "MetaCLIP 2", .types = types, .n_types = RW_COUNTOF(types) };
