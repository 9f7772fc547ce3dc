/* cli.h - what the verbs share: options, messages, progress, the engine, outputs, inputs.             layer: cli */
#ifndef CLI_H
#define CLI_H

#include "common/image_reading.h"
#include "common/image_source.h"
#include "common/output.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Exit codes: scripts rely on them. */
enum { EXIT_DONE = 0, EXIT_SOME_FAILED = 1, EXIT_USAGE = 2, EXIT_ANOMALY = 3, EXIT_MODEL = 4, EXIT_OUTPUT = 5 };

/* One long option.  `value` is what the help calls its value (FILE, N); NULL for a switch.  `help` NULL: the former name of the option
 * before it, not listed. */
typedef struct {
    const char  *name, *value, *help;
    const char **text;   /* filled when the option has a value */
    bool        *flag;   /* filled for a switch */
    char         letter; /* short form, or 0 */
    char         again;  /* may be given again: the values are joined by this character; 0: the last one counts */
    const char  *words;  /* values that are known by name, with spaces between, for completions; NULL: none */
    const char  *of;     /* those of the verb's first arguments that take it, with spaces between; NULL: all */
} cli_option;
#define CLI_RESIZE_WORDS "config shortest squash tiles"
#define CLI_CROPS_WORDS  "one 5 2x2 3x3"

typedef struct {
    const char       *name, *summary, *usage, *examples;
    const cli_option *options;
    size_t            n_options;
    const char       *first; /* what the first argument is one of, with spaces between; NULL: it is no word */
} cli_verb;

/* All verbs, in the order of 'rwda --help'. */
typedef struct {
    const char *name, *summary;
    int (*run)(int argc, char **argv);
} cli_entry;
extern const cli_entry cli_entries[]; /* [cli_entries_count] */
extern const size_t    cli_entries_count;

/* What the program says of itself as a whole. */
typedef struct {
    const char *name, *text;
} cli_term;
extern const char     cli_examples[];
extern const cli_term cli_exit_codes[]; /* ends with a name NULL */

/* The table that a verb hands to cli_parse(), which reads no options then: help, manual pages and completions are made of the same one. */
const cli_verb *cli_table_of(const cli_entry *entry);

/* 'rwda --generate FILE': writes a manual page or a completion to standard output; without FILE the names that there are.  The build asks for
 * them, --help does not list it.  An exit code. */
int  cli_generate(int argc, char **argv);
void cli_manual_of_program(void);
void cli_manual_of_verb(const cli_entry *entry);
void cli_completion_bash(void);
void cli_completion_zsh(void);
void cli_completion_fish(void);

/* The name that a slip of the keyboard may have made `word` of; NULL: none is near. */
const char *cli_nearest(const char *word, const char *const *names, size_t n);

/* Is a word, not "", one of the list's, with one character between them? */
bool cli_has_word(const char *list, char between, const char *word);

/* Reads options; positional arguments remain as argv[*first ..argc).  Returns -1 to go on, else an exit code (help, usage; an option that the
 * first argument does not take). */
int cli_parse(const cli_verb *verb, int argc, char **argv, int *first);

/* Value readers: say what is wrong and return false. */
bool cli_int(int *out, const char *name, const char *text, long low, long high);
bool cli_range(int *low, int *high, const char *name, const char *text); /* "A:B" or "A" */
bool cli_float(float *out, const char *name, const char *text);
/* Words of a comma-separated list through `take`, which may end it with an exit code; that, or 0. */
int  cli_each_word(const char *list, int (*take)(void *context, const char *word), void *context);
bool cli_is_one_of(const char *name, const char *text, const char *const *names); /* NULL-terminated */
bool cli_choice(int *out, const char *name, const char *text, const char *const *names, size_t n);
bool cli_enum(int *out, const char *name, const char *text, rwda_enum which); /* values of the library by their names */

bool cli_view(rwda_resize *resize, rwda_crops *crops, const char *resize_name,
              const char *crops_name); /* --resize, --crops */

void cli_error(const char *format, ...) __attribute__((format(printf, 1, 2))); /* "rwda: ..." on stderr */
void cli_note(const char *format, ...) __attribute__((format(printf, 1, 2)));  /* the same, silenced by --quiet */
int  cli_fail(const rwda_error *err, int code);                                /* says the message; `code`, for a return */
int cli_status_exit(rwda_status status, int other); /* RWDA_EINVAL -> EXIT_USAGE, RWDA_EEXIST -> EXIT_OUTPUT, else `other` */
char       *cli_copy(const char *text);             /* for the caller to free(); ends the program where there is no memory */
extern bool cli_quiet;

int  cli_progress(void *user, const char *stage, size_t done, size_t total); /* an rwda_progress_fn; terminals only */
bool cli_shows_progress(void);
const rwda_events *cli_events(void); /* notes, warnings and progress of the layers below, as this program says them */

/* Model, threads and kernel set: options that every verb with a model takes. */
typedef struct {
    const char *model, *threads, *cpu, *batch, *precision, *image_size, *cache;
    bool        no_cache, verify_weights;
    rwda_towers towers; /* what the verb needs; no option */
} cli_engine;
/* clang-format off */
#define CLI_MODEL_HELP "directory, or a name of 'rwda model ls' (default: $RWDA_MODEL, else the model shipped with rwda)"
#define CLI_ENGINE_OPTIONS(e)                                                                                                \
    { "model", "DIR|NAME", CLI_MODEL_HELP, &(e).model, NULL, 'm' },                                                          \
    CLI_MACHINE_OPTIONS(e)
#define CLI_MACHINE_OPTIONS(e) /* without the model, for verbs that take several */                                          \
    { "threads", "N", "threads (default: $RWDA_THREADS, else the CPUs this process may use: affinity, cgroup quota)", &(e).threads, NULL, 't' },                         \
    { "batch", "N", "crops encoded together at most, 1..256 (16)", &(e).batch, NULL, 0 },                                            \
    CLI_WEIGHTS_OPTIONS(e, NULL),                                                                                            \
    CLI_CACHE_OPTIONS(e, NULL)
#define CLI_WEIGHTS_OPTIONS(e, actions) /* actions: cli_option.of */                                                         \
    { "cpu", "SET", "kernel set: auto, ref, avx2, avx512, neon (auto, or $RWDA_CPU)", &(e).cpu, NULL, 0,                     \
      .words = "auto ref avx2 avx512 neon", .of = actions },                                                                 \
    { "precision", "P", "of the weights: f32 (default), f16, bf16, int8, auto (by the CPU)", &(e).precision, NULL, 0,        \
      .words = "auto f32 f16 bf16 int8", .of = actions },                                                                    \
    { "image-size", "S", "another input side in pixels; positions are interpolated", &(e).image_size, NULL, 0, .of = actions }
#define CLI_CACHE_OPTIONS(e, actions)                                                                                        \
    { "cache", "DIR", CLI_CACHE_HELP, &(e).cache, NULL, 0, .of = actions },                                                  \
    { "no-cache", NULL, "neither read nor write it", NULL, &(e).no_cache, 0, .of = actions },                                \
    { "verify-weights", NULL, "read the whole checkpoint even where the cache has it: is its SHA-256 still the same?", NULL, \
      &(e).verify_weights, 0, .of = actions }
#define CLI_CACHE_HELP "where packed weights and text embeddings are cached ($XDG_CACHE_HOME/rwda or ~/.cache/rwda)"
/* clang-format on */
/* The directory that --model means (common/model_names.h); lives until the next call. */
const char *cli_model_path(const char *given, const char **origin);
bool        cli_threads(int *out, const cli_engine *engine); /* --threads, else $RWDA_THREADS, else what *out holds */
/* The same of a model that must be here; false: it is not, after a message. */
bool cli_model_find(const char **path, const char *given);
/* What a name means in the hub's cache: 1: its directory is in path; 0: a name that the hub may have, and *err says how it comes here; -1: no
 * such name. */
int cli_hub_path(char path[RW_PATH_MAX], const char *name, rwda_error *err);
int cli_engine_open(rwda_model **model, rwda_session **session, const cli_engine *engine); /* 0, or an exit code */

/* Its two steps, for verbs that take several models: the options' texts read (0, or EXIT_USAGE after a message), and what `name` means
 * (NULL: the default) opened.  After a failure there is neither model nor session. */
typedef struct {
    rwda_model_options   model;
    rwda_session_options session;
} cli_machine;
int         cli_machine_read(cli_machine *out, const cli_engine *engine);
rwda_status cli_machine_open(rwda_model **model, rwda_session **session, const char *name, const cli_machine *machine,
                             rwda_error *err);

/* Where packed weights and text embeddings are cached: --cache, else $XDG_CACHE_HOME/rwda or ~/.cache/rwda; made, for the user alone, when
 * it is not there.  NULL: nowhere. */
const char *cli_cache_folder(const cli_engine *engine);

/* Outputs (common/output.h), with what went wrong said; 0, or an exit code. */
int cli_output_check(const char *path, bool force);
int cli_output_open(rw_stream *out, const char *path, bool force);
int cli_output_close(rw_stream *out, bool keep);
int cli_write_bytes(const char *path, bool force, const void *bytes, size_t len);
/* Takes a record and writes its line to standard output, whole or not at all: then the program ends with EXIT_OUTPUT whatever the verb
 * says.  0, or EXIT_OUTPUT after a message. */
int cli_put_json(json_t *record, size_t flags);
int cli_write_npy(const char *path, bool force, const float *data, const size_t *shape, int ndim);

/* How images are read: options that every verb with images takes. */
typedef struct {
    const char *orientation, *depth, *max_pixels;
} cli_image_options;
/* clang-format off */
#define CLI_IMAGE_OPTIONS(i)                                                                                                 \
    CLI_ORIENTATION_OPTION(i), CLI_DEPTH_OPTION(i), CLI_PIXELS_OPTION(i)
#define CLI_ORIENTATION_OPTION(i)                                                                                            \
    { "orientation", "HOW", "turned: as EXIF says and viewers show it; stored: as OpenCLIP reads it (turned)",               \
      &(i).orientation, NULL, 0, .words = "turned stored" }
#define CLI_DEPTH_OPTION(i)                                                                                                  \
    { "depth", "N|auto", "bits in use of 16-bit files, 8..16; auto: by each image's largest value (all 16)", &(i).depth, NULL, 0, .words = "auto" }
#define CLI_PIXELS_OPTION(i)                                                                                                 \
    { "max-pixels", "MPX", "millions of pixels of an image, at most (178.9)", &(i).max_pixels, NULL, 0 }
/* clang-format on */
int cli_image_options_read(rwda_image_options *out, const cli_image_options *given); /* 0, or EXIT_USAGE after a message */

/* Images of the arguments, of which there must be one at least.  0, or an exit code after a message. */
int cli_images(rw_image_source **out, char **arguments, int n, bool nul_separated);

/* The parts of `rwda model` that know the hub; exit codes. */
int cli_model_list(bool json);
int cli_model_pull(const char *name, const char *revision, bool plan_only, bool json);
int cli_model_remove(const char *name, const char *revision, bool plan_only, bool json);
/* --revision of a model that is looked at: "NAME@REVISION" into *out, for the caller to free(); 0, or EXIT_USAGE after a message. */
int cli_model_at(char **out, const char *name, const char *revision);

int verb_train(int argc, char **argv);
int verb_remember(int argc, char **argv);
int verb_score(int argc, char **argv);
int verb_merge(int argc, char **argv);
int verb_status(int argc, char **argv);
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
int verb_watch(int argc, char **argv);
int verb_model(int argc, char **argv);
int verb_doctor(int argc, char **argv);
int verb_bench(int argc, char **argv);

#endif
