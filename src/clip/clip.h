/* clip.h - model of two towers: config, weights, loading                                          rank 2: clip
 *
 * d = width of a tower, D = embedding length, n = tokens.  Vectors are float32 in memory.  An rw_matrix is packed (kernels.h) for
 * y = x W^T with W [out, in] as PyTorch stores it, in the precision asked for.  INT8 applies to the matrices of the blocks;
 * patch embedding, pooling head, projections and token embeddings are F16 then. */
#ifndef RW_CLIP_H
#define RW_CLIP_H

#include "base/memory.h"
#include "clip/weight_store.h"
#include "kernels/kernels.h"

#define RW_CLIP_VOCAB_SIZE 49408
#define RW_CLIP_SOT        49406
#define RW_CLIP_EOT        49407

/* One transformer tower as the config describes it. */
typedef struct {
    int           width, layers, heads, mlp; /* mlp: hidden width of the MLP, usually 4 * width */
    rw_activation activation;
    float         eps; /* of every LayerNorm */
} rw_tower_config;

/* From a tower's last row to an embedding: the row itself; y = x P with P [d, D]; y = x W^T with W [D, d]; the same with a bias. */
typedef enum { RW_PROJECTION_NONE = 0, RW_PROJECTION_RIGHT, RW_PROJECTION_LINEAR, RW_PROJECTION_AFFINE } rw_projection;

/* What an image's embedding is read from: the class token; attention of one learned query over all tokens (attention_pool.h). */
typedef enum { RW_POOL_CLASS = 0, RW_POOL_ATTENTION } rw_pooling;

/* What a vision tower has around its blocks. */
typedef struct {
    bool          class_token; /* before the patches */
    bool          patch_bias, ln_pre;
    rw_pooling    pooling;
    int           pool_heads, pool_mlp; /* of ATTENTION; 0 in a family's description: the tower's */
    int           rope_grid;  /* rotary positions (rope.h): patches along a side at the model's own input size; 0: none */
    int           rope_first; /* position of the first patch */
    rw_projection projection;
} rw_vision_parts;

typedef struct {
    /* A token sees those before it, and the last one given is read; else texts are padded to the context, every token sees all, and the
     * last position is read. */
    bool          causal;
    bool          clip_tokenizer; /* CLIP's own; else the checkpoint brings one */
    rw_projection projection;
} rw_text_parts;

typedef enum { RW_LAYOUT_OPENCLIP = 0, RW_LAYOUT_HUGGINGFACE } rw_layout;

/* Made by clip_config.c from open_clip_config.json or config.json, and preprocessor_config.c; consistent when returned:
 * heads divide width, the image holds a patch, every number within the caps of clip_config.h. */
typedef struct {
    rw_layout       layout;
    rwda_towers     towers; /* that the checkpoint has; numbers of the other are its family's */
    const char     *family; /* "SigLIP" */
    int             embed_dim, image_size, patch_size, context_length, vocab_size;
    rw_tower_config vision, text;
    rw_vision_parts vision_parts;
    rw_text_parts   text_parts;
    bool            logit_bias; /* trained with a sigmoid: there is a bias beside the scale */
    float           mean[3], std[3];
    rwda_resize     resize; /* SHORTEST or SQUASH */
    rw_filter       filter;
    int             shortest;   /* pixels of the shorter side before the centre is cut out, >= image_size; 0: image_size */
    bool            crop_floor; /* the centre's odd pixel: Hugging Face's rule, else torchvision's */
    double          scale; /* a level times that is what mean and std are subtracted from and divided by; 0: level / 255 */
    const char     *processor; /* transformers' class that looks at images, without its endings; NULL: OpenCLIP's layout */
    char            repository[96]; /* that a Hugging Face config names, cut; or "" */
    const char     *warning;        /* what seems wrong with the checkpoint, one sentence; NULL: nothing */

    const struct rw_vision_names *vision_names; /* of tensors: family.h */
    const struct rw_text_names   *text_names;
} rw_clip_config;

typedef struct {
    const float *ln1_gain, *ln1_bias; /* [d] */
    const float *ln2_gain, *ln2_bias; /* [d] */
    rw_matrix    qkv;                 /* [3d, d], rows q, k, v */
    rw_matrix    out;                 /* [d, d] */
    rw_matrix    fc;                  /* [mlp, d] */
    rw_matrix    proj;                /* [d, mlp] */
    const float *qkv_bias, *out_bias, *fc_bias, *proj_bias;
} rw_block_weights;

/* Attention pooling (attention_pool.h). */
typedef struct {
    rw_matrix    query;      /* [heads, d]: the learned query and the key projection in one */
    rw_matrix    value, out; /* [d, d] */
    rw_matrix    fc, proj;   /* [mlp, d], [d, mlp] */
    const float *value_bias, *out_bias, *fc_bias, *proj_bias;
    const float *norm_gain, *norm_bias; /* [d] */
} rw_pool_weights;

/* A pointer is NULL, and a matrix is empty (n = 0), where the config's parts have no such thing. */
typedef struct {
    rw_matrix         patch;           /* conv as a matrix: [d, 3*p*p], columns channel-major as in conv1.weight */
    const float      *patch_bias;      /* [d] */
    const float      *class_embedding; /* [d] */
    const float      *positions;       /* [tokens, d], interpolated to the input size in use */
    const float      *rope;            /* [grid*grid, head width] (rope.h) */
    const float      *ln_pre_gain, *ln_pre_bias, *ln_post_gain, *ln_post_bias; /* [d] */
    rw_block_weights *blocks;                                                  /* [layers] */
    rw_pool_weights   pool;
    rw_matrix         proj;      /* for y = x @ visual.proj [d, D]: n = D, k = d */
    const float      *proj_bias; /* [D] */
} rw_vision_weights;

typedef struct {
    rwda_precision    tokens_dtype;                  /* F32, F16 or BF16 */
    const void       *tokens;                        /* [vocab, d] of that dtype */
    const float      *positions;                     /* [context, d] */
    rw_block_weights *blocks;                        /* [layers] */
    const float      *ln_final_gain, *ln_final_bias; /* [d] */
    rw_matrix         proj;                          /* for y = x @ text_projection [d, D] */
    const float      *proj_bias;                     /* [D] */
} rw_text_weights;

typedef struct {
    rw_clip_config    config;
    const rw_kernels *kernels;
    rwda_precision    precision; /* never AUTO */
    rw_vision_weights vision;
    rw_text_weights   text;
    float             logit_scale; /* exp of the stored value; 0: a tower alone */
    float             logit_bias;  /* 0 where the config has none */
    int64_t           parameters;
    int               own_size; /* the checkpoint's input side; config.image_size is the one in use */
    char              sha256[65];
    char             *weights_path;
    rwda_tokenizer   *tokenizer;        /* NULL: no text tower, or refused */
    rwda_status       tokenizer_status; /* why */
    rwda_error        tokenizer_refusal;
    char              tokenizer_id[65];         /* tokenizer_rules.h; of image towers alone too */
    rwda_towers       towers;                   /* loaded; the tensors of the other are only checked */
    rw_weight_store   vision_store, text_store; /* the weights */
    rw_arena          memory;                   /* owns every array above */
} rw_clip;

typedef struct {
    rwda_precision precision;  /* never AUTO */
    int            image_size; /* 0: the config's */
    rwda_towers    towers;
    const char    *cache_dir; /* NULL: none */
    const char    *config;    /* [config_len], the text of a config; NULL: it lies beside the weights */
    size_t         config_len;
    bool           verify; /* the checkpoint is summed even where the cache has all */
} rw_clip_options;

/* weights.c: loads the checkpoint in directory `path`, or with a config in memory the weights file `path`. */
rwda_status rw_clip_load(rw_clip **out, const char *path, const rw_kernels *kernels, const rw_clip_options *options,
                         rwda_error *err);
void        rw_clip_free(rw_clip *clip);

/* RWDA_EINVAL: that tower (IMAGE or TEXT) was not loaded, or the checkpoint has none.  Called by whatever needs it. */
rwda_status rw_clip_require(const rw_clip *clip, rwda_towers tower, rwda_error *err);

/* The text tower, and a tokenizer: else what was wrong with the checkpoint's. */
rwda_status rw_clip_require_tokenizer(const rw_clip *clip, rwda_error *err);

#endif
