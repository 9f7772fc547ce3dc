/* main.c - The program: verbs, help, version. */
#include "cli/cli.h"
#include "common/json_watch.h"
#include "common/model_names.h"

#include <signal.h>
#include <string.h>

static const struct {
    const char *name, *summary;
    int (*run)(int argc, char **argv);
} verbs[] = {
    { "train", "words -> detector; no image is needed", verb_train },
    { "remember", "a few normal images -> memory, which scores by distance to them", verb_remember },
    { "score", "images -> anomaly scores", verb_score },
    { "merge", "parts of a sharded run -> one file", verb_merge },
    { "status", "which parts of a sharded run are missing", verb_status },
    { "calibrate", "normal images -> threshold file", verb_calibrate },
    { "report", "scores and images -> one HTML file", verb_report },
    { "map", "images -> where in them the anomaly is", verb_map },
    { "eval", "labelled images -> how good every method is", verb_eval },
    { "experiment", "the studies: pairs, words, crops, fusion, robustness, cost, ...", verb_experiment },
    { "embed", "texts or images -> unit embeddings (.npy)", verb_embed },
    { "tokenize", "texts -> token ids", verb_tokenize },
    { "preprocess", "an image -> what the encoder sees (.npy)", verb_preprocess },
    { "data", "which labelled images lie in a data set", verb_data },
    { "metrics", "scores and labels -> AUROC, AP, F1", verb_metrics },
    { "serve", "an HTTP service, and a page for people", verb_serve },
    { "model", "which checkpoints there are, and what is in them", verb_model },
    { "doctor", "does rwda compute what it must on this machine", verb_doctor },
    { "bench", "how long each stage takes here", verb_bench },
};
#define N_VERBS (sizeof verbs / sizeof verbs[0])

static void print_help(void)
{
    printf("Examples:\n"
           "  rwda train -o detector.safetensors\n"
           "  rwda score --detector detector.safetensors images/\n"
           "  rwda remember normal/ -o memory.safetensors && rwda score --memory memory.safetensors images/\n"
           "  rwda model info\n\n"
           "Usage: rwda VERB [OPTIONS] [ARGUMENTS]\n\nVerbs:\n");
    for (size_t i = 0; i < N_VERBS; i++)
        printf("  %-11s %s\n", verbs[i].name, verbs[i].summary);
    printf(
        "\n'rwda VERB --help' tells more.  Exit codes: 0 done, 1 some inputs failed, 2 usage, 3 an anomaly was found and\n"
        "--fail-on-anomaly was given, 4 model, detector or threshold file unusable, 5 output cannot be written, 130 and 143 "
        "ended by "
        "a "
        "signal.\n");
}

/* As built: CMakeLists.txt. */
static const char more_formats[] = ""
#ifdef RWDA_HAVE_GIF
                                   ", GIF"
#endif
#ifdef RWDA_HAVE_JPEG2000
                                   ", JPEG 2000"
#endif
#ifdef RWDA_HAVE_AVIF
                                   ", AVIF"
#endif
#ifdef RWDA_HAVE_HEIC
                                   ", HEIC"
#endif
    ;

static void print_version(void)
{
    const char *origin;
    char        path[RW_PATH_MAX] = "";

    (void)model_names_path(path, NULL, &origin);
    printf("rwda %s (%s build), kernels: %s\n"
           "reads: JPEG, PNG, WebP, TIFF, BMP, PNM%s; OpenCLIP and Hugging Face CLIP checkpoints in F32, F16, BF16\n"
           "precisions: f32 f16 bf16 int8 (%s)\n"
           "default model: %s\n",
           rwda_version(), RWDA_BUILD_TYPE, rwda_cpu_name(RWDA_CPU_AUTO), more_formats, rwda_int8_name(RWDA_CPU_AUTO), path);
}

/* How many letters must change, roughly: enough to find what was meant. */
static size_t distance(const char *a, const char *b)
{
    size_t d = 0;

    for (; *a != '\0' && *b != '\0'; a++, b++)
        d += *a != *b;
    return d + strlen(a) + strlen(b);
}

int main(int argc, char **argv)
{
    size_t best = 0;
    int    code;

    signal(SIGPIPE, SIG_DFL); /* 'rwda score ... | head' ends quietly */
    signal(
        SIGXFSZ,
        SIG_IGN); /* write() then says EFBIG: a cache that is too large is not a failure, an output is one, with a message */
    rw_stream_clean_up_on_signals();
    rw_json_watch();
    if (argc < 2) {
        print_help();
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_help();
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        print_version();
        return EXIT_DONE;
    }
    for (size_t i = 0; i < N_VERBS; i++) {
        if (strcmp(argv[1], verbs[i].name) == 0) {
            code = verbs[i].run(argc - 1, argv + 1);
            if (fflush(stdout) != 0 || ferror(stdout)) {
                cli_error("standard output cannot be written");
                return EXIT_OUTPUT;
            }
            if (rw_json_lost() && (code == EXIT_DONE || code == EXIT_ANOMALY)) {
                cli_error("no memory for some of the output");
                return EXIT_OUTPUT;
            }
            return code;
        }
        if (distance(argv[1], verbs[i].name) < distance(argv[1], verbs[best].name))
            best = i;
    }
    if (2 * distance(argv[1], verbs[best].name) <= strlen(argv[1]))
        cli_error("no verb \"%s\"; did you mean \"%s\"?  'rwda --help' lists them", argv[1], verbs[best].name);
    else
        cli_error("no verb \"%s\"; 'rwda --help' lists them", argv[1]);
    return EXIT_USAGE;
}
