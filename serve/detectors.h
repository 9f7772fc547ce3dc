/* detectors.h - registry of detectors by id, name or SHA-256.                                           layer: serve
 *
 * Those of the start stay; of those trained here the last few are kept, the oldest gives way.  An entry lives as long as somebody holds
 * it.  Any thread. */
#ifndef SERVE_DETECTORS_H
#define SERVE_DETECTORS_H

#include "base/status.h"

#include <jansson.h>
#include <stdbool.h>

#define DETECTORS_TRAINED_MAX 8

typedef struct detectors      detectors;
typedef struct detector_entry detector_entry;
struct detector_entry {
    char            id[17], name[65];
    rwda_detector  *detector;
    bool            trained;
    int             users; /* the registry's */
    detector_entry *next;
};

detectors *detectors_new(void); /* NULL: no memory */
void       detectors_free(detectors *d);

/* Both take over the detector, also when they fail; one that is there already is not added again. */
rwda_status detectors_add_given(detectors *d, rwda_detector *take, const char *name, rwda_error *err);
rwda_status detectors_add_trained(detectors *d, rwda_detector *take, const char *name, char id[17], rwda_error *err);
/* Loads a file, whose name without its ending is the detector's.  What rwda_detector_load() says; RWDA_EMISMATCH: another model's. */
rwda_status detectors_add_file(detectors *d, const char *path, const char *model_sha256, rwda_error *err);

detector_entry *detectors_hold(detectors *d, const char *name);          /* NULL name: the first; NULL: there is none */
void            detectors_hold_too(detectors *d, detector_entry *entry); /* once more, for another: the caller holds it */
void            detectors_release(detectors *d, detector_entry *entry);
bool            detectors_remove(detectors *d, const char *id); /* trained ones only; those who hold it keep it */

json_t *detectors_describe(detectors *d); /* an array of objects */

#endif
