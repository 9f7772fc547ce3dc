/* generate.c - rwda --generate: manual pages and completions, by the names that their files have. */
#include "base/status.h"
#include "cli/cli.h"

#include <string.h>

static const struct {
    const char *name;
    void (*write)(void);
} files[] = {
    { "rwda.1", cli_manual_of_program },
    { "rwda.bash", cli_completion_bash },
    { "_rwda", cli_completion_zsh },
    { "rwda.fish", cli_completion_fish },
};

int cli_generate(int argc, char **argv)
{
    char page[32];

    for (size_t i = 0; i < RW_COUNTOF(files); i++) {
        if (argc == 0)
            puts(files[i].name);
        else if (strcmp(argv[0], files[i].name) == 0) {
            files[i].write();
            return EXIT_DONE;
        }
    }
    for (size_t i = 0; i < cli_entries_count; i++) {
        (void)snprintf(page, sizeof page, "rwda-%s.1", cli_entries[i].name);
        if (argc == 0)
            puts(page);
        else if (strcmp(argv[0], page) == 0) {
            cli_manual_of_verb(&cli_entries[i]);
            return EXIT_DONE;
        }
    }
    if (argc == 0)
        return EXIT_DONE;
    cli_error("--generate: no file \"%s\"; 'rwda --generate' lists them", argv[0]);
    return EXIT_USAGE;
}
