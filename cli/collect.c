/* collect.c - how do pictures named on the command line become a table of scores? */
#include "cli/collect.h"

#include <math.h>
#include <string.h>

static int keep_score(void *user, const char *path, const decoded *picture, const rwda_score *score, double encode_ms)
{
    (void)picture;
    (void)encode_ms;
    scores_add(user, path, (double)score->score, NULL);
    return 0;
}

static void keep_failure(void *user, const char *path, const rwda_error *err)
{
    cli_error("%s", err->message);
    scores_add(user, path, NAN, err->message);
}

int collect_scores(scores *data, const scoring_options *how, const cli_engine *engine, const decision *d, char **arguments,
                   int n, bool nul_separated)
{
    rwda_scorer_options options = RWDA_SCORER_OPTIONS_INIT;
    cli_inputs          inputs  = { NULL, 0, 0, 0 };
    scoring             s       = { NULL, NULL, NULL, NULL };
    scoring_sink        sink    = { keep_score, keep_failure, data };
    int                 code    = scoring_read(&options, how);

    if (code == 0 && n > 0)
        code = cli_inputs_read(&inputs, arguments, n, nul_separated);
    if (code == 0)
        code = scoring_open(&s, &options, how->detector, engine);
    if (code == 0 && d != NULL)
        code = decision_check(d, s.scorer);
    if (code == 0) {
        data->scoring = strdup(rwda_scorer_describe(s.scorer));
        if (s.detector != NULL)
            data->recipe = strdup(rwda_detector_recipe(s.detector));
    }
    if (code == 0 && n > 0) {
        code = scoring_run(&s, &inputs, &sink);
        if (code == 0 && data->no_memory) {
            cli_error("no memory for %zu scores, or more than %d", inputs.count, SCORES_MAX);
            code = EXIT_SOME_FAILED;
        }
    }
    scoring_close(&s);
    cli_inputs_free(&inputs);
    return code;
}
