/* names.c - what are the values of rwda.h called, in options, records and requests? */
#include "names.h"

const char *const        names_method[6] = { "fnn", "clip", "both", "lda", "paired", "winclip" },
                  *const names_names[3] = { "spaces", "raw", "clean" }, *const names_prompts[2] = { "single", "ensemble" },
                  *const names_crops[4] = { "one", "5", "2x2", "3x3" }, *const names_pool[3] = { "mean", "max", "logit" },
                  *const names_resize[4]   = { "config", "shortest", "squash", "tiles" },
                  *const names_map_kind[3] = { "windows", "patches", "crops" };
