/* tar_reader.h - members of a tar archive, one after the other, from bytes that an enemy may have written.   layer: common
 *
 * libarchive reads tar alone (ustar, GNU, pax), plain or compressed by gzip or zstd.  Nothing is ever written to disk by a member's name. */
#ifndef RW_TAR_READER_H
#define RW_TAR_READER_H

#include "common/image_source.h"

#define RW_TAR_WHY 160

typedef struct rw_tar rw_tar;

typedef struct {
    const char *name; /* until the next call; NULL: there are no more */
    bool        folder;
    char        why[RW_TAR_WHY]; /* it is not to be read: a link, a device, a name that leads out; "": it may be */
} rw_tar_member;

/* file: open, and still the caller's to close afterwards.  source: whose `next` waits.  RWDA_EFORMAT: no tar archive; RWDA_EIO, RWDA_ENOMEM,
 * RWDA_EUNSUPPORTED: this libarchive has no gzip or zstd, or there is none (tar_reader_none.c).  Messages do not name the archive. */
rwda_status rw_tar_open(rw_tar **out, int file, const rw_image_source *source, rwda_error *err);
/* RWDA_EFORMAT: damaged, cut, or without an end mark; after a failure there is no next. */
rwda_status rw_tar_next(rw_tar *tar, rw_tar_member *out, rwda_error *err);
/* The member's bytes, the caller's to free().  RWDA_ELIMIT, RWDA_EUNSUPPORTED (holes): of this member alone; RWDA_EFORMAT: it is cut, and so is
 * the archive; RWDA_EIO, RWDA_ECANCELLED: the archive cannot be read further. */
rwda_status rw_tar_read(rw_tar *tar, uint8_t **bytes, size_t *len, size_t limit, rwda_error *err);
void        rw_tar_close(rw_tar *tar); /* NULL is fine */

bool rw_tar_built(void); /* false: this build reads no archives */

#endif
