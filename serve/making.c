#include "serve/making.h"

#include "serve/context.h"
#include "serve/memories.h"
#include "serve/queue.h"
#include "serve/request.h"

#include <stdio.h>
#include <sys/resource.h>

/* ---- Of images ---------------------------------------------------------------------------------------------------------------------- */

static bool is_over(const request *r)
{
    return request_expired(r) || queue_is_stopping(r->service->queue);
}

static int on_progress(void *user, const char *stage, size_t done, size_t total)
{
    (void)stage;
    (void)done;
    (void)total;
    return is_over(user);
}

static int on_decoding(void *user)
{
    return is_over(user);
}

static rwda_status add_image(rwda_memory_builder *builder, request *r, item *i, rwda_error *err)
{
    rwda_image_options options = RWDA_IMAGE_OPTIONS_INIT;
    rwda_image        *image   = NULL;
    char               number[32];
    const char        *name  = i->name != NULL ? i->name : number;
    int                known = 0;
    rwda_status        status;

    (void)snprintf(number, sizeof number, "image %zu", (size_t)(i - r->work.items) + 1);
    options.max_pixels  = r->service->limits.pixels;
    options.orientation = (rwda_orientation)r->service->limits.orientation;
    options.depth       = r->service->limits.depth;
    options.cancel      = on_decoding;
    options.user        = r;
    RW_TRY(rwda_image_decode(&image, i->bytes != NULL ? i->bytes : "", i->len, &options, err));
    RW_TRY(rwda_memory_builder_add(builder, (const rwda_image *const[]){ image }, &name, &known, 1, err));
    r->work.order.repeated += known != 0;
done:
    rwda_image_free(image);
    return status == RWDA_OK ? RWDA_OK : rw_fail_prefix(err, status, name);
}

static rwda_status remember(rwda_memory **out, request *r, rwda_session *session, rwda_error *err)
{
    rwda_memory_builder *builder = NULL;
    rwda_status          status;

    RW_TRY(rwda_memory_builder_new(&builder, session, NULL, &r->work.order.options, err));
    for (size_t i = 0; i < r->work.n_items; i++) {
        if (is_over(r)) {
            status = RWDA_ECANCELLED;
            goto done;
        }
        RW_TRY(add_image(builder, r, &r->work.items[i], err));
    }
    status = rwda_memory_builder_finish(out, builder, on_progress, r, err);
done:
    rwda_memory_builder_free(builder);
    return status;
}

/* ---- Of a file ---------------------------------------------------------------------------------------------------------------------- */

/* A file may ask for more work an image than the service's own memories may. */
static rwda_status take_up(rwda_memory **out, request *r, rwda_error *err)
{
    const service_context     *service = r->service;
    const making_order        *order   = &r->work.order;
    int                        most    = MEMORY_SIDE_MAX * rwda_model_get_info(service->model)->image_size;
    const rwda_memory_options *made;
    rwda_status                status;

    RW_TRY(rwda_memory_decode(out, service->model, order->file, order->len, service->limits.memory_bytes, err));
    made = rwda_memory_get_info(*out)->options;
    if (made->image_size > most || made->tiles > MEMORY_TILES_MAX) {
        status = rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET,
                         "the memory sees %d x %d tiles of %d pixels; the most here is %d x %d of %d", made->tiles,
                         made->tiles, made->image_size, MEMORY_TILES_MAX, MEMORY_TILES_MAX, most);
        rwda_memory_free(*out);
        *out = NULL;
    }
done:
    return status;
}

/* ---- The thread --------------------------------------------------------------------------------------------------------------------- */

static void answer(request *r)
{
    service_context     *service = r->service;
    rwda_session_options options = RWDA_SESSION_OPTIONS_INIT;
    rwda_session        *session = NULL;
    rwda_memory         *memory  = NULL;
    rwda_error           err     = request_late;
    rwda_status          status  = RWDA_ECANCELLED;

    if (is_over(r))
        goto done;
    options.threads = r->work.order.file != NULL ? 1 : rwda_session_threads(service->session);
    RW_TRY(rwda_session_new(&session, service->model, &options, &err));
    RW_TRY(r->work.order.file != NULL ? take_up(&memory, r, &err) : remember(&memory, r, session, &err));
    status = memories_add_made(&r->settings.memory, service->memories, memory, r->work.order.name, session, &err);
done:
    rwda_session_free(session);
    if (status == RWDA_ECANCELLED && queue_is_stopping(service->queue))
        reply_problem(&r->reply, 503, NULL, "the service is stopping");
    else if (status == RWDA_ECANCELLED)
        reply_error(&r->reply, &request_late);
    else if (status != RWDA_OK)
        reply_error(&r->reply, &err);
}

void *making_main(void *argument)
{
    service_context *service = argument;
    request         *r;

    (void)setpriority(PRIO_PROCESS, 0, 10); /* on Linux: of this thread, and of those that its sessions start */
    while ((r = queue_take_memory(service->queue)) != NULL) {
        answer(r);
        queue_memory_done(service->queue, r);
    }
    return NULL;
}
