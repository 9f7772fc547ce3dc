#include "serve/memories.h"

#include "common/image_reading.h"
#include "common/paths.h"
#include "common/text.h"
#include "serve/log.h"
#include "serve/member_decision.h"
#include "serve/scorers.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct memories {
    const service_limits *limits;
    detectors            *detectors;
    memory_entry         *first; /* in the order they came; the mutex guards this and what follows */
    int64_t               bytes; /* of made entries that live, listed or not */
    uint64_t              clock;
    unsigned              number; /* of the last one without a name */
    pthread_mutex_t       mutex;
};

memories *memories_new(detectors *registry, const service_limits *limits)
{
    memories *m = calloc(1, sizeof *m);

    if (m == NULL)
        return NULL;
    m->detectors = registry;
    m->limits    = limits;
    pthread_mutex_init(&m->mutex, NULL);
    return m;
}

static void entry_free(memory_entry *entry)
{
    scorers_free(entry->scorers);
    decision_free(&entry->decision);
    rwda_memory_free(entry->memory);
    free(entry);
}

void memories_free(memories *m)
{
    if (m == NULL)
        return;
    while (m->first != NULL) {
        memory_entry *entry = m->first;

        m->first = entry->next;
        entry_free(entry);
    }
    pthread_mutex_destroy(&m->mutex);
    free(m);
}

static int64_t bytes_of(const memory_entry *entry)
{
    return entry->made ? rwda_memory_get_info(entry->memory)->bytes : 0;
}

/* ---- Looking up ------------------------------------------------------------------------------------------------------------------- */

static bool is_identified(const memory_entry *entry, const char *name)
{
    return strcmp(name, entry->id) == 0 ||
           strcmp(strncmp(name, "sha256:", 7) == 0 ? name + 7 : name, rwda_memory_get_info(entry->memory)->sha256) == 0;
}

/* These give the end of the list where there is none.  The mutex is held. */
static memory_entry **find_identified(memories *m, const char *name)
{
    memory_entry **place = &m->first;

    while (*place != NULL && !is_identified(*place, name))
        place = &(*place)->next;
    return place;
}

static memory_entry **find_called(memories *m, const char *name)
{
    memory_entry **place = &m->first;

    while (*place != NULL && strcmp((*place)->name, name) != 0)
        place = &(*place)->next;
    return place;
}

/* A name comes after ids and sums: it cannot take the place of one. */
static memory_entry **find(memories *m, const char *name)
{
    memory_entry **place = find_identified(m, name);

    return *place != NULL ? place : find_called(m, name);
}

memory_entry *memories_hold(memories *m, const char *name)
{
    memory_entry *entry;

    pthread_mutex_lock(&m->mutex);
    entry = name != NULL ? *find(m, name) : m->first;
    if (entry != NULL) {
        entry->users++;
        entry->used = ++m->clock;
    }
    pthread_mutex_unlock(&m->mutex);
    return entry;
}

/* The mutex is held. */
static void let_go(memories *m, memory_entry *entry)
{
    if (--entry->users > 0)
        return;
    m->bytes -= bytes_of(entry);
    entry_free(entry);
}

void memories_release(memories *m, memory_entry *entry)
{
    pthread_mutex_lock(&m->mutex);
    let_go(m, entry);
    pthread_mutex_unlock(&m->mutex);
}

bool memories_may_be_called(memories *m, const char *name)
{
    const memory_entry *entry;
    bool                free_to_take;

    pthread_mutex_lock(&m->mutex);
    entry        = *find_called(m, name);
    free_to_take = entry == NULL || entry->made;
    pthread_mutex_unlock(&m->mutex);
    return free_to_take;
}

memories_total memories_count(memories *m)
{
    memories_total total;

    pthread_mutex_lock(&m->mutex);
    total = (memories_total){ .bytes = m->bytes };
    for (const memory_entry *entry = m->first; entry != NULL; entry = entry->next)
        total.count++;
    pthread_mutex_unlock(&m->mutex);
    return total;
}

/* ---- What follows from a memory ----------------------------------------------------------------------------------------------------- */

static rwda_status conclude(memory_entry *entry, const service_limits *limits, rwda_session *session, rwda_error *err)
{
    rwda_scorer_options options = RWDA_SCORER_OPTIONS_INIT;
    rwda_scorer        *scorer  = NULL;
    rwda_status         status;

    options.memory      = entry->memory;
    options.orientation = (rwda_orientation)limits->orientation;
    options.depth       = limits->depth;
    RW_TRY(rwda_scorer_new(&scorer, session, NULL, &options, err));
    RW_TRY(member_decision(&entry->decision, session, scorer, entry->memory, err));
    entry->map_scale = rwda_scorer_map_scale(scorer, RWDA_MAP_MEMORY);
done:
    rwda_scorer_free(scorer);
    return status;
}

/* ---- Adding and removing ------------------------------------------------------------------------------------------------------------ */

/* Takes an entry off the list; those who hold it keep it.  The mutex is held. */
static void unlink_entry(memories *m, memory_entry **place)
{
    memory_entry *entry = *place;

    *place = entry->next;
    let_go(m, entry);
}

/* Of the made ones that only the list holds, the one not asked for for longest; NULL: there is none.  The mutex is held. */
static memory_entry **idlest(memories *m)
{
    memory_entry **found = NULL;

    for (memory_entry **place = &m->first; *place != NULL; place = &(*place)->next)
        if ((*place)->made && (*place)->users == 1 && (found == NULL || (*place)->used < (*found)->used))
            found = place;
    return found;
}

/* Others give way to so many bytes more, the one at `replaced` (NULL: there is none) in any case; false, and all stay: not even without it
 * and every idle one there is a place.  The mutex is held. */
static bool make_room(memories *m, int64_t bytes, memory_entry **replaced)
{
    const memory_entry *leaves = replaced != NULL ? *replaced : NULL;
    int                 made = 0, idle = 0;
    int64_t             idle_bytes = 0;

    for (const memory_entry *entry = m->first; entry != NULL; entry = entry->next) {
        bool can_go = entry->made && entry->users == 1;

        made += entry->made && entry != leaves;
        idle += can_go && entry != leaves;
        idle_bytes += can_go ? bytes_of(entry) : 0;
    }
    if (made - idle >= m->limits->memories || m->bytes - idle_bytes + bytes > m->limits->memory_bytes)
        return false;
    if (leaves != NULL)
        unlink_entry(m, replaced);
    for (; made >= m->limits->memories || m->bytes + bytes > m->limits->memory_bytes; made--)
        unlink_entry(m, idlest(m));
    return true;
}

/* Appends an entry, held once more; or finds its twin, which is held instead, unless another name is asked for.  The mutex is held. */
static rwda_status link_entry(memory_entry **out, memories *m, memory_entry *entry, rwda_error *err)
{
    memory_entry **place = find_identified(m, entry->id);

    if (*place != NULL) {
        if (entry->name[0] != '\0' && strcmp(entry->name, (*place)->name) != 0)
            return rw_fail(err, RWDA_EEXIST, RWDA_NO_OFFSET,
                           "this is memory \"%s\" already: use that name, or remove it to have it as \"%s\"", (*place)->name,
                           entry->name);
        *out = *place;
        (*out)->users++;
        (*out)->used = ++m->clock;
        return RWDA_OK;
    }
    place = find_called(m, entry->name);
    if (entry->made && !make_room(m, bytes_of(entry), *place != NULL && (*place)->made ? place : NULL))
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET,
                       "this memory takes %lld bytes, and those that could give way are in use: all may take %lld bytes",
                       (long long)bytes_of(entry), (long long)m->limits->memory_bytes);
    if (entry->name[0] == '\0')
        (void)snprintf(entry->name, sizeof entry->name, "memory-%u", ++m->number);
    for (place = &m->first; *place != NULL;)
        place = &(*place)->next;
    *place       = entry;
    entry->users = 2; /* the list and the caller */
    entry->used  = ++m->clock;
    m->bytes += bytes_of(entry);
    *out = entry;
    return RWDA_OK;
}

static rwda_status add(memory_entry **out, memories *m, rwda_memory *take, const char *name, bool made,
                       rwda_session *session, rwda_error *err)
{
    const rwda_memory_info *info  = rwda_memory_get_info(take);
    memory_entry           *entry = calloc(1, sizeof *entry);
    rwda_status             status;

    *out = NULL;
    if (entry == NULL) {
        rwda_memory_free(take);
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the memory");
    }
    entry->memory  = take;
    entry->made    = made;
    entry->scorers = scorers_new(m->detectors);
    (void)snprintf(entry->id, sizeof entry->id, "%.16s", info->sha256);
    (void)snprintf(entry->name, sizeof entry->name, "%s", name);
    if (info->options->mutual)
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                         "this is the memory of a batch, to be scored with itself; the service wants one of normal images");
    else if (made && info->bytes > m->limits->memory_bytes)
        status = rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "the memory takes %lld bytes; the most is %lld",
                         (long long)info->bytes, (long long)m->limits->memory_bytes);
    else if (entry->scorers == NULL)
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the memory");
    else
        status = conclude(entry, m->limits, session, err);
    if (status == RWDA_OK) {
        pthread_mutex_lock(&m->mutex);
        status = link_entry(out, m, entry, err);
        pthread_mutex_unlock(&m->mutex);
    }
    if (*out != entry)
        entry_free(entry);
    return status;
}

rwda_status memories_add_made(memory_entry **out, memories *m, rwda_memory *take, const char *name, rwda_session *session,
                              rwda_error *err)
{
    return add(out, m, take, name, true, session, err);
}

rwda_status memories_add_file(memories *m, const char *path, const rwda_model *model, rwda_session *session, rwda_error *err)
{
    static const char ending[] = ".safetensors";
    rwda_memory      *memory   = NULL;
    memory_entry     *entry;
    char              name[65];
    size_t            n;
    rwda_status       status;

    RW_TRY(rwda_memory_load(&memory, model, path, 0, err));
    rw_warn_preprocessing(&log_events, path, rwda_memory_get_info(memory)->preprocessing);
    (void)snprintf(name, sizeof name, "%s", rw_path_base(path));
    n = strlen(name);
    if (n >= sizeof ending && strcmp(name + n + 1 - sizeof ending, ending) == 0)
        name[n + 1 - sizeof ending] = '\0';
    status = add(&entry, m, memory, name, false, session, err);
    if (status != RWDA_OK)
        return rw_fail_prefix(err, status, path);
    memories_release(m, entry);
done:
    return status;
}

bool memories_remove(memories *m, const char *id)
{
    memory_entry **place;
    bool           found;

    pthread_mutex_lock(&m->mutex);
    place = find(m, id);
    found = *place != NULL && (*place)->made;
    if (found)
        unlink_entry(m, place);
    pthread_mutex_unlock(&m->mutex);
    return found;
}

/* ---- Describing --------------------------------------------------------------------------------------------------------------------- */

/* What a threshold from so few scores does not promise; NULL: it promises what was asked for. */
static json_t *warning(const memory_entry *entry)
{
    const rwda_thresholds_info *info = NULL;

    if (entry->decision.calibration == NULL)
        return json_string("no leave-one-out scores, so no threshold: a memory of two images is the least that has some");
    info = rwda_thresholds_get_info(entry->decision.calibration);
    if (info->calibration.enough)
        return json_null();
    return json_sprintf("%zu normal score%s too few for a false-alarm rate of %.4g %%: %zu are needed; at most %.4g %% of "
                        "normal images reach the threshold, with a confidence of %.4g %%",
                        info->calibration.n, info->calibration.n == 1 ? " is" : "s are", 100 * info->calibration.rate,
                        info->calibration.needed, 100 * info->calibration.bound, 100 * info->calibration.confidence);
}

static json_t *describe(const memory_entry *entry)
{
    const rwda_memory_info *info   = rwda_memory_get_info(entry->memory);
    json_t                 *recipe = json_loads(info->recipe, 0, NULL), *name = json_string(entry->name);
    size_t                  len;

    (void)rwda_memory_file(entry->memory, &len);
    return json_pack("{s:s, s:o, s:s, s:s, s:s, s:b, s:I, s:I, s:I, s:I, s:i, s:b, s:o, s:o, s:o, s:o}", "id", entry->id,
                     "name", name != NULL ? name : json_string(entry->id), "sha256", info->sha256, "model_sha256",
                     info->model_sha256, "precision", info->precision, "made_here", (int)entry->made, "bytes",
                     (json_int_t)info->bytes, "file_bytes", (json_int_t)len, "count", (json_int_t)info->images, "tokens",
                     (json_int_t)info->tokens, "grid", info->grid, "scores_exact", info->scores_exact, "threshold",
                     rw_json_number(entry->decision.threshold), "warning", warning(entry), "map_scale",
                     rw_json_number((double)entry->map_scale), "recipe", recipe != NULL ? recipe : json_null());
}

json_t *memories_describe(memories *m)
{
    json_t *list = json_array();

    pthread_mutex_lock(&m->mutex);
    for (const memory_entry *entry = m->first; entry != NULL; entry = entry->next)
        (void)json_array_append_new(list, describe(entry));
    pthread_mutex_unlock(&m->mutex);
    return list;
}

json_t *memories_describe_whole(const memory_entry *entry)
{
    const rwda_thresholds *made = entry->decision.calibration;
    json_t *root = json_pack("{s:s}", "schema", "rwda.remembered/1"), *facts = describe(entry), *images = json_array();
    const rwda_memory_image *image;

    for (size_t i = 0; (image = rwda_memory_image_at(entry->memory, i)) != NULL; i++)
        (void)json_array_append_new(images, json_pack("{s:o, s:s, s:o}", "name", json_string(image->name), "sha256",
                                                      image->sha256, "score", rw_json_number((double)image->score)));
    (void)json_object_update(root, facts);
    (void)json_object_set_new(root, "images", images);
    (void)json_object_set_new(root, "thresholds",
                              made != NULL ? json_loads(rwda_thresholds_text(made), 0, NULL) : json_null());
    json_decref(facts);
    return root;
}
