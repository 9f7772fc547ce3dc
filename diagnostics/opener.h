/* opener.h - how a model is opened anew.                                                          layer: diagnostics */
#ifndef OPENER_H
#define OPENER_H

#include "base/status.h"

typedef struct {
    /* After a failure there is neither model nor session. */
    rwda_status (*open)(rwda_model **model, rwda_session **session, rwda_precision precision, void *user, rwda_error *err);
    void *user;
} model_opener;

#endif
