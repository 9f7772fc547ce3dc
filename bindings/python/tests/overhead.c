/* overhead.c - how much CPU time do the images in a file take in C?  test_overhead.py compares it with Python.
 *
 *     overhead MODEL_DIR DETECTOR IMAGES N SIDE ROUNDS      the least of ROUNDS, seconds: all in one call, then one by one */
#include <rwda.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double cpu_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Scores all of them, `at_once` in a call. */
static int score(rwda_score *out, rwda_session *session, const rwda_scorer *scorer, const rwda_image *const *images,
                 size_t n, size_t at_once)
{
    for (size_t i = 0; i < n; i += at_once)
        if (rwda_scorer_score_images(out + i, session, scorer, images + i, at_once, NULL) != RWDA_OK)
            return 1;
    return 0;
}

int main(int argc, char **argv)
{
    size_t               n = argc == 7 ? strtoul(argv[4], NULL, 10) : 0, side = n > 0 ? strtoul(argv[5], NULL, 10) : 0;
    uint8_t             *pixels   = calloc(n, 3 * side * side);
    rwda_image          *images   = calloc(n, sizeof *images);
    const rwda_image   **pointers = calloc(n, sizeof *pointers);
    rwda_score          *scores   = calloc(n, sizeof *scores);
    rwda_session_options options  = RWDA_SESSION_OPTIONS_INIT;
    rwda_model          *model;
    rwda_session        *session;
    rwda_detector       *detector;
    rwda_scorer         *scorer;
    double               least[2] = { 1e9, 1e9 };
    FILE                *file     = n > 0 ? fopen(argv[3], "rb") : NULL;

    options.threads = 1;
    if (file == NULL || pixels == NULL || images == NULL || pointers == NULL || scores == NULL ||
        fread(pixels, 3 * side * side, n, file) != n || rwda_model_open(&model, argv[1], NULL, NULL) != RWDA_OK ||
        rwda_session_new(&session, model, &options, NULL) != RWDA_OK ||
        rwda_detector_load(&detector, argv[2], NULL) != RWDA_OK ||
        rwda_scorer_new(&scorer, session, detector, NULL, NULL) != RWDA_OK)
        return 1;
    fclose(file);
    for (size_t i = 0; i < n; i++) {
        images[i]   = (rwda_image){ (int)side, (int)side, 3 * side, pixels + i * 3 * side * side };
        pointers[i] = &images[i];
    }
    for (int round = atoi(argv[6]); round > 0; round--)
        for (int way = 0; way < 2; way++) {
            double begun = cpu_seconds();

            if (score(scores, session, scorer, pointers, n, way == 0 ? n : 1))
                return 1;
            begun      = cpu_seconds() - begun;
            least[way] = begun < least[way] ? begun : least[way];
        }
    printf("%.6f %.6f\n", least[0], least[1]);
    rwda_scorer_free(scorer);
    rwda_detector_free(detector);
    rwda_session_free(session);
    rwda_model_free(model);
    free(scores);
    free(pointers);
    free(images);
    free(pixels);
    return 0;
}
