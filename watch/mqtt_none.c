/* mqtt_none.c - the build without MQTT. */
#include "watch/mqtt.h"

rwda_status mqtt_new(sender **out, const mqtt_options *options, rwda_error *err)
{
    (void)options;
    *out = NULL;
    return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "this rwda was built without MQTT (RWDA_MQTT=OFF)");
}

bool mqtt_built(void)
{
    return false;
}
