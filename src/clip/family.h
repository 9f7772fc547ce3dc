/* family.h - families of models: which config means which towers, and what their tensors are called  rank 2: clip
 *
 * A family is a file of constants, family_<name>.c, over the parts that towers are made of (clip.h), and a line in family.c.  Nothing else
 * knows families: clip_config.c reads numbers through them, tower_weights.c reads tensors by the names they give. */
#ifndef RW_FAMILY_H
#define RW_FAMILY_H

#include "clip/clip.h"

/* ---- Names of tensors.  NAME stands for NAME.weight and NAME.bias where nothing else is said; what a config's parts lack may be NULL. ---- */

/* After "<blocks><i>."; q, k and v lie in one matrix [3d, d], whose two names are whole, or (NULL) apart. */
typedef struct {
    const char *ln1, *ln2, *out, *fc, *proj;
    const char *qkv_weight, *qkv_bias;
    const char *q, *k, *v;
} rw_block_names;

/* Attention pooling: the three projections in one matrix [3d, d], whose two names are whole, or q and kv apart. */
typedef struct {
    const char *probe; /* [1, 1, d], a whole name */
    const char *qkv_weight, *qkv_bias;
    const char *q, *kv;
    const char *out, *norm, *fc, *proj;
} rw_pool_names;

typedef struct rw_vision_names {
    const char    *patch, *ln_pre, *ln_post, *blocks;
    const char    *class_token, *positions; /* whole names */
    bool           batched;                 /* these two have a leading dimension of 1 */
    const char    *proj;                    /* a whole name with RW_PROJECTION_RIGHT */
    rw_block_names block;
    rw_pool_names  pool;
} rw_vision_names;

typedef struct rw_text_names {
    const char    *tokens, *positions; /* whole names */
    const char    *blocks, *ln_final;
    const char    *proj; /* a whole name with RW_PROJECTION_RIGHT */
    rw_block_names block;
} rw_text_names;

/* ---- Descriptions ---- */

/* A vision tower of the timm package, as open_clip_config.json names it. */
typedef struct {
    const char            *name;        /* timm_model_name */
    const char            *pool, *proj; /* timm_pool and timm_proj of its configs; NULL: null */
    int                    patch;
    rw_tower_config        tower;
    rw_vision_parts        parts;
    const rw_vision_names *names;
} rw_trunk;

/* A model_type of config.json.  The numbers are what transformers takes for a key that is left out. */
typedef struct {
    const char            *name;
    int                    image_size, patch, context, vocab;
    int                    embed_dim; /* of projection_dim; 0: embeddings are as wide as the vision tower */
    rw_tower_config        vision, text;
    rw_vision_parts        vision_parts;
    rw_text_parts          text_parts;
    bool                   logit_bias;
    float                  mean[3], std[3]; /* of its image processor */
    rwda_resize            resize;
    const char            *processor; /* that class, without its endings */
    const rw_vision_names *vision_names;
    const rw_text_names   *text_names;
} rw_model_type;

typedef struct {
    const char          *name;
    const rw_trunk      *trunks; /* [n_trunks] */
    size_t               n_trunks;
    const rw_model_type *types; /* [n_types] */
    size_t               n_types;
} rw_family;

extern const rw_family rw_family_clip, rw_family_metaclip, rw_family_perception_encoder, rw_family_siglip;

/* Names that several families share: OpenCLIP's own towers, timm's, Hugging Face's CLIP. */
extern const rw_vision_names rw_openclip_vision, rw_timm_vision, rw_huggingface_vision;
extern const rw_text_names   rw_openclip_text, rw_huggingface_text;

/* family.c: NULL where no family has it.  *family is set where it has. */
const rw_trunk      *rw_trunk_find(const rw_family **family, const char *timm_model_name);
const rw_model_type *rw_model_type_find(const rw_family **family, const char *model_type);

/* What such a tower or type is called where it is not read, and what to use instead: a sentence's end, never NULL. */
const char *rw_refusal_of(const char *timm_model_name_or_model_type);

#endif
