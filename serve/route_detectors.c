/* route_detectors.c - /v1/detectors: which detectors are there, and where is the file of one? */
#include "serve/serve.h"

#include <stdlib.h>
#include <string.h>

void answer_detectors(request *q)
{
    reply_json(q, 200,
               json_pack("{s:s, s:o}", "schema", "rwda.detectors/1", "detectors", detectors_list(q->server->detectors)));
}

/* The safetensors file, as 'rwda score --detector' reads it. */
void answer_detector(request *q)
{
    detector_entry *entry = detectors_hold(q->server->detectors, q->names[0]);
    void           *copy;
    size_t          len;

    if (entry == NULL) {
        reply_problem(q, 404, NULL, "no detector \"%.80s\"; GET /v1/detectors lists them", q->names[0]);
        return;
    }
    len  = entry->len;
    copy = malloc(len);
    if (copy != NULL) {
        memcpy(copy, entry->bytes, len);
        reply_bytes(q, "application/octet-stream", copy, len);
        reply_header(q, "Content-Disposition", "attachment; filename=\"detector-%s.safetensors\"", entry->id);
    } else {
        reply_problem(q, 503, "RWDA_ENOMEM", "no memory for %zu bytes", len);
    }
    detectors_release(q->server->detectors, entry);
}

void answer_detector_delete(request *q)
{
    detector_entry *entry;

    if (detectors_remove(q->server->detectors, q->names[0])) {
        reply_json(q, 200, json_pack("{s:s}", "removed", q->names[0]));
        return;
    }
    entry = detectors_hold(q->server->detectors, q->names[0]);
    if (entry == NULL) {
        reply_problem(q, 404, NULL, "no detector \"%.80s\" was trained here", q->names[0]);
        return;
    }
    detectors_release(q->server->detectors, entry);
    reply_problem(q, 409, NULL, "detector \"%.80s\" was given at the start; it stays", q->names[0]);
}
