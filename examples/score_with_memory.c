/* score_with_memory.c - how does a program of your own score an image by a few normal ones?
 *
 *     cc score_with_memory.c $(pkg-config --cflags --libs rwda) -o score_with_memory
 *     ./score_with_memory MODEL_DIR IMAGE NORMAL...                                                         */
#include <rwda_memory.h>

#include <stdio.h>

/* The images of paths [n] into the builder. */
static rwda_status add_all(rwda_memory_builder *builder, char **paths, int n, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    for (int i = 0; i < n && status == RWDA_OK; i++) {
        rwda_image *image = NULL;
        const char *name  = paths[i];

        status = rwda_image_load(&image, paths[i], NULL, err);
        if (status == RWDA_OK)
            status = rwda_memory_builder_add(builder, (const rwda_image *const *)&image, &name, NULL, 1, err);
        rwda_image_free(image);
    }
    return status;
}

int main(int argc, char **argv)
{
    rwda_scorer_options  options = RWDA_SCORER_OPTIONS_INIT;
    rwda_model          *model   = NULL;
    rwda_session        *session = NULL;
    rwda_memory_builder *builder = NULL;
    rwda_memory         *memory  = NULL;
    rwda_scorer         *scorer  = NULL;
    rwda_image          *image   = NULL;
    rwda_score           score;
    rwda_error           err;
    int                  failed = 1;

    if (argc < 4) {
        fprintf(stderr, "usage: %s MODEL_DIR IMAGE NORMAL...\n", argv[0]);
        return 2;
    }
    if (rwda_model_open(&model, argv[1], NULL, &err) == RWDA_OK &&
        rwda_session_new(&session, model, NULL, &err) == RWDA_OK &&
        rwda_memory_builder_new(&builder, session, NULL, NULL, &err) == RWDA_OK &&
        add_all(builder, argv + 3, argc - 3, &err) == RWDA_OK &&
        rwda_memory_builder_finish(&memory, builder, NULL, NULL, &err) == RWDA_OK) {
        options.memory = memory;
        if (rwda_scorer_new(&scorer, session, NULL, &options, &err) == RWDA_OK &&
            rwda_image_load(&image, argv[2], NULL, &err) == RWDA_OK &&
            rwda_scorer_score_images(&score, session, scorer, (const rwda_image *const *)&image, 1, &err) == RWDA_OK) {
            printf("%.4f\n", (double)score.score);
            failed = 0;
        }
    }
    if (failed)
        fprintf(stderr, "%s\n", err.message);
    rwda_image_free(image);
    rwda_scorer_free(scorer);
    rwda_memory_free(memory);
    rwda_memory_builder_free(builder);
    rwda_session_free(session);
    rwda_model_free(model);
    return failed;
}
