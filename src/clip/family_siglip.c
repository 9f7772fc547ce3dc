/* family_siglip.c - SigLIP and SigLIP 2 of fixed input size
 *
 * Patches alone, attention pooling, no image projection; texts padded to 64, not causal; a sigmoid's bias beside the scale.  GELU differs
 * between the layouts of the same weights: timm takes the tanh form for some towers only, transformers for all.
 * Sources: X. Zhai et al., "SigLIP", arXiv:2303.15343; M. Tschannen et al., "SigLIP 2", arXiv:2502.14786; timm's vision_transformer.py;
 * transformers' SiglipConfig. */
#include "clip/family.h"

#define TRUNK(model, p, width, layers, heads, mlp, act)                                                                     \
    {                                                                                                                       \
        .name = model, .pool = "map", .proj = "none", .patch = p, .tower = { width, layers, heads, mlp, act, 1e-6f },       \
        .parts = { .patch_bias = true, .pooling = RW_POOL_ATTENTION }, .names = &rw_timm_vision                             \
    }

static const rw_trunk trunks[] = {
    TRUNK("vit_base_patch32_siglip_256", 32, 768, 12, 12, 3072, RW_ACT_GELU_TANH),
    TRUNK("vit_base_patch16_siglip_224", 16, 768, 12, 12, 3072, RW_ACT_GELU),
    TRUNK("vit_base_patch16_siglip_256", 16, 768, 12, 12, 3072, RW_ACT_GELU),
    TRUNK("vit_base_patch16_siglip_384", 16, 768, 12, 12, 3072, RW_ACT_GELU),
    TRUNK("vit_base_patch16_siglip_512", 16, 768, 12, 12, 3072, RW_ACT_GELU),
    TRUNK("vit_large_patch16_siglip_256", 16, 1024, 24, 16, 4096, RW_ACT_GELU),
    TRUNK("vit_large_patch16_siglip_384", 16, 1024, 24, 16, 4096, RW_ACT_GELU),
    TRUNK("vit_large_patch16_siglip_512", 16, 1024, 24, 16, 4096, RW_ACT_GELU_TANH),
    TRUNK("vit_so400m_patch14_siglip_224", 14, 1152, 27, 16, 4304, RW_ACT_GELU),
    TRUNK("vit_so400m_patch14_siglip_378", 14, 1152, 27, 16, 4304, RW_ACT_GELU),
    TRUNK("vit_so400m_patch14_siglip_384", 14, 1152, 27, 16, 4304, RW_ACT_GELU),
    TRUNK("vit_so400m_patch16_siglip_256", 16, 1152, 27, 16, 4304, RW_ACT_GELU_TANH),
    TRUNK("vit_so400m_patch16_siglip_384", 16, 1152, 27, 16, 4304, RW_ACT_GELU_TANH),
    TRUNK("vit_so400m_patch16_siglip_512", 16, 1152, 27, 16, 4304, RW_ACT_GELU_TANH),
    TRUNK("vit_giantopt_patch16_siglip_256", 16, 1536, 40, 16, 6144, RW_ACT_GELU_TANH),
    TRUNK("vit_giantopt_patch16_siglip_384", 16, 1536, 40, 16, 6144, RW_ACT_GELU_TANH),
};

static const rw_text_names text_names = {
    .tokens    = "text_model.embeddings.token_embedding.weight",
    .positions = "text_model.embeddings.position_embedding.weight",
    .blocks    = "text_model.encoder.layers.",
    .ln_final  = "text_model.final_layer_norm",
    .proj      = "text_model.head",
    .block     = { .ln1  = "layer_norm1",
                   .ln2  = "layer_norm2",
                   .out  = "self_attn.out_proj",
                   .fc   = "mlp.fc1",
                   .proj = "mlp.fc2",
                   .q    = "self_attn.q_proj",
                   .k    = "self_attn.k_proj",
                   .v    = "self_attn.v_proj" },
};

static const rw_model_type types[] = {
    { .name         = "siglip",
      .image_size   = 224,
      .patch        = 16,
      .context      = 64,
      .vocab        = 32000,
      .vision       = { 768, 12, 12, 3072, RW_ACT_GELU_TANH, 1e-6f },
      .text         = { 768, 12, 12, 3072, RW_ACT_GELU_TANH, 1e-6f },
      .vision_parts = { .patch_bias = true, .pooling = RW_POOL_ATTENTION },
      .text_parts   = { .projection = RW_PROJECTION_AFFINE },
      .logit_bias   = true,
      .mean         = { 0.5f, 0.5f, 0.5f },
      .std          = { 0.5f, 0.5f, 0.5f },
      .resize       = RWDA_RESIZE_SQUASH,
      .processor    = "SiglipImageProcessor",
      .vision_names = &rw_huggingface_vision,
      .text_names   = &text_names },
};

const rw_family rw_family_siglip = { "SigLIP", trunks, RW_COUNTOF(trunks), types, RW_COUNTOF(types) };
