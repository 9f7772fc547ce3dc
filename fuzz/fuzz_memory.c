/* fuzz_memory.c - can any bytes make a memory that is accepted, and cannot be scored with, added to or read again?
 *
 * Of the shipped model.  `fuzz_memory --seeds=DIR` writes small memories there and ends. */
#include "rwda_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIDE 16 /* pixels of an image, and of what the memories see: one patch */

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static rwda_model   *model;
static rwda_session *session;
static uint8_t       pixels[4][3 * SIDE * SIDE];
static rwda_image    images[4];

#define MUST(call)                                                                                                          \
    do {                                                                                                                    \
        if ((call) != RWDA_OK)                                                                                              \
            abort();                                                                                                        \
    } while (0)

/* The first n images, or none, beside those of `base`. */
static rwda_memory *made(const rwda_memory *base, const rwda_memory_options *options, size_t n)
{
    static const char *const names[] = { "a", "b.png", "c/c.jpg", "d" };
    rwda_memory_builder     *builder;
    rwda_memory             *memory;

    MUST(rwda_memory_builder_new(&builder, session, base, options, NULL));
    for (size_t i = 0; i < n; i++) {
        const rwda_image *image = &images[i];

        MUST(rwda_memory_builder_add(builder, &image, &names[i], NULL, 1, NULL));
    }
    MUST(rwda_memory_builder_finish(&memory, builder, NULL, NULL, NULL));
    rwda_memory_builder_free(builder);
    return memory;
}

static void write_seeds(const char *folder)
{
    for (int i = 0; i < 6; i++) {
        rwda_memory_options options = RWDA_MEMORY_OPTIONS_INIT;
        rwda_memory        *memory;
        char                path[1024];

        options.image_size = SIDE;
        options.storage    = i % 3 == 0 ? RWDA_PRECISION_INT8 : i % 3 == 1 ? RWDA_PRECISION_F16 : RWDA_PRECISION_F32;
        options.layers[0]  = i % 2 == 0 || i == 5 ? 8 : 0;
        options.words      = i == 0 || i == 5;
        options.keep       = i == 3 ? 0.5f : 1.0f;
        options.mutual     = i == 4;
        memory             = made(NULL, &options, i == 2 ? 1 : 2);
        (void)snprintf(path, sizeof path, "%s/%d.safetensors", folder, i);
        MUST(rwda_memory_save(memory, path, 1, NULL));
        rwda_memory_free(memory);
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    rwda_model_options   options = RWDA_MODEL_OPTIONS_INIT;
    rwda_session_options one     = RWDA_SESSION_OPTIONS_INIT;

    options.towers = RWDA_TOWERS_IMAGE;
    one.threads    = 1;
    MUST(rwda_model_open(&model, RWDA_MODELS "/demo", &options, NULL));
    MUST(rwda_session_new(&session, model, &one, NULL));
    for (size_t i = 0; i < sizeof images / sizeof images[0]; i++) {
        for (size_t k = 0; k < sizeof pixels[i]; k++)
            pixels[i][k] = (uint8_t)((unsigned)(i * 7919 + k) * 2654435761u >> 24);
        images[i] = (rwda_image){ SIDE, SIDE, 3 * (size_t)SIDE, pixels[i] };
    }
    for (int i = 1; i < *argc; i++)
        if (strncmp((*argv)[i], "--seeds=", strlen("--seeds=")) == 0) {
            write_seeds((*argv)[i] + strlen("--seeds="));
            exit(0);
        }
    return 0;
}

static void score_with(const rwda_memory *memory)
{
    rwda_scorer_options options = RWDA_SCORER_OPTIONS_INIT;
    rwda_scorer        *scorer;
    rwda_score          score;
    const rwda_image   *image = &images[3];

    options.memory = memory;
    MUST(rwda_scorer_new(&scorer, session, NULL, &options, NULL));
    MUST(rwda_scorer_score_images(&score, session, scorer, &image, 1, NULL));
    if (!(score.score >= 0.0f && score.score <= 1.0f))
        abort();
    rwda_scorer_free(scorer);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    rwda_memory            *memory, *again;
    const rwda_memory_info *info;
    const void             *file;
    size_t                  file_len;

    if (rwda_memory_decode(&memory, model, bytes, len, 1 << 24, NULL) != RWDA_OK)
        return 0;
    info = rwda_memory_get_info(memory);
    file = rwda_memory_file(memory, &file_len);
    if (file_len != len || memcmp(file, bytes, len) != 0 || info->images < 1 || info->tokens < 1)
        abort();
    for (size_t i = 0; i < info->images; i++)
        if (strlen(rwda_memory_image_at(memory, i)->sha256) != 64 || rwda_memory_image_at(memory, i)->name == NULL)
            abort();
    if (info->grid <= 4) { /* larger ones take too long */
        score_with(memory);
        again =
            made(memory, NULL, info->options->mutual && info->images < 2 ? 2 : 0); /* one of two is not that image itself */
        if (rwda_memory_get_info(again)->images < info->images)
            abort();
        score_with(again);
        rwda_memory_free(again);
    }
    rwda_memory_free(memory);
    return 0;
}
