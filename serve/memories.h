/* memories.h - registry of memories of normal images by id, SHA-256 or name.                            layer: serve
 *
 * Those of the start stay.  Those made here are bounded in number and in bytes (limits.h): one that nobody uses gives way, the one that was
 * not asked for for longest first.  An entry lives, and counts, as long as somebody holds it.  Any thread. */
#ifndef SERVE_MEMORIES_H
#define SERVE_MEMORIES_H

#include "common/decision.h"
#include "serve/detectors.h"
#include "serve/limits.h"

#include <rwda_memory.h>

typedef struct scorers scorers;

typedef struct memories     memories;
typedef struct memory_entry memory_entry;
struct memory_entry {
    char         id[17], name[65];
    rwda_memory *memory;
    decision decision;  /* by its own leave-one-out scores, for a scorer with the memory alone; threshold NaN: it has none */
    float    map_scale; /* value of its maps that is drawn as the brightest colour */
    scorers *scorers;   /* that use it; the engine thread's */
    bool     made;      /* here, or taken up */
    int      users;     /* the registry's, as what follows */
    uint64_t used;      /* when last, by the registry's clock */
    memory_entry *next;
};

/* Both must outlive it.  NULL: no memory. */
memories *memories_new(detectors *registry, const service_limits *limits);
void      memories_free(memories *m);

/* Whether a memory made here may have this name: not that of one from the start.  Another made one of this name will go. */
bool memories_may_be_called(memories *m, const char *name);

/* Takes over the memory, also when it fails, and computes what follows from it; one that is there already is not added again.  *out is held
 * for the caller.  name "": "memory-<number>"; session: the caller's.  RWDA_ELIMIT: larger than all may be; RWDA_ENOMEM: no memory, or those
 * that could give way are in use; RWDA_EINVAL: the memory of a batch. */
rwda_status memories_add_made(memory_entry **out, memories *m, rwda_memory *take, const char *name, rwda_session *session,
                              rwda_error *err);
/* Loads a file, whose name without its ending is the memory's.  What rwda_memory_load() says, and the above. */
rwda_status memories_add_file(memories *m, const char *path, const rwda_model *model, rwda_session *session,
                              rwda_error *err);

memory_entry *memories_hold(memories *m, const char *name); /* NULL name: the first; NULL: there is none */
void          memories_release(memories *m, memory_entry *entry);
bool          memories_remove(memories *m, const char *id); /* made ones only, by id or name; those who hold it keep it */

typedef struct {
    size_t  count; /* in the list */
    int64_t bytes; /* of the made ones, and of removed ones that are still held */
} memories_total;
memories_total memories_count(memories *m);

json_t *memories_describe(memories *m);                     /* an array of objects */
json_t *memories_describe_whole(const memory_entry *entry); /* with the images' scores and the threshold file */

#endif
