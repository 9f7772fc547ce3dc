/* kinds_option.h - the option that asks for the text tower's opinion.                                   layer: cli */
#ifndef KINDS_OPTION_H
#define KINDS_OPTION_H

#include "cli/cli.h"
#include "common/kind_words.h"

typedef struct {
    const char        *text; /* of --kinds; NULL: it was not given, and kinds stays NULL */
    kind_words         words;
    rwda_kinds_options options;
    rwda_kinds        *kinds;
} kinds_option;
/* clang-format off */
#define KINDS_OPTION(o)                                                                                                     \
    { "kinds", "LIST", "scratch,stain,...: also rank these words for the most anomalous region; an opinion, near chance on real images with the shipped model", &(o).text, NULL, 0, ',' }
/* clang-format on */

/* Before the model is opened and after it, for prompts about the scorer's object; 0, or an exit code after a message.  Release with
 * kinds_option_free() in any case. */
int  kinds_option_read(kinds_option *o, const rwda_scorer_options *scorer);
int  kinds_option_open(kinds_option *o, rwda_session *session);
void kinds_option_free(kinds_option *o);

#endif
