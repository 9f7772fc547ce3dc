/* catalog.h - checkpoints that are recommended, by name.                                             layer: hub */
#ifndef RW_HUB_CATALOG_H
#define RW_HUB_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *name, *repository, *revision;
    const char *weights; /* file of the weights; NULL: the names that a layout allows are tried */
    /* Of that file, where it was seen; NULL: what the hub says is held against what arrives, and nothing else. */
    const char *sha256;
    uint64_t    bytes;                     /* of the weights, about; 0: not known */
    const char *family, *licence, *limits; /* licence "?": the repository's card has it */
    const char *use;                       /* what it is good for */
    bool        read;                      /* by this version, texts too */
} rw_hub_model;

const rw_hub_model *rw_hub_catalog(size_t *n);
const rw_hub_model *rw_hub_catalog_find(const char *name);             /* by name or repository; NULL: not among them */
const char         *rw_hub_catalog_licence(const rw_hub_model *model); /* NULL: not known */

#endif
