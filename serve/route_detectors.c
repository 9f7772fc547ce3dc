/* route_detectors.c - /v1/detectors: the list, and the file of one.                                    layer: serve */
#include "serve/route_handlers.h"

#include "serve/context.h"

#include <stdlib.h>
#include <string.h>

void answer_detectors(request *r)
{
    reply_json(
        &r->reply, 200,
        json_pack("{s:s, s:o}", "schema", "rwda.detectors/1", "detectors", detectors_describe(r->service->detectors)));
}

/* The safetensors file, as 'rwda score --detector' reads it. */
void answer_detector(request *r)
{
    detector_entry *entry = detectors_hold(r->service->detectors, r->target.variables[0]);
    const void     *bytes;
    void           *copy;
    size_t          len;

    if (entry == NULL) {
        reply_problem(&r->reply, 404, NULL, "no detector \"%.80s\"; GET /v1/detectors lists them", r->target.variables[0]);
        return;
    }
    bytes = rwda_detector_bytes(entry->detector, &len);
    copy  = malloc(len);
    if (copy != NULL) {
        memcpy(copy, bytes, len);
        reply_bytes(&r->reply, "application/octet-stream", copy, len);
        reply_header(&r->reply, "Content-Disposition", "attachment; filename=\"detector-%s.safetensors\"", entry->id);
    } else {
        reply_problem(&r->reply, 503, "RWDA_ENOMEM", "no memory for %zu bytes", len);
    }
    detectors_release(r->service->detectors, entry);
}

void answer_detector_delete(request *r)
{
    detector_entry *entry;

    if (detectors_remove(r->service->detectors, r->target.variables[0])) {
        reply_json(&r->reply, 200, json_pack("{s:s}", "removed", r->target.variables[0]));
        return;
    }
    entry = detectors_hold(r->service->detectors, r->target.variables[0]);
    if (entry == NULL) {
        reply_problem(&r->reply, 404, NULL, "no detector \"%.80s\" was trained here", r->target.variables[0]);
        return;
    }
    detectors_release(r->service->detectors, entry);
    reply_problem(&r->reply, 409, NULL, "detector \"%.80s\" was given at the start; it stays", r->target.variables[0]);
}
