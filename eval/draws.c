#include "eval/draws.h"

#include "base/random.h"

#define STREAM 0x6e6f726d616cu /* "normal": no other numbers of these seeds */

rw_normals rw_normals_of(const rwda_evaluation *e, const rwda_eval_category *category)
{
    rw_normals normals = { NULL, category->last_normal - category->first_normal, false };

    if (normals.count > 0) {
        normals.items = e->data->normals + category->first_normal;
        return normals;
    }
    normals.items     = e->data->items + category->first;
    normals.from_test = true;
    while (category->first + normals.count < category->last && !normals.items[normals.count].anomalous)
        normals.count++;
    return normals;
}

bool rw_normals_suffice(const rw_normals *normals, int shots)
{
    return (size_t)shots + normals->from_test <= normals->count;
}

int rw_normals_most(const rw_normals *normals, const rwda_evaluation *e, int least)
{
    int most = rw_normals_suffice(normals, least) ? least : 0;

    for (size_t i = 0; i < e->n_shots; i++)
        if (e->shots[i] > most && rw_normals_suffice(normals, e->shots[i]))
            most = e->shots[i];
    return most;
}

void rw_normals_draw(uint32_t *order, const rw_normals *normals, int draw)
{
    rw_random random = rw_random_init((uint64_t)draw + 1, STREAM);
    uint32_t  n      = (uint32_t)normals->count;

    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    for (uint32_t i = 0; i + 1 < n; i++) {
        uint32_t k = i + rw_random_below(&random, n - i), kept = order[i];

        order[i] = order[k];
        order[k] = kept;
    }
}
