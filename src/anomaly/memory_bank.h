/* memory_bank.h - memory bank of normal images: contents, recipe, file                            rank 3: anomaly
 *
 * The file is safetensors (docs/formats.md).  tokens are sorted by image, images by the hash of their pixels:
 *
 *     layer.<l>    [tokens, width]     F32, F16, or I8 with scale.<l> [tokens] F32: value = integer * scale
 *     embeddings   [images * crops, D] F32; not there where the recipe's `words` is 0
 *     scores       [images]            F32, leave-one-out; NaN: none
 *     images       [bytes]             U8, JSON: [{"name": ..., "sha256": ..., "tokens": [of each layer]}, ...]
 *
 * In memory the tokens are packed as the right-hand matrix of a product (kernels.h), beside the bytes of the file. */
#ifndef RW_MEMORY_BANK_H
#define RW_MEMORY_BANK_H

#include "anomaly/memory_recipe.h"
#include "format/safetensors.h"

#define RW_MEMORY_FORMAT   "rwda.memory/1"
#define RW_MEMORY_NAME_MAX 1024 /* bytes; a longer name is cut */

struct rwda_memory {
    rwda_memory_info    info;
    rwda_memory_options options; /* complete; info points to them */
    char               *recipe;
    char                sha256[65], model_sha256[65];
    rwda_precision      precision;                      /* of the model's matrices */
    int                 model_size;                     /* input side that the model was opened with: of the embeddings */
    rw_clip             view;                           /* the model at the memory's input side */
    float              *positions;                      /* the view's own; NULL: the model's */
    rwda_memory_image  *images;                         /* [n] */
    size_t             *starts[RWDA_MEMORY_LAYERS_MAX]; /* [n + 1], tokens */
    rw_matrix           banks[RWDA_MEMORY_LAYERS_MAX];
    void               *panels[RWDA_MEMORY_LAYERS_MAX];
    float              *embeddings; /* [n, crops, D]; NULL: none */
    size_t              crops;      /* rows of an image there */
    size_t              scored;     /* images with a leave-one-out score ... */
    double              mean, std;  /* ... and what these are; NaN below two */
    rw_safetensors     *file;       /* over bytes */
    uint8_t            *bytes;
    size_t              len;
};

/* bytes [len] become the memory's, or are freed: checks all of it, packs the tokens. */
rwda_status rw_memory_take(rwda_memory **out, const rw_clip *clip, uint8_t *bytes, size_t len, int64_t max_bytes,
                           rwda_error *err);

/* RWDA_EMISMATCH: made with another model, or its image embeddings at another input side. */
rwda_status rw_memory_check_model(const rwda_memory *memory, const rw_clip *clip, rwda_error *err);

/* RWDA_EMISMATCH: its images were read in another way (rwda_image_options) than those that are to be scored; one that does not say passes. */
rwda_status rw_memory_check_reading(const rwda_memory *memory, rwda_orientation orientation, int depth, rwda_error *err);

/* out [count, width] = tokens first .. first + count - 1 of layer number i, as they are stored. */
void rw_memory_widen(float *out, const rwda_memory *memory, size_t i, size_t first, size_t count);

/* "layer" or "scale" of layer number i; NULL: the file has none. */
const rw_tensor_view *rw_memory_tensor(const rwda_memory *memory, const char *kind, size_t i);

/* Sets every image's score in the file too, then what follows from it: mean, std, sha256.  scores [n]; NaN: none. */
void rw_memory_set_scores(rwda_memory *memory, const float *scores);

/* Number of the image with these pixels, or SIZE_MAX. */
size_t rw_memory_find(const rwda_memory *memory, const char sha256[65]);
/* SHA-256 of an image's pixels (rwda_memory_image.sha256).  RWDA_ENOMEM. */
void rw_image_sha256(char out[65], const rwda_image *image);

#endif
