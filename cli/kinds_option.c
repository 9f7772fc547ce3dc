#include "cli/kinds_option.h"

int kinds_option_read(kinds_option *o, const rwda_scorer_options *scorer)
{
    const rwda_kinds_options defaults = RWDA_KINDS_OPTIONS_INIT;
    rwda_error               err;

    if (o->text == NULL)
        return 0;
    o->options        = defaults;
    o->options.object = scorer->object;
    o->options.names  = scorer->names;
    if (kind_words_read(&o->words, o->text, &o->options, &err) == RWDA_OK)
        return 0;
    cli_error("--kinds: %s", err.message);
    return EXIT_USAGE;
}

int kinds_option_open(kinds_option *o, rwda_session *session)
{
    rwda_error  err;
    rwda_status status = RWDA_OK;

    if (o->text != NULL)
        status = rwda_kinds_new(&o->kinds, session, o->words.names, o->words.count, &o->options, &err);
    if (status == RWDA_ELIMIT) /* a prompt too long for the model: the words or the object */
        return cli_fail(&err, EXIT_USAGE);
    return status == RWDA_OK ? 0 : cli_fail(&err, cli_status_exit(status, EXIT_MODEL));
}

void kinds_option_free(kinds_option *o)
{
    rwda_kinds_free(o->kinds);
    kind_words_free(&o->words);
}
