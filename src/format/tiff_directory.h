/* tiff_directory.h - a TIFF file reduced to its first page                                        rank 1: format
 *
 * libtiff reads every tag of a page into memory, known or not, and several may lie over the same bytes of the file.  It is shown the file
 * with a directory of our own behind its end: the tags that pixels need, each once.
 *
 *     header (ours) | bytes of the file, where they were | directory (ours) */
#ifndef RW_TIFF_DIRECTORY_H
#define RW_TIFF_DIRECTORY_H

#include "base/status.h"

#include <stdbool.h>

#define RW_TIFF_TAGS_MAX 48

typedef struct {
    const uint8_t *bytes; /* [len] the file, of the caller */
    size_t         len;
    uint8_t        header[16]; /* [header_len] in place of the file's */
    size_t         header_len;
    size_t         directory_at; /* bytes between the file's end and it are 0 */
    uint8_t        directory[8 + 20 * RW_TIFF_TAGS_MAX + 8];
    size_t         directory_len;
    int            pages;
} rw_tiff_page;

/* RWDA_EFORMAT: no directory, or it ends behind the file.  bytes begin like a TIFF. */
rwda_status rw_tiff_first_page(rw_tiff_page *out, const uint8_t *bytes, size_t len, rwda_error *err);

/* Copies up to n bytes at `at` of that virtual file; how many. */
size_t rw_tiff_read(const rw_tiff_page *page, uint8_t *to, size_t at, size_t n);
size_t rw_tiff_size(const rw_tiff_page *page);

#endif
