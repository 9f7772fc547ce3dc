/* verb_status.c - rwda status: which parts of a sharded run are there, and which must be run again. */
#include "cli/cli.h"
#include "common/part_merge.h"
#include "common/text.h"

static bool missing, json;

static const cli_option options[] = {
    { "missing", NULL, "print nothing but the shards to run again, as --array of sbatch takes them: 3,7-9", NULL, &missing,
      0 },
    { "json", NULL, "one JSON object", NULL, &json, 0 },
};

static const cli_verb verb = {
    "status",
    "Which parts of a sharded run are whole, and which are not.  Exit code 1 while some are not.",
    "[OPTIONS] DIRECTORY",
    "  rwda status parts/\n"
    "  sbatch --array=$(rwda status parts/ --missing) --wrap 'rwda score --shards 16 -o parts/ images/'\n",
    options,
    sizeof options / sizeof options[0],
};

/* A part that nobody writes now. */
static bool is_left(const rw_part_survey *s, int i)
{
    return i < s->count && (s->states[i] == RW_PART_MISSING || s->states[i] == RW_PART_BEGUN);
}

static void print_left(const rw_part_survey *s)
{
    bool first = true;

    for (int i = 0; i < s->count; i++) {
        int last = i;

        if (!is_left(s, i))
            continue;
        while (is_left(s, last + 1))
            last++;
        printf(last > i ? "%s%d-%d" : "%s%d", first ? "" : ",", i, last);
        first = false;
        i     = last;
    }
    if (!first)
        putchar('\n');
}

static int print_json(const rw_part_survey *s, const size_t counts[4], size_t lines, size_t failed)
{
    json_t *left = json_array();

    for (int i = 0; i < s->count; i++)
        if (is_left(s, i))
            (void)json_array_append_new(left, json_integer(i));
    return cli_put_json(json_pack("{s:s, s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "schema", "rwda.status/1", "shards",
                                  s->count, "whole", (json_int_t)counts[RW_PART_WHOLE], "running",
                                  (json_int_t)counts[RW_PART_RUNNING], "begun", (json_int_t)counts[RW_PART_BEGUN], "missing",
                                  (json_int_t)counts[RW_PART_MISSING], "lines", (json_int_t)lines, "failed",
                                  (json_int_t)failed, "run_again", left),
                        JSON_COMPACT);
}

int verb_status(int argc, char **argv)
{
    rw_part_survey survey    = { 0 };
    size_t         counts[4] = { 0 }, lines = 0, failed = 0;
    rwda_error     err;
    int            first, code = cli_parse(&verb, argc, argv, &first);

    if (code >= 0)
        return code;
    if (argc - first != 1 || (missing && json)) {
        cli_error(missing && json ? "--missing and --json exclude each other" : "status takes one directory of parts");
        return EXIT_USAGE;
    }
    if (rw_part_survey_read(&survey, argv[first], &err) != RWDA_OK)
        code = cli_fail(&err, EXIT_SOME_FAILED);
    else
        code = EXIT_DONE;
    for (int i = 0; i < survey.count && code == EXIT_DONE; i++) {
        counts[survey.states[i]]++;
        if (survey.states[i] == RW_PART_WHOLE) {
            lines += survey.manifests[i].lines;
            failed += survey.manifests[i].failed;
        }
    }
    if (code == EXIT_DONE && json)
        code = print_json(&survey, counts, lines, failed);
    else if (code == EXIT_DONE && missing)
        print_left(&survey);
    else if (code == EXIT_DONE) {
        printf("%zu of %d parts whole, with %zu record%s, %zu of failures; %zu being written, %zu begun, %zu missing\n",
               counts[RW_PART_WHOLE], survey.count, lines, rw_s(lines), failed, counts[RW_PART_RUNNING],
               counts[RW_PART_BEGUN], counts[RW_PART_MISSING]);
        if (counts[RW_PART_BEGUN] + counts[RW_PART_MISSING] > 0) {
            printf("run again, with --shards %d: ", survey.count);
            print_left(&survey);
        }
    }
    if (code == EXIT_DONE && counts[RW_PART_WHOLE] < (size_t)survey.count)
        code = EXIT_SOME_FAILED;
    rw_part_survey_free(&survey);
    return code;
}
