/* main.c - The program: help, version, which verb. */
#include "cli/cli.h"
#include "common/arrow_writer.h"
#include "common/image_walk.h"
#include "common/json_watch.h"
#include "common/model_names.h"
#include "common/paths.h"
#include "common/tar_reader.h"
#include "hub/http.h"
#include "watch/watch.h"

#include <signal.h>
#include <string.h>

static void print_help(void)
{
    printf("Examples:\n%s\nUsage: rwda VERB [OPTIONS] [ARGUMENTS]\n\nVerbs:\n", cli_examples);
    for (size_t i = 0; i < cli_entries_count; i++)
        printf("  %-11s %s\n", cli_entries[i].name, cli_entries[i].summary);
    printf("\n'rwda VERB --help' tells more.  Exit codes:\n");
    for (const cli_term *exit = cli_exit_codes; exit->name != NULL; exit++)
        printf("  %-11s %s\n", exit->name, exit->text);
}

static void print_version(void)
{
    const char *origin;
    char        path[RW_PATH_MAX] = "";

    (void)model_names_path(path, NULL, &origin);
    printf("rwda %s (%s build), kernels: %s\n"
           "reads: %s; OpenCLIP and Hugging Face CLIP checkpoints in F32, F16, BF16\n"
           "Arrow streams: %s\n"
           "tar archives: %s\n"
           "rwda watch: %s\n"
           "precisions: f32 f16 bf16 int8 (%s)\n"
           "default model: %s\n",
           rwda_version(), RWDA_BUILD_TYPE, rwda_cpu_name(RWDA_CPU_AUTO), rwda_image_formats(),
           rw_arrow_built() != NULL ? rw_arrow_built() : "none (built without)",
           !rw_tar_built()       ? "none (built without)"
           : rw_hub_http_built() ? "from files, standard input, https"
                                 : "from files, standard input; no https (built without)",
           watch_built() != NULL ? watch_built() : "none (built without)", rwda_int8_name(RWDA_CPU_AUTO), path);
}

/* No verb: what was meant? */
static void suggest(const char *word)
{
    const char *names[64], *meant;
    size_t      n = cli_entries_count < RW_COUNTOF(names) ? cli_entries_count : RW_COUNTOF(names);

    for (size_t i = 0; i < n; i++)
        names[i] = cli_entries[i].name;
    meant = cli_nearest(word, names, n);
    if ((rw_path_is_image(word) && rw_path_is_file(word, "")) || rw_path_is_directory(word, ""))
        cli_error("no verb \"%s\"; did you mean 'rwda score %s'?  'rwda --help' lists them", word, word);
    else if (meant != NULL)
        cli_error("no verb \"%s\"; did you mean \"%s\"?  'rwda --help' lists them", word, meant);
    else
        cli_error("no verb \"%s\"; 'rwda --help' lists them", word);
}

/* `code`, or EXIT_OUTPUT after a message: something of the output is missing. */
static int whole(int code)
{
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

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_DFL); /* 'rwda score ... | head' ends quietly */
    signal(
        SIGXFSZ,
        SIG_IGN); /* write() then says EFBIG: a cache that is too large is not a failure, an output is one, with a message */
    rw_stream_clean_up_on_signals();
    rw_json_watch();
    if (argc < 2) {
        print_help();
        return whole(EXIT_USAGE);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_help();
        return whole(EXIT_DONE);
    }
    if (strcmp(argv[1], "--version") == 0) {
        print_version();
        return whole(EXIT_DONE);
    }
    if (strcmp(argv[1], "--generate") == 0)
        return whole(cli_generate(argc - 2, argv + 2));
    for (size_t i = 0; i < cli_entries_count; i++)
        if (strcmp(argv[1], cli_entries[i].name) == 0)
            return whole(cli_entries[i].run(argc - 1, argv + 1));
    suggest(argv[1]);
    return EXIT_USAGE;
}
