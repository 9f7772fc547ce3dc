/* rwda_memory.h - evidence from images: a memory of normal ones, and mutual scoring of a batch.
 *
 * Words tell what an anomaly is called; a few normal images show what this object looks like.  A memory holds the patch tokens of
 * normal images; an image is as anomalous as its patches are far from all of them.  No training.  The rules of rwda.h hold here too.
 *
 *     x_l(p)   token of patch p after block l of the image tower, averaged over a neighbourhood, unit length
 *     d(p)   = mean over the layers l of  min over the memory's tokens m of  (1 - x_l(p) . m) / 2      half the cosine distance, 0..1
 *     score  = mean of the highest `share` of all d(p)
 *     map    = d, enlarged bilinearly
 *
 * Sources: K. Roth et al., "Towards Total Recall in Industrial Anomaly Detection", CVPR 2022, arXiv:2106.08265 (PatchCore: memory,
 * coreset); J. Jeong et al., "WinCLIP", CVPR 2023, arXiv:2303.14814 (few-shot association); S. Damm et al., "AnomalyDINO", WACV 2025,
 * arXiv:2405.14529 (mean of the highest distances); X. Li et al., "MuSc", ICLR 2024, arXiv:2401.16753 (mutual).  What was chosen
 * here, and on which data: docs/evidence.md.
 *
 *     images --rwda_memory_builder_add()--> builder --_finish()--> memory --rwda_scorer_options.memory--> scores, maps (rwda.h)
 *
 * Shares are counted as max(1, ceil(share * n * (1 - 1e-6))): 0.3f of 10 is 3.
 *
 * Mutual scoring is a memory of the batch itself, with `mutual` set: an image is never compared with itself, which is told by its
 * pixels, and the minimum over all images becomes the mean over those that are most like it (`robust`). */
#ifndef RWDA_MEMORY_H
#define RWDA_MEMORY_H

#include <rwda.h>

#ifdef __cplusplus
extern "C" {
#endif

/* clang-format off: it tears comments away from what they stand beside */

#define RWDA_MEMORY_LAYERS_MAX 8
#define RWDA_MEMORY_IMAGES_MAX 100000

/* What a memory keeps of an image, and how distances become a score.  All of it but max_bytes is written into the
 * memory's file. */
typedef struct {
    size_t         size;
    int64_t        max_bytes;  /* of the finished memory: rwda_memory_bytes(); default 4 GiB */
    int            image_size; /* side in pixels of what the image tower sees, a multiple of the patch; 0: 1.5 times the model's own,
                                  mutual: the model's own */
    int            layers[RWDA_MEMORY_LAYERS_MAX]; /* blocks, 1 is the first, ascending; 0 ends; all 0: 3/4 of them, and the last */
    int            tiles;         /* an image is cut into tiles x tiles equal parts, each seen by itself; 1..8; 1 */
    int            neighbourhood; /* side of the square of tokens that is averaged; odd, 1..7; 1: each by itself */
    int            rotations;     /* 1: the memory holds each image turned by 90, 180 and 270 degrees too */
    float          share;         /* of an image's patches, the highest of which are its score; above 0, at most 1; 0.05 */
    float          robust;        /* 0: the nearest of all tokens; else the mean over this share of the images, those with the nearest:
                                     a few anomalous images among the normal ones do less harm.  0..1; mutual: 0.3 when 0 */
    float          class_weight;  /* of 1 - the cosine, halved, to the nearest image embedding, in the score; 0..1; 0 */
    float          keep;          /* share of the tokens that a greedy coreset keeps of each layer, above 0, at most 1; 1: all */
    rwda_precision storage;       /* of tokens: F32, F16 or INT8; F32 */
    int            mutual;        /* 1: the images are the batch that is scored */
    int            words;         /* 1: image embeddings are kept, for class_weight and for scorers that add words; 1 */
    rwda_resize    resize;        /* how images are seen for those embeddings: as the scorer's that adds words; CONFIG ... */
    rwda_crops     crops;         /* ... ONE */
    int            scores; /* of at most so many images, evenly spaced in their order, leave-one-out scores are computed, which takes
                              as many products as a batch's mutual scores; 0..RWDA_MEMORY_IMAGES_MAX; 1,000 */
    rwda_orientation orientation; /* how its images are read (rwda_image_options), as a scorer's must be: recorded, changes nothing */
    int            depth;
} rwda_memory_options;
#define RWDA_MEMORY_OPTIONS_INIT                                                                                              \
    { sizeof(rwda_memory_options), (int64_t)1 << 32, 0, { 0 }, 1, 1, 0, 0.05f, 0.0f, 0.0f, 1.0f, RWDA_PRECISION_F32, 0, 1,    \
      RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, 1000, RWDA_ORIENTATION_TURNED, 0 }

RWDA_API void rwda_memory_options_default(rwda_memory_options *out, size_t size);

/* Bytes that a memory of `images` takes, in memory and while it is made (its file and its packed form):
 *   tokens = images * (rotations ? 4 : 1) * (tiles * image_size / patch)^2, of each layer
 *   bytes  = 2 * layers * keep * tokens * width * (4, 2 or 1) + images * (crops * D * 4 + 2048),      and a little;
 * with keep below 1, until the coreset is chosen, + (layers * (4, 2 or 1) + 4) * tokens * width: all tokens, and one layer as floats.
 * RWDA_EINVAL: an option, as rwda_memory_builder_new(); RWDA_ELIMIT: more than fits. */
RWDA_API rwda_status rwda_memory_bytes(int64_t *out, const rwda_model *model, const rwda_memory_options *options, size_t images,
                                       rwda_error *err);

typedef struct rwda_memory         rwda_memory;         /* immutable: share it; belongs to its model, which must outlive it */
typedef struct rwda_memory_builder rwda_memory_builder; /* one thread at a time; its session must outlive it */

/* options  NULL for the defaults, or with `base` that memory's, of which nothing but max_bytes may differ
 * base     NULL, or a memory whose images are the first ones: adding to it and dropping from it gives the bytes that a new memory of the
 *          same images would have (with keep 1: a coreset is only continued, and may keep other tokens); used during the call
 * Errors: RWDA_EINVAL (an option: name, value and range), RWDA_EMISMATCH (a memory of another model, other options), RWDA_ENOMEM. */
RWDA_API rwda_status rwda_memory_builder_new(rwda_memory_builder **out, rwda_session *session, const rwda_memory *base,
                                             const rwda_memory_options *options, rwda_error *err);
RWDA_API void        rwda_memory_builder_free(rwda_memory_builder *builder);

/* images [n] with names [n] (UTF-8 without control characters: other bytes become '?').  The same pixels twice are one image:
 * known [n] (optional) is 1 where they were there before.  After a failure the builder is as it was before the call.
 * RWDA_EINVAL (an image without pixels), RWDA_ELIMIT (max_bytes, RWDA_MEMORY_IMAGES_MAX; the numbers are in the message), RWDA_ENOMEM. */
RWDA_API rwda_status rwda_memory_builder_add(rwda_memory_builder *builder, const rwda_image *const *images,
                                             const char *const *names, int *known, size_t n, rwda_error *err);

/* Drops the images with this name, or with this SHA-256 of their pixels: *count of them.  RWDA_ENOTFOUND: none; RWDA_ENOMEM. */
RWDA_API rwda_status rwda_memory_builder_drop(rwda_memory_builder *builder, const char *name, size_t *count, rwda_error *err);

/* The images so far -> *out: sorted by hash, so that their order does not matter; coreset; leave-one-out scores.  The builder can then
 * only be freed.  progress may be NULL.  RWDA_EINVAL: no image, with `mutual` fewer than two; RWDA_ENOMEM, RWDA_ECANCELLED. */
RWDA_API rwda_status rwda_memory_builder_finish(rwda_memory **out, rwda_memory_builder *builder, rwda_progress_fn progress,
                                                void *user, rwda_error *err);
RWDA_API void        rwda_memory_free(rwda_memory *memory);

typedef struct {
    const rwda_memory_options *options; /* in effect: no 0 that stands for something else */
    size_t      images;
    size_t      tokens;       /* of each layer */
    int         layers;       /* how many */
    int         width;        /* numbers a token */
    int         grid;         /* a map has grid x grid patches */
    int64_t     bytes;        /* in memory */
    const char *recipe;       /* the options, one JSON object */
    const char *sha256;       /* of its file, 64 hex digits */
    const char *model_sha256; /* of the model */
    const char *precision;    /* of the model's matrices then: "f32", ... */
    int         scores_exact; /* 1: leave-one-out scores are those of the images that are there; 0: after add or drop with a coreset,
                                 some are from before */
    int         preprocessing; /* RWDA_PREPROCESSING of its oldest images; files that do not say: 1, nor how they were read */
} rwda_memory_info;
RWDA_API const rwda_memory_info *rwda_memory_get_info(const rwda_memory *memory);

/* One of its images, 0 .. images - 1, in the order of their hashes. */
typedef struct {
    const char *name;
    char        sha256[65]; /* of "width height\n" in decimal digits, then its pixels, R,G,B row by row */
    float       score;      /* leave-one-out: as if it were not in the memory; NaN: the others have no tokens, or none was computed */
} rwda_memory_image;
RWDA_API const rwda_memory_image *rwda_memory_image_at(const rwda_memory *memory, size_t i); /* NULL: i is too large */

/* Memory files are safetensors (docs/formats.md).  Saving is atomic, as rwda_detector_save(), with its errors. */
RWDA_API rwda_status rwda_memory_save(const rwda_memory *memory, const char *path, int overwrite, rwda_error *err);
RWDA_API const void *rwda_memory_file(const rwda_memory *memory, size_t *len); /* the same bytes; they belong to the memory */

/* Such bytes [len] -> *out; they are copied.  max_bytes: as in the options; 0: their default.
 * RWDA_EFORMAT (damaged, not a memory, values that are not finite), RWDA_EMISMATCH (another model: both hashes; opened with another
 * input side; tensors that do not fit the recipe), RWDA_ELIMIT (max_bytes), RWDA_ENOMEM. */
RWDA_API rwda_status rwda_memory_decode(rwda_memory **out, const rwda_model *model, const void *bytes, size_t len,
                                        int64_t max_bytes, rwda_error *err);
/* The same from a file; adds RWDA_ENOTFOUND and RWDA_EIO.  The message starts with the path. */
RWDA_API rwda_status rwda_memory_load(rwda_memory **out, const rwda_model *model, const char *path, int64_t max_bytes,
                                      rwda_error *err);

/* The leave-one-out score of image i of the scorer's memory, as the scorer scores: with fuse, its words too.  Calibrating needs no other
 * images.  NaN: it has none.  RWDA_EINVAL: no memory, i is too large; RWDA_ENOMEM. */
RWDA_API rwda_status rwda_scorer_score_member_sized(rwda_score *out, size_t size, rwda_session *session,
                                                    const rwda_scorer *scorer, size_t i, rwda_error *err);
#define rwda_scorer_score_member(out, ...) rwda_scorer_score_member_sized(out, sizeof(rwda_score), __VA_ARGS__)

/* 1: the image is one of the scorer's memory, told by its pixels, and nearer to it than new ones are: its score must not calibrate.
 * 0: it is not; there is no memory, or one with `mutual`, which compares an image with the others. */
RWDA_API int rwda_scorer_remembers(const rwda_scorer *scorer, const rwda_image *image);

/* images [n] by many scorers -> out [n_scorers, n]: the bytes of rwda_scorer_score_images() with each, whose errors they are.  Passes of the
 * image tower that memories have in common are made once: memories that differ in their images alone cost their distances. */
RWDA_API rwda_status rwda_scorer_score_many_sized(rwda_score *out, size_t size, rwda_session *session,
                                                  const rwda_scorer *const *scorers, size_t n_scorers,
                                                  const rwda_image *const *images, size_t n, rwda_error *err);
#define rwda_scorer_score_many(out, ...) rwda_scorer_score_many_sized(out, sizeof(rwda_score), __VA_ARGS__)

/* Score and map of one image: the bytes of rwda_scorer_score_images() and rwda_map_compute(), whose errors they are.  With
 * RWDA_MAP_MEMORY both come from one pass of the image tower. */
RWDA_API rwda_status rwda_map_score_sized(rwda_score *out, size_t size, float *map, rwda_session *session,
                                          const rwda_scorer *scorer, const rwda_image *image, const rwda_map_options *options,
                                          rwda_error *err);
#define rwda_map_score(out, ...) rwda_map_score_sized(out, sizeof(rwda_score), __VA_ARGS__)

/* The map value that is drawn as the brightest colour: 1; in RWDA_MAP_MEMORY twice the highest leave-one-out score of the memory, at most
 * 1, so that the hottest patches of normal images come to half of the colours; 0.25 where it has no such scores. */
RWDA_API float rwda_scorer_map_scale(const rwda_scorer *scorer, rwda_map_mode mode);

#ifdef __cplusplus
}
#endif
#endif
