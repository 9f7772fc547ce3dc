/* score_image.c - how does a program of your own score an image?
 *
 *     cc score_image.c $(pkg-config --cflags --libs rwda) -o score_image
 *     ./score_image MODEL_DIR DETECTOR.safetensors IMAGE                                                    */
#include <rwda.h>

#include <stdio.h>

int main(int argc, char **argv)
{
    rwda_model    *model    = NULL;
    rwda_session  *session  = NULL;
    rwda_detector *detector = NULL;
    rwda_scorer   *scorer   = NULL;
    rwda_image    *image    = NULL;
    rwda_score     score;
    rwda_error     err;
    int            failed = 1;

    if (argc != 4) {
        fprintf(stderr, "usage: %s MODEL_DIR DETECTOR IMAGE\n", argv[0]);
        return 2;
    }
    if (rwda_model_open(&model, argv[1], NULL, &err) != RWDA_OK ||
        rwda_session_new(&session, model, NULL, &err) != RWDA_OK ||
        rwda_detector_load(&detector, argv[2], &err) != RWDA_OK ||
        rwda_scorer_new(&scorer, session, detector, NULL, &err) != RWDA_OK ||
        rwda_image_load(&image, argv[3], NULL, &err) != RWDA_OK ||
        rwda_scorer_score_images(&score, session, scorer, (const rwda_image *const *)&image, 1, &err) != RWDA_OK) {
        fprintf(stderr, "%s\n", err.message);
    } else {
        printf("%.4f\n", (double)score.score);
        failed = 0;
    }
    rwda_image_free(image);
    rwda_scorer_free(scorer);
    rwda_detector_free(detector);
    rwda_session_free(session);
    rwda_model_free(model);
    return failed;
}
