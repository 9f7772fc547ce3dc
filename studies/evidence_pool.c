#include "studies/evidence_pool.h"

#include "base/random.h"
#include "base/status.h"
#include "common/events.h"

#include <stdio.h>
#include <stdlib.h>

#define STREAM 0x706f6f6cu /* "pool": no other numbers of these seeds */

/* ---- All images ---------------------------------------------------------------------------------------------------------- */

/* An image into all builders; *added: it was not there before. */
static rwda_status add_image(bool *added, rwda_memory_builder *const *builders, size_t n, const rwda_image *image,
                             size_t number, rwda_error *err)
{
    char        text[24];
    const char *name   = text;
    int         known  = 0;
    rwda_status status = RWDA_OK;

    (void)snprintf(text, sizeof text, "%zu", number);
    for (size_t i = 0; i < n; i++)
        RW_TRY(rwda_memory_builder_add(builders[i], &image, &name, &known, 1, err));
    *added = !known;
done:
    return status;
}

static rwda_status add_item(evidence_pool *p, size_t *count, study_context *c, rwda_memory_builder *const *builders,
                            size_t n, const rwda_dataset_item *item, rwda_error *err)
{
    size_t      number = p->n_normal + p->n_anomalous;
    bool        added  = false;
    rwda_image *image  = NULL;
    rwda_status status = rwda_image_load(&image, item->path, &c->e->images, err);

    if (status == RWDA_OK)
        status = add_image(&added, builders, n, image, number, err);
    rwda_image_free(image);
    if (status != RWDA_OK && status != RWDA_ENOMEM && status != RWDA_ELIMIT) {
        rw_warn(c->options.events, "%s; left out", err->message);
        c->failed++;
        status = RWDA_OK;
    }
    if (added) {
        p->items[number] = item;
        (*count)++;
    }
    return status;
}

/* At most EVIDENCE_POOL_CLASS of items [n], evenly spaced; *count of them are new. */
static rwda_status add_class(evidence_pool *p, size_t *count, study_context *c, rwda_memory_builder *const *builders,
                             size_t n_builders, const rwda_dataset_item *items, size_t n, rwda_error *err)
{
    size_t      most   = n < EVIDENCE_POOL_CLASS ? n : EVIDENCE_POOL_CLASS;
    rwda_status status = RWDA_OK;

    for (size_t i = 0; i < most && status == RWDA_OK; i++) {
        status = add_item(p, count, c, builders, n_builders, &items[i * n / most], err);
        if (status == RWDA_OK && rw_progress(c->options.events, "images to draw from", i + 1, most) != 0)
            status = rw_fail(err, RWDA_ECANCELLED, RWDA_NO_OFFSET, "cancelled at %zu of %zu images", i + 1, most);
    }
    return status;
}

static rwda_status add_classes(evidence_pool *p, study_context *c, const rwda_eval_category *category, bool training,
                               rwda_memory_builder *const *builders, size_t n, rwda_error *err)
{
    const rwda_dataset *data  = c->e->data;
    size_t              spare = training ? category->last_normal - category->first_normal : 0, first = category->first;
    rwda_status         status;

    while (first < category->last && !data->items[first].anomalous)
        first++;
    p->from_test = spare == 0;
    RW_TRY(p->from_test
               ? add_class(p, &p->n_normal, c, builders, n, data->items + category->first, first - category->first, err)
               : add_class(p, &p->n_normal, c, builders, n, data->normals + category->first_normal, spare, err));
    status = add_class(p, &p->n_anomalous, c, builders, n, data->items + first, category->last - first, err);
done:
    return status;
}

static rwda_status finish(rwda_memory **out, study_context *c, rwda_memory_builder *builder, rwda_error *err)
{
    const rwda_events *events = c->options.events;

    return rwda_memory_builder_finish(out, builder, events != NULL ? events->progress : NULL,
                                      events != NULL ? events->user : NULL, err);
}

rwda_status evidence_pool_make(evidence_pool *out, study_context *c, const rwda_eval_category *category, bool training,
                               const rwda_memory_options *options, size_t n, rwda_error *err)
{
    rwda_memory_builder *builders[EVIDENCE_POOL_MEMORIES] = { NULL };
    rwda_status          status                           = RWDA_OK;

    *out = (evidence_pool){ .n_all = 0 };
    for (size_t i = 0; i < n; i++)
        RW_TRY(rwda_memory_builder_new(&builders[i], c->session, NULL, &options[i], err));
    RW_TRY(add_classes(out, c, category, training, builders, n, err));
    if (out->n_normal + out->n_anomalous < 2)
        goto done;
    for (; out->n_all < n; out->n_all++)
        RW_TRY(finish(&out->all[out->n_all], c, builders[out->n_all], err));
done:
    for (size_t i = 0; i < n; i++)
        rwda_memory_builder_free(builders[i]);
    if (status != RWDA_OK)
        evidence_pool_free(out);
    if (status == RWDA_ELIMIT) {
        rw_warn(c->options.events, "%.200s: %s; left out", category->name, err->message);
        status = RWDA_OK;
    }
    return status;
}

void evidence_pool_free(evidence_pool *pool)
{
    for (size_t i = 0; i < pool->n_all; i++)
        rwda_memory_free(pool->all[i]);
    *pool = (evidence_pool){ .n_all = 0 };
}

/* ---- Some of them -------------------------------------------------------------------------------------------------------- */

size_t evidence_pool_number(const rwda_memory *memory, size_t i)
{
    return strtoul(rwda_memory_image_at(memory, i)->name, NULL, 10);
}

rwda_status evidence_pool_choose(rwda_memory **out, const evidence_pool *pool, study_context *c, size_t which,
                                 const bool *chosen, rwda_error *err)
{
    const rwda_memory   *all     = pool->all[which];
    rwda_memory_builder *builder = NULL;
    rwda_status          status;

    *out = NULL;
    RW_TRY(rwda_memory_builder_new(&builder, c->session, all, NULL, err));
    for (size_t i = rwda_memory_get_info(all)->images; i-- > 0;) /* from the end: little is left that must move */
        if (!chosen[evidence_pool_number(all, i)])
            RW_TRY(rwda_memory_builder_drop(builder, rwda_memory_image_at(all, i)->name, NULL, err));
    status = finish(out, c, builder, err);
done:
    rwda_memory_builder_free(builder);
    return status;
}

static void shuffle(size_t *order, size_t first, size_t n, rw_random *random)
{
    for (size_t i = 0; i < n; i++)
        order[i] = first + i;
    for (size_t i = 0; i + 1 < n; i++) {
        size_t k = i + rw_random_below(random, (uint32_t)(n - i)), kept = order[i];

        order[i] = order[k];
        order[k] = kept;
    }
}

void evidence_pool_draw(size_t *normal, size_t *anomalous, const evidence_pool *pool, int draw)
{
    rw_random random = rw_random_init((uint64_t)draw + 1, STREAM);

    shuffle(normal, 0, pool->n_normal, &random);
    shuffle(anomalous, pool->n_normal, pool->n_anomalous, &random);
}
