/* cli.h - what do the verbs share?  Options, messages, progress, outputs. */
#ifndef CLI_H
#define CLI_H

#include <rwda.h>

#include <stdbool.h>
#include <stdio.h>

/* Exit codes: scripts rely on them. */
enum { EXIT_DONE = 0, EXIT_SOME_FAILED = 1, EXIT_USAGE = 2, EXIT_ANOMALY = 3, EXIT_MODEL = 4, EXIT_OUTPUT = 5 };

/* One long option.  `value` is what the help calls its value (FILE, N); NULL for a switch. */
typedef struct {
    const char  *name, *value, *help;
    const char **text;   /* filled when the option has a value */
    bool        *flag;   /* filled for a switch */
    char         letter; /* short form, or 0 */
    bool         again;  /* may be given again: the values are joined by commas */
} cli_option;

typedef struct {
    const char       *name, *summary, *usage, *examples;
    const cli_option *options;
    size_t            n_options;
} cli_verb;

/* Reads options; positional arguments remain as argv[*first ..argc).  Returns -1 to go on, else an exit code (help, usage). */
int cli_parse(const cli_verb *verb, int argc, char **argv, int *first);

/* Value readers: say what is wrong and return false. */
bool cli_int(int *out, const char *name, const char *text, long low, long high);
bool cli_range(int *low, int *high, const char *name, const char *text); /* "A:B" or "A" */
bool cli_float(float *out, const char *name, const char *text);
/* Words of a comma-separated list through `take`, which may end it with an exit code; that, or 0. */
int  cli_each_word(const char *list, int (*take)(void *context, const char *word), void *context);
bool cli_is_one_of(const char *name, const char *text, const char *const *names); /* NULL-terminated */
bool cli_choice(int *out, const char *name, const char *text, const char *const *names, size_t n);

bool cli_view(rwda_resize *resize, rwda_crops *crops, const char *resize_name,
              const char *crops_name); /* --resize, --crops */

void        cli_error(const char *format, ...) __attribute__((format(printf, 1, 2))); /* "rwda: ..." on stderr */
void        cli_note(const char *format, ...) __attribute__((format(printf, 1, 2)));  /* the same, silenced by --quiet */
int         cli_status_exit(rwda_status status, int other); /* RWDA_ENOMEM, ... -> exit code `other` */
extern bool cli_quiet;

int cli_progress(void *user, const char *stage, size_t done, size_t total); /* an rwda_progress_fn; terminals only */

/* Model, threads and kernel table: options that every verb with a model takes. */
typedef struct {
    const char *model, *threads, *cpu, *batch, *precision, *image_size, *cache;
    bool        no_cache;
    rwda_towers towers; /* what the verb needs; no option */
} cli_engine;
/* clang-format off */
#define CLI_MODEL_HELP "OpenCLIP or Hugging Face directory (default: $RWDA_MODEL, else the model shipped with rwda)"
#define CLI_ENGINE_OPTIONS(e)                                                                                                \
    { "model", "DIR|NAME", CLI_MODEL_HELP, &(e).model, NULL, 'm' },                                                          \
    CLI_MACHINE_OPTIONS(e)
#define CLI_MACHINE_OPTIONS(e) /* without the model, for verbs that take several */                                          \
    { "threads", "N", "threads (default: the CPUs this process may use)", &(e).threads, NULL, 't' },                         \
    { "batch", "N", "crops encoded together at most, 1..256 (16)", &(e).batch, NULL, 0 },                                            \
    { "cpu", "TABLE", "kernels: auto, ref, avx2, avx512, neon (auto, or $RWDA_CPU)", &(e).cpu, NULL, 0 },                    \
    { "precision", "P", "of the weights: f32 (default), f16, bf16, int8, auto (by the CPU)", &(e).precision, NULL, 0 },                       \
    { "image-size", "S", "another input side in pixels; positions are interpolated", &(e).image_size, NULL, 0 },             \
    { "cache", "DIR", CLI_CACHE_HELP, &(e).cache, NULL, 0 },                                                                 \
    { "no-cache", NULL, "keep nothing there, and use nothing from there", NULL, &(e).no_cache, 0 }
#define CLI_CACHE_HELP "where packed weights and text embeddings are kept ($XDG_CACHE_HOME/rwda or ~/.cache/rwda)"
/* clang-format on */
#define CLI_PATH_MAX 4096
/* Writes a path; false, and an empty one, when it does not fit. */
bool cli_path(char out[CLI_PATH_MAX], const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Folder number i of those where models have names ("" where there is none); false after the last. */
bool cli_models_folder(char out[CLI_PATH_MAX], int i);
/* Whether `folder` holds a model of that name; its directory into path. */
bool        cli_is_model(char path[CLI_PATH_MAX], const char *folder, const char *name);
const char *cli_model_path(const char *given, const char **origin);
int         cli_engine_open(rwda_model **model, rwda_session **session, const cli_engine *engine); /* 0, or an exit code */

/* Where packed weights and text embeddings are kept: --cache, else $XDG_CACHE_HOME/rwda or ~/.cache/rwda; made, for the user alone, when
 * it is not there.  NULL: nowhere. */
const char *cli_cache_folder(const cli_engine *engine);

/* A file that appears whole or not at all, after a signal too; "-" or NULL is stdout.  A pipe or device is written as it is. */
typedef struct {
    FILE *stream;
    char *path, *temporary; /* NULL: stdout; no temporary: a pipe or device */
    bool  force;            /* a file that is there may be replaced */
} cli_output;
void cli_clean_up_on_signals(void); /* signals that end the program remove the outputs under way first */
/* Before long work: what opening would say.  0, or an exit code. */
int cli_output_check(const char *path, bool force);
int cli_output_open(cli_output *out, const char *path, bool force); /* 0, or an exit code */
int cli_output_close(cli_output *out, bool keep); /* keep: fsync and rename; else remove.  0 or EXIT_OUTPUT */

int cli_write_bytes(const char *path, bool force, const void *bytes, size_t len);                  /* 0, or an exit code */
int cli_write_npy(const char *path, bool force, const float *data, const size_t *shape, int ndim); /* 0, or an exit code */
/* The numbers of an .npy file that rwda wrote, when there are exactly `count`. */
bool cli_read_npy(float *out, size_t count, const char *path);

void cli_csv_text(FILE *out, const char *text); /* in quotes, which are doubled inside */

/* Room for one more element in *array, which holds count of *capacity; false: no memory, and all is as it was. */
bool cli_grow(void **array, size_t *capacity, size_t count, size_t element);

/* Picture paths from arguments, directories and lists. */
typedef struct {
    char **paths;
    size_t count, capacity, skipped; /* skipped: files in directories that are no pictures by name */
} cli_inputs;
int  cli_inputs_read(cli_inputs *inputs, char **arguments, int n, bool nul_separated); /* 0, or an exit code */
bool cli_inputs_add(cli_inputs *inputs, const char *path);                             /* false: no memory */
void cli_inputs_free(cli_inputs *inputs);
bool cli_named_like_a_picture(const char *name); /* by its ending */

int verb_train(int argc, char **argv);
int verb_score(int argc, char **argv);
int verb_calibrate(int argc, char **argv);
int verb_report(int argc, char **argv);
int verb_map(int argc, char **argv);
int verb_eval(int argc, char **argv);
int verb_experiment(int argc, char **argv);
int verb_embed(int argc, char **argv);
int verb_tokenize(int argc, char **argv);
int verb_preprocess(int argc, char **argv);
int verb_data(int argc, char **argv);
int verb_metrics(int argc, char **argv);
int verb_serve(int argc, char **argv);
int verb_model(int argc, char **argv);
int verb_doctor(int argc, char **argv);
int verb_bench(int argc, char **argv);

#endif
