/* verb_tokenize.c - rwda tokenize: token ids of texts. */
#include "cli/cli.h"

#include "common/text_lines.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#define IDS_MAX 65536

static const char *context, *model;

static const cli_option options[] = {
    { "context", "N", "cut to N ids with the end token last (77, or the model's)", &context, NULL, 'c' },
    { "model", "DIR|NAME|FILE",
      "whose tokenizer: a model's directory or name, or a tokenizer.json (default: $RWDA_MODEL, else CLIP's own)", &model,
      NULL, 'm' },
};

static const cli_verb verb = {
    "tokenize",
    "Prints one JSON array of ids a text, start and end token included.",
    "[OPTIONS] TEXT... | -",
    "  rwda tokenize 'a photo of a cat'\n"
    "  rwda tokenize - <sentences.txt\n"
    "  rwda tokenize --model models/siglip2 'a photo of a cat'\n",
    options,
    sizeof options / sizeof options[0],
};

static bool print_ids(const rwda_tokenizer *tokenizer, const char *text, size_t len, size_t capacity, int32_t *ids)
{
    rwda_error err;
    size_t     n;

    if (rwda_tokenizer_encode(ids, &n, capacity, NULL, tokenizer, text, len, &err) != RWDA_OK) {
        cli_error("%s", err.message);
        return false;
    }
    for (size_t i = 0; i < n; i++)
        printf("%s%d", i == 0 ? "[" : ",", ids[i]);
    puts("]");
    return true;
}

int verb_tokenize(int argc, char **argv)
{
    rwda_tokenizer *tokenizer = NULL;
    const char     *path = NULL, *variable = getenv("RWDA_MODEL");
    rwda_error      err;
    int32_t        *ids      = NULL;
    int             capacity = 77, first, code = cli_parse(&verb, argc, argv, &first);
    bool            fine = true;

    if (code >= 0)
        return code;
    if (!cli_int(&capacity, "context", context, 2, IDS_MAX))
        return EXIT_USAGE;
    if (first == argc) {
        cli_error("tokenize needs texts, or '-' for standard input, one a line");
        return EXIT_USAGE;
    }
    if (model == NULL && variable != NULL && variable[0] != '\0')
        model = variable;
    if (model != NULL && fnmatch("*.json", model, 0) == 0)
        path = model;
    else if (model != NULL && !cli_model_find(&path, model))
        return EXIT_MODEL;
    if ((path != NULL ? rwda_tokenizer_open(&tokenizer, path, &err) : rwda_tokenizer_new(&tokenizer, &err)) != RWDA_OK)
        return cli_fail(&err, EXIT_MODEL);
    if (context == NULL && model != NULL)
        capacity = rwda_tokenizer_context(tokenizer) > 0 ? (int)rwda_tokenizer_context(tokenizer) : IDS_MAX;
    ids = malloc((size_t)capacity * sizeof *ids);
    if (ids == NULL) {
        cli_error("no memory for %d ids", capacity);
        rwda_tokenizer_free(tokenizer);
        return EXIT_SOME_FAILED;
    }
    for (int i = first; i < argc; i++) {
        if (strcmp(argv[i], "-") == 0) {
            char   *line = NULL;
            size_t  room = 0;
            ssize_t len;

            for (bool first_line = true; (len = getline(&line, &room, stdin)) >= 0; first_line = false) {
                if (first_line && rw_text_is_utf16(line, (size_t)len)) {
                    cli_error("standard input is UTF-16: texts must be UTF-8");
                    fine = false;
                    break;
                }
                fine =
                    print_ids(tokenizer, line, (size_t)(len - (len > 0 && line[len - 1] == '\n')), (size_t)capacity, ids) &&
                    fine;
            }
            free(line);
        } else {
            fine = print_ids(tokenizer, argv[i], strlen(argv[i]), (size_t)capacity, ids) && fine;
        }
    }
    rwda_tokenizer_free(tokenizer);
    free(ids);
    return fine ? EXIT_DONE : EXIT_SOME_FAILED;
}
