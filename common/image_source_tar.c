#include "common/image_source_tar.h"

#include "base/memory.h"
#include "common/events.h"
#include "common/json_watch.h"
#include "common/paths.h"
#include "common/tar_reader.h"
#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define IMAGE_LIMIT ((size_t)1 << 30)  /* bytes, as of a file (rwda_image_options) */
#define TEXT_LIMIT  ((size_t)1 << 20)  /* of a .json, .cls or .txt */
#define HELD        16                 /* images of a sample that wait for what is said of it, at most */
#define HELD_LIMIT  ((size_t)64 << 20) /* and their bytes */

typedef struct {
    rw_image_source    base;
    char *const       *archives;
    size_t             n, at;
    rw_tar_addresses   addresses;
    const rwda_events *events;
    rw_tar            *tar; /* NULL: none is open */
    int                file;
    bool               of_address;         /* it is */
    char               shown[RW_PATH_MAX]; /* of the archive that is open, "" for standard input */
    size_t             images, odd;        /* in it; its texts that are not what they should be */
    char              *key;                /* of the sample under way; NULL: none */
    json_t            *given;              /* of it; NULL: nothing yet */
    rw_image_entry     held[HELD];         /* its images */
    size_t             n_held, held_bytes;
    rw_image_entry     ready[HELD + 2]; /* to be handed out: a sample, one that could not be read, and its archive's end */
    size_t             n_ready, first_ready;
} tar_source;

/* ---- Names ------------------------------------------------------------------------------------------------------------------- */

static bool is_address(const char *name)
{
    return strncasecmp(name, "https://", 8) == 0 || strncasecmp(name, "http://", 7) == 0;
}

void rw_tar_shown(char out[RW_PATH_MAX], const char *name)
{
    const char *host = is_address(name) ? strchr(name, ':') + 3 : NULL, *login;

    if (host == NULL) {
        (void)snprintf(out, RW_PATH_MAX, "%s", name);
        return;
    }
    login = memrchr(host, '@', strcspn(host, "/?#")); /* the last: a password may have one too */
    (void)snprintf(out, RW_PATH_MAX, "%.*s", (int)(host - name), name);
    host = login != NULL ? login + 1 : host;
    (void)snprintf(out + strlen(out), RW_PATH_MAX - strlen(out), "%.*s", (int)strcspn(host, "?#"), host);
}

size_t rw_tar_ending(const char *name)
{
    static const char *const endings[] = { ".tar", ".tar.gz", ".tgz", ".tar.zst" };

    for (size_t i = 0; i < RW_COUNTOF(endings); i++)
        if (rw_path_ends_in(name, endings[i]))
            return strlen(endings[i]);
    return 0;
}

bool rw_tar_named(const char *name)
{
    return is_address(name) || rw_tar_ending(name) > 0;
}

static rwda_status open_file(tar_source *s, const char *name, rwda_error *err)
{
    if (strcmp(name, "-") == 0) {
        s->file = STDIN_FILENO;
        return RWDA_OK;
    }
    rw_tar_shown(s->shown, name);
    s->of_address = is_address(name);
    if (s->of_address)
        return s->addresses.open != NULL ? s->addresses.open(s->addresses.user, &s->file, name, err)
                                         : rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "addresses are not read here");
    s->file = open(name, O_RDONLY | O_CLOEXEC);
    return s->file >= 0 ? RWDA_OK
                        : rw_fail(err, errno == ENOENT ? RWDA_ENOTFOUND : RWDA_EIO, RWDA_NO_OFFSET, "cannot open: %s",
                                  strerror(errno));
}

/* RWDA_EIO, EUNSUPPORTED: why an address ended too early. */
static rwda_status close_file(tar_source *s, rwda_error *err)
{
    int file = s->file;

    s->file = -1;
    if (file >= 0 && s->of_address)
        return s->addresses.close(s->addresses.user, file, err);
    if (file >= 0 && file != STDIN_FILENO)
        (void)close(file);
    return RWDA_OK;
}

/* ---- Entries ----------------------------------------------------------------------------------------------------------------- */

/* "ARCHIVE/MEMBER", or the member of an archive without a name. */
static rwda_status name_entry(const tar_source *s, rw_image_entry *out, const char *member, rwda_error *err)
{
    size_t prefix = s->shown[0] != '\0' ? strlen(s->shown) + 1 : 0, len = strnlen(member, RW_PATH_MAX);

    *out      = (rw_image_entry){ .below = prefix };
    out->name = malloc(prefix + len + 1);
    if (out->name == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for its name", member);
    (void)snprintf(out->name, prefix + len + 1, "%s%s%.*s", s->shown, prefix > 0 ? "/" : "", (int)len, member);
    return RWDA_OK;
}

static void refuse(rw_image_entry *entry, rwda_status code, const char *why)
{
    (void)rw_fail(&entry->refused, code, RWDA_NO_OFFSET, "%.400s: %.400s", entry->name, why);
}

/* The images that wait may go, with what was said so far. */
static rwda_status release(tar_source *s, rwda_error *err)
{
    for (size_t i = 0; i < s->n_held; i++) {
        s->held[i].given = s->given != NULL ? json_copy(s->given) : NULL; /* its own: more may be said of the next ones */
        if (s->given != NULL && s->held[i].given == NULL)
            return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for what is said of it", s->held[i].name);
        s->ready[s->n_ready++] = s->held[i];
        s->held[i]             = (rw_image_entry){ .name = NULL };
    }
    s->n_held     = 0;
    s->held_bytes = 0;
    return RWDA_OK;
}

static rwda_status end_sample(tar_source *s, rwda_error *err)
{
    rwda_status status = release(s, err);

    free(s->key);
    json_decref(s->given);
    s->key   = NULL;
    s->given = NULL;
    return status;
}

/* The archive's own entry, where something is wrong with it. */
static rwda_status end_archive(tar_source *s, const rwda_error *why, rwda_error *err)
{
    char        name[RW_PATH_MAX];
    rwda_error  other;
    rwda_status status = RWDA_OK;

    RW_TRY(end_sample(s, err));
    rw_tar_close(s->tar);
    s->tar = NULL;
    if (close_file(s, &other) != RWDA_OK)
        why = &other; /* the reason of what the archive's reader met */
    (void)snprintf(name, sizeof name, "%s", s->shown[0] != '\0' ? s->shown : "standard input");
    s->shown[0] = '\0';
    if (why != NULL) {
        RW_TRY(name_entry(s, &s->ready[s->n_ready], name, err));
        refuse(&s->ready[s->n_ready++], why->code, why->message);
    } else if (s->images == 0) {
        rw_warn(s->events, "%s: no image in this archive", name);
    }
    if (s->odd > 0)
        rw_warn(s->events, "%s: %zu texts beside images are left out: no JSON, or over %zu bytes", name, s->odd, TEXT_LIMIT);
done:
    return status;
}

static rwda_status begin_archive(tar_source *s, rwda_error *err)
{
    const char *name = s->archives[s->at++];
    rwda_error  why;
    rwda_status status = RWDA_OK;

    s->images = s->odd = 0;
    s->of_address      = false;
    status             = open_file(s, name, &why);
    if (status == RWDA_OK)
        status = rw_tar_open(&s->tar, s->file, &s->base, &why);
    if (status == RWDA_ENOMEM || status == RWDA_ECANCELLED)
        return rw_fail(err, status, RWDA_NO_OFFSET, "%.300s: %.300s", name, why.message);
    return status == RWDA_OK ? RWDA_OK : end_archive(s, &why, err);
}

/* ---- Members ----------------------------------------------------------------------------------------------------------------- */

/* Bytes of a member's path up to the first dot of its last name: what a sample's files share. */
static size_t key_length(const char *name)
{
    const char *base = rw_path_base(name);

    return (size_t)(base - name) + strcspn(base, ".");
}

static rwda_status enter_sample(tar_source *s, const char *member, rwda_error *err)
{
    size_t      len    = key_length(member);
    rwda_status status = RWDA_OK;

    if (s->key != NULL && strncmp(s->key, member, len) == 0 && s->key[len] == '\0')
        return RWDA_OK;
    RW_TRY(end_sample(s, err));
    s->key = malloc(len + 1);
    if (s->key == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for its name", member);
    memcpy(s->key, member, len);
    s->key[len] = '\0';
done:
    return status;
}

/* What failed at a member: its archive too, or nothing but the member. */
static bool ends_archive(rwda_status status)
{
    return status == RWDA_EFORMAT || status == RWDA_EIO;
}

static bool ends_all(rwda_status status)
{
    return status == RWDA_ECANCELLED || status == RWDA_ENOMEM;
}

static rwda_status take_image(tar_source *s, const rw_tar_member *member, rwda_error *err)
{
    rw_image_entry *entry = &s->held[s->n_held];
    rwda_error      why;
    rwda_status     status = RWDA_OK;

    RW_TRY(name_entry(s, entry, member->name, err));
    s->n_held++;
    s->images++;
    if (member->why[0] != '\0')
        refuse(entry, RWDA_EUNSUPPORTED, member->why);
    else if ((status = rw_tar_read(s->tar, &entry->bytes, &entry->len, IMAGE_LIMIT, &why)) != RWDA_OK)
        refuse(entry, status, why.message);
    if (ends_all(status))
        return rw_fail(err, status, RWDA_NO_OFFSET, "%s", entry->refused.message);
    if (ends_archive(status))
        return end_archive(s, &why, err);
    status = RWDA_OK;
    s->held_bytes += entry->len;
    if (s->n_held == HELD || s->held_bytes > HELD_LIMIT)
        status = release(s, err);
done:
    return status;
}

/* "cls", "txt" or "json"; NULL: another ending. */
static const char *text_kind(const char *member)
{
    static const char *const kinds[] = { ".cls", ".txt", ".json" };

    for (size_t i = 0; i < RW_COUNTOF(kinds); i++)
        if (strcasecmp(member + key_length(member), kinds[i]) == 0)
            return kinds[i] + 1;
    return NULL;
}

/* Text without the white space at its end; a whole number where it is one. */
static json_t *read_text(char *text, size_t len, bool number)
{
    char     *end;
    long long value;

    while (len > 0 && (unsigned char)text[len - 1] <= ' ')
        len--;
    text[len] = '\0';
    errno     = 0;
    value     = strtoll(text, &end, 10);
    if (number && len > 0 && *end == '\0' && errno == 0 && text[0] > ' ')
        return json_integer((json_int_t)value);
    return strlen(text) == len ? rw_json_text(text) : NULL;
}

static rwda_status take_text(tar_source *s, const rw_tar_member *member, const char *kind, rwda_error *err)
{
    uint8_t    *bytes = NULL;
    size_t      len;
    json_t     *value = NULL;
    rwda_error  why;
    rwda_status status = rw_tar_read(s->tar, &bytes, &len, TEXT_LIMIT, &why);

    if (ends_all(status))
        return rw_fail(err, status, RWDA_NO_OFFSET, "%.300s: %.300s", member->name, why.message);
    if (ends_archive(status))
        return end_archive(s, &why, err);
    if (status == RWDA_OK && strcmp(kind, "json") == 0)
        value = json_loadb((const char *)bytes, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    else if (status == RWDA_OK)
        value = read_text((char *)bytes, len, strcmp(kind, "cls") == 0);
    free(bytes);
    s->odd += value == NULL;
    if (value != NULL && s->given == NULL)
        s->given = json_object();
    if ((value != NULL && json_object_set_new(s->given, kind, value) != 0) || rw_json_lost())
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for what it says", member->name);
    return RWDA_OK;
}

/* One member, or the end of its archive. */
static rwda_status step(tar_source *s, rwda_error *err)
{
    rw_tar_member member;
    const char   *kind;
    rwda_error    why;
    rwda_status   status = rw_tar_next(s->tar, &member, &why);
    bool          image;

    if (ends_all(status))
        return rw_fail(err, status, RWDA_NO_OFFSET, "%.300s: %.300s", s->shown, why.message);
    if (status != RWDA_OK || member.name == NULL)
        return end_archive(s, status != RWDA_OK ? &why : NULL, err);
    if (member.folder)
        goto done;
    kind  = text_kind(member.name);
    image = rwda_image_named(member.name) && !rw_name_is_debris(rw_path_base(member.name));
    if (!image && (kind == NULL || member.why[0] != '\0')) {
        s->base.skipped++;
        goto done;
    }
    RW_TRY(enter_sample(s, member.name, err));
    status = image ? take_image(s, &member, err) : take_text(s, &member, kind, err);
done:
    return status;
}

/* ---- The source -------------------------------------------------------------------------------------------------------------- */

static rwda_status tar_next(rw_image_source *source, rw_image_entry *out, rwda_error *err)
{
    tar_source *s      = (tar_source *)source;
    rwda_status status = RWDA_OK;

    while (s->first_ready == s->n_ready) {
        s->first_ready = s->n_ready = 0;
        if (s->base.stop) /* there may be no image for long */
            return rw_fail(err, RWDA_ECANCELLED, RWDA_NO_OFFSET, "the list of inputs: stopped");
        if (s->tar == NULL && s->at == s->n)
            goto done;
        RW_TRY(s->tar != NULL ? step(s, err) : begin_archive(s, err));
    }
    *out                     = s->ready[s->first_ready];
    s->ready[s->first_ready] = (rw_image_entry){ .name = NULL };
    s->first_ready++;
done:
    return status;
}

static void tar_free(rw_image_source *source)
{
    tar_source *s = (tar_source *)source;

    rw_tar_close(s->tar);
    (void)close_file(s, NULL);
    for (size_t i = 0; i < HELD; i++)
        rw_image_entry_clear(&s->held[i]);
    for (size_t i = 0; i < RW_COUNTOF(s->ready); i++)
        rw_image_entry_clear(&s->ready[i]);
    free(s->key);
    json_decref(s->given);
    free(s);
}

rw_image_source *rw_image_source_tar(char *const *archives, size_t n, const rw_tar_addresses *addresses,
                                     const rwda_events *events)
{
    tar_source *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    s->base.next = tar_next;
    s->base.free = tar_free;
    s->archives  = archives;
    s->n         = n;
    s->events    = events;
    s->file      = -1;
    if (addresses != NULL)
        s->addresses = *addresses;
    return &s->base;
}
