#include "hub/pull.h"

#include "base/memory.h"
#include "common/paths.h"
#include "common/text.h"
#include "hub/card.h"
#include "hub/readable.h"
#include "hub/snapshot.h"

#include <rwda.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#define SMALL_MAX   ((uint64_t)64 << 20) /* bytes of what is not weights: the largest tokenizer has 34 million */
#define WEIGHTS_MAX ((uint64_t)1 << 40)  /* bytes of one file of weights */
#define RESERVE     ((uint64_t)64 << 20) /* bytes that stay free on the disk */

/* Beside config and weights: what a checkpoint may have, for us or for the other programs that look into this cache. */
#define CARD "README.md"
static const char *const companions[] = { "preprocessor_config.json",
                                          "processor_config.json",
                                          "tokenizer.json",
                                          "tokenizer_config.json",
                                          "special_tokens_map.json",
                                          "vocab.json",
                                          "merges.txt" };

typedef struct {
    const rw_hub_wanted   *wanted;
    const rw_hub_settings *settings;
    rw_hub_job             job;
    rw_hub_pulled         *out;
    size_t                 room;                      /* of out->files */
    char                   revision[RW_HUB_NAME_MAX]; /* what is asked for: the commit, once it is known */
} pull;

/* ---- What the hub has ---------------------------------------------------------------------------------------------------- */

static rwda_status refusal(const pull *p, const rw_hub_answer *a, const char *file, rwda_error *err)
{
    const char *repository = p->wanted->repository, *endpoint = p->settings->endpoint;
    bool        token = p->settings->token[0] != '\0';

    if (strcmp(a->problem, "GatedRepo") == 0 || (a->code == 403 && a->problem[0] == '\0'))
        return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                       "%.100s: its owner gives it to those who accept conditions: do so at %.150s/%.100s, %s", repository,
                       endpoint, repository,
                       token ? "with the account that HF_TOKEN belongs to" : "then set HF_TOKEN to a token of that account");
    if (strcmp(a->problem, "RevisionNotFound") == 0)
        return rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET, "%.100s: no revision \"%.100s\" at %.150s", repository,
                       p->revision, endpoint);
    if (a->code == 401 || strcmp(a->problem, "RepoNotFound") == 0)
        return rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET, "%.100s: no such repository at %.150s, or a private one: %s",
                       repository, endpoint, token ? "HF_TOKEN does not open it" : "no token was given (HF_TOKEN)");
    return rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.200s of %.100s: the server answers %d", file, repository, a->code);
}

static bool is_missing(const rw_hub_answer *a)
{
    return strcmp(a->problem, "EntryNotFound") == 0 || (a->code == 404 && a->problem[0] == '\0');
}

/* The hub's word on a file; *found false: it has none of that name.  The first answer fixes the commit for all that follow. */
static rwda_status look_up(pull *p, rw_hub_file *out, bool *found, const char *name, uint64_t limit, rwda_error *err)
{
    rw_hub_answer a;
    rwda_status   status = RWDA_OK;

    *found = false;
    if (p->out->n > 0 || p->out->commit[0] != '\0')
        (void)snprintf(p->revision, sizeof p->revision, "%s", p->out->commit);
    RW_TRY(rw_hub_http_ask(p->job.http, &a, p->wanted->repository, p->revision, name, err));
    if (a.code != 200 && !is_missing(&a)) {
        status = refusal(p, &a, name, err);
        goto done;
    }
    if (p->out->commit[0] == '\0' && rw_hub_is_commit(a.commit))
        memcpy(p->out->commit, a.commit, sizeof a.commit);
    if (a.code != 200) {
        if (p->out->commit[0] != '\0')
            rw_hub_note_absence(p->settings->cache, p->wanted->repository, p->out->commit, name);
        goto done;
    }
    if (!rw_hub_is_commit(a.commit) || strcmp(a.commit, p->out->commit) != 0) {
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                         "%.150s: its answer about %.100s names no commit (X-Repo-Commit), or another one: not a hub, or "
                         "something between",
                         p->settings->endpoint, name);
        goto done;
    }
    if (!rw_hub_is_digest(a.digest) || a.size == UINT64_MAX) {
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                         "%.150s: its answer about %.100s has no hash or no size: nothing to check it by",
                         p->settings->endpoint, name);
        goto done;
    }
    if (a.size > limit) {
        status = rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.200s of %.100s: %llu bytes are over the limit of %llu", name,
                         p->wanted->repository, (unsigned long long)a.size, (unsigned long long)limit);
        goto done;
    }
    (void)snprintf(out->file, sizeof out->file, "%s", name);
    memcpy(out->digest, a.digest, sizeof out->digest);
    out->size = a.size;
    *found    = true;
done:
    return status;
}

static rwda_status add(pull *p, const rw_hub_file *file, rwda_error *err)
{
    rw_hub_pulled *out   = p->out;
    void          *files = out->files;

    if (!rw_array_reserve(&files, &p->room, out->n, 1, sizeof *out->files))
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.200s: no memory for its list of files", p->wanted->repository);
    out->files           = files;
    out->files[out->n++] = *file;
    out->bytes += file->size;
    out->missing += file->size - rw_hub_blob_have(p->settings->cache, p->wanted->repository, file);
    return RWDA_OK;
}

static rwda_status add_if_there(pull *p, bool *found, const char *name, uint64_t limit, rwda_error *err)
{
    rw_hub_file file;
    rwda_status status = look_up(p, &file, found, name, limit, err);

    return status == RWDA_OK && *found ? add(p, &file, err) : status;
}

/* NULL: the repository has none of that name. */
static const rw_hub_file *find(const pull *p, const char *name)
{
    for (size_t i = 0; i < p->out->n; i++)
        if (strcmp(p->out->files[i].file, name) == 0)
            return &p->out->files[i];
    return NULL;
}

/* A small file that says something of the others, without a bar. */
static rwda_status fetch_blob(pull *p, const rw_hub_file *file, rwda_error *err)
{
    rw_hub_job  quiet = p->job;
    rwda_status status;

    quiet.commit       = p->out->commit;
    quiet.total        = 0;
    status             = rw_hub_blob_fetch(&quiet, file, err);
    p->job.fetched     = quiet.fetched;
    p->job.disk_failed = quiet.disk_failed;
    return status;
}

/* The same, linked at once. */
static rwda_status fetch_now(pull *p, const char *name, rwda_error *err)
{
    const rw_hub_file *file   = find(p, name);
    rwda_status        status = file != NULL ? fetch_blob(p, file, err) : RWDA_OK;

    return status == RWDA_OK && file != NULL
               ? rw_hub_link(p->settings->cache, p->wanted->repository, p->out->commit, name, file->digest, err)
               : status;
}

/* What this version cannot read is not fetched: the config is not linked, so that nothing looks like half a model. */
static rwda_status check_config(pull *p, const char *name, rwda_error *err)
{
    const rw_hub_file *file = find(p, name);
    char               path[RW_PATH_MAX];
    rwda_status        status;

    RW_TRY(fetch_blob(p, file, err));
    if (!rw_hub_blob_path(path, p->settings->cache, p->wanted->repository, file->digest)) {
        status = rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.200s: its path in the cache has over %d bytes", name,
                         RW_PATH_MAX - 1);
        goto done;
    }
    status = rw_hub_config_check(path, err);
    if (status != RWDA_OK && status != RWDA_ENOMEM && status != RWDA_EIO)
        (void)rw_fail_prefix(err, status, p->wanted->repository);
done:
    return status;
}

/* Said before the weights are fetched.  The library knows who needs one: it reads the config where the file would lie. */
static rwda_status warn_of_tokenizer(pull *p, const char *config, rwda_error *err)
{
    char            path[RW_PATH_MAX];
    rwda_tokenizer *tokenizer = NULL;
    rwda_error      why;
    rwda_status     status = RWDA_OK;

    if (find(p, "tokenizer.json") != NULL)
        return RWDA_OK;
    RW_TRY(fetch_now(p, config, err));
    if (rw_hub_snapshot_path(path, p->settings->cache, p->wanted->repository, p->out->commit, "") &&
        rwda_tokenizer_open(&tokenizer, path, &why) == RWDA_ENOTFOUND)
        rw_warn(p->job.events, "%s has no tokenizer.json, which this model's texts need: its images alone can be used",
                p->wanted->repository);
    rwda_tokenizer_free(tokenizer);
done:
    return status;
}

static rwda_status add_parts(pull *p, const char *index, rwda_error *err)
{
    char        path[RW_PATH_MAX];
    char      **parts = NULL;
    bool        found;
    rwda_status status = RWDA_OK;

    RW_TRY(fetch_now(p, index, err));
    if (!rw_hub_snapshot_path(path, p->settings->cache, p->wanted->repository, p->out->commit, index)) {
        status = rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.200s: its path in the cache has over %d bytes", index,
                         RW_PATH_MAX - 1);
        goto done;
    }
    RW_TRY(rw_hub_index_read(&parts, path, err));
    for (size_t i = 0; parts[i] != NULL; i++) {
        RW_TRY(add_if_there(p, &found, parts[i], WEIGHTS_MAX, err));
        if (!found) {
            status =
                rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET, "%.100s: %.150s names the part %.150s, which it does not have",
                        p->wanted->repository, index, parts[i]);
            goto done;
        }
    }
done:
    rw_names_free(parts);
    return status;
}

static rwda_status check_known(const pull *p, rwda_error *err)
{
    const rw_hub_model *model = p->wanted->model;
    const rw_hub_file  *file  = p->wanted->pinned && model->sha256 != NULL ? find(p, model->weights) : NULL;

    if (file == NULL || strcmp(file->digest, model->sha256) == 0)
        return RWDA_OK;
    return rw_fail(
        err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
        "%.60s: the hub's %.60s has the sha256 %.64s now, not %.64s; if you want that one: rwda model pull %.100s",
        model->name, model->weights, file->digest, model->sha256, model->repository);
}

static rwda_status add_weights(pull *p, const rw_hub_layout *layout, rwda_error *err)
{
    const rw_hub_model *model    = p->wanted->model;
    const char         *known[2] = { model != NULL ? model->weights : NULL, NULL };
    const char *const  *names    = known[0] != NULL ? known : layout->weights;
    bool                found    = false;
    rwda_status         status   = RWDA_OK;

    for (size_t i = 0; !found && names[i] != NULL; i++) {
        RW_TRY(add_if_there(p, &found, names[i], rw_hub_is_index(names[i]) ? SMALL_MAX : WEIGHTS_MAX, err));
        if (found && rw_hub_is_index(names[i]))
            RW_TRY(add_parts(p, names[i], err));
    }
    if (!found)
        status = rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                         "%.200s: has no %s; other files of weights are not fetched (a pickle can run code when it is read)",
                         p->wanted->repository, names[0]);
    else
        status = check_known(p, err);
done:
    return status;
}

static rwda_status list_files(pull *p, rwda_error *err)
{
    const rw_hub_layout *layout = NULL;
    bool                 found;
    rwda_status          status = RWDA_OK;

    for (size_t l = 0; layout == NULL && l < RW_COUNTOF(rw_hub_layouts); l++) {
        RW_TRY(add_if_there(p, &found, rw_hub_layouts[l].config, SMALL_MAX, err));
        if (found)
            layout = &rw_hub_layouts[l];
    }
    if (layout == NULL) {
        status = rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                         "%.200s: has neither %s nor %s: not a checkpoint that rwda knows", p->wanted->repository,
                         rw_hub_layouts[0].config, rw_hub_layouts[1].config);
        goto done;
    }
    RW_TRY(check_config(p, layout->config, err));
    RW_TRY(add_if_there(p, &found, CARD, SMALL_MAX, err));
    for (size_t i = 0; i < RW_COUNTOF(companions); i++)
        RW_TRY(add_if_there(p, &found, companions[i], SMALL_MAX, err));
    RW_TRY(add_weights(p, layout, err));
    RW_TRY(warn_of_tokenizer(p, layout->config, err));
done:
    return status;
}

/* ---- What is said and asked before ---------------------------------------------------------------------------------------- */

static rwda_status read_card(pull *p, rwda_error *err)
{
    char        path[RW_PATH_MAX];
    rwda_status status = RWDA_OK;

    RW_TRY(fetch_now(p, CARD, err));
    if (rw_hub_snapshot_path(path, p->settings->cache, p->wanted->repository, p->out->commit, CARD))
        rw_hub_card_licence(p->out->licence, sizeof p->out->licence, path);
done:
    return status;
}

static void say_terms(const pull *p)
{
    const rw_hub_model *model = p->wanted->model;
    const char         *card  = p->out->licence[0] != '\0' ? p->out->licence : "not stated";

    rw_note(p->job.events, "%s at %.12s: %zu file%s, %.1f MB, of which %.1f MB are not here yet", p->wanted->repository,
            p->out->commit, p->out->n, rw_s(p->out->n), 1e-6 * (double)p->out->bytes, 1e-6 * (double)p->out->missing);
    if (model != NULL && rw_hub_catalog_licence(model) != NULL)
        rw_note(p->job.events, "licence: %s (known as %s); limits: %s.  %s/%s has the terms", card, model->licence,
                model->limits, p->settings->endpoint, p->wanted->repository);
    else
        rw_note(p->job.events, "licence: %s.  %s/%s has the terms", card, p->settings->endpoint, p->wanted->repository);
    if (model != NULL && !model->read)
        rw_note(p->job.events, "this version of rwda reads images of %s and no texts (docs/models.md)", model->family);
}

static rwda_status check_room(pull *p, rwda_error *err)
{
    struct statvfs disk;
    uint64_t       room;

    if (p->out->missing == 0 || statvfs(p->settings->cache, &disk) != 0)
        return RWDA_OK;
    room = (uint64_t)disk.f_bavail * disk.f_frsize;
    if (room >= p->out->missing && room - p->out->missing >= RESERVE)
        return RWDA_OK;
    if (room >= p->out->missing && p->out->missing < RESERVE)
        return RWDA_OK; /* small things may have the last of it */
    p->job.disk_failed = true;
    return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET,
                   "%.200s: %.1f MB are missing and the disk has room for %.1f MB; HF_HUB_CACHE names another place",
                   p->settings->cache, 1e-6 * (double)p->out->missing, 1e-6 * (double)room);
}

/* ---- All of it ------------------------------------------------------------------------------------------------------------ */

static rwda_status fetch_all(pull *p, rwda_error *err)
{
    rw_hub_pulled *out    = p->out;
    rwda_status    status = RWDA_OK;

    p->job.commit = out->commit;
    p->job.done   = 0;
    p->job.total  = out->missing > 0 ? out->bytes : 0;
    for (size_t i = 0; i < out->n; i++)
        RW_TRY(rw_hub_blob_fetch(&p->job, &out->files[i], err));
    for (size_t i = 0; i < out->n; i++)
        RW_TRY(rw_hub_link(p->settings->cache, p->wanted->repository, out->commit, out->files[i].file, out->files[i].digest,
                           err));
    RW_TRY(rw_hub_write_ref(p->settings->cache, p->wanted->repository, p->wanted->revision, out->commit, err));
done:
    return status;
}

rwda_status rw_hub_pull(rw_hub_pulled *out, const rw_hub_wanted *wanted, const rw_hub_settings *settings, bool plan_only,
                        const rwda_events *events, rwda_error *err)
{
    pull        p = { .wanted = wanted, .settings = settings, .out = out };
    char        path[RW_PATH_MAX], missing[RW_HUB_NAME_MAX];
    rwda_status status = RWDA_OK;

    *out  = (rw_hub_pulled){ .n = 0 };
    p.job = (rw_hub_job){ .cache = settings->cache, .repository = wanted->repository, .events = events };
    (void)snprintf(p.revision, sizeof p.revision, "%s", wanted->revision);
    if (settings->cache[0] == '\0' || !rw_path_format(path, "%s/", settings->cache)) {
        status = rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET,
                         "no place for the hub's cache: neither HF_HUB_CACHE nor HOME is set");
        goto done;
    }
    if (settings->offline &&
        rw_hub_find(out->path, missing, settings->cache, wanted->repository, wanted->revision) == RW_HUB_COMPLETE) {
        rw_note(events, "%s: is here; HF_HUB_OFFLINE is set, so the hub is not asked", wanted->repository);
        return RWDA_OK;
    }
    if (settings->offline) {
        status = rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "%.200s: HF_HUB_OFFLINE is set, so nothing is fetched",
                         wanted->repository);
        goto done;
    }
    RW_TRY(rw_hub_http_new(&p.job.http, settings, err));
    RW_TRY(list_files(&p, err));
    RW_TRY(rw_path_make_folders(path, err));
    rw_hub_tag(settings->cache);
    RW_TRY(read_card(&p, err));
    say_terms(&p);
    RW_TRY(check_room(&p, err));
    if (!plan_only)
        RW_TRY(fetch_all(&p, err));
    out->fetched = p.job.fetched;
    if (!rw_hub_snapshot_path(out->path, settings->cache, wanted->repository, out->commit, ""))
        status = rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.200s: its path in the cache has over %d bytes",
                         wanted->repository, RW_PATH_MAX - 1);
done:
    rw_hub_http_free(p.job.http);
    if (status != RWDA_OK) {
        rw_hub_pulled_free(out);
        out->disk_failed = p.job.disk_failed;
    }
    return status;
}

void rw_hub_pulled_free(rw_hub_pulled *pulled)
{
    free(pulled->files);
    *pulled = (rw_hub_pulled){ .n = 0 };
}
