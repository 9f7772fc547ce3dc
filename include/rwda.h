/* rwda.h - an anomaly detector from random words, and scores of images: the engine and the method.
 *
 * Source of the method: M. Tamura, "Random Word Data Augmentation with CLIP for Zero-Shot Anomaly Detection",
 * BMVC 2023, arXiv:2308.11119.  Source of the encoder: A. Radford et al., arXiv:2103.00020, as implemented by
 * OpenCLIP.  Where the paper is silent the choice is ours and stands in docs/deviations.md.
 *
 * Levels, in the order a reader needs them:
 *   1  errors, versions, names     4  sessions: scratch memory of one thread   7  metrics: how good are scores, maps?
 *   2  images                      5  detectors: train, save, load             8  calibration: normal scores -> decisions
 *   3  models (CLIP checkpoints)   6  scorers: images -> scores                9  maps: where in an image?
 *
 * Rules that hold for every call
 *   Errors     A call that can fail returns rwda_status and fills *err (optional, caller-owned) on failure only.
 *              Messages name the thing and both numbers.  The library never prints, exits or aborts.
 *   Ownership  `T **out` is yours to free with the matching _free(); it is NULL after a failure.  A `const T *`
 *              result belongs to the object asked.  Buffers passed in are used during the call, never kept.
 *              Every _free() accepts NULL.
 *   Threads    rwda_model, rwda_tokenizer, rwda_detector, rwda_scorer and rwda_thresholds are immutable: share them
 *              freely.  They must outlive what was made from them.  rwda_session holds scratch memory: one thread at a time.
 *   Numbers    float32, row-major.  Identical inputs give identical bytes for any number of threads and any
 *              batching, on the same kernel set (rwda_model_info.cpu).
 *   Options    NULL means the defaults; otherwise start from the _INIT value or from rwda_<type>_default(&o, sizeof o).
 *
 * How the interface grows within one soname (librwda.so.0): a program runs with every library of that soname, older or newer,
 * that has the functions it calls.
 *   Options    gain fields at their end; 0 in a later field means what earlier versions did.  `size` says which fields a caller
 *              knows: missing ones have their defaults.  A field that this library does not know must be 0 (RWDA_EUNSUPPORTED).
 *   Results    that a caller allocates (rwda_score, rwda_metrics, rwda_pixel_results, rwda_region) gain fields at their end too.
 *              Their functions end in _sized and take the struct's size; the name without _sized is a macro that passes it.
 *              Nothing is written behind that size, and fields that this library does not know are 0.
 *   Infos      that the library owns (rwda_model_info, rwda_thresholds_info, rwda_train_field) gain fields at their end.
 *   Fixed      rwda_error, rwda_image, rwda_plane, rwda_calibration (it stands inside rwda_thresholds_info), and the values and
 *              names of enumerations, which gain values.
 *   A name that goes stays for one minor version: in rwda_compat.h for compilers, in the library for programs.  Anything else
 *   changes the soname. */
#ifndef RWDA_H
#define RWDA_H

/* clang-format off: it tears comments away from what they stand beside */
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif
#if defined(RWDA_BUILD) && defined(__GNUC__) && !defined(_WIN32)
#define RWDA_API __attribute__((visibility("default")))
#else
#define RWDA_API
#endif
#define RWDA_VERSION_MAJOR 0
#define RWDA_VERSION_MINOR 1
#define RWDA_VERSION_PATCH 0
#define RWDA_VERSION       "0.1.0"
/* ---- 1. Errors, versions, names ----------------------------------------------------------------------------- */
typedef enum {
    RWDA_OK           = 0,
    RWDA_EINVAL       = 1, /* an argument is out of its range */
    RWDA_EIO          = 2, /* the operating system refused to open, read or write */
    RWDA_EFORMAT      = 3, /* bytes do not follow their format */
    RWDA_EUNSUPPORTED = 4, /* well-formed, but not something this library does; the message says what to do */
    RWDA_ELIMIT       = 5, /* over a stated cap (pixels, bytes, tokens) */
    RWDA_EMISMATCH    = 6, /* two valid things that do not belong together (detector and model, config and tensors) */
    RWDA_ENOMEM       = 7, /* memory */
    RWDA_ENOTFOUND    = 8, /* no such file, tensor or name */
    RWDA_EEXIST       = 9, /* the output exists and overwriting was not asked for */
    RWDA_ECANCELLED   = 10 /* a progress callback asked to stop */
} rwda_status;

#define RWDA_NO_OFFSET ((int64_t)-1)

typedef struct {
    rwda_status code;
    int64_t     offset;       /* byte position in the input, or RWDA_NO_OFFSET */
    char        message[480]; /* one sentence, no newline, NUL-terminated UTF-8 where the input was */
} rwda_error;

RWDA_API const char *rwda_version(void);                 /* "MAJOR.MINOR.PATCH" of the library at run time */
RWDA_API const char *rwda_status_name(rwda_status code); /* "RWDA_EFORMAT"; never NULL */

/* Progress of long work: done of total units of `stage` ("text embeddings", "network 2 of 5", ...).  Called from the
 * calling thread.  A non-zero result stops the work with RWDA_ECANCELLED. */
typedef int (*rwda_progress_fn)(void *user, const char *stage, size_t done, size_t total);

/* What long work tells its caller on the way.  Each function may be NULL; messages are one sentence without an end of line. */
typedef struct {
    rwda_progress_fn progress;                     /* total 0: not known */
    void (*note)(void *user, const char *message); /* what was found or done */
    void (*warn)(void *user, const char *message); /* what failed or was left out, and spoils nothing else */
    void *user;                                    /* handed to all three */
} rwda_events;

/* Kernel sets.  AUTO takes the best one that CPU and operating system support. */
typedef enum { RWDA_CPU_AUTO = 0, RWDA_CPU_REF, RWDA_CPU_AVX2, RWDA_CPU_AVX512, RWDA_CPU_NEON } rwda_cpu;

RWDA_API const char *rwda_cpu_name(rwda_cpu cpu);  /* what it means here: AUTO is "avx512", "avx2", "neon" or "ref"; "none" */
RWDA_API const char *rwda_int8_name(rwda_cpu cpu); /* integer kernels beside that set: "avx512vnni", "avxvnni", "avx2", "ref" */

/* How a model's matrices are stored in memory; LayerNorm, attention and activations are float32 throughout.  docs/precision.md */
typedef enum {
    RWDA_PRECISION_AUTO = 0, /* INT8 where the CPU has instructions for it (VNNI), else F32: scores differ between CPUs */
    RWDA_PRECISION_F32,
    RWDA_PRECISION_F16,  /* half the memory; of a checkpoint stored as F16 the same bytes as F32, else weights are rounded */
    RWDA_PRECISION_BF16, /* the same for BF16 */
    RWDA_PRECISION_INT8  /* the blocks' matrices as 8-bit integers, multiplied as such; a quarter of the memory */
} rwda_precision;

/* The enumerations of this header whose values have names: in options, records and files. */
typedef enum {
    RWDA_ENUM_CPU = 0, RWDA_ENUM_PRECISION, RWDA_ENUM_RESIZE, RWDA_ENUM_CROPS, RWDA_ENUM_TOWERS,
    RWDA_ENUM_WORD_POSITION, RWDA_ENUM_LOSS, RWDA_ENUM_ACTIVATION, /* of rwda_fnn_activation; the others are called as their type */
    RWDA_ENUM_METHOD, RWDA_ENUM_PROMPTS, RWDA_ENUM_POOL, RWDA_ENUM_NAMES, RWDA_ENUM_LABEL, RWDA_ENUM_RULE, RWDA_ENUM_MAP_MODE,
    RWDA_ENUM_ORIENTATION
} rwda_enum;

RWDA_API int         rwda_enum_count(rwda_enum which);           /* its values are 0 .. count - 1 */
RWDA_API const char *rwda_enum_name(rwda_enum which, int value); /* "none" where there is no such value; never NULL */
/* The value of that name; "mean-difference" and "quantile" are understood too.  RWDA_EINVAL: the message lists the names. */
RWDA_API rwda_status rwda_enum_parse(int *value, rwda_enum which, const char *name, rwda_error *err);
RWDA_API const char *rwda_precision_name(rwda_precision precision); /* as rwda_enum_name() */

/* ---- 2. Images ---------------------------------------------------------------------------------------------- */
/* Made by rwda_image_decode/_load, or by the caller around its own pixels. */
typedef struct {
    int            width, height; /* pixels, >= 1 */
    size_t         stride;        /* bytes from one row to the next, >= 3 * width */
    const uint8_t *pixels;        /* [height, stride], of which 3 * width bytes a row are R,G,B, 0..255, sRGB as stored */
} rwda_image;

/* TURNED as EXIF says and viewers show it, STORED as OpenCLIP reads it. */
typedef enum { RWDA_ORIENTATION_TURNED = 0, RWDA_ORIENTATION_STORED } rwda_orientation;
#define RWDA_DEPTH_AUTO (-1) /* each image by its own largest sample */
typedef struct {
    size_t  size;
    int64_t max_pixels; /* width * height cap, checked before any pixel is allocated; default 178,956,970 (as Pillow's) */
    int64_t max_bytes;  /* cap on the encoded file; default 1 GiB */
    int   (*cancel)(void *user); /* called now and then while decoding; not 0: give up with RWDA_ECANCELLED.  NULL: never */
    void   *user;
    rwda_orientation orientation; /* default TURNED */
    int     depth; /* bits in use of a 16-bit file's samples, 8..16 or RWDA_DEPTH_AUTO; default 0: all */
} rwda_image_options;
#define RWDA_IMAGE_OPTIONS_INIT { sizeof(rwda_image_options), 178956970, (int64_t)1 << 30, NULL, NULL, RWDA_ORIENTATION_TURNED, 0 }
RWDA_API void rwda_image_options_default(rwda_image_options *out, size_t size);

/* rwda_image_decode() - what pixels are in these bytes?
 * JPEG, PNG, WebP, TIFF, BMP, PNM, and with their libraries GIF, JPEG 2000, AVIF, HEIC, told apart by content, never by name.
 * The result equals Pillow's ImageOps.exif_transpose(Image.open(...)).convert("RGB"), with STORED without the first call: alpha is
 * dropped, 16-bit grey keeps its high byte (the documented difference: Pillow clips); free with rwda_image_free().
 * Errors: RWDA_EFORMAT (no known format, damaged or truncated data), RWDA_ELIMIT, RWDA_EUNSUPPORTED, RWDA_ENOMEM, RWDA_ECANCELLED. */
RWDA_API rwda_status rwda_image_decode(rwda_image **out, const void *bytes, size_t len, const rwda_image_options *options,
                                       rwda_error *err);

/* The same from a file; adds RWDA_ENOTFOUND and RWDA_EIO.  The message starts with the path. */
RWDA_API rwda_status rwda_image_load(rwda_image **out, const char *path, const rwda_image_options *options, rwda_error *err);
RWDA_API void        rwda_image_free(rwda_image *image); /* only for images made by the two calls above */
typedef struct {
    int orientation, stored_width, stored_height; /* EXIF's 1..8, 0: the file says nothing; size before turning */
    int bits, largest; /* of a sample in the file; the largest sample where bits is above 8, else 0 */
    int pages;         /* or frames; the image is the first */
} rwda_image_info;
RWDA_API const rwda_image_info *rwda_image_get_info(const rwda_image *image); /* of those two calls' images alone */
RWDA_API const char *rwda_image_formats(void); /* that this build reads: "JPEG, PNG, ..." */
RWDA_API int rwda_image_named(const char *path); /* 1: ends like a format that is read (".jpg", ".PNG", ...); 0 */
RWDA_API int rwda_image_recognised(const void *bytes, size_t len); /* 1: they begin like one, 16 of them are enough; 0 */

typedef enum {
    RWDA_RESIZE_CONFIG = 0, /* what the model's config says */
    RWDA_RESIZE_SHORTEST,   /* shorter side to S, centre crop (OpenCLIP's evaluation transform) */
    RWDA_RESIZE_SQUASH,     /* both sides to S (WinCLIP's code) */
    RWDA_RESIZE_TILES       /* square tiles along the longer side, each resized to S; method-wise a crop plan */
} rwda_resize;

/* Multi-crop plans: which squares of the image become crops; scores of crops are averaged (or the maximum taken). */
typedef enum {
    RWDA_CROPS_ONE = 0, /* the whole image */
    RWDA_CROPS_5,       /* whole + 2x2 crops of 2/3 side flush with the corners: the default multi-crop */
    RWDA_CROPS_2X2,     /* whole + 2x2 crops of 0.7 side */
    RWDA_CROPS_3X3      /* whole + 3x3 crops of 0.5 side */
} rwda_crops;

/* ---- 3. Models ---------------------------------------------------------------------------------------------- */
typedef struct rwda_model rwda_model;
typedef struct rwda_tokenizer rwda_tokenizer;
/* Which half of CLIP is kept in memory; of a checkpoint that has one tower alone BOTH is that one.  The other half is RWDA_EINVAL where it is
 * asked for: calls that embed or draw texts (training, scorers with prompts), or that embed images. */
typedef enum { RWDA_TOWERS_BOTH = 0, RWDA_TOWERS_IMAGE, RWDA_TOWERS_TEXT } rwda_towers;

/* cache_dir: packed weights are kept there (docs/formats.md) for the next time; it is made where its parent is, mode 0700. */
typedef struct {
    size_t         size;
    rwda_cpu       cpu;        /* kernel set; default AUTO */
    int            image_size; /* 0: the config's; else another input side in pixels, positions are interpolated */
    rwda_precision precision;  /* default F32 */
    rwda_towers    towers;     /* default BOTH */
    const char    *cache_dir;  /* default NULL: packed weights are not cached */
    const char    *config;     /* [config_len] a config's text; `path` is then the .safetensors file, resize, mean, std CLIP's own.  NULL */
    size_t         config_len;
    int64_t        verify_weights; /* 1: the checkpoint's SHA-256 is computed even where the cache has its weights; default 0 */
} rwda_model_options;
#define RWDA_MODEL_OPTIONS_INIT \
    { sizeof(rwda_model_options), RWDA_CPU_AUTO, 0, RWDA_PRECISION_F32, RWDA_TOWERS_BOTH, NULL, NULL, 0, 0 }

RWDA_API void rwda_model_options_default(rwda_model_options *out, size_t size);

typedef struct {
    int         embed_dim;  /* D, length of an embedding */
    int         image_size; /* S, pixels */
    int         patch_size;
    int         vision_width, vision_layers, vision_heads;
    int         text_width, text_layers, text_heads;
    int         context_length; /* tokens, start and end included */
    int         quick_gelu;     /* 1: x*sigmoid(1.702x), 0: exact GELU */
    int64_t     parameters;
    float       mean[3], std[3]; /* per channel, on pixel / 255 */
    float       logit_scale;     /* exp of the stored logarithm; about 100; 0: a tower alone, the other's numbers are 0 too */
    rwda_resize resize;          /* SHORTEST or SQUASH */
    const char *layout;          /* "openclip" or "huggingface" */
    const char *weights_path;    /* the .safetensors file */
    const char *sha256;          /* of that file, 64 hex digits: the model's identity */
    const char *cpu;             /* kernel set in use */
    const char *precision;       /* of the matrices in memory: "f32", ... */
    int64_t     memory;          /* bytes of all weights in memory */
    rwda_towers towers;          /* that were loaded; all numbers above but `memory` are the checkpoint's */
    int         cached;          /* 1: every weight came from cache_dir */
    const char *warning;         /* what seems wrong with the checkpoint (a QuickGELU that its name speaks against), or NULL */
    const char *family, *activation, *filter; /* docs/models.md; "gelu", "quick_gelu", "gelu_tanh"; "bicubic", "bilinear" */
    float       logit_bias; /* sigmoid: of sigmoid(logit_scale * cosine + logit_bias); else 0 */
    int         sigmoid;    /* 1: trained with a sigmoid for each image and text; 0: with a softmax over texts */
    const char *tokenizer;  /* identity of the checkpoint's own, 64 hex digits; "": CLIP's, or none is there */
} rwda_model_info;

/* rwda_model_open() - load a published checkpoint: CLIP, SigLIP, SigLIP 2, PE-Core, MetaCLIP 2 (docs/models.md).
 * `path` is a directory: OpenCLIP (open_clip_config.json + .safetensors) or Hugging Face (config.json + model.safetensors or the index of
 * its parts, with preprocessor_config.json or processor_config.json), F32, F16 or BF16, ViT towers.  Nothing is converted on disk but what
 * cache_dir asks for.  Names, types and shapes of all tensors are checked, values where they are read: not those of a tower left out, and
 * not when the cache has them.  A cache that cannot be used is not an error.  No file stays in use: what is done to it later changes nothing.
 * Errors: RWDA_ENOTFOUND, RWDA_EIO, RWDA_EFORMAT (hostile or damaged file, non-finite weights), RWDA_EMISMATCH (config and
 * tensors disagree), RWDA_EUNSUPPORTED (ResNet, ConvNeXt, CoCa, NaFlex, pickle, bare weights: says what to use instead). */
RWDA_API rwda_status rwda_model_open(rwda_model **out, const char *path, const rwda_model_options *options, rwda_error *err);
RWDA_API void        rwda_model_free(rwda_model *model);
RWDA_API const rwda_model_info *rwda_model_get_info(const rwda_model *model);
RWDA_API const rwda_tokenizer *rwda_model_get_tokenizer(const rwda_model *model); /* NULL: no text tower, or it could not be opened */

/* CLIP's byte-pair tokenizer, PE-Core's too (docs/models.md); no model is needed.  RWDA_ENOMEM.
 * Source: OpenCLIP SimpleTokenizer with ftfy, which repairs texts first (docs/deviations.md). */
RWDA_API rwda_status rwda_tokenizer_new(rwda_tokenizer **out, rwda_error *err);
RWDA_API void        rwda_tokenizer_free(rwda_tokenizer *tokenizer);
/* That of a checkpoint's directory, or a tokenizer.json by itself (docs/tokenizers.md); context: ids a text has at most, 0: any number. */
RWDA_API rwda_status rwda_tokenizer_open(rwda_tokenizer **out, const char *path, rwda_error *err);
RWDA_API size_t      rwda_tokenizer_context(const rwda_tokenizer *tokenizer);

/* text [len] bytes UTF-8 (what is not becomes U+FFFD, as in Python) -> ids [*count], start and end token included, at most `capacity`
 * (>= 2) and the context.  Longer texts are cut with the end token last, as OpenCLIP does; *cut (optional) tells.  Pads, where the model reads
 * them, are among the ids.  RWDA_EINVAL: capacity; RWDA_ELIMIT: over 65,536 bytes, pads beyond `capacity`; RWDA_ENOMEM. */
RWDA_API rwda_status rwda_tokenizer_encode(int32_t *ids, size_t *count, size_t capacity, int *cut,
                                           const rwda_tokenizer *tokenizer, const char *text, size_t len, rwda_error *err);

/* ---- 4. Sessions -------------------------------------------------------------------------------------------- */
typedef struct rwda_session rwda_session;
typedef struct {
    size_t size;
    int    threads; /* worker threads, the caller's included; 0: the CPUs this process may run on (affinity mask) */
    int    batch;   /* crops encoded at a time at most, 1..256; default 16; fewer where more would only take memory.  Changes speed
                       and memory, never a result. */
} rwda_session_options;
#define RWDA_SESSION_OPTIONS_INIT { sizeof(rwda_session_options), 0, 16 }
RWDA_API void rwda_session_options_default(rwda_session_options *out, size_t size);

/* RWDA_EINVAL: threads or batch; RWDA_ENOMEM: memory or threads. */
RWDA_API rwda_status rwda_session_new(rwda_session **out, const rwda_model *model, const rwda_session_options *options,
                                      rwda_error *err);
RWDA_API void        rwda_session_free(rwda_session *session);
RWDA_API int         rwda_session_threads(const rwda_session *session);

/* texts [n] UTF-8 -> out [n, D], unit length.  lens [n]: their bytes; NULL: each ends with a NUL.  Text is cut at the model's context
 * length.  Errors: rwda_tokenizer_encode()'s; rwda_tokenizer_open()'s, where the checkpoint's tokenizer could not be opened. */
RWDA_API rwda_status rwda_session_embed_texts(float *out, rwda_session *session, const char *const *texts,
                                              const size_t *lens, size_t n, rwda_error *err);

/* How many crops an image of this size gives: >= 1; 0: an argument is out of its range.  At most RWDA_CROPS_MAX are taken: only tiles
 * of an image much longer than wide are more. */
#define RWDA_CROPS_MAX 1024
RWDA_API size_t rwda_crops_count(int width, int height, rwda_resize resize, rwda_crops crops);

#define RWDA_PREPROCESSING 2 /* version of what is done to images before they are encoded: docs/formats.md */
/* rwda_model_preprocess() - what does the encoder see?  (RWDA_EINVAL, RWDA_ELIMIT: more than RWDA_CROPS_MAX crops, RWDA_ENOMEM)
 * out [crops, 3, S, S] with crops = rwda_crops_count(image): (pixel/255 - mean) / std, resized by Pillow's bicubic bit for bit.
 * Does not use the session's scratch: only its model's constants. */
RWDA_API rwda_status rwda_model_preprocess(float *out, const rwda_model *model, const rwda_image *image, rwda_resize resize,
                                           rwda_crops crops, rwda_error *err);

/* images [n] -> out [sum of crop counts, D], unit length, crops of one image in a row.  Errors: rwda_model_preprocess()'s. */
RWDA_API rwda_status rwda_session_embed_images(float *out, rwda_session *session, const rwda_image *const *images, size_t n,
                                               rwda_resize resize, rwda_crops crops, rwda_error *err);

/* ---- 5. Detectors ------------------------------------------------------------------------------------------- */
typedef struct rwda_detector rwda_detector;
typedef enum { RWDA_WORD_AFTER = 0, RWDA_WORD_BEFORE, RWDA_WORD_BOTH, RWDA_WORD_RANDOM } rwda_word_position;
typedef enum { RWDA_LOSS_BCE = 0, RWDA_LOSS_CE } rwda_loss;
typedef enum { RWDA_FNN_RELU = 0, RWDA_FNN_GELU } rwda_fnn_activation;

/* The whole recipe.  Every field is written into the detector file. */
typedef struct {
    size_t              size;
    const char         *preset; /* "paper" or "best": a label; fill the fields with rwda_train_options_preset() */
    uint64_t            seed;   /* words, start weights, batches, noise; default 1 */
    int                 pairs;  /* 1..1,000,000 pairs of one normal + one anomalous prompt; 10,000 (paper) */
    int                 words_min, words_max;   /* random words a prompt, 0..20; 1..5 */
    int                 length_min, length_max; /* letters a word, 1..32; 5..10 (paper) */
    const char         *alphabet;               /* ASCII characters words are made of; "a..z" */
    rwda_word_position  word_position;
    const char         *normal_words;    /* states, comma-separated; "normal" */
    const char         *anomalous_words; /* "anomalous" */
    const char         *templates;       /* '|'-separated, each with {state} and {words}; "a photo of a {state} {words}" */
    int                 hidden;          /* units of the hidden layer, 0 (linear) .. 65,536; 640 */
    rwda_fnn_activation activation;
    float               dropout;         /* 0..0.9 on the hidden layer */
    rwda_loss           loss;            /* BCE: one logit; CE: two logits (their difference is the score's logit) */
    float               label_smoothing; /* 0..0.5 */
    float               noise;           /* standard deviation added to unit embeddings before re-normalising, 0..1 */
    float               learning_rate, weight_decay, beta1, beta2;
    int                 batch_pairs; /* pairs a step; 256 */
    int                 epochs;      /* 1..10,000; 10 */
    int                 ensemble;    /* networks trained from seeds seed, seed+1, ...; their logits are averaged; 1..64 */
    const char         *cache_dir;   /* text embeddings are cached here; NULL: nowhere */
    const char         *word_list; /* words to draw from instead of making them of letters (length and alphabet are then not
                                        used): 1..16,384 words of 1..32 printable ASCII characters, spaces between; NULL: none */
} rwda_train_options;

/* Fills *out with preset "paper" (the defaults) or "best".  RWDA_ENOTFOUND for another name. */
RWDA_API rwda_status rwda_train_options_preset_sized(rwda_train_options *out, size_t size, const char *preset, rwda_error *err);
#define rwda_train_options_preset(out, ...) rwda_train_options_preset_sized(out, sizeof(rwda_train_options), __VA_ARGS__)
RWDA_API void rwda_train_options_default(rwda_train_options *out, size_t size);

/* The settings of a recipe, for programs that read or list them: all fields but size and cache_dir, by the names they have in files.
 * A RANGE is two int fields in a row, written "A:B" (or "A": both). */
typedef enum {
    RWDA_FIELD_INT = 0, RWDA_FIELD_RANGE, RWDA_FIELD_UINT64, RWDA_FIELD_FLOAT, RWDA_FIELD_ENUM, RWDA_FIELD_TEXT
} rwda_field_type;
typedef struct {
    const char     *name; /* "pairs" */
    rwda_field_type type;
    size_t          offset;    /* in rwda_train_options */
    double          low, high; /* of a number; a text whose `low` is 0 may be NULL */
    rwda_enum       names;     /* of an ENUM */
} rwda_train_field;
RWDA_API const rwda_train_field *rwda_train_options_field(size_t i); /* 0, 1, ...; NULL after the last */

/* Sets one of them from text; a TEXT field then points to `value`.  RWDA_ENOTFOUND: no such name; RWDA_EINVAL: the value. */
RWDA_API rwda_status rwda_train_options_set(rwda_train_options *options, const char *name, const char *value, rwda_error *err);

/* The recipe as it is written into a detector, one JSON object.  Equal texts: equal training, so it can be (part of) a key.
 * *out is the caller's; free with rwda_text_free().  RWDA_EINVAL as rwda_detector_train(); RWDA_ENOMEM. */
RWDA_API rwda_status rwda_train_options_text(char **out, const rwda_train_options *options, rwda_error *err);
RWDA_API void        rwda_text_free(char *text);

/* rwda_detector_train() - random words -> prompt pairs -> text embeddings -> network (and linear discriminants) -> *out.
 * Same model file, options and kernel set: same detector bytes.  options NULL: preset "paper".  progress is optional.
 * RWDA_EINVAL: a setting out of its range (field, value and range in the message), state words whose embeddings do not differ;
 * RWDA_ECANCELLED: progress said so; RWDA_ENOMEM.  A cache that cannot be read or written is not an error. */
RWDA_API rwda_status rwda_detector_train(rwda_detector **out, rwda_session *session, const rwda_train_options *options,
                                         rwda_progress_fn progress, void *user, rwda_error *err);

/* The prompts that rwda_detector_train() would embed: *texts [*count], count = 2 * pairs; 2i is normal, 2i + 1 its anomalous twin.
 * *texts is the caller's; free with rwda_prompts_free(). */
RWDA_API rwda_status rwda_prompts_draw(char ***texts, size_t *count, const rwda_model *model,
                                       const rwda_train_options *options, rwda_error *err);
RWDA_API void        rwda_prompts_free(char **texts);

/* Detector files are safetensors with the recipe in the metadata (docs/formats.md).  Saving is atomic: temporary file, fsync,
 * rename.  RWDA_EEXIST (unless overwrite), RWDA_ENOTFOUND (no such folder), RWDA_EIO (disk full, not a regular file, ...). */
RWDA_API rwda_status rwda_detector_save(const rwda_detector *detector, const char *path, int overwrite, rwda_error *err);
/* The same bytes, for a caller who keeps detectors elsewhere; they belong to the detector. */
RWDA_API const void *rwda_detector_bytes(const rwda_detector *detector, size_t *len);
/* Such bytes -> *out; they are copied.  RWDA_EFORMAT (damaged, not a detector, numbers that are not finite), RWDA_EMISMATCH (tensors do
 * not fit the recipe), RWDA_ELIMIT (over 1 GiB), RWDA_ENOMEM. */
RWDA_API rwda_status rwda_detector_decode(rwda_detector **out, const void *bytes, size_t len, rwda_error *err);
/* The same from a file; adds RWDA_ENOTFOUND and RWDA_EIO.  The message starts with the path. */
RWDA_API rwda_status rwda_detector_load(rwda_detector **out, const char *path, rwda_error *err);
RWDA_API void        rwda_detector_free(rwda_detector *detector);

RWDA_API const char *rwda_detector_recipe(const rwda_detector *detector);       /* one JSON object */
RWDA_API const char *rwda_detector_sha256(const rwda_detector *detector);       /* of its file's bytes, 64 hex digits */
RWDA_API const char *rwda_detector_model_sha256(const rwda_detector *detector); /* of the model it was trained with */
RWDA_API const char *rwda_detector_precision(const rwda_detector *detector);    /* of that model then: "f32", ... */

/* Mean logit of the detector's networks for embeddings x [n, D] -> out [n]; what scoring uses.  RWDA_EMISMATCH: dim is not D; RWDA_EINVAL: NaN. */
RWDA_API rwda_status rwda_detector_logits(float *out, const rwda_detector *detector, const float *x, size_t n, size_t dim,
                                          rwda_error *err);

/* ---- 6. Scorers --------------------------------------------------------------------------------------------- */
typedef struct rwda_scorer rwda_scorer;
struct rwda_memory; /* of normal images: rwda_memory.h */

typedef enum {
    RWDA_METHOD_FNN = 0,         /* "fnn": the paper's network, an MLP with one hidden layer */
    RWDA_METHOD_CLIP,            /* "clip": softmax over a normal and an anomalous prompt prototype */
    RWDA_METHOD_BOTH,            /* "both": mean of the two probabilities */
    RWDA_METHOD_LDA,             /* "lda": shrunk linear discriminant of the training embeddings */
    RWDA_METHOD_MEAN_DIFFERENCE, /* "paired": along the difference of their class means */
    RWDA_METHOD_WINCLIP          /* "winclip": WinCLIP's zero-shot score: CLIP with the prompt ensemble, whatever `prompts` says */
} rwda_method;

RWDA_API int rwda_method_needs_detector(rwda_method method); /* 1: all but CLIP and WINCLIP */
RWDA_API int rwda_method_needs_prompts(rwda_method method);  /* 1: CLIP, BOTH, WINCLIP: `object` and `prompts` count */

typedef enum { RWDA_PROMPTS_SINGLE = 0, RWDA_PROMPTS_ENSEMBLE } rwda_prompts;
/* MEAN of the crops' scores (the paper's multi-crop averages), the largest (MAX), or the score of their mean LOGIT: there a crop that
 * is sure weighs more than in the mean of scores, which stop growing near 0 and 1. */
typedef enum { RWDA_POOL_MEAN = 0, RWDA_POOL_MAX, RWDA_POOL_LOGIT } rwda_pool;

/* How `object` stands in prompts. */
typedef enum {
    RWDA_NAMES_SPACES = 0, /* "metal_nut" -> "metal nut" */
    RWDA_NAMES_RAW,        /* as it is */
    RWDA_NAMES_CLEAN       /* also without digits at its end: "pcb1" -> "pcb" */
} rwda_names;

typedef struct {
    size_t       size;
    rwda_method  method;
    const char  *object;      /* NULL: unknown object (the word "object" stands in prompts) */
    rwda_prompts prompts;     /* SINGLE: "a photo of a normal {object}", "... an anomalous ..."; ENSEMBLE: WinCLIP's 154 + 88 */
    float        temperature; /* of the CLIP softmax; 0: 1 / the model's logit scale */
    rwda_resize  resize;
    rwda_crops   crops;
    rwda_pool    pool; /* how scores of crops become one */
    rwda_names   names;
    const struct rwda_memory *memory; /* scores by distance to it, which outlives the scorer; NULL: by words */
    double       fuse; /* beside a memory, 0..1: weight of the words, (1 - fuse) z_memory + fuse z_words is the score's logit, each
                          z standardised by the memory's own images (leave-one-out); 0: the memory alone, all fields above unused */
    rwda_orientation orientation; /* how the images were read (rwda_image_options): changes nothing, is described */
    int          depth;
} rwda_scorer_options;
#define RWDA_SCORER_OPTIONS_INIT \
    { sizeof(rwda_scorer_options), RWDA_METHOD_FNN, NULL, RWDA_PROMPTS_ENSEMBLE, 0.0f, RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, \
      RWDA_POOL_MEAN, RWDA_NAMES_SPACES, NULL, 0.0, RWDA_ORIENTATION_TURNED, 0 }
RWDA_API void rwda_scorer_options_default(rwda_scorer_options *out, size_t size);

/* detector may be NULL where rwda_method_needs_detector() is 0, and with a memory alone.  Encodes the prompts once.
 * RWDA_EMISMATCH: the detector (or memory) was made with another model (both hashes in the message), or the memory's embeddings with
 * other crops; RWDA_EINVAL: an option, no detector where the method needs one, a memory too small to fuse; RWDA_ENOMEM. */
RWDA_API rwda_status rwda_scorer_new(rwda_scorer **out, rwda_session *session, const rwda_detector *detector,
                                     const rwda_scorer_options *options, rwda_error *err);
RWDA_API void        rwda_scorer_free(rwda_scorer *scorer);

/* Everything a score depends on, as one JSON object (docs/formats.md: "scoring", and detector and model as "sha256:..."); null where
 * the method does not use it.  Equal texts: comparable scores. */
RWDA_API const char *rwda_scorer_describe(const rwda_scorer *scorer);

typedef struct {
    float  score;     /* 0..1, higher is more anomalous; of the chosen method; NaN after a failure */
    float  score_fnn; /* NaN where the method does not compute it */
    float  score_clip;
    size_t crops;
    float  logit; /* log(score / (1 - score)) before rounding: the same order.  Rank by it: a float just below 1 has few neighbours */
    float  score_memory; /* distance to the scorer's memory, 0..1; NaN: it has none */
} rwda_score;

/* images [n] -> out [n].  Scores of one scorer are comparable with each other; 0.5 is not a threshold.
 * Errors: rwda_session_embed_images()'s; RWDA_EINVAL: a logit is not finite.  After a failure scores not yet made are NaN. */
RWDA_API rwda_status rwda_scorer_score_images_sized(rwda_score *out, size_t size, rwda_session *session,
                                                    const rwda_scorer *scorer, const rwda_image *const *images, size_t n,
                                                    rwda_error *err);
#define rwda_scorer_score_images(out, ...) rwda_scorer_score_images_sized(out, sizeof(rwda_score), __VA_ARGS__)

/* The same from embeddings made by rwda_session_embed_images() with the scorer's resize and crops: x [crops, D], unit rows of one image,
 * -> *out.  Encoding once and scoring with many scorers gives the same bytes as rwda_scorer_score_images() with each.  RWDA_EINVAL: a
 * scorer with a memory, which needs the images. */
RWDA_API rwda_status rwda_scorer_score_embeddings_sized(rwda_score *out, size_t size, rwda_session *session,
                                                        const rwda_scorer *scorer, const float *x, size_t crops,
                                                        rwda_error *err);
#define rwda_scorer_score_embeddings(out, ...) rwda_scorer_score_embeddings_sized(out, sizeof(rwda_score), __VA_ARGS__)

/* ---- 7. Metrics --------------------------------------------------------------------------------------------- */
/* All in 0..1.  Scores are sorted from high to low; equal scores form one group: no order among them is invented.  With TP_k and
 * FP_k after group k, P anomalous, N normal, R_k = TP_k / P, precision_k = TP_k / (TP_k + FP_k): */
typedef struct {
    size_t normal, anomalous;
    double auroc;     /* area under the ROC curve, ties count 1/2; scikit-learn's roc_auc_score */
    double ap;        /* sum (R_k - R_(k-1)) precision_k; scikit-learn's average_precision_score */
    double aupr;      /* trapezoids under (R_k, precision_k) from (0, 1); scikit-learn's auc(recall, precision) */
    double f1_max;    /* largest F1 of "anomalous" over all thresholds ... */
    double threshold; /* ... and the smallest score that is then called anomalous */
    double f1_normal; /* largest F1 of "normal" over all thresholds (Sewer-ML's second figure) */
} rwda_metrics;

/* scores [n], higher is more anomalous; labels [n]: 0 normal, else anomalous.
 * RWDA_EINVAL: a class is missing, or a score is not finite (its index is in the message). */
RWDA_API rwda_status rwda_metrics_compute_sized(rwda_metrics *out, size_t size, const double *scores,
                                                const uint8_t *labels, size_t n, rwda_error *err);
#define rwda_metrics_compute(out, ...) rwda_metrics_compute_sized(out, sizeof(rwda_metrics), __VA_ARGS__)

/* 95 % intervals by the bootstrap: `rounds` times both classes are drawn again with replacement, and the 2.5 % and 97.5 %
 * quantiles of each metric are taken.  low and high hold the metrics' bounds, class sizes are those of the data. */
RWDA_API rwda_status rwda_metrics_bootstrap_sized(rwda_metrics *low, rwda_metrics *high, size_t size, const double *scores,
                                                  const uint8_t *labels, size_t n, int rounds, uint64_t seed,
                                                  rwda_error *err);
#define rwda_metrics_bootstrap(low, high, ...) rwda_metrics_bootstrap_sized(low, high, sizeof(rwda_metrics), __VA_ARGS__)

/* Points of a curve for drawing: after each group of equal scores, from high to low, (false positive rate, true positive rate) and
 * (recall, precision).  Each array holds n + 1 points, *count are filled; the first is (0, 0) and (0, 1). */
RWDA_API rwda_status rwda_metrics_curves(double *fpr, double *tpr, double *precision, size_t *count, const double *scores,
                                         const uint8_t *labels, size_t n, rwda_error *err);

/* Pixel metrics: maps and masks -> how good.  An accumulator takes one image after the other. */
typedef struct rwda_pixel_metrics rwda_pixel_metrics; /* one thread at a time */
typedef struct {
    size_t  size;
    double  fpr_limit;  /* AUPRO's: false positive rate up to which overlap counts, above 0, at most 1; 0.3 (MVTec's) */
    int     bins;       /* 0: exact, 8 bytes a pixel (and as many again in _finish()); 2..16,777,216: a histogram */
    float   low, high;  /* of the histogram: `bins` bins of equal width between them; values outside go to the end bins */
    int64_t max_pixels; /* of all images together, 1..2^32; exact form: default 2^28, which takes 4 GiB; histogram: 2^32 */
} rwda_pixel_metrics_options;
#define RWDA_PIXEL_METRICS_OPTIONS_INIT { sizeof(rwda_pixel_metrics_options), 0.3, 0, 0.0f, 1.0f, 0 }
RWDA_API void rwda_pixel_metrics_options_default(rwda_pixel_metrics_options *out, size_t size);

/* Metrics over all pixels of all images.  A region is an 8-connected component of one image's mask.  With FPR(t) the share of
 * background pixels of all images with a value >= t, and PRO(t) the mean over all regions of the share of their pixels >= t: */
typedef struct {
    size_t   images, regions;
    uint64_t normal, anomalous; /* pixels */
    uint64_t outside;           /* histogram: values that were outside [low, high] */
    double   auroc, ap, f1_max; /* as rwda_metrics, a sample being a pixel */
    double   threshold;         /* smallest value that F1-max calls anomalous */
    double   aupro;             /* area under (FPR, PRO) over all thresholds, up to fpr_limit (linearly cut), / fpr_limit */
    double   aupro200;        /* the same as many published tables have it: 200 thresholds from the smallest value to the largest, value >
                                 threshold, points with FPR < fpr_limit, FPR stretched to 0..1.  NaN: fewer than two different FPRs */
    /* Histogram: the exact metrics are at most this far away; all 0 where every bin holds one value, and in the exact form.
     * aupro200 has no such bound: a bin counts as above a threshold when all its values are. */
    double auroc_error, ap_error, f1_max_error, aupro_error;
} rwda_pixel_results;

/* options: NULL for the defaults; max_pixels 0 stands for the default.  RWDA_EINVAL (an option's range), RWDA_ENOMEM. */
RWDA_API rwda_status rwda_pixel_metrics_new(rwda_pixel_metrics **out, const rwda_pixel_metrics_options *options, rwda_error *err);

/* One image: map [height, width], higher is more anomalous; mask [height, width], 0 is normal, or NULL: nothing is anomalous.
 * RWDA_EINVAL (no pixels, a value is not finite: its place is in the message), RWDA_ELIMIT (over max_pixels), RWDA_ENOMEM; what was
 * added before stays as it was. */
RWDA_API rwda_status rwda_pixel_metrics_add(rwda_pixel_metrics *metrics, const float *map, const uint8_t *mask,
                                            size_t height, size_t width, rwda_error *err);

/* Metrics of the images so far; more may be added afterwards.  RWDA_EINVAL: no anomalous or no normal pixel; RWDA_ENOMEM. */
RWDA_API rwda_status rwda_pixel_metrics_finish_sized(rwda_pixel_results *out, size_t size, rwda_pixel_metrics *metrics,
                                                     rwda_error *err);
#define rwda_pixel_metrics_finish(out, ...) rwda_pixel_metrics_finish_sized(out, sizeof(rwda_pixel_results), __VA_ARGS__)
RWDA_API void rwda_pixel_metrics_free(rwda_pixel_metrics *metrics);

/* An image of one number a pixel: what maps and masks are stored as. */
typedef struct {
    int          width, height; /* >= 1 */
    const float *values;        /* [height, width] */
} rwda_plane;

/* rwda_plane_decode() - which numbers are in these bytes?
 * NumPy's .npy (float32 or float64, either byte order, [height, width] with or without leading ones; float64 is rounded to float32)
 * or a grey PNG of 1..16 bits (value / largest value, 0..1; an alpha channel is dropped), told apart by content.  Values that are
 * not finite are passed on.
 *   options  the caps on pixels and bytes; NULL for the defaults.
 * Errors: RWDA_EFORMAT (damaged, truncated or too long), RWDA_ELIMIT, RWDA_EUNSUPPORTED (another format, type, shape or a PNG with
 * colours: the message says what was found), RWDA_ENOMEM. */
RWDA_API rwda_status rwda_plane_decode(rwda_plane **out, const void *bytes, size_t len, const rwda_image_options *options,
                                       rwda_error *err);

/* The same from a file; adds RWDA_ENOTFOUND and RWDA_EIO.  The message starts with the path. */
RWDA_API rwda_status rwda_plane_load(rwda_plane **out, const char *path, const rwda_image_options *options, rwda_error *err);
RWDA_API void        rwda_plane_free(rwda_plane *plane);

/* ---- 8. Calibration ------------------------------------------------------------------------------------------- */
#define RWDA_NORMAL_MAX 1000000 /* normal scores of one calibration */
/* A threshold and what is known about it. */
typedef struct {
    size_t n, order;   /* it lies just above the order-th smallest (1..n) of n normal scores */
    double threshold;  /* scores >= it are called anomalous; the smallest float32 above that score, so that ties are normal */
    double rate;       /* asked: at most this share of normal images is called anomalous ... */
    double confidence; /* ... with this confidence; 0: on average */
    double achieved;   /* the confidence with which `rate` holds */
    double bound;      /* the rate that holds with `confidence`; with confidence 0 the expected rate */
    size_t needed;     /* normal scores from which on `rate` can hold as asked */
    int    enough;     /* n >= needed; else the threshold lies above the largest score and only `bound` holds */
} rwda_calibration;

/* rwda_calibration_compute() - above which score is an image rarely normal?
 * normal [n], 1..RWDA_NORMAL_MAX, in any order, drawn independently from what will be scored later; nothing else is assumed.
 * rate 0.000001..0.5; confidence 0, or 0.5..0.999999.
 *   confidence > 0:  the largest j with P(Binomial(n, rate) <= j) <= 1 - confidence scores may lie above (Wilks 1941, Clopper and
 *                    Pearson 1934); needed = ln(1 - confidence) / ln(1 - rate), rounded up.
 *   confidence 0:    the largest j with (j + 1) / (n + 1) <= rate (split conformal; Vovk, Gammerman, Shafer 2005).
 * order = n - j.  With too few scores j is 0 and `enough` is 0.  RWDA_EINVAL (a score is not finite), RWDA_ELIMIT, RWDA_ENOMEM. */
RWDA_API rwda_status rwda_calibration_compute(rwda_calibration *out, const double *normal, size_t n, double rate,
                                              double confidence, rwda_error *err);

/* Conformal p-value (1 + #{normal >= score}) / (n + 1) of sorted[n], ascending: when the image is normal, it is <= p with a
 * probability of at most p.  NaN for NaN. */
RWDA_API double rwda_calibration_p_value(const double *sorted, size_t n, double score);
RWDA_API double rwda_score_next(double score); /* the smallest float32 above it: what a threshold just above a score is */

typedef enum { RWDA_LABEL_NORMAL = 0, RWDA_LABEL_REVIEW, RWDA_LABEL_ANOMALOUS } rwda_label;
typedef enum {
    RWDA_RULE_FALSE_ALARMS = 0, /* rwda_calibration_compute() on the normal scores */
    RWDA_RULE_F1                /* largest F1 on labelled scores (rwda_metrics.threshold); says nothing about other images */
} rwda_rule;

typedef struct {
    size_t      size;
    rwda_rule   rule;
    double      rate, confidence; /* of the threshold; 0.005 and 0.95 */
    double      review_rate;      /* > rate: scores above this rate's threshold get the label "review"; 0: there is no band */
    const char *note;             /* who, what, when: written into the file; NULL: none */
} rwda_thresholds_options;
#define RWDA_THRESHOLDS_OPTIONS_INIT { sizeof(rwda_thresholds_options), RWDA_RULE_FALSE_ALARMS, 0.005, 0.95, 0.0, NULL }
RWDA_API void rwda_thresholds_options_default(rwda_thresholds_options *out, size_t size);

/* A threshold file: thresholds, what they rest on, and how the scores were made (docs/formats.md, schema rwda.card/1). */
typedef struct rwda_thresholds rwda_thresholds;

typedef struct {
    double           threshold, review; /* anomalous from threshold; review from review (NaN: no band) up to threshold */
    rwda_rule        rule;
    rwda_calibration calibration;        /* all 0 with RWDA_RULE_F1 */
    rwda_calibration review_calibration; /* all 0 without a band */
    size_t           normal;             /* scores in the file, for p-values */
    size_t           anomalous, found;   /* labelled anomalous scores, and how many of them reach the threshold */
    size_t           false_alarms;       /* normal scores that reach it */
    const char      *scoring;            /* as rwda_scorer_describe() */
    const char      *note;               /* NULL: none */
    int              preprocessing;      /* RWDA_PREPROCESSING of what made the scores; files that do not say: 1 */
} rwda_thresholds_info;

/* scores [n] in 0..1, labels [n] (0 normal, else anomalous; NULL: all are normal) -> *out.  `scoring` is rwda_scorer_describe() of the
 * scorer that made them.  RWDA_EINVAL: no normal score, no anomalous one for RWDA_RULE_F1, an empty band. */
RWDA_API rwda_status rwda_thresholds_new(rwda_thresholds **out, const double *scores, const uint8_t *labels, size_t n,
                                         const char *scoring, const rwda_thresholds_options *options, rwda_error *err);
RWDA_API void        rwda_thresholds_free(rwda_thresholds *thresholds);
/* One JSON text that ends with a newline; same scores and options, same bytes. */
RWDA_API const char           *rwda_thresholds_text(const rwda_thresholds *thresholds);
RWDA_API const rwda_thresholds_info *rwda_thresholds_get_info(const rwda_thresholds *thresholds);

/* bytes [len] of such a text -> *out.  RWDA_EFORMAT: not a threshold file, a value out of its range, or a threshold that does not
 * follow from the scores in it; RWDA_ENOMEM. */
RWDA_API rwda_status rwda_thresholds_decode(rwda_thresholds **out, const void *bytes, size_t len, rwda_error *err);
/* The same from a file; adds RWDA_ENOTFOUND, RWDA_EIO and RWDA_ELIMIT (over 64 MiB).  Saving is atomic, as rwda_detector_save(). */
RWDA_API rwda_status rwda_thresholds_save(const rwda_thresholds *thresholds, const char *path, int overwrite, rwda_error *err);
RWDA_API rwda_status rwda_thresholds_load(rwda_thresholds **out, const char *path, rwda_error *err);

/* RWDA_EMISMATCH: the file's scores were made in another way than this scorer's; the message has the first difference. */
RWDA_API rwda_status rwda_thresholds_check(const rwda_thresholds *thresholds, const rwda_scorer *scorer, rwda_error *err);
RWDA_API rwda_label  rwda_thresholds_label(const rwda_thresholds *thresholds, double score); /* a NaN is not called normal: anomalous */
RWDA_API double      rwda_thresholds_p_value(const rwda_thresholds *thresholds, double score);
RWDA_API const char *rwda_label_name(rwda_label label); /* "normal", "review", "anomalous" */

/* ---- 9. Maps -------------------------------------------------------------------------------------------------- */
/* Which parts of an image are embedded and scored; each part's score is the scorer's method applied to its embedding. */
typedef enum {
    RWDA_MAP_WINDOWS = 0, /* WinCLIP's windows of 2 x 2 and 3 x 3 patches and the whole: harmonic means over windows and scales */
    RWDA_MAP_PATCHES,     /* each patch by itself, from one pass with v-v attention (CLIP Surgery) */
    RWDA_MAP_CROPS,       /* overlapping crops, each encoded like an image: a pixel has the mean of those that cover it */
    RWDA_MAP_MEMORY       /* distances of patches to the scorer's memory; its own tiles, none of the options but `smooth` */
} rwda_map_mode;

typedef struct {
    size_t        size;
    rwda_map_mode mode;
    int           tile; /* 0: the image is squashed to S x S; else overlapping squares of this side in pixels (>= 16; at most the
                           shorter side, so a large value means squares along the longer side), whose maps are averaged */
    int           value_blocks; /* PATCHES: how many of the last blocks have v-v attention, 0..layers; -1: half of the layers */
    int           crops_across; /* CROPS: n x n crops, 1..32 ... */
    float         crops_share;  /* ... of this share of each side, 1/n..1 */
    float         smooth;       /* standard deviation of a Gaussian over the finished map, pixels, 0 (none) .. 256 */
} rwda_map_options;
#define RWDA_MAP_OPTIONS_INIT { sizeof(rwda_map_options), RWDA_MAP_PATCHES, 0, -1, 5, 0.34f, 0.0f }
RWDA_API void rwda_map_options_default(rwda_map_options *out, size_t size);

/* rwda_map_compute() - where in the image is it?
 * map [height, width] of the image, 0..1, higher is more anomalous.  WINDOWS and PATCHES are grids of S / patch_size cells,
 * enlarged bilinearly (corners not aligned).  Maps of one scorer and the same options are comparable with each other.  The image's
 * score is rwda_scorer_score_images(), never the map's maximum.  The scorer's resize, crops and pool are not used.
 * Source: J. Jeong et al., "WinCLIP", CVPR 2023, arXiv:2303.14814 (WINDOWS); Y. Li et al., arXiv:2304.05653 (PATCHES).
 * Errors: RWDA_EINVAL, RWDA_ELIMIT (more than 4,096 squares), RWDA_ENOMEM. */
RWDA_API rwda_status rwda_map_compute(float *map, rwda_session *session, const rwda_scorer *scorer, const rwda_image *image,
                                      const rwda_map_options *options, rwda_error *err);

/* Pixels at or above a threshold that touch each other, corners included. */
typedef struct {
    int     x, y, width, height; /* bounding box, pixels */
    int64_t area;                /* pixels */
    float   peak;                /* largest value ... */
    int     peak_x, peak_y;      /* ... and the first pixel, row by row, that has it */
} rwda_region;

/* map [height, width] -> the regions of at least min_area pixels, by falling peak, then from the top: *count of them, of which the
 * first `capacity` are written to out.  RWDA_EINVAL: an empty map, or a threshold that is not a number; RWDA_ELIMIT: over
 * 2^31 - 1 pixels; RWDA_ENOMEM. */
RWDA_API rwda_status rwda_map_regions_sized(rwda_region *out, size_t size, size_t *count, size_t capacity, const float *map,
                                            int width, int height, float threshold, int64_t min_area, rwda_error *err);
#define rwda_map_regions(out, ...) rwda_map_regions_sized(out, sizeof(rwda_region), __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
