#include "base/checked_file.h"

#include "base/memory.h"

#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

rwda_status rw_checked_open(rw_checked_file *out, const char *path, rwda_error *err)
{
    *out = RW_CHECKED_CLOSED;
    return rw_file_open(&out->file, path, err);
}

static size_t piece_bytes(const rw_checked_file *f, size_t number)
{
    uint64_t left = f->file.stamp.size - (uint64_t)number * RW_PIECE;

    return left < RW_PIECE ? (size_t)left : RW_PIECE;
}

static rwda_status read_piece(rw_checked_file *f, size_t number, const char *path, rwda_error *err)
{
    f->held = SIZE_MAX;
    return rw_file_get(&f->file, f->piece, piece_bytes(f, number), (uint64_t)number * RW_PIECE, path, err);
}

rwda_status rw_checked_sum(rw_checked_file *f, char sha256[65], const char *path, rwda_error *err)
{
    size_t            n = (size_t)(f->file.stamp.size / RW_PIECE) + 1;
    struct sha256_ctx sum;
    rwda_status       status = RWDA_OK;

    if (f->sums == NULL)
        f->sums = rw_new_array(n, sizeof *f->sums);
    if (f->piece == NULL)
        f->piece = malloc(RW_PIECE);
    if (f->sums == NULL || f->piece == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for the sums of %zu pieces", path, n);
    sha256_init(&sum);
    for (size_t i = 0; i < n; i++) {
        RW_TRY(read_piece(f, i, path, err));
        sha256_update(&sum, piece_bytes(f, i), f->piece);
        f->sums[i] = XXH3_64bits(f->piece, piece_bytes(f, i));
    }
    RW_TRY(rw_file_check_same(&f->file, path, err));
    rw_sha256_finish(sha256, &sum);
done:
    return status;
}

rwda_status rw_checked_read(rw_checked_file *f, void *out, size_t len, uint64_t offset, const char *path, rwda_error *err)
{
    uint8_t    *to     = out;
    rwda_status status = RWDA_OK;

    if (f->sums == NULL)
        return rw_file_get(&f->file, out, len, offset, path, err);
    while (len > 0) {
        size_t number = (size_t)(offset / RW_PIECE), first = (size_t)(offset % RW_PIECE);
        size_t some = len < RW_PIECE - first ? len : RW_PIECE - first;

        if (f->held != number) {
            RW_TRY(read_piece(f, number, path, err));
            if (XXH3_64bits(f->piece, piece_bytes(f, number)) != f->sums[number]) {
                status = rw_fail(err, RWDA_EIO, (int64_t)(number * RW_PIECE),
                                 "%.300s: was written to while it was read: try again", path);
                goto done;
            }
            f->held = number;
        }
        memcpy(to, f->piece + first, some);
        to += some;
        len -= some;
        offset += some;
    }
done:
    return status;
}

void rw_checked_close(rw_checked_file *f)
{
    rw_file_close(&f->file);
    free(f->sums);
    free(f->piece);
    *f = RW_CHECKED_CLOSED;
}
