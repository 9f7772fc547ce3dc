/* args.c - Options of the command line: parsing, help, values. */
#include "cli/cli.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX 96 /* of a verb */

static void print_help(const cli_verb *verb)
{
    printf("Examples:\n%s\nUsage: rwda %s %s\n\n%s\n\nOptions:\n", verb->examples, verb->name, verb->usage, verb->summary);
    for (size_t i = 0; i < verb->n_options; i++) {
        const cli_option *o = &verb->options[i];
        char              left[64];

        if (o->help == NULL)
            continue;
        (void)snprintf(left, sizeof left, "%s--%s%s%s", o->letter != 0 ? (char[]){ '-', o->letter, ',', ' ', '\0' } : "    ",
                       o->name, o->value != NULL ? " " : "", o->value != NULL ? o->value : "");
        printf("  %-26s %s\n", left, o->help);
    }
    printf("      --quiet                no messages and no progress\n  -h, --help                 this text\n");
}

/* a, the character between them, b; lives as long as the program. */
static const char *joined(const char *a, char between, const char *b)
{
    size_t room = strlen(a) + strlen(b) + 2;
    char  *both = malloc(room);

    if (both == NULL) {
        cli_error("no memory");
        exit(EXIT_SOME_FAILED);
    }
    (void)snprintf(both, room, "%s%c%s", a, between, b);
    return both;
}

static const cli_verb **wanted; /* not NULL: cli_parse() leaves its table here */

const cli_verb *cli_table_of(const cli_entry *entry)
{
    const cli_verb *table   = NULL;
    char            name[]  = "rwda";
    char           *argv[2] = { name, NULL };

    wanted = &table;
    (void)entry->run(1, argv);
    wanted = NULL;
    return table;
}

bool cli_has_word(const char *list, char between, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = list; len > 0 && (at = strstr(at, word)) != NULL; at += len)
        if ((at == list || at[-1] == between) && (at[len] == between || at[len] == '\0'))
            return true;
    return false;
}

/* What a verb's first argument does not take is refused, never ignored. */
static bool all_taken(const cli_verb *verb, const bool *given, const char *action)
{
    if (!cli_has_word(verb->first, ' ', action))
        return true; /* it is the verb's to refuse */
    for (size_t i = 0; i < verb->n_options; i++) {
        const cli_option *o = &verb->options[i];

        if (!given[i] || o->of == NULL || cli_has_word(o->of, ' ', action))
            continue;
        cli_error("--%s: 'rwda %s %s' does not take it; these do: %s", o->name, verb->name, action, o->of);
        return false;
    }
    return true;
}

/* The option whose name is near, or whose value alone is called so (--rate: --false-alarms RATE); NULL: there is none. */
static const char *meant(const cli_verb *verb, const char *given)
{
    const char *names[OPTIONS_MAX], *by_value = NULL, *near;
    size_t      n = 0, called = 0, len = strcspn(given, "=");
    char        word[64] = "";

    if (len >= sizeof word)
        return NULL;
    memcpy(word, given, len);
    for (size_t i = 0; i < verb->n_options; i++)
        if (verb->options[i].help != NULL)
            names[n++] = verb->options[i].name;
    near = cli_nearest(word, names, n);
    for (char *c = word; *c != '\0'; c++)
        *c = (char)toupper((unsigned char)*c);
    for (size_t i = 0; i < verb->n_options; i++)
        if (verb->options[i].value != NULL && cli_has_word(verb->options[i].value, ':', word) && called++ == 0)
            by_value = verb->options[i].name;
    return near != NULL || called > 1 ? near : by_value;
}

int cli_parse(const cli_verb *verb, int argc, char **argv, int *first)
{
    static char   program[]                     = "rwda";
    struct option long_options[OPTIONS_MAX + 3] = { { NULL, 0, NULL, 0 } };
    char          letters[128]                  = "h";
    int           help = 0, quiet = 0, found, index = 0;
    bool          given[OPTIONS_MAX] = { false };

    if (wanted != NULL) {
        *wanted = verb;
        return EXIT_DONE;
    }
    for (size_t i = 0; i < verb->n_options; i++) {
        const cli_option *o = &verb->options[i];

        long_options[i] =
            (struct option){ o->name, o->value != NULL ? required_argument : no_argument, NULL, 1000 + (int)i };
        if (o->letter != 0)
            (void)snprintf(letters + strlen(letters), sizeof letters - strlen(letters), "%c%s", o->letter,
                           o->value != NULL ? ":" : "");
    }
    long_options[verb->n_options]     = (struct option){ "help", no_argument, &help, 1 };
    long_options[verb->n_options + 1] = (struct option){ "quiet", no_argument, &quiet, 1 };
    long_options[verb->n_options + 2] = (struct option){ NULL, 0, NULL, 0 };
    argv[0]                           = program; /* getopt's messages start with it */
    opterr                            = 1;
    optind                            = 1;
    while ((found = getopt_long(argc, argv, letters, long_options, &index)) != -1) {
        const cli_option *o = NULL;

        if (found == 'h')
            help = 1;
        if (found == '?') {
            const char *name =
                optopt == 0 && strncmp(argv[optind - 1], "--", 2) == 0 ? meant(verb, argv[optind - 1] + 2) : NULL;

            if (name != NULL)
                fprintf(stderr, "did you mean --%s?  ", name);
            fprintf(stderr, "'rwda %s --help' lists the options\n", verb->name);
            return EXIT_USAGE;
        }
        for (size_t i = 0; i < verb->n_options; i++)
            if (found == 1000 + (int)i || (found < 1000 && found != 0 && verb->options[i].letter == (char)found))
                o = &verb->options[i];
        if (o != NULL && o->again == '\n' && strchr(optarg, '\n') != NULL) {
            cli_error("--%s: there is a line break in \"%s\"", o->name, optarg);
            return EXIT_USAGE;
        }
        if (o != NULL && strcmp(o->name, "output") == 0 && optarg[0] == '\0') { /* "$FILE" that was not set */
            cli_error("--output \"\": the name is empty");
            return EXIT_USAGE;
        }
        if (o != NULL && o->text != NULL)
            *o->text = o->again != 0 && given[o - verb->options] ? joined(*o->text, o->again, optarg) : optarg;
        if (o != NULL)
            given[o - verb->options] = true;
        if (o != NULL && o->flag != NULL)
            *o->flag = true;
    }
    cli_quiet = quiet != 0;
    *first    = optind;
    if (help) {
        print_help(verb);
        return EXIT_DONE;
    }
    return verb->first == NULL || optind == argc || all_taken(verb, given, argv[optind]) ? -1 : EXIT_USAGE;
}

bool cli_int(int *out, const char *name, const char *text, long low, long high)
{
    char *end;
    long  value;

    if (text == NULL)
        return true;
    errno = 0;
    value = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < low || value > high) {
        cli_error("--%s: \"%s\" is not a whole number in %ld..%ld", name, text, low, high);
        return false;
    }
    *out = (int)value;
    return true;
}

bool cli_range(int *low, int *high, const char *name, const char *text)
{
    char tail;
    int  n;

    if (text == NULL)
        return true;
    n = sscanf(text, "%d:%d%c", low, high, &tail);
    if (n == 1 && strchr(text, ':') == NULL)
        *high = *low;
    else if (n != 2) {
        cli_error("--%s: \"%s\" is neither a number nor a range such as 5:10", name, text);
        return false;
    }
    return true;
}

bool cli_float(float *out, const char *name, const char *text)
{
    char *end;
    float value;

    if (text == NULL)
        return true;
    value = strtof(text, &end);
    if (end == text || *end != '\0' || !isfinite(value)) {
        cli_error("--%s: \"%s\" is not a number", name, text);
        return false;
    }
    *out = value;
    return true;
}

int cli_each_word(const char *list, int (*take)(void *context, const char *word), void *context)
{
    char *copy = cli_copy(list), *save = NULL;
    int   code = 0;

    for (char *word = strtok_r(copy, ", ", &save); code == 0 && word != NULL; word = strtok_r(NULL, ", ", &save))
        code = take(context, word);
    free(copy);
    return code;
}

bool cli_choice(int *out, const char *name, const char *text, const char *const *names, size_t n)
{
    if (text == NULL)
        return true;
    for (size_t i = 0; i < n; i++)
        if (strcmp(text, names[i]) == 0) {
            *out = (int)i;
            return true;
        }
    fprintf(stderr, "rwda: --%s: \"%s\" is none of", name, text);
    for (size_t i = 0; i < n; i++)
        fprintf(stderr, " %s", names[i]);
    fputc('\n', stderr);
    return false;
}

bool cli_enum(int *out, const char *name, const char *text, rwda_enum which)
{
    if (text == NULL || rwda_enum_parse(out, which, text, NULL) == RWDA_OK)
        return true;
    fprintf(stderr, "rwda: --%s: \"%s\" is none of", name, text);
    for (int i = 0; i < rwda_enum_count(which); i++)
        fprintf(stderr, " %s", rwda_enum_name(which, i));
    fputc('\n', stderr);
    return false;
}

bool cli_view(rwda_resize *resize, rwda_crops *crops, const char *resize_name, const char *crops_name)
{
    int which = (int)*resize, plan = (int)*crops;

    if (!cli_enum(&which, "resize", resize_name, RWDA_ENUM_RESIZE) || !cli_enum(&plan, "crops", crops_name, RWDA_ENUM_CROPS))
        return false;
    *resize = (rwda_resize)which;
    *crops  = (rwda_crops)plan;
    return true;
}

bool cli_is_one_of(const char *name, const char *text, const char *const *names)
{
    int    ignored;
    size_t n = 0;

    while (names[n] != NULL)
        n++;
    return cli_choice(&ignored, name, text, names, n);
}
