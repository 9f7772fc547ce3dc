/* manual.c - Manual pages (mdoc) from the tables that --help is printed from. */
#include "cli/cli.h"

#include <ctype.h>
#include <string.h>

#define DATE      "November 28, 2026" /* of the text of the pages, for .Dd */
#define TEXT_LINE 74                  /* with backslashes below 80: mandoc calls longer lines a fault of style */

static const cli_term environment[] = {
    { "RWDA_MODEL", "stands for --model" },
    { "RWDA_CPU", "stands for --cpu" },
    { "RWDA_THREADS", "stands for --threads" },
    { "RWDA_TOKEN", "what clients of 'rwda serve' must send, where there is no --token-file" },
    { "RWDA_WEBHOOK_SECRET, RWDA_MQTT_PASSWORD", "of 'rwda watch', where there is no --webhook-secret or --mqtt-password" },
    { "XDG_CACHE_HOME", "packed weights and text embeddings are kept in its folder rwda (default: ~/.cache)" },
    { "XDG_DATA_HOME", "models in its folder rwda/models are called by their names (default: ~/.local/share)" },
    { "XDG_STATE_HOME",
      "ledgers of 'rwda watch' lie in its folder rwda, where there is no --ledger (default: ~/.local/state)" },
    { "HF_HUB_CACHE, HF_HOME, HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE",
      "where the hub and its cache are, as for other programs" },
    { "SSL_CERT_FILE", "certificates that 'rwda model pull' and a webhook of 'rwda watch' trust" },
    { NULL, NULL },
};

/* Letters of a text as mdoc wants them: a hyphen that begins an option must be copied as a hyphen. */
static void put_letters(const char *text, size_t len, bool literal)
{
    for (size_t i = 0; i < len; i++) {
        bool begins = i == 0 || strchr(" \"'(-/", text[i - 1]) != NULL;

        if (text[i] == '\\')
            fputs("\\e", stdout);
        else if (text[i] == '-' && (literal || begins))
            fputs("\\-", stdout);
        else
            putchar(text[i]);
    }
}

/* A paragraph: lines are filled anew, each sentence begins one. */
static void put_text(const char *text)
{
    size_t column = 0;

    while (*text != '\0') {
        size_t len  = strcspn(text, " \n");
        bool   ends = len > 1 && strchr(".:?", text[len - 1]) != NULL &&
                    (text[len] == '\n' || (text[len] == ' ' && text[len + 1] == ' '));

        if (column > 0 && column + 1 + len > TEXT_LINE) {
            putchar('\n');
            column = 0;
        } else if (column > 0)
            putchar(' ');
        if (column == 0 && (*text == '.' || *text == '\''))
            fputs("\\&", stdout); /* else it were a macro */
        put_letters(text, len, false);
        column += column > 0 ? len + 1 : len;
        text += len;
        text += strspn(text, " \n");
        if (ends && *text != '\0') {
            putchar('\n');
            column = 0;
        }
    }
    putchar('\n');
}

/* Lines as they are, without the indent of --help. */
static void put_lines(const char *lines)
{
    puts(".Bd -literal -offset indent");
    while (*lines != '\0') {
        size_t len = strcspn(lines, "\n"), indent = strspn(lines, " ");

        if (lines[indent] == '.' || lines[indent] == '\'')
            fputs("\\&", stdout);
        put_letters(lines + indent, len - indent, true);
        putchar('\n');
        lines += len + (lines[len] == '\n');
    }
    puts(".Ed");
}

static void put_terms(const cli_term *terms, const char *macro)
{
    puts(".Bl -tag -width Ds");
    for (; terms->name != NULL; terms++) {
        printf(".It %s %s\n", macro, terms->name);
        put_text(terms->text);
    }
    puts(".El");
}

static void put_head(const char *name, const char *summary)
{
    printf(".\\\" Made by 'rwda --generate': the text stands in cli/.\n.Dd " DATE "\n.Dt ");
    for (const char *c = name; *c != '\0'; c++)
        putchar(toupper((unsigned char)*c));
    printf(" 1\n.Os\n.Sh NAME\n.Nm %s\n.Nd ", name);
    put_text(summary);
    puts(".Sh SYNOPSIS");
}

static void put_common_options(void)
{
    puts(".It Fl -quiet\nno messages and no progress\n.It Fl h , Fl -help\nexamples, usage and options");
}

void cli_manual_of_program(void)
{
    put_head("rwda", "what is wrong in an image, from words or a few normal images");
    puts(".Nm\n.Ar VERB\n.Op Ar OPTIONS\n.Op Ar ARGUMENTS\n.Nm\n.Fl -help | Fl -version\n.Sh DESCRIPTION\nEach verb has a "
         "page of its own:\n"
         ".Bl -tag -width preprocess");
    for (size_t i = 0; i < cli_entries_count; i++) {
        printf(".It Xr rwda-%s 1\n", cli_entries[i].name);
        put_text(cli_entries[i].summary);
    }
    puts(".El\n.Pp\nOptions may be shortened as long as they stay different from each other;\n.Ql \\-\\-\nends them.\n.Bl "
         "-tag -width Ds\n"
         ".It Fl h , Fl -help\nexamples, usage and verbs\n.It Fl -version\n"
         "version, kernels, image formats, precisions and the model that is used without\n.Fl -model\n.El\n.Sh ENVIRONMENT");
    put_terms(environment, "Ev");
    puts(".Sh EXIT STATUS");
    put_terms(cli_exit_codes, "Li");
    puts(".Sh EXAMPLES");
    put_lines(cli_examples);
    puts(".Sh SEE ALSO\n.Xr librwda 3 ,\n.Xr librwda-eval 3\n.Sh STANDARDS\n"
         "M. Tamura,\n.Dq \"Random Word Data Augmentation with CLIP for Zero-Shot Anomaly Detection\" ,\nBMVC 2023, "
         "arXiv:2308.11119.");
}

void cli_manual_of_verb(const cli_entry *entry)
{
    const cli_verb *verb = cli_table_of(entry);
    char            name[32];

    (void)snprintf(name, sizeof name, "rwda-%s", verb->name);
    put_head(name, entry->summary);
    printf(".Nm rwda %s\n", verb->name);
    put_letters(verb->usage, strlen(verb->usage), false);
    puts("\n.Sh DESCRIPTION");
    put_text(verb->summary);
    puts(".Bl -tag -width Ds");
    for (size_t i = 0; i < verb->n_options; i++) {
        const cli_option *o = &verb->options[i];

        if (o->help == NULL)
            continue;
        printf(".It ");
        if (o->letter != 0)
            printf("Fl %c , ", o->letter);
        printf("Fl -%s%s%s\n", o->name, o->value != NULL ? " Ar " : "", o->value != NULL ? o->value : "");
        put_text(o->help);
    }
    put_common_options();
    puts(".El\n.Sh ENVIRONMENT\nSee\n.Xr rwda 1 .\n.Sh EXIT STATUS");
    put_terms(cli_exit_codes, "Li");
    puts(".Sh EXAMPLES");
    put_lines(verb->examples);
    puts(".Sh SEE ALSO\n.Xr rwda 1");
}
