#include "cli/collect.h"

#include "common/label_words.h"

#include <math.h>
#include <string.h>

typedef struct {
    score_table   *data;
    rw_rows       *embeddings; /* NULL: none are kept */
    const scoring *how;
    size_t         remembered; /* images that the memory holds */
} collection;

static int no_memory(void)
{
    cli_error("no memory for the scores, or more than %d", SCORE_TABLE_MAX);
    return EXIT_SOME_FAILED;
}

static int keep_score(void *user, const rw_decoded *image, const scoring_result *scored)
{
    collection *c    = user;
    rw_rows    *rows = c->embeddings;

    score_table_add(c->data, image->name, (double)scored->score.score, NULL);
    c->remembered += rwda_scorer_remembers(c->how->scorer, image->image) != 0;
    if (rows == NULL || scored->x == NULL || rows->count == EMBEDDINGS_KEPT)
        return 0;
    if (rw_rows_reserve(rows, 1))
        rw_mean_row(rows->x + rows->dim * rows->count++, scored->x, scored->score.crops, rows->dim);
    else
        c->data->no_memory = true;
    return 0;
}

static void keep_failure(void *user, const rw_decoded *image)
{
    cli_error("%s", image->err.message);
    score_table_add(((collection *)user)->data, image->name, NAN, image->err.message);
}

int collect_scores(score_table *data, const scoring_options *how, const cli_engine *engine, const decision *d,
                   rw_image_source *images, rw_rows *embeddings)
{
    rwda_scorer_options options = RWDA_SCORER_OPTIONS_INIT;
    scoring             s       = { 0 };
    collection          kept    = { data, embeddings, &s, 0 };
    scoring_sink        sink    = { keep_score, keep_failure, &kept, NULL };
    scoring_options     own     = *how;
    int                 code;

    own.ready = images != NULL; /* scores that are there already: of which detector, nobody but the user knows */
    code      = scoring_read(&options, &own);
    if (code == 0)
        code = scoring_open(&s, &options, &own, engine, NULL, 0);
    if (code == 0 && d != NULL)
        code = scoring_decision_check(d, s.scorer);
    if (code == 0) {
        data->scoring = cli_copy(rwda_scorer_describe(s.scorer));
        if (s.detector != NULL)
            data->recipe = cli_copy(rwda_detector_recipe(s.detector));
        if (embeddings != NULL)
            *embeddings = (rw_rows){ .dim = (size_t)rwda_model_get_info(s.model)->embed_dim };
    }
    if (code == 0 && images != NULL) {
        code = scoring_all(&s, images, &sink);
        if (code == 0 && data->no_memory)
            code = no_memory();
        if (kept.remembered > 0)
            cli_error("warning: %zu of these images are in the memory, and nearer to it than new ones are; "
                      "'rwda calibrate --memory FILE' without images compares each of the memory's with the others",
                      kept.remembered);
    }
    scoring_close(&s);
    return code;
}

int collect_from_memory(score_table *data, const scoring_options *how, const cli_engine *engine)
{
    rwda_scorer_options options = RWDA_SCORER_OPTIONS_INIT;
    scoring             s       = { 0 };
    int                 code    = scoring_read(&options, how);

    if (code == 0)
        code = scoring_open(&s, &options, how, engine, NULL, 0);
    if (code == 0)
        data->scoring = cli_copy(rwda_scorer_describe(s.scorer));
    for (size_t i = 0; code == 0 && i < rwda_memory_get_info(s.memory)->images; i++) {
        const rwda_memory_image *image = rwda_memory_image_at(s.memory, i);
        rwda_score               score;
        rwda_error               err;

        if (rwda_scorer_score_member(&score, s.session, s.scorer, i, &err) != RWDA_OK)
            code = cli_fail(&err, EXIT_SOME_FAILED);
        else if (!isnan(score.score)) {
            score_table_add(data, image->name, (double)score.score, NULL);
            if (data->no_memory) {
                code = no_memory();
                break;
            }
            data->items[data->count - 1].truth = 0; /* whatever its folder is called */
        }
    }
    if (code == 0 && data->count == 0) {
        cli_error(
            "no image of the memory has a leave-one-out score: calibrate with other normal images, or a memory of more");
        code = EXIT_USAGE;
    }
    if (code == 0 && rwda_memory_get_info(s.memory)->scores_exact == 0)
        cli_error("warning: images were added to or dropped from a coreset; some leave-one-out scores are from before");
    scoring_close(&s);
    return code;
}

int collect_from_file(score_table *data, const char *path, const char *column)
{
    rwda_error  err;
    rwda_status status = score_table_read(data, path, column, &err);

    if (status != RWDA_OK)
        return cli_fail(&err, status == RWDA_EINVAL ? EXIT_USAGE : EXIT_SOME_FAILED);
    if (data->labels == SCORE_LABELS_TURNED)
        cli_note("%s: " RW_LABEL_TURNED, path);
    else if (data->labels == SCORE_LABELS_DECISIONS)
        cli_note("%s: its labels are decisions of 'rwda score', not used as truth (0 and 1, or good and bad, would be)",
                 path);
    return 0;
}
