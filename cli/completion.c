/* completion.c - Completions for bash, zsh and fish from the tables that --help is printed from. */
#include "cli/cli.h"
#include "hub/catalog.h"

#include <string.h>

/* What a value is, by what the table calls it. */
typedef enum { NOTHING, WORDS, LIST, FILES, FOLDERS, MODELS } value_kind;

static bool is_named(const char *value, const char *name)
{
    return cli_has_word(value, '|', name);
}

static value_kind kind_of(const cli_option *o)
{
    if (is_named(o->value, "DIR") && is_named(o->value, "NAME"))
        return MODELS;
    if (is_named(o->value, "FILE") || is_named(o->value, "PNG") || is_named(o->value, "REGION"))
        return FILES;
    if (is_named(o->value, "DIR"))
        return FOLDERS;
    if (o->words == NULL)
        return NOTHING;
    return strcmp(o->value, "LIST") == 0 ? LIST : WORDS;
}

/* What a verb's arguments are, by its usage; words of the first one apart. */
static value_kind kind_of_arguments(const cli_verb *verb)
{
    if (strstr(verb->usage, "[DIR|NAME]") != NULL)
        return MODELS;
    if (strstr(verb->usage, "IMAGE") != NULL || strstr(verb->usage, "DIR|LIST") != NULL ||
        strstr(verb->usage, " FILE.csv") != NULL)
        return FILES;
    return strstr(verb->usage, "DIRECTORY") != NULL ? FOLDERS : NOTHING;
}

static void put_models(void)
{
    size_t              n;
    const rw_hub_model *models = rw_hub_catalog(&n);

    fputs("demo", stdout);
    for (size_t i = 0; i < n; i++)
        printf(" %s", models[i].name);
}

/* A text between single quotes.  zsh takes brackets for its own. */
static void put_quoted(const char *text, const char *quote, bool brackets)
{
    for (; *text != '\0'; text++)
        if (*text == '\'')
            fputs(quote, stdout);
        else if (*text == '\\')
            fputs("\\\\", stdout);
        else if (!brackets && strchr("[]", *text) != NULL)
            putchar(*text == '[' ? '(' : ')');
        else
            putchar(*text);
}

/* ---- bash: no package of completions is needed ----------------------------------------------------------------------- */

static const char *const kinds[] = { "nothing", "words", "list", "files", "folders", "models" };

static void bash_values(const cli_verb *verb)
{
    for (size_t i = 0; i < verb->n_options; i++) {
        const cli_option *o = &verb->options[i];

        if (o->value == NULL)
            continue;
        printf("    '%s --%s'", verb->name, o->name);
        if (o->letter != 0)
            printf(" | '%s -%c'", verb->name, o->letter);
        printf(") kind=%s", kinds[kind_of(o)]);
        if (o->words != NULL)
            printf(" words='%s'", o->words);
        puts(" ;;");
    }
}

static void bash_verb(const cli_verb *verb)
{
    printf("    %s)\n        options='--help --quiet", verb->name);
    for (size_t i = 0; i < verb->n_options; i++)
        if (verb->options[i].help != NULL)
            printf(" --%s", verb->options[i].name);
    printf("' rest=%s", kinds[kind_of_arguments(verb)]);
    if (verb->first != NULL)
        printf(" first='%s'", verb->first);
    puts(" ;;");
}

void cli_completion_bash(void)
{
    fputs("# rwda.bash - completion of rwda in bash, made by 'rwda --generate rwda.bash'.\n"
          "_rwda() {\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]} kind= words= options= first= "
          "rest=nothing\n"
          "    local models='",
          stdout);
    put_models();
    fputs("'\n"
          "    COMPREPLY=()\n"
          "    [[ $word == = ]] && word=\n"
          "    [[ $option == = ]] && option=${COMP_WORDS[COMP_CWORD - 2]} # --name=value comes as three words\n"
          "    case \"${COMP_WORDS[1]} $option\" in\n",
          stdout);
    for (size_t i = 0; i < cli_entries_count; i++)
        bash_values(cli_table_of(&cli_entries[i]));
    fputs("    esac\n"
          "    case ${COMP_WORDS[1]} in\n",
          stdout);
    for (size_t i = 0; i < cli_entries_count; i++)
        bash_verb(cli_table_of(&cli_entries[i]));
    fputs("    esac\n"
          "    if ((COMP_CWORD == 1)); then\n"
          "        kind=words words='--help --version",
          stdout);
    for (size_t i = 0; i < cli_entries_count; i++)
        printf(" %s", cli_entries[i].name);
    fputs("'\n"
          "    elif [[ -z $kind && $word == -* ]]; then\n"
          "        kind=words words=$options\n"
          "    elif [[ -z $kind && -n $first ]] && ((COMP_CWORD == 2)); then\n"
          "        kind=words words=$first\n"
          "    elif [[ -z $kind ]]; then\n"
          "        kind=$rest\n"
          "    fi\n"
          "    case $kind in\n"
          "    words) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\") ;;\n"
          "    list)\n"
          "        compopt -o nospace\n"
          "        option=${word%\"${word##*,}\"}\n"
          "        mapfile -t COMPREPLY < <(compgen -P \"$option\" -W \"$words\" -- \"${word##*,}\") ;;\n"
          "    files) compopt -o default -o filenames ;;\n"
          "    folders) compopt -o dirnames -o filenames ;;\n"
          "    models)\n"
          "        mapfile -t COMPREPLY < <(compgen -W \"$models\" -- \"$word\")\n"
          "        compopt -o plusdirs -o filenames ;;\n"
          "    esac\n"
          "}\n"
          "complete -F _rwda rwda\n",
          stdout);
}

/* ---- zsh ------------------------------------------------------------------------------------------------------------------- */

static void zsh_action(value_kind kind, const char *words)
{
    if (kind == WORDS)
        printf("(%s)", words);
    else if (kind == LIST)
        printf("_sequence compadd - %s", words);
    else if (kind == FILES)
        fputs("_files", stdout);
    else if (kind == FOLDERS)
        fputs("_files -/", stdout);
    else if (kind == MODELS)
        fputs("_rwda_models", stdout);
}

static void zsh_verb(const cli_verb *verb)
{
    value_kind rest = kind_of_arguments(verb);

    printf("    %s)\n        _arguments -s -S '(-h --help)'{-h,--help}'[examples, usage and options]' "
           "'--quiet[no messages and no progress]'",
           verb->name);
    for (size_t i = 0; i < verb->n_options; i++) {
        const cli_option *o     = &verb->options[i];
        const char       *again = o->again != 0 ? "*" : "";

        if (o->help == NULL)
            continue;
        fputs(" \\\n            ", stdout);
        if (o->letter != 0 && o->again != 0)
            printf("'*'{-%c%s,--%s%s}'[", o->letter, o->value != NULL ? "+" : "", o->name, o->value != NULL ? "=" : "");
        else if (o->letter != 0)
            printf("'(-%c --%s)'{-%c%s,--%s%s}'[", o->letter, o->name, o->letter, o->value != NULL ? "+" : "", o->name,
                   o->value != NULL ? "=" : "");
        else
            printf("'%s--%s%s[", again, o->name, o->value != NULL ? "=" : "");
        put_quoted(o->help, "'\\''", false);
        putchar(']');
        if (o->value != NULL) {
            putchar(':');
            for (const char *c = o->value; *c != '\0'; c++)
                printf("%s%c", *c == ':' ? "\\" : "", *c);
            putchar(':');
            zsh_action(kind_of(o), o->words);
        }
        putchar('\'');
    }
    if (verb->first != NULL)
        printf(" \\\n            '1:what:(%s)'", verb->first);
    if (rest != NOTHING) {
        printf(" \\\n            '*:%s:", rest == MODELS ? "model" : "file");
        zsh_action(rest, NULL);
        putchar('\'');
    }
    puts(" ;;");
}

void cli_completion_zsh(void)
{
    fputs("#compdef rwda\n"
          "# _rwda - completion of rwda in zsh, made by 'rwda --generate _rwda'.\n"
          "_rwda_models() {\n"
          "    _alternative 'models:model:(",
          stdout);
    put_models();
    fputs(")' 'folders:folder:_files -/'\n"
          "}\n"
          "local context state state_descr line\n"
          "typeset -A opt_args\n"
          "_arguments -C '(- :)--help[examples, usage and verbs]' '(- :)--version[version, kernels and formats]' "
          "'1:verb:->verb' "
          "'*::argument:->arguments' && return\n"
          "case $state in\n"
          "verb)\n"
          "    local -a verbs=(\n",
          stdout);
    for (size_t i = 0; i < cli_entries_count; i++) {
        printf("        '%s:", cli_entries[i].name);
        put_quoted(cli_entries[i].summary, "'\\''", true);
        puts("'");
    }
    fputs("    )\n"
          "    _describe verb verbs ;;\n"
          "arguments)\n"
          "    case $words[1] in\n",
          stdout);
    for (size_t i = 0; i < cli_entries_count; i++)
        zsh_verb(cli_table_of(&cli_entries[i]));
    fputs("    esac ;;\n"
          "esac\n",
          stdout);
}

/* ---- fish ---------------------------------------------------------------------------------------------------------------- */

static void fish_value(value_kind kind, const char *words)
{
    if (kind == WORDS)
        printf(" -x -a '%s'", words);
    else if (kind == LIST)
        printf(" -x -a '(__fish_append , %s)'", words);
    else if (kind == FILES)
        fputs(" -r -F", stdout);
    else if (kind == FOLDERS)
        fputs(" -x -a '(__fish_complete_directories)'", stdout);
    else if (kind == MODELS) {
        fputs(" -x -a '(__fish_complete_directories) ", stdout);
        put_models();
        putchar('\'');
    } else
        fputs(" -x", stdout);
}

static void fish_verb(const cli_entry *entry)
{
    const cli_verb *verb = cli_table_of(entry);
    value_kind      rest = kind_of_arguments(verb);

    printf("complete -c rwda -n __rwda_no_verb -a %s -d '", verb->name);
    put_quoted(entry->summary, "\\'", true);
    puts("'");
    for (size_t i = 0; i < verb->n_options; i++) {
        const cli_option *o = &verb->options[i];

        if (o->help == NULL)
            continue;
        printf("complete -c rwda -n '__rwda_verb %s'", verb->name);
        if (o->letter != 0)
            printf(" -s %c", o->letter);
        printf(" -l %s", o->name);
        if (o->value != NULL)
            fish_value(kind_of(o), o->words);
        fputs(" -d '", stdout);
        put_quoted(o->help, "\\'", true);
        puts("'");
    }
    if (verb->first != NULL)
        printf("complete -c rwda -n '__rwda_verb %s; and __rwda_first' -a '%s'\n", verb->name, verb->first);
    if (rest != NOTHING) {
        printf("complete -c rwda -n '__rwda_verb %s%s'", verb->name, verb->first != NULL ? "; and not __rwda_first" : "");
        fish_value(rest, NULL);
        putchar('\n');
    }
}

void cli_completion_fish(void)
{
    fputs("# rwda.fish - completion of rwda in fish, made by 'rwda --generate rwda.fish'.\n"
          "function __rwda_no_verb\n"
          "    test (count (commandline -opc)) -eq 1\n"
          "end\n"
          "function __rwda_first\n"
          "    test (count (commandline -opc)) -eq 2\n"
          "end\n"
          "function __rwda_verb\n"
          "    set -l words (commandline -opc)\n"
          "    test (count $words) -ge 2; and test $words[2] = $argv[1]\n"
          "end\n"
          "complete -c rwda -f\n"
          "complete -c rwda -n __rwda_no_verb -s h -l help -d 'examples, usage and verbs'\n"
          "complete -c rwda -n __rwda_no_verb -l version -d 'version, kernels and formats'\n"
          "complete -c rwda -n 'not __rwda_no_verb' -s h -l help -d 'examples, usage and options'\n"
          "complete -c rwda -n 'not __rwda_no_verb' -l quiet -d 'no messages and no progress'\n",
          stdout);
    for (size_t i = 0; i < cli_entries_count; i++)
        fish_verb(&cli_entries[i]);
}
