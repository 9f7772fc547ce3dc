/* names.h - names of repositories, revisions, files and blobs: which are harmless as a path.           layer: hub */
#ifndef RW_HUB_NAMES_H
#define RW_HUB_NAMES_H

#include "hub/catalog.h"

#include "base/status.h"

#define RW_HUB_NAME_MAX 256 /* of each, with its NUL */

/* What a person calls a checkpoint. */
typedef struct {
    char                repository[RW_HUB_NAME_MAX], revision[RW_HUB_NAME_MAX];
    const rw_hub_model *model;  /* of the catalog; NULL: a repository that is not in it */
    bool                pinned; /* by the catalog's name: then the weights must be the file that the catalog knows */
} rw_hub_wanted;

/* A name of the catalog, or ORG/NAME with "hf-hub:" before it or "@REVISION" behind it or neither.  false: none of these. */
bool rw_hub_names_read(rw_hub_wanted *out, const char *given);

bool rw_hub_is_repository(const char *text);
bool rw_hub_is_revision(const char *text); /* a branch, a tag, a commit; may have slashes, as refs/pr/1 has */
bool rw_hub_is_commit(const char *text);   /* 40 hex digits */
bool rw_hub_is_file(const char *text);     /* in the repository's top folder */
bool rw_hub_is_digest(const char *text);   /* 64 hex digits, a SHA-256, or 40, git's: the names of blobs */

#endif
