/* image_source_tar.h - a source of images: tar archives in WebDataset's naming.                        layer: common */
#ifndef RW_IMAGE_SOURCE_TAR_H
#define RW_IMAGE_SOURCE_TAR_H

#include "base/file.h"
#include "common/image_source.h"

/* Where archives come from that are named by an address. */
typedef struct {
    rwda_status (*open)(void *user, int *file, const char *name, rwda_error *err);
    /* Says what went wrong while it was read, which may have ended too early. */
    rwda_status (*close)(void *user, int file, rwda_error *err);
    void *user;
} rw_tar_addresses;

/* The images of the archives [n], whose names must outlive the source: "-" is standard input, what begins with https:// or http:// is opened
 * by `addresses` (NULL: it is refused), all others are files.  A member whose name ends like an image's is an entry, called ARCHIVE/MEMBER
 * (the archive as rw_tar_shown() has it; of standard input MEMBER), and `refused` where it cannot be read.  Members with the same path up to
 * the first dot of the last name are one sample: `given` has the text or JSON of .json, .cls and .txt that stand together with the image, by
 * these names.  All others are counted as skipped.  What is wrong with an archive is an entry of its name, refused, and the next one is read.
 * NULL: no memory. */
rw_image_source *rw_image_source_tar(char *const *archives, size_t n, const rw_tar_addresses *addresses,
                                     const rwda_events *events);

/* Does this name an archive: by its ending, or as an address? */
bool rw_tar_named(const char *name);
/* Bytes of its ending: .tar, .tar.gz, .tgz or .tar.zst; 0: none of them. */
size_t rw_tar_ending(const char *name);
/* As it is called in records: an address without its query and without a name or password, which may be secret. */
void rw_tar_shown(char out[RW_PATH_MAX], const char *name);

#endif
