/* verb_merge.c - rwda merge: the parts of a sharded run as one file. */
#include "cli/cli.h"
#include "common/part_merge.h"
#include "common/text.h"

static const char *out_path;
static bool        force;

static const cli_option options[] = {
    { "output", "FILE", "instead of standard output; appears whole", &out_path, NULL, 'o' },
    { "force", NULL, "overwrite the output file", NULL, &force, 'f' },
};

static const cli_verb verb = {
    "merge",
    "Joins the parts that 'rwda score --shard I/N -o DIR' wrote, in the order of the images: the same bytes for any N.\n"
    "Parts that are missing, changed, or made with different settings are refused.",
    "[OPTIONS] DIRECTORY",
    "  rwda score --shard 0/2 -o parts/ images/ && rwda score --shard 1/2 -o parts/ images/ && rwda merge parts/ -o "
    "scores.jsonl\n"
    "  sbatch --array=0-15 --wrap 'rwda score -o parts/ images/'    # then: rwda status parts/ && rwda merge parts/ -o "
    "scores.jsonl\n",
    options,
    sizeof options / sizeof options[0],
};

int verb_merge(int argc, char **argv)
{
    rw_part_survey survey = { 0 };
    rw_stream      out    = { 0 };
    rwda_error     err;
    int            first, code = cli_parse(&verb, argc, argv, &first);
    size_t         lines = 0, failed = 0;

    if (code >= 0)
        return code;
    if (argc - first != 1) {
        cli_error("merge takes one directory of parts");
        return EXIT_USAGE;
    }
    if (rw_part_survey_read(&survey, argv[first], &err) != RWDA_OK)
        code = cli_fail(&err, EXIT_SOME_FAILED);
    else
        code = cli_output_open(&out, out_path, force);
    if (code == 0) {
        rwda_status status = rw_part_merge(&out, &survey, &err);

        code = status != RWDA_OK ? cli_fail(&err, EXIT_SOME_FAILED) : 0;
        if (cli_output_close(&out, code == 0) != 0)
            code = EXIT_OUTPUT;
    }
    for (int i = 0; code == 0 && i < survey.count; i++) {
        lines += survey.manifests[i].lines;
        failed += survey.manifests[i].failed;
    }
    if (code == 0)
        cli_note("%zu record%s of %d part%s, %zu of failures", lines, rw_s(lines), survey.count, rw_s((size_t)survey.count),
                 failed);
    rw_part_survey_free(&survey);
    return code;
}
