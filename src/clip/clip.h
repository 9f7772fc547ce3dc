/* clip.h - CLIP model: config, weights, loading                                                   rank 2: clip
 *
 * d = width of a tower, D = embedding length, n = tokens.  Vectors are float32 in memory.  An rw_matrix is packed (kernels.h) for
 * y = x W^T with W [out, in] as PyTorch stores it, in the precision asked for.  INT8 applies to the matrices of the blocks;
 * patch embedding, projections and token embeddings are F16 then. */
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
    int width, layers, heads, mlp; /* mlp: hidden width of the MLP, usually 4 * width */
} rw_tower_config;

typedef enum { RW_LAYOUT_OPENCLIP = 0, RW_LAYOUT_HUGGINGFACE } rw_layout;

/* Made by clip_config.c from open_clip_config.json or config.json, and preprocessor_config.c; consistent when returned:
 * heads divide width, patch divides image, every number within the caps of clip_config.h. */
typedef struct {
    rw_layout       layout;
    int             embed_dim, image_size, patch_size, context_length, vocab_size;
    rw_tower_config vision, text;
    rw_activation   activation; /* GELU or QUICK_GELU, both towers */
    float           mean[3], std[3];
    rwda_resize     resize;       /* SHORTEST or SQUASH */
    int             shortest;     /* pixels of the shorter side before the centre is cut out, >= image_size; 0: image_size */
    bool            crop_floor;   /* the centre's odd pixel: Hugging Face's rule, else torchvision's */
    double          scale;        /* a level times that is what mean and std are subtracted from and divided by; 0: level / 255 */
    char            repository[96]; /* that a Hugging Face config names, cut; or "" */
    const char     *warning;      /* what seems wrong with the checkpoint, one sentence; NULL: nothing */
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

typedef struct {
    rw_matrix         patch;           /* conv as a matrix: [d, 3*p*p], columns channel-major as in conv1.weight */
    const float      *class_embedding; /* [d] */
    const float      *positions;       /* [1 + grid*grid, d], interpolated to the input size in use */
    const float      *ln_pre_gain, *ln_pre_bias, *ln_post_gain, *ln_post_bias; /* [d] */
    rw_block_weights *blocks;                                                  /* [layers] */
    rw_matrix         proj; /* for y = x @ visual.proj [d, D]: n = D, k = d */
} rw_vision_weights;

typedef struct {
    rwda_precision    tokens_dtype;                  /* F32, F16 or BF16 */
    const void       *tokens;                        /* [vocab, d] of that dtype */
    const float      *positions;                     /* [context, d] */
    rw_block_weights *blocks;                        /* [layers] */
    const float      *ln_final_gain, *ln_final_bias; /* [d] */
    rw_matrix         proj;                          /* for y = x @ text_projection [d, D] */
} rw_text_weights;

typedef struct {
    rw_clip_config    config;
    const rw_kernels *kernels;
    rwda_precision    precision; /* never AUTO */
    rw_vision_weights vision;
    rw_text_weights   text;
    float             logit_scale; /* exp of the stored value */
    int64_t           parameters;
    int               own_size; /* the checkpoint's input side; config.image_size is the one in use */
    char              sha256[65];
    char             *weights_path;
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

/* RWDA_EINVAL: that tower (IMAGE or TEXT) was not loaded.  Called by whatever needs it. */
rwda_status rw_clip_require(const rw_clip *clip, rwda_towers tower, rwda_error *err);

#endif
