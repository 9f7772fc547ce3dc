/* winclip_plus.c - WinCLIP+'s score and map of an image?  For tools/reference/memory_torch.py.
 *
 *     winclip_plus MODEL OUTPUT IMAGE NORMAL...
 *
 * Prints the score; OUTPUT: float32 map [height, width].  The prompts name no object, the temperature is the model's own. */
#include <rwda_winclip_plus.h>

#include <stdio.h>
#include <stdlib.h>

#define NORMAL_MAX 16

/* *image is taken for its size, *windows for all else. */
static rwda_status look_at(rwda_windows **windows, rwda_image **image, rwda_session *session, const char *path,
                           rwda_error *err)
{
    rwda_status status = rwda_image_load(image, path, NULL, err);

    return status == RWDA_OK ? rwda_windows_new(windows, session, *image, err) : status;
}

static rwda_status look_at_all(rwda_windows **windows, rwda_session *session, char **paths, int n, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    for (int i = 0; i < n && status == RWDA_OK; i++) {
        rwda_image *image = NULL;

        status = look_at(&windows[i], &image, session, paths[i], err);
        rwda_image_free(image);
    }
    return status;
}

static int write_map(const char *path, const float *map, size_t count)
{
    FILE  *out     = fopen(path, "wb");
    size_t written = out != NULL ? fwrite(map, sizeof *map, count, out) : 0;

    return out == NULL || fclose(out) != 0 || written != count;
}

int main(int argc, char **argv)
{
    rwda_scorer_options options = RWDA_SCORER_OPTIONS_INIT;
    rwda_model         *model   = NULL;
    rwda_session       *session = NULL;
    rwda_scorer        *scorer  = NULL;
    rwda_image         *image   = NULL;
    rwda_windows       *seen = NULL, *normal[NORMAL_MAX] = { NULL };
    float              *map = NULL;
    rwda_score          score;
    rwda_error          err = { RWDA_EIO, RWDA_NO_OFFSET, "no memory for the map, or it cannot be written" };
    int                 n = argc - 4, failed = 1;

    if (n < 1 || n > NORMAL_MAX) {
        fprintf(stderr, "usage: %s MODEL OUTPUT IMAGE NORMAL... (1 to %d)\n", argv[0], NORMAL_MAX);
        return 2;
    }
    options.method = RWDA_METHOD_WINCLIP;
    if (rwda_model_open(&model, argv[1], NULL, &err) == RWDA_OK &&
        rwda_session_new(&session, model, NULL, &err) == RWDA_OK &&
        rwda_scorer_new(&scorer, session, NULL, &options, &err) == RWDA_OK &&
        look_at(&seen, &image, session, argv[3], &err) == RWDA_OK &&
        look_at_all(normal, session, argv + 4, n, &err) == RWDA_OK) {
        size_t count = (size_t)image->width * (size_t)image->height;

        map = calloc(count, sizeof *map);
        if (map != NULL && rwda_windows_score(&score, map, session, scorer, seen, (const rwda_windows *const *)normal,
                                              (size_t)n, &err) == RWDA_OK) {
            printf("%.9g\n", (double)score.score);
            failed = write_map(argv[2], map, count);
        }
    }
    if (failed)
        fprintf(stderr, "winclip_plus: %s\n", err.message);
    free(map);
    for (int i = 0; i < n; i++)
        rwda_windows_free(normal[i]);
    rwda_windows_free(seen);
    rwda_image_free(image);
    rwda_scorer_free(scorer);
    rwda_session_free(session);
    rwda_model_free(model);
    return failed;
}
