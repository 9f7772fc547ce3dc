#include "serve/detectors.h"

#include "common/paths.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct detectors {
    detector_entry *first; /* in the order they came */
    pthread_mutex_t mutex;
};

detectors *detectors_new(void)
{
    detectors *d = calloc(1, sizeof *d);

    if (d != NULL)
        pthread_mutex_init(&d->mutex, NULL);
    return d;
}

static void entry_free(detector_entry *entry)
{
    rwda_detector_free(entry->detector);
    free(entry);
}

void detectors_free(detectors *d)
{
    if (d == NULL)
        return;
    while (d->first != NULL) {
        detector_entry *entry = d->first;

        d->first = entry->next;
        entry_free(entry);
    }
    pthread_mutex_destroy(&d->mutex);
    free(d);
}

/* ---- Looking up ------------------------------------------------------------------------------------------------------------------- */

static bool is_named(const detector_entry *entry, const char *name)
{
    return strcmp(name, entry->id) == 0 || strcmp(name, entry->name) == 0 ||
           strcmp(strncmp(name, "sha256:", 7) == 0 ? name + 7 : name, rwda_detector_sha256(entry->detector)) == 0;
}

detector_entry *detectors_hold(detectors *d, const char *name)
{
    detector_entry *entry;

    pthread_mutex_lock(&d->mutex);
    entry = d->first;
    while (entry != NULL && name != NULL && !is_named(entry, name))
        entry = entry->next;
    if (entry != NULL)
        entry->users++;
    pthread_mutex_unlock(&d->mutex);
    return entry;
}

void detectors_hold_too(detectors *d, detector_entry *entry)
{
    pthread_mutex_lock(&d->mutex);
    entry->users++;
    pthread_mutex_unlock(&d->mutex);
}

void detectors_release(detectors *d, detector_entry *entry)
{
    bool last;

    pthread_mutex_lock(&d->mutex);
    last = --entry->users == 0;
    pthread_mutex_unlock(&d->mutex);
    if (last)
        entry_free(entry);
}

/* ---- Adding and removing ------------------------------------------------------------------------------------------------------------ */

/* Takes an entry off the list; those who hold it keep it.  The mutex is held. */
static void unlink_entry(detector_entry **place)
{
    detector_entry *entry = *place;

    *place = entry->next;
    if (--entry->users == 0)
        entry_free(entry);
}

/* Appends an entry, unless its twin is there; of the trained ones the oldest gives way.  The mutex is held. */
static bool link_entry(detectors *d, detector_entry *entry)
{
    detector_entry **place, **oldest = NULL;
    int              trained = 0;

    for (place = &d->first; *place != NULL; place = &(*place)->next) {
        if (is_named(*place, entry->id))
            return false;
        if ((*place)->trained && trained++ == 0)
            oldest = place;
    }
    *place = entry;
    if (entry->trained && trained >= DETECTORS_TRAINED_MAX)
        unlink_entry(oldest);
    return true;
}

static rwda_status add(detectors *d, rwda_detector *take, const char *name, bool trained, char id[17], rwda_error *err)
{
    detector_entry *entry = calloc(1, sizeof *entry);
    bool            is_new;

    if (entry == NULL) {
        rwda_detector_free(take);
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the detector");
    }
    entry->detector = take;
    entry->trained  = trained;
    entry->users    = 1; /* the list */
    (void)snprintf(entry->id, sizeof entry->id, "%.16s", rwda_detector_sha256(take));
    (void)snprintf(entry->name, sizeof entry->name, "%s", name);
    if (id != NULL)
        strcpy(id, entry->id);
    pthread_mutex_lock(&d->mutex);
    is_new = link_entry(d, entry);
    pthread_mutex_unlock(&d->mutex);
    if (!is_new)
        entry_free(entry);
    return RWDA_OK;
}

rwda_status detectors_add_given(detectors *d, rwda_detector *take, const char *name, rwda_error *err)
{
    return add(d, take, name, false, NULL, err);
}

rwda_status detectors_add_trained(detectors *d, rwda_detector *take, const char *name, char id[17], rwda_error *err)
{
    return add(d, take, name, true, id, err);
}

rwda_status detectors_add_file(detectors *d, const char *path, const char *model_sha256, rwda_error *err)
{
    static const char ending[] = ".safetensors";
    rwda_detector    *detector = NULL;
    char              name[65];
    size_t            n;
    rwda_status       status = rwda_detector_load(&detector, path, err);

    if (status != RWDA_OK)
        return status;
    if (strcmp(rwda_detector_model_sha256(detector), model_sha256) != 0) {
        status = rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                         "%.300s: trained with another model (sha256 %.16s..., this one has %.16s...)", path,
                         rwda_detector_model_sha256(detector), model_sha256);
        rwda_detector_free(detector);
        return status;
    }
    (void)snprintf(name, sizeof name, "%s", rw_path_base(path));
    n = strlen(name);
    if (n >= sizeof ending && strcmp(name + n + 1 - sizeof ending, ending) == 0)
        name[n + 1 - sizeof ending] = '\0';
    return detectors_add_given(d, detector, name, err);
}

bool detectors_remove(detectors *d, const char *id)
{
    bool found = false;

    pthread_mutex_lock(&d->mutex);
    for (detector_entry **place = &d->first; *place != NULL; place = &(*place)->next)
        if ((*place)->trained && strcmp((*place)->id, id) == 0) {
            unlink_entry(place);
            found = true;
            break;
        }
    pthread_mutex_unlock(&d->mutex);
    return found;
}

/* ---- Describing --------------------------------------------------------------------------------------------------------------------- */

static json_t *describe(const detector_entry *entry)
{
    json_t *recipe = json_loads(rwda_detector_recipe(entry->detector), 0, NULL), *name = json_string(entry->name);
    size_t  len;

    (void)rwda_detector_bytes(entry->detector, &len);
    return json_pack("{s:s, s:o, s:s, s:s, s:s, s:b, s:I, s:o}", "id", entry->id, "name",
                     name != NULL ? name : json_string(entry->id), "sha256", rwda_detector_sha256(entry->detector),
                     "model_sha256", rwda_detector_model_sha256(entry->detector), "precision",
                     rwda_detector_precision(entry->detector), "trained_here", (int)entry->trained, "bytes", (json_int_t)len,
                     "recipe", recipe != NULL ? recipe : json_null());
}

json_t *detectors_describe(detectors *d)
{
    json_t *list = json_array();

    pthread_mutex_lock(&d->mutex);
    for (const detector_entry *entry = d->first; entry != NULL; entry = entry->next)
        (void)json_array_append_new(list, describe(entry));
    pthread_mutex_unlock(&d->mutex);
    return list;
}
