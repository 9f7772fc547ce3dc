#include "common/names.h"

const char *const names_cpu[5]       = { "auto", "ref", "avx2", "avx512", "neon" };
const char *const names_precision[5] = { "auto", "f32", "f16", "bf16", "int8" };
const char *const names_method[6]    = { "fnn", "clip", "both", "lda", "paired", "winclip" };
const char *const names_names[3]     = { "spaces", "raw", "clean" };
const char *const names_prompts[2]   = { "single", "ensemble" };
const char *const names_crops[4]     = { "one", "5", "2x2", "3x3" };
const char *const names_pool[3]      = { "mean", "max", "logit" };
const char *const names_resize[4]    = { "config", "shortest", "squash", "tiles" };
const char *const names_map_kind[3]  = { "windows", "patches", "crops" };
