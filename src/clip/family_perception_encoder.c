/* family_perception_encoder.c - PE-Core (Perception Encoder): rotary and learned positions, attention pooling with 8 heads, CLIP's texts
 *
 * Source: D. Bolya et al., "Perception Encoder", arXiv:2504.13181; timm's eva.py. */
#include "clip/family.h"

#define TRUNK(model, p, grid, first, has_class, width, layers, heads, mlp)                                                  \
    {                                                                                                                       \
        .name = model, .pool = "map", .patch = p, .tower = { width, layers, heads, mlp, RW_ACT_GELU, 1e-5f },               \
        .parts = { .class_token = has_class,                                                                                \
                   .ln_pre      = true,                                                                                     \
                   .pooling     = RW_POOL_ATTENTION,                                                                        \
                   .pool_heads  = 8,                                                                                        \
                   .pool_mlp    = 4 * (width),                                                                              \
                   .rope_grid   = grid,                                                                                     \
                   .rope_first  = first,                                                                                    \
                   .projection  = RW_PROJECTION_AFFINE },                                                                    \
        .names = &rw_timm_vision                                                                                            \
    }

static const rw_trunk trunks[] = {
    TRUNK("vit_pe_core_tiny_patch16_384", 16, 24, 1, true, 192, 12, 3, 768),
    TRUNK("vit_pe_core_small_patch16_384", 16, 24, 1, true, 384, 12, 6, 1536),
    TRUNK("vit_pe_core_base_patch16_224", 16, 14, 1, true, 768, 12, 12, 3072),
    TRUNK("vit_pe_core_large_patch14_336", 14, 24, 1, true, 1024, 24, 16, 4096),
    TRUNK("vit_pe_core_gigantic_patch14_448", 14, 32, 0, false, 1536, 50, 16, 8960),
};

const rw_family rw_family_perception_encoder = { .name = "PE-Core", .trunks = trunks, .n_trunks = RW_COUNTOF(trunks) };
