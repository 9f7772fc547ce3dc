/* detectors.c - which detectors are there, by id, name or SHA-256?
 *
 * Those of the command line stay; trained ones are kept in memory, the oldest gives way.  An entry lives as long as somebody holds it. */
#include "serve/serve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRAINED_MAX 8

struct detectors {
    detector_entry *first; /* files first, then trained ones in order */
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
    if (entry == NULL)
        return;
    rwda_detector_free(entry->detector);
    free(entry->bytes);
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

void detectors_release(detectors *d, detector_entry *entry)
{
    bool last;

    pthread_mutex_lock(&d->mutex);
    last = --entry->users == 0;
    pthread_mutex_unlock(&d->mutex);
    if (last)
        entry_free(entry);
}

/* Takes an entry off the list; those who hold it keep it. */
static void unlink_entry(detectors *d, detector_entry **place)
{
    detector_entry *entry = *place;

    *place = entry->next;
    if (--entry->users == 0)
        entry_free(entry);
    (void)d;
}

/* The bytes of the detector's file, through a file: the library writes nowhere else. */
static rwda_status file_bytes(detector_entry *entry, rwda_error *err)
{
    const char *folder = getenv("TMPDIR");
    char        name[CLI_PATH_MAX], path[CLI_PATH_MAX];
    rwda_status status = RWDA_EIO;
    FILE       *file;
    long        len;

    *err = (rwda_error){ RWDA_EIO, RWDA_NO_OFFSET, "a folder for temporary files cannot be used" };
    if (!cli_path(name, "%s/rwda-XXXXXX", folder != NULL ? folder : "/tmp") || mkdtemp(name) == NULL)
        return RWDA_EIO;
    if (cli_path(path, "%s/detector.safetensors", name) &&
        (status = rwda_detector_save(entry->detector, path, 0, err)) == RWDA_OK) {
        file   = fopen(path, "rb");
        status = RWDA_EIO;
        if (file != NULL && fseek(file, 0, SEEK_END) == 0 && (len = ftell(file)) > 0) {
            rewind(file);
            entry->len   = (size_t)len;
            entry->bytes = malloc(entry->len);
            if (entry->bytes != NULL && fread(entry->bytes, 1, entry->len, file) == entry->len)
                status = RWDA_OK;
        }
        if (file != NULL)
            (void)fclose(file);
        (void)unlink(path);
    }
    (void)rmdir(name);
    if (status == RWDA_EIO)
        *err = (rwda_error){ RWDA_EIO, RWDA_NO_OFFSET, "the detector cannot be written to a temporary file" };
    return status;
}

/* Takes the detector, also when it fails.  A detector that is there already is not added again. */
static rwda_status add(detectors *d, rwda_detector *take, const char *name, bool trained, char id[17], rwda_error *err)
{
    detector_entry  *entry = calloc(1, sizeof *entry), *twin;
    detector_entry **place, **oldest = NULL;
    int              n = 0;
    rwda_status      status;

    if (entry == NULL) {
        rwda_detector_free(take);
        *err = (rwda_error){ RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the detector" };
        return RWDA_ENOMEM;
    }
    entry->detector = take;
    entry->trained  = trained;
    entry->users    = 1; /* the list */
    (void)snprintf(entry->id, sizeof entry->id, "%.16s", rwda_detector_sha256(take));
    (void)snprintf(entry->name, sizeof entry->name, "%s", name);
    if (id != NULL)
        strcpy(id, entry->id);
    twin = detectors_hold(d, entry->id);
    if (twin != NULL) {
        detectors_release(d, twin);
        entry_free(entry);
        return RWDA_OK;
    }
    status = file_bytes(entry, err);
    if (status != RWDA_OK) {
        entry_free(entry);
        return status;
    }
    pthread_mutex_lock(&d->mutex);
    for (place = &d->first; *place != NULL; place = &(*place)->next)
        if ((*place)->trained) {
            n++;
            oldest = oldest == NULL ? place : oldest;
        }
    *place = entry;
    if (trained && n >= TRAINED_MAX)
        unlink_entry(d, oldest);
    pthread_mutex_unlock(&d->mutex);
    return RWDA_OK;
}

rwda_status detectors_add_file(detectors *d, const char *path, const rwda_model *model, rwda_error *err)
{
    const char    *slash    = strrchr(path, '/');
    const char    *base     = slash != NULL ? slash + 1 : path;
    rwda_detector *detector = NULL;
    char           name[65];
    size_t         n;
    rwda_status    status = rwda_detector_load(&detector, path, err);

    if (status != RWDA_OK)
        return status;
    if (strcmp(rwda_detector_model_sha256(detector), rwda_model_get_info(model)->sha256) != 0) {
        *err = (rwda_error){ RWDA_EMISMATCH, RWDA_NO_OFFSET, "" };
        (void)snprintf(err->message, sizeof err->message,
                       "%.300s: trained with another model (sha256 %.16s..., this one has %.16s...)", path,
                       rwda_detector_model_sha256(detector), rwda_model_get_info(model)->sha256);
        rwda_detector_free(detector);
        return RWDA_EMISMATCH;
    }
    (void)snprintf(name, sizeof name, "%s", base);
    n = strlen(name);
    if (n > 12 && strcmp(name + n - 12, ".safetensors") == 0)
        name[n - 12] = '\0';
    return add(d, detector, name, false, NULL, err);
}

rwda_status detectors_add_trained(detectors *d, rwda_detector *take, const char *name, char id[17], rwda_error *err)
{
    return add(d, take, name, true, id, err);
}

json_t *detector_describe(const detector_entry *entry)
{
    json_t *recipe = json_loads(rwda_detector_recipe(entry->detector), 0, NULL), *name = json_string(entry->name);

    return json_pack("{s:s, s:o, s:s, s:s, s:s, s:b, s:I, s:o}", "id", entry->id, "name",
                     name != NULL ? name : json_string(entry->id), "sha256", rwda_detector_sha256(entry->detector),
                     "model_sha256", rwda_detector_model_sha256(entry->detector), "precision",
                     rwda_detector_precision(entry->detector), "trained_here", (int)entry->trained, "bytes",
                     (json_int_t)entry->len, "recipe", recipe != NULL ? recipe : json_null());
}

json_t *detectors_list(detectors *d)
{
    json_t *list = json_array();

    pthread_mutex_lock(&d->mutex);
    for (const detector_entry *entry = d->first; entry != NULL; entry = entry->next)
        (void)json_array_append_new(list, detector_describe(entry));
    pthread_mutex_unlock(&d->mutex);
    return list;
}

bool detectors_remove(detectors *d, const char *id)
{
    bool found = false;

    pthread_mutex_lock(&d->mutex);
    for (detector_entry **place = &d->first; *place != NULL; place = &(*place)->next)
        if ((*place)->trained && strcmp((*place)->id, id) == 0) {
            unlink_entry(d, place);
            found = true;
            break;
        }
    pthread_mutex_unlock(&d->mutex);
    return found;
}
