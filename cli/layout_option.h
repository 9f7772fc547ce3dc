/* layout_option.h - --layout: the data-set layouts in help and messages.                                layer: cli */
#ifndef LAYOUT_OPTION_H
#define LAYOUT_OPTION_H

#include "cli/cli.h"

#include <rwda_eval.h>

extern char layout_option_help[160], layout_option_words[160]; /* of LAYOUT_OPTION; "" before layout_option_prepare() */
#define LAYOUT_OPTION(layout)                                                                                               \
    {                                                                                                                       \
        "layout", "NAME", layout_option_help, &(layout), NULL, 0, .words = layout_option_words                              \
    }

void layout_option_prepare(void);             /* before cli_parse() */
bool layout_option_check(const char *layout); /* "auto" or a layout's name; else false after a message */

/* rwda_dataset_open(); 0, or an exit code after what went wrong, with the layouts that there are where none fits. */
int layout_option_open(rwda_dataset **out, const char *path, const char *layout);

#endif
