/* embed_output.h - where embeddings of images go: one .npy file, an Arrow stream, or clip-retrieval's folders.   layer: cli */
#ifndef EMBED_OUTPUT_H
#define EMBED_OUTPUT_H

#include "cli/cli.h"
#include "common/arrow_writer.h"
#include "common/embed_images.h"
#include "common/npy_rows.h"
#include "common/shard.h"

typedef enum { EMBED_NPY, EMBED_ARROW, EMBED_CLIP_RETRIEVAL } embed_kind;

typedef struct {
    embed_kind       kind;
    const char      *path;
    bool             force;
    size_t           dim, done, failed;
    rw_rows          rows;  /* NPY: all of them, since one that fails leaves no file */
    rw_stream        out;   /* of the stream, or of the metadata's lines */
    rw_arrow_writer *arrow; /* into it */
    rw_npy_rows      npy;   /* CLIP_RETRIEVAL */
    char             npy_path[RW_PATH_MAX], lines_path[RW_PATH_MAX];
} embed_output;

/* Before long work; path and force are set, and what is asked for: format "npy" or "arrow", layout "clip-retrieval", each may be NULL.  0, or an
 * exit code after a message. */
int embed_output_read(embed_output *out, const char *format, const char *layout, rwda_crops crops, const rw_shard *shard);
int embed_output_open(embed_output *out, size_t dim);

/* For rw_embed_images(), user: the output. */
rwda_status embed_output_add(void *output, const rw_decoded *image, const float *x, size_t crops, rwda_error *err);
rwda_status embed_output_flush(void *output, rwda_error *err);

/* The output, whole, unless code is not 0 (of what was answered before, a stream keeps what it has); code, or the exit code then. */
int embed_output_close(embed_output *out, int code);

#endif
