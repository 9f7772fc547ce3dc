#include "cli/layout_option.h"

#include <string.h>

#define LAYOUTS_MAX 32

char layout_option_help[160] = "", layout_option_words[160] = "";

void layout_option_prepare(void)
{
    size_t used = (size_t)snprintf(layout_option_help, sizeof layout_option_help, "auto"), n = rwda_dataset_layout_count();

    for (size_t i = 0; i < n && used < sizeof layout_option_help; i++)
        used += (size_t)snprintf(layout_option_help + used, sizeof layout_option_help - used, "%s%s%s",
                                 i + 1 < n ? ", " : " or ", rwda_dataset_layout_at(i)->name, i + 1 < n ? "" : " (auto)");
    used = (size_t)snprintf(layout_option_words, sizeof layout_option_words, "auto");
    for (size_t i = 0; i < n && used < sizeof layout_option_words; i++)
        used += (size_t)snprintf(layout_option_words + used, sizeof layout_option_words - used, " %s",
                                 rwda_dataset_layout_at(i)->name);
}

bool layout_option_check(const char *layout)
{
    const char *names[LAYOUTS_MAX + 2] = { "auto" };

    for (size_t i = 0; i < LAYOUTS_MAX && rwda_dataset_layout_at(i) != NULL; i++)
        names[i + 1] = rwda_dataset_layout_at(i)->name;
    return cli_is_one_of("layout", layout, names);
}

int layout_option_open(rwda_dataset **out, const char *path, const char *layout)
{
    rwda_error                 err;
    const rwda_dataset_layout *one;

    if (rwda_dataset_open(out, path, layout, cli_events(), &err) == RWDA_OK)
        return 0;
    (void)cli_fail(&err, EXIT_SOME_FAILED);
    if (err.code == RWDA_EMISMATCH && strcmp(layout, "auto") == 0) {
        cli_error("expected one of");
        for (size_t i = 0; (one = rwda_dataset_layout_at(i)) != NULL; i++)
            if (one->alias_of == NULL)
                cli_error("  %-8s %s", one->name, one->expects);
    }
    return EXIT_SOME_FAILED;
}
