/* webhook_none.c - the build without network code. */
#include "watch/webhook.h"

rwda_status webhook_new(sender **out, const webhook_options *options, rwda_error *err)
{
    (void)options;
    *out = NULL;
    return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "this rwda was built without webhooks (RWDA_WEBHOOK=OFF)");
}

bool webhook_built(void)
{
    return false;
}
