/* cost.c - what does each method cost, and what does it give for that?
 *
 * `rwda score` is run as a user would run it, in a process of its own, on a few of the pictures; its records tell the time and
 * /proc tells its peak memory (getrusage's would count what this process held when it forked). */
#include "experiment/experiment.h"

#include "pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PICTURES 32 /* of the data set, evenly spaced */

extern char **environ;

/* Highest resident memory of a running process so far in MiB; the one before when it cannot be read. */
static double peak_memory(pid_t child, double before)
{
    char  path[64], line[256];
    long  kib;
    FILE *in;

    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)child);
    in = fopen(path, "r");
    while (in != NULL && fgets(line, sizeof line, in) != NULL)
        if (sscanf(line, "VmHWM: %ld kB", &kib) == 1)
            before = (double)kib / 1024;
    if (in != NULL)
        fclose(in);
    return before;
}

/* Runs the program itself; standard output goes to `to`.  false: it failed. */
static bool run_self(char *const *arguments, const char *to, double *ms, double *mib)
{
    posix_spawn_file_actions_t actions;
    pid_t                      child;
    double                     start = pipeline_now_ms();
    int                        status, started;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, to, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    started = posix_spawn(&child, "/proc/self/exe", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (started != 0)
        return false;
    *mib = 0;
    for (pid_t ended = 0; ended == 0;) {
        *mib  = peak_memory(child, *mib);
        ended = waitpid(child, &status, WNOHANG);
        if (ended < 0 && errno != EINTR)
            return false;
        if (ended == 0)
            nanosleep(&(struct timespec){ 0, 2000000 }, NULL);
    }
    *ms = pipeline_now_ms() - start;
    return WIFEXITED(status) && WEXITSTATUS(status) <= EXIT_SOME_FAILED; /* a broken picture changes no time */
}

/* Mean encoding and scoring time of the records in a file, ms; NaN: none. */
static double mean_encode_ms(const char *path)
{
    FILE  *in   = fopen(path, "r");
    char  *line = NULL;
    size_t room = 0, n = 0;
    double sum = 0;

    while (in != NULL && getline(&line, &room, in) > 0) {
        json_t       *record = json_loads(line, 0, NULL);
        const json_t *encode = json_object_get(json_object_get(record, "ms"), "encode");

        if (json_is_number(encode)) {
            sum += json_number_value(encode);
            n++;
        }
        json_decref(record);
    }
    free(line);
    if (in != NULL)
        fclose(in);
    return n > 0 ? sum / (double)n : NAN;
}

typedef struct {
    float encode_ms, start_ms, mib;
} cost;

/* Measures one method, or takes what was kept. */
static int measure(lab *l, cost *out, const eval_method *method, rwda_crops plan, const char *detector)
{
    const dataset *data = &l->e.data;
    char           model[CLI_PATH_MAX], records[CLI_PATH_MAX], name[64], text[512];
    const char    *origin;
    char          *arguments[64 + PICTURES];
    float          numbers[3];
    double         ms = 0, mib = 0, each;
    size_t         n = 0, count = data->count < PICTURES ? data->count : PICTURES;

    (void)snprintf(name, sizeof name, "cost-%s-%s", method->name, eval_plan_name(plan));
    (void)snprintf(text, sizeof text,
                   "rwda %s\nmodel %s\ncpu %s\nprecision %s\nimage %d\nresize %s\ndata %016llx %zu\nthreads %d\nbatch %s\n",
                   rwda_version(), l->e.model->sha256, l->e.model->cpu, l->e.model->precision, l->e.model->image_size,
                   l->e.resize, (unsigned long long)l->data_print, data->count, rwda_session_threads(l->session),
                   l->engine.batch != NULL ? l->engine.batch : "16");
    if (lab_kept(l, name, text, numbers, 3)) {
        *out = (cost){ numbers[0], numbers[1], numbers[2] };
        return 0;
    }
    if (!cli_path(model, "%s", cli_model_path(l->engine.model, &origin)) || !cli_path(records, "%s/cost.jsonl", l->folder))
        return EXIT_OUTPUT;
#define ADD(text_) arguments[n++] = (char *)(uintptr_t)(text_)
    ADD("rwda"), ADD("score"), ADD("--quiet"), ADD("--model"), ADD(model), ADD("--resize"), ADD(l->e.resize);
    ADD("--method"), ADD(method->method == RWDA_METHOD_CLIP ? "clip" : method->name), ADD("--crops"),
        ADD(eval_plan_name(plan));
    if (method->method == RWDA_METHOD_CLIP)
        ADD("--prompts"), ADD(method->prompts == RWDA_PROMPTS_SINGLE ? "single" : "ensemble");
    if (method->detector)
        ADD("--detector"), ADD(detector);
    if (l->engine.threads != NULL)
        ADD("--threads"), ADD(l->engine.threads);
    if (l->engine.batch != NULL)
        ADD("--batch"), ADD(l->engine.batch);
    if (l->engine.cpu != NULL)
        ADD("--cpu"), ADD(l->engine.cpu);
    if (l->engine.precision != NULL)
        ADD("--precision"), ADD(l->engine.precision);
    if (l->engine.image_size != NULL)
        ADD("--image-size"), ADD(l->engine.image_size);
    ADD("--");
    for (size_t i = 0; i < count; i++)
        ADD(data->items[i * data->count / count].path);
    ADD(NULL);
#undef ADD
    if (!run_self(arguments, records, &ms, &mib) || isnan(each = mean_encode_ms(records))) {
        cli_error("cost of %s: 'rwda score' failed on one of %zu pictures of %s", method->title, count, l->e.data_path);
        (void)unlink(records);
        return EXIT_SOME_FAILED;
    }
    (void)unlink(records);
    numbers[0] = (float)each;
    numbers[1] = (float)fmax(0, ms - each * (double)count);
    numbers[2] = (float)mib;
    lab_keep(l, name, text, numbers, 3);
    *out = (cost){ numbers[0], numbers[1], numbers[2] };
    return 0;
}

/* A detector for the measured processes: its recipe's size, not its scores, matters. */
static int make_detector(lab *l, char path[CLI_PATH_MAX])
{
    rwda_train_options train    = l->base;
    rwda_detector     *detector = NULL;
    rwda_error         err;
    int                code = 0;

    if (!cli_path(path, "%s/cost.safetensors", l->folder))
        return EXIT_OUTPUT;
    train.pairs = train.pairs < 200 ? train.pairs : 200;
    if (rwda_detector_train(&detector, l->session, &train, NULL, NULL, &err) != RWDA_OK ||
        rwda_detector_save(detector, path, 1, &err) != RWDA_OK) {
        cli_error("%s", err.message);
        code = EXIT_MODEL;
    }
    rwda_detector_free(detector);
    return code;
}

int study_cost(lab *l, study *s)
{
    static const char *const methods[] = { "fnn", "both", "clip-ac", "clip", "lda" };
    static const rwda_crops  plans[]   = { RWDA_CROPS_ONE, RWDA_CROPS_2X2, RWDA_CROPS_3X3 };
    const study_point       *best = NULL, *cheap = NULL;
    char                     detector[CLI_PATH_MAX];
    int                      code = make_detector(l, detector);

    s->title     = "Cost";
    s->question  = "What does each method cost for a picture, and what does it give for that?";
    s->method    = "'rwda score' in a process of its own; time to encode and score one picture, peak memory of the process, "
                   "seconds until it is "
                   "ready. One measurement on this machine, with whatever else ran on it.";
    s->plot      = PLOT_SCATTER;
    s->log_x     = true;
    s->x_title   = "ms for a picture (logarithmic)";
    s->extras[0] = "ms for a picture";
    s->extras[1] = "peak memory, MiB";
    s->extras[2] = "seconds to start";
    for (size_t m = 0; m < sizeof methods / sizeof methods[0]; m++)
        for (size_t i = 0; i < sizeof plans / sizeof plans[0] && code == 0; i++) {
            eval_run     run = { .method = eval_method_named(methods[m]), .plan = plans[i] };
            char         name[64];
            cost         c;
            study_point *p;

            (void)snprintf(name, sizeof name, "cost-run-%s-%s", methods[m], eval_plan_name(plans[i]));
            code = lab_run(l, &run, name, NULL, NULL, false);
            if (code == 0)
                code = measure(l, &c, run.method, plans[i], detector);
            p = code == 0 ? study_add_run(s, run.method->title, eval_plan_name(plans[i]), (double)c.encode_ms, &run) : NULL;
            eval_free_run(&run);
            if (p == NULL) {
                code = code != 0 ? code : EXIT_SOME_FAILED;
                break;
            }
            p->extra[0] = (double)c.encode_ms;
            p->extra[1] = (double)c.mib;
            p->extra[2] = (double)c.start_ms / 1000;
        }
    (void)unlink(detector);
    for (size_t i = 0; i < s->n_points; i++) {
        best  = best == NULL || s->points[i].auroc.mean > best->auroc.mean ? &s->points[i] : best;
        cheap = cheap == NULL || s->points[i].extra[0] < cheap->extra[0] ? &s->points[i] : cheap;
    }
    if (best != NULL && best != cheap)
        study_say(
            s, "The best, %s with crops %s, takes %.1f ms for AUROC %.3f; the cheapest, %s with crops %s, %.1f ms for %.3f.",
            best->series, best->label, best->extra[0], best->auroc.mean, cheap->series, cheap->label, cheap->extra[0],
            cheap->auroc.mean);
    return code;
}
