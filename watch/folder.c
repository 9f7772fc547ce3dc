#include "watch/folder.h"

#include "base/memory.h"
#include "common/events.h"
#include "common/image_walk.h"
#include "common/label_words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

#define EVENTS                                                                                                              \
    (IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF)

/* A folder below the watched one. */
typedef struct {
    int   number; /* inotify's, ascending in the list */
    char *path;   /* NULL: it is gone */
} place;

struct watched_folder {
    const char        *path;
    folder_options     options;
    const rwda_events *events;
    int                fd; /* of inotify; -1: it polls */
    place             *places;
    size_t             n_places, room;
    rw_image_walk     *walk;    /* the scan under way; NULL: none */
    rw_image_walk     *below;   /* of a folder that came; NULL: none */
    char             **arrived; /* folders that are to be looked through */
    size_t             n_arrived, arrived_room;
    double             next_scan;
    bool               there, said_gone, said_unreadable, ended; /* ended: inotify cannot go on as it is */
    folder_counts      counts;
    size_t             at, len;
    _Alignas(struct inotify_event) char buffer[65536];
};

/* ---- The folders that inotify watches ------------------------------------------------------------------------------------- */

static void forget_places(watched_folder *f)
{
    while (f->n_places > 0)
        free(f->places[--f->n_places].path);
    f->at = f->len = 0;
}

static void stop_inotify(watched_folder *f)
{
    if (f->fd >= 0)
        (void)close(f->fd);
    f->fd = -1;
    forget_places(f);
}

static void poll_instead(watched_folder *f, const char *path, const char *why)
{
    stop_inotify(f);
    f->options.poll_s = FOLDER_POLL_S;
    f->counts.polls   = true;
    rw_note(f->events, "%.300s: %s: the folder is looked through every %g s", path, why, FOLDER_POLL_S);
}

/* Whether others may write there without this kernel's knowledge. */
static bool is_remote(const char *path)
{
    static const unsigned kinds[] = { 0x6969 /* NFS */,
                                      0x517b /* SMB */,
                                      0xff534d42 /* CIFS */,
                                      0xfe534d42 /* SMB 2 */,
                                      0x65735546 /* FUSE */,
                                      0x01021997 /* 9P */,
                                      0x00c36400 /* Ceph */,
                                      0x5346414f /* AFS */,
                                      0x0bd00bd0 /* Lustre */,
                                      0x47504653 /* GPFS */,
                                      0x786f4256 /* VirtualBox */ };
    struct statfs         info;

    if (statfs(path, &info) != 0)
        return false;
    for (size_t i = 0; i < RW_COUNTOF(kinds); i++)
        if ((unsigned)info.f_type == kinds[i])
            return true;
    return false;
}

/* Before a folder is read, so that nothing comes in between. */
static void watch_place(void *user, const char *path)
{
    watched_folder *f = user;
    int             number;
    char           *copy;

    if (f->fd < 0)
        return;
    if (is_remote(path)) {
        poll_instead(f, path, "lies on a network file system, or on one of a process");
        return;
    }
    number = inotify_add_watch(f->fd, path, EVENTS | IN_ONLYDIR | IN_EXCL_UNLINK | IN_MASK_CREATE);
    if (number < 0) {
        if (errno == ENOSPC)
            poll_instead(f, path, "inotify takes no more folders (sysctl fs.inotify.max_user_watches)");
        return; /* EEXIST: it is watched; others: reading it says why */
    }
    copy = rw_string_copy(path);
    if (copy == NULL || !rw_array_reserve((void **)&f->places, &f->room, f->n_places, 1, sizeof *f->places)) {
        free(copy);
        poll_instead(f, path, "no memory to watch it");
        return;
    }
    f->places[f->n_places++] = (place){ number, copy };
}

static place *find_place(const watched_folder *f, int number)
{
    size_t low = 0, high = f->n_places;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (f->places[middle].number == number)
            return &f->places[middle];
        if (f->places[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* A folder was renamed: what lies in it has other paths. */
static void leave_places(watched_folder *f, const char *path)
{
    for (size_t i = 0; i < f->n_places; i++) {
        place *p = &f->places[i];

        if (p->path != NULL && rw_path_contains(path, p->path)) {
            (void)inotify_rm_watch(f->fd, p->number);
            free(p->path);
            p->path = NULL;
        }
    }
}

static void start_inotify(watched_folder *f)
{
    f->fd    = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    f->ended = false;
    if (f->fd < 0)
        poll_instead(f, f->path, strerror(errno));
}

/* ---- What inotify tells ---------------------------------------------------------------------------------------------------- */

static void arrive(watched_folder *f, const char *path)
{
    char *copy = rw_string_copy(path);

    if (copy != NULL && rw_array_reserve((void **)&f->arrived, &f->arrived_room, f->n_arrived, 1, sizeof *f->arrived))
        f->arrived[f->n_arrived++] = copy;
    else {
        free(copy);
        f->next_scan = 0;
    }
}

static folder_news take_event(char path[RW_PATH_MAX], watched_folder *f, const struct inotify_event *event)
{
    place *p = find_place(f, event->wd);
    bool   folder;

    if ((event->mask & IN_Q_OVERFLOW) != 0) {
        f->counts.overflows++;
        f->ended = true;
        return FOLDER_LOOK;
    }
    if (p == NULL || p->path == NULL)
        return FOLDER_LOOK;
    if ((event->mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) != 0) {
        if (strcmp(p->path, f->path) == 0)
            f->ended = true;
        if ((event->mask & IN_IGNORED) != 0) {
            free(p->path);
            p->path = NULL;
        }
        return FOLDER_LOOK;
    }
    if (event->len == 0 || rw_name_is_debris(event->name) || !rw_path_format(path, "%s/%s", p->path, event->name))
        return FOLDER_LOOK; /* a scan says what is too long */
    folder = (event->mask & IN_ISDIR) != 0;
    if (folder && (event->mask & (IN_MOVED_FROM | IN_DELETE)) != 0)
        leave_places(f, path);
    if ((event->mask & (IN_CREATE | IN_MOVED_TO)) != 0 &&
        (folder || rw_path_is_directory(path, ""))) { /* or a link to one */
        if (!rw_folder_is_masks(event->name))
            arrive(f, path);
        return FOLDER_LOOK;
    }
    if (folder)
        return FOLDER_LOOK;
    return (event->mask & (IN_DELETE | IN_MOVED_FROM)) != 0      ? FOLDER_GONE
           : (event->mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0 ? FOLDER_CLOSED
                                                                 : FOLDER_CHANGED;
}

static folder_news next_event(char path[RW_PATH_MAX], watched_folder *f)
{
    const struct inotify_event *event;

    if (f->at == f->len) {
        ssize_t got = f->fd >= 0 ? read(f->fd, f->buffer, sizeof f->buffer) : -1;

        if (got <= 0)
            return FOLDER_NOTHING;
        f->at  = 0;
        f->len = (size_t)got;
    }
    event = (const struct inotify_event *)(const void *)(f->buffer + f->at);
    f->at += sizeof *event + event->len;
    return take_event(path, f, event);
}

/* ---- Scans ------------------------------------------------------------------------------------------------------------------- */

static rw_image_walk *begin_walk(watched_folder *f, const char *from)
{
    rw_image_walk *walk = rw_image_walk_new(f->path, false);

    rw_image_walk_on_folder(walk, watch_place, f);
    if (walk != NULL && rw_image_walk_add(walk, from, 0))
        return walk;
    rw_image_walk_free(walk);
    return NULL; /* no memory: another time */
}

static double interval(const watched_folder *f)
{
    return 1e3 * (!f->there ? FOLDER_POLL_S : f->options.poll_s > 0 ? f->options.poll_s : f->options.rescan_s);
}

static void begin_scan(watched_folder *f, double now)
{
    f->there         = rw_path_is_directory(f->path, "");
    f->counts.unread = !f->there;
    f->next_scan     = now + interval(f);
    if (!f->there) {
        if (!f->said_gone)
            rw_warn(f->events, "%.300s: is gone, or no folder; it is looked for every %g s", f->path, FOLDER_POLL_S);
        f->said_gone = true;
        stop_inotify(f);
        return;
    }
    if (f->said_gone)
        rw_warn(f->events, "%.300s: is there again", f->path);
    f->said_gone = false;
    if (f->options.poll_s == 0.0 && f->fd < 0)
        start_inotify(f);
    f->walk = begin_walk(f, f->path);
}

static void end_scan(watched_folder *f, double now)
{
    rw_image_walk_free(f->walk);
    f->walk            = NULL;
    f->said_unreadable = true;
    f->next_scan       = now + interval(f);
    f->counts.scans++;
}

static folder_news step(char path[RW_PATH_MAX], watched_folder *f, rw_image_walk *walk, bool *ended)
{
    rw_walk_found found = rw_image_walk_next(path, walk);

    *ended = found == RW_WALK_END;
    f->counts.unread += found == RW_WALK_UNREADABLE;
    if (found == RW_WALK_IMAGE)
        return FOLDER_FOUND;
    if (!f->said_unreadable && found == RW_WALK_UNREADABLE)
        rw_warn(f->events, "%.300s: the folder cannot be read, or lies over 32 folders deep; what is in it is not scored",
                path);
    if (!f->said_unreadable && found == RW_WALK_TOO_LONG)
        rw_warn(f->events, "%.300s...: a path of over %d bytes is not scored", path, RW_PATH_MAX - 1);
    return FOLDER_LOOK;
}

static folder_news scan(char path[RW_PATH_MAX], watched_folder *f, double now)
{
    folder_news news;
    bool        ended = false;

    if (f->below == NULL && f->n_arrived > 0) {
        char *from = f->arrived[--f->n_arrived];

        f->below = begin_walk(f, from);
        free(from);
    }
    if (f->below != NULL) {
        news = step(path, f, f->below, &ended);
        if (ended) {
            rw_image_walk_free(f->below);
            f->below = NULL;
        }
        return news;
    }
    if (f->walk == NULL && now >= f->next_scan) {
        begin_scan(f, now);
        return f->walk != NULL ? FOLDER_LOOK : FOLDER_NOTHING;
    }
    if (f->walk == NULL)
        return FOLDER_NOTHING;
    news = step(path, f, f->walk, &ended);
    if (ended)
        end_scan(f, now);
    return news;
}

folder_news folder_next(char path[RW_PATH_MAX], watched_folder *f, bool may_scan, double now)
{
    folder_news news = next_event(path, f);

    if (f->ended) { /* what was heard of may be incomplete: all anew */
        stop_inotify(f);
        f->ended     = false;
        f->next_scan = now;
        rw_image_walk_free(f->walk);
        f->walk = NULL;
        return FOLDER_LOOK;
    }
    return news != FOLDER_NOTHING || !may_scan ? news : scan(path, f, now);
}

/* ---- The rest ---------------------------------------------------------------------------------------------------------------- */

rwda_status folder_open(watched_folder **out, const char *path, const folder_options *options, const rwda_events *events,
                        rwda_error *err)
{
    watched_folder *f = calloc(1, sizeof *f);

    *out = f;
    if (f == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory to watch it", path);
    f->path         = path;
    f->options      = *options;
    f->events       = events;
    f->fd           = -1;
    f->counts.polls = options->poll_s > 0.0;
    return RWDA_OK;
}

void folder_close(watched_folder *f)
{
    if (f == NULL)
        return;
    stop_inotify(f);
    rw_image_walk_free(f->walk);
    rw_image_walk_free(f->below);
    while (f->n_arrived > 0)
        free(f->arrived[--f->n_arrived]);
    free(f->arrived);
    free(f->places);
    free(f);
}

int folder_fd(const watched_folder *f)
{
    return f->fd;
}

bool folder_scanned(const watched_folder *f)
{
    return (f->counts.scans > 0 || !f->there) && f->walk == NULL && f->below == NULL && f->n_arrived == 0 &&
           f->next_scan > 0;
}

bool folder_is_there(const watched_folder *f)
{
    return f->there;
}

folder_counts folder_count(const watched_folder *f)
{
    return f->counts;
}
