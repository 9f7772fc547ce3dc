/* checks.h - whether this build computes what it must on this machine.                            layer: diagnostics */
#ifndef CHECKS_H
#define CHECKS_H

#include "diagnostics/golden.h"

#include <rwda.h>

/* Hears of each check, in order. */
typedef struct {
    void (*said)(void *user, const char *name, bool fine, const char *detail);
    void *user;
} check_listener;

/* What there is to embed with a model. */
typedef struct {
    bool images, texts; /* one of them at least */
} check_scope;

/* Token ids of CLIP's tokenizer, which is built in, against the open-clip-torch package's. */
void check_tokenizer(const check_listener *to);

/* Of the model at `path`, whose info is given: embeddings of every kernel set that this CPU has, against the golden numbers where they are of
 * this model, else against plain C's; and whether their bytes are the same for any threads and batch. */
void check_kernel_sets(const check_listener *to, const char *path, const golden *g, check_scope scope,
                       const rwda_model_info *info);
void check_bytes(const check_listener *to, const char *path, const golden *g, check_scope scope,
                 const rwda_model_info *info);

#endif
