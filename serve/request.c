#include "serve/request.h"

#include "common/clock.h"
#include "serve/context.h"
#include "serve/memories.h"

#include <stdlib.h>
#include <string.h>

#define FIELDS_MAX 32 /* fields of a form that are not images */

const rwda_error request_late = { RWDA_ECANCELLED, RWDA_NO_OFFSET,
                                  "the request waited longer than it may; the service is overloaded" };

request *request_new(service_context *service, const char *method, const char *path, const char *type)
{
    request *r = calloc(1, sizeof *r);

    if (r == NULL)
        return NULL;
    r->service       = service;
    r->start_ms      = rw_now_ms();
    r->target.method = strdup(method);
    r->target.path   = strdup(path);
    r->options       = json_object();
    r->reply         = (reply){ .request_id = r->trace.id, .inference = strncmp(path, "/v2", 3) == 0 };
    r->body          = (request_body){ .reply     = &r->reply,
                                       .budget    = &service->budget,
                                       .type      = strdup(type != NULL ? type : ""),
                                       .most      = (size_t)service->limits.body,
                                       .parts_max = (size_t)service->limits.images + FIELDS_MAX,
                                       .json_len  = -1 };
    if (r->target.method == NULL || r->target.path == NULL || r->options == NULL || r->body.type == NULL) {
        request_free(r);
        return NULL;
    }
    return r;
}

static void work_free(request_work *w)
{
    for (size_t i = 0; i < w->n_items; i++) {
        rwda_image_free(w->items[i].image);
        free(w->items[i].x);
        free(w->items[i].map);
        kind_opinion_free(&w->items[i].opinion);
    }
    free(w->items);
    free(w->texts);
    free(w->cut);
    free(w->overlay);
    json_decref(w->regions);
    json_decref(w->scoring);
}

void request_free(request *r)
{
    if (r == NULL)
        return;
    if (r->settings.detector != NULL)
        detectors_release(r->service->detectors, r->settings.detector);
    if (r->settings.memory != NULL)
        memories_release(r->service->memories, r->settings.memory);
    work_free(&r->work);
    body_free(&r->body);
    reply_done(&r->reply);
    json_decref(r->options);
    free(r->target.method);
    free(r->target.path);
    free(r);
}

bool request_new_items(request *r, size_t n)
{
    int most = r->service->limits.images;

    if (n == 0)
        reply_problem(&r->reply, 422, NULL, "there is no image in this request");
    else if (n > (size_t)most)
        reply_problem(&r->reply, 413, "RWDA_ELIMIT", "%zu images in one request; the most is %d", n, most);
    else if ((r->work.items = calloc(n, sizeof *r->work.items)) == NULL)
        reply_problem(&r->reply, 503, "RWDA_ENOMEM", "no memory for %zu images", n);
    if (r->reply.status != 0)
        return false;
    r->work.n_items = n;
    for (size_t i = 0; i < n; i++)
        r->work.items[i].request = r;
    return true;
}

bool request_read_settings(request *r)
{
    const service_context *service = r->service;

    return settings_read(&r->settings, &r->reply, r->options, service->detectors, service->memories,
                         service->unnamed != NULL ? service->unnamed->id : NULL, &service->limits);
}

bool request_expired(const request *r)
{
    return rw_now_ms() - r->start_ms > 2e3 * r->service->limits.request_s;
}
