/* family_names.c - names of tensors that several families share */
#include "clip/family.h"

#define OPENCLIP_BLOCK                                                                                                      \
    {                                                                                                                       \
        .ln1 = "ln_1", .ln2 = "ln_2", .out = "attn.out_proj", .fc = "mlp.c_fc", .proj = "mlp.c_proj",                       \
        .qkv_weight = "attn.in_proj_weight", .qkv_bias = "attn.in_proj_bias"                                                \
    }

const rw_vision_names rw_openclip_vision = {
    .patch       = "visual.conv1",
    .class_token = "visual.class_embedding",
    .positions   = "visual.positional_embedding",
    .ln_pre      = "visual.ln_pre",
    .ln_post     = "visual.ln_post",
    .blocks      = "visual.transformer.resblocks.",
    .proj        = "visual.proj",
    .block       = OPENCLIP_BLOCK,
};

const rw_text_names rw_openclip_text = {
    .tokens    = "token_embedding.weight",
    .positions = "positional_embedding",
    .blocks    = "transformer.resblocks.",
    .ln_final  = "ln_final",
    .proj      = "text_projection",
    .block     = OPENCLIP_BLOCK,
};

#define HUGGINGFACE_BLOCK                                                                                                   \
    {                                                                                                                       \
        .ln1 = "layer_norm1", .ln2 = "layer_norm2", .out = "self_attn.out_proj", .fc = "mlp.fc1", .proj = "mlp.fc2",        \
        .q = "self_attn.q_proj", .k = "self_attn.k_proj", .v = "self_attn.v_proj"                                           \
    }

const rw_vision_names rw_huggingface_vision = {
    .patch       = "vision_model.embeddings.patch_embedding",
    .class_token = "vision_model.embeddings.class_embedding",
    .positions   = "vision_model.embeddings.position_embedding.weight",
    .ln_pre      = "vision_model.pre_layrnorm", /* their typo */
    .ln_post     = "vision_model.post_layernorm",
    .blocks      = "vision_model.encoder.layers.",
    .proj        = "visual_projection",
    .block       = HUGGINGFACE_BLOCK,
    .pool        = { .probe      = "vision_model.head.probe",
                     .qkv_weight = "vision_model.head.attention.in_proj_weight",
                     .qkv_bias   = "vision_model.head.attention.in_proj_bias",
                     .out        = "vision_model.head.attention.out_proj",
                     .norm       = "vision_model.head.layernorm",
                     .fc         = "vision_model.head.mlp.fc1",
                     .proj       = "vision_model.head.mlp.fc2" },
};

const rw_text_names rw_huggingface_text = {
    .tokens    = "text_model.embeddings.token_embedding.weight",
    .positions = "text_model.embeddings.position_embedding.weight",
    .blocks    = "text_model.encoder.layers.",
    .ln_final  = "text_model.final_layer_norm",
    .proj      = "text_projection",
    .block     = HUGGINGFACE_BLOCK,
};

/* timm's towers under OpenCLIP's "visual." */
const rw_vision_names rw_timm_vision = {
    .patch       = "visual.trunk.patch_embed.proj",
    .class_token = "visual.trunk.cls_token",
    .positions   = "visual.trunk.pos_embed",
    .batched     = true,
    .ln_pre      = "visual.trunk.norm_pre",
    .ln_post     = "visual.trunk.norm",
    .blocks      = "visual.trunk.blocks.",
    .proj        = "visual.trunk.head",
    .block       = { .ln1        = "norm1",
                     .ln2        = "norm2",
                     .out        = "attn.proj",
                     .fc         = "mlp.fc1",
                     .proj       = "mlp.fc2",
                     .qkv_weight = "attn.qkv.weight",
                     .qkv_bias   = "attn.qkv.bias" },
    .pool        = { .probe = "visual.trunk.attn_pool.latent",
                     .q     = "visual.trunk.attn_pool.q",
                     .kv    = "visual.trunk.attn_pool.kv",
                     .out   = "visual.trunk.attn_pool.proj",
                     .norm  = "visual.trunk.attn_pool.norm",
                     .fc    = "visual.trunk.attn_pool.mlp.fc1",
                     .proj  = "visual.trunk.attn_pool.mlp.fc2" },
};
