#include "cli/embed_output.h"

#include "base/name_text.h"
#include "cli/image_input.h"
#include "common/json_watch.h"
#include "common/paths.h"
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- clip-retrieval's folders: img_emb/img_emb_N.npy, and a line of metadata/metadata_N.jsonl for each of its rows ------------- */

/* N as clip-retrieval writes it: as many digits as the number of parts has. */
static bool layout_paths(embed_output *o, const rw_shard *shard)
{
    int digits = snprintf(NULL, 0, "%d", shard->count);

    return rw_path_format(o->npy_path, "%s/img_emb/img_emb_%0*d.npy", o->path, digits, shard->index) &&
           rw_path_format(o->lines_path, "%s/metadata/metadata_%0*d.jsonl", o->path, digits, shard->index);
}

static int layout_read(embed_output *o, rwda_crops crops, const rw_shard *shard)
{
    rwda_error err;
    int        code;

    if (crops != RWDA_CROPS_ONE || strcmp(o->path, "-") == 0) {
        cli_error("--layout clip-retrieval is a folder with a row for each image: %s",
                  crops != RWDA_CROPS_ONE ? "--crops one" : "-o FOLDER");
        return EXIT_USAGE;
    }
    if (!layout_paths(o, shard)) {
        cli_error("%s: too long for a path", o->path);
        return EXIT_OUTPUT;
    }
    if (rw_path_make_folders(o->npy_path, &err) != RWDA_OK || rw_path_make_folders(o->lines_path, &err) != RWDA_OK)
        return cli_fail(&err, EXIT_OUTPUT);
    code = cli_output_check(o->npy_path, o->force);
    return code != 0 ? code : cli_output_check(o->lines_path, o->force);
}

static rwda_status add_to_layout(embed_output *o, const rw_decoded *image, const float *x, rwda_error *err)
{
    json_t     *line   = json_pack("{s:o}", "image_path", rw_json_text(image->name));
    rwda_status status = RWDA_OK;

    if (line != NULL && image->given != NULL && json_object_update_missing(line, image->given) != 0) {
        json_decref(line);
        line = NULL; /* which is said next */
    }
    RW_TRY(rw_json_line(o->out.file, o->lines_path, line, JSON_COMPACT, err));
    RW_TRY(rw_npy_rows_add(&o->npy, x, err));
done:
    return status;
}

/* ---- Arrow: a row for each crop ------------------------------------------------------------------------------------------------ */

static rwda_status add_to_arrow(embed_output *o, const rw_decoded *image, const float *x, size_t crops, rwda_error *err)
{
    char          *name   = rw_name_to_text(image->name, false);
    char          *why    = crops == 0 ? rw_name_to_text(image->err.message, false) : NULL;
    char          *given  = image->given != NULL ? json_dumps(image->given, JSON_COMPACT) : NULL;
    rwda_status    status = RWDA_OK;
    rw_arrow_value row[]  = { { .given = true, .text = name },
                              { .given = crops > 0 },
                              { .given = crops > 0 },
                              { .given = why != NULL, .text = why },
                              { .given = why != NULL, .text = rwda_status_name(image->err.code) },
                              { .given = given != NULL, .text = given } };

    if (name == NULL || (crops == 0) != (why != NULL) || (image->given != NULL) != (given != NULL))
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for a row of %s", o->path);
    for (size_t i = 0; (i < crops || i == 0) && status == RWDA_OK; i++) {
        row[1].number = (double)i;
        row[2].floats = x + i * o->dim;
        status        = rw_arrow_writer_add(o->arrow, row, err);
    }
    free(name);
    free(why);
    free(given);
    return status;
}

/* ---- All three ---------------------------------------------------------------------------------------------------------------- */

int embed_output_read(embed_output *o, const char *format, const char *layout, rwda_crops crops, const rw_shard *shard)
{
    static const char *const formats[] = { "npy", "arrow" }, *const layouts[] = { "clip-retrieval" };
    int kind = 0, only = 0;

    if (!cli_choice(&kind, "format", format, formats, 2) || !cli_choice(&only, "layout", layout, layouts, 1))
        return EXIT_USAGE;
    if (layout != NULL && format != NULL) {
        cli_error("--format and --layout exclude each other");
        return EXIT_USAGE;
    }
    o->kind = layout != NULL ? EMBED_CLIP_RETRIEVAL : kind == 1 ? EMBED_ARROW : EMBED_NPY;
    if (o->kind == EMBED_CLIP_RETRIEVAL)
        return layout_read(o, crops, shard);
    if (o->kind == EMBED_ARROW && cli_needs_arrow("--format arrow") != 0)
        return EXIT_USAGE;
    return cli_output_check(o->path, o->force);
}

int embed_output_open(embed_output *o, size_t dim)
{
    const rw_arrow_column columns[] = {
        { "path", RW_ARROW_TEXT, 0 },  { "crop", RW_ARROW_INT, 0 },        { "embedding", RW_ARROW_FLOATS, (int)dim },
        { "error", RW_ARROW_TEXT, 0 }, { "error_code", RW_ARROW_TEXT, 0 }, { "given", RW_ARROW_TEXT, 0 },
    };
    rwda_error  err;
    rwda_status status = RWDA_OK;

    o->dim  = dim;
    o->rows = (rw_rows){ .dim = dim };
    if (o->kind == EMBED_NPY)
        return 0;
    RW_TRY(rw_stream_open(&o->out, o->kind == EMBED_ARROW ? o->path : o->lines_path, o->force, &err));
    if (o->kind == EMBED_ARROW)
        RW_TRY(rw_arrow_writer_new(&o->arrow, &o->out, columns, RW_COUNTOF(columns), &err));
    else
        RW_TRY(rw_npy_rows_open(&o->npy, o->npy_path, o->force, dim, &err));
done:
    if (status == RWDA_OK)
        return 0;
    (void)rw_stream_close(&o->out, false, NULL);
    return cli_fail(&err, EXIT_OUTPUT);
}

rwda_status embed_output_add(void *output, const rw_decoded *image, const float *x, size_t crops, rwda_error *err)
{
    embed_output *o = output;

    o->done++;
    o->failed += crops == 0;
    if (crops == 0)
        cli_error("%s", image->err.message);
    if (o->kind == EMBED_ARROW)
        return add_to_arrow(o, image, x, crops, err);
    if (o->kind == EMBED_CLIP_RETRIEVAL)
        return crops > 0 ? add_to_layout(o, image, x, err) : RWDA_OK;
    if (!rw_rows_reserve(&o->rows, crops))
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %zu embeddings", o->rows.count + crops);
    if (crops > 0)
        memcpy(o->rows.x + o->rows.count * o->dim, x, crops * o->dim * sizeof *x);
    o->rows.count += crops;
    return RWDA_OK;
}

rwda_status embed_output_flush(void *output, rwda_error *err)
{
    embed_output *o = output;

    return o->arrow != NULL ? rw_arrow_writer_flush(o->arrow, err) : RWDA_OK;
}

static int close_npy(embed_output *o, int code)
{
    if (code == 0 && o->failed > 0) {
        cli_error("%zu of %zu images failed; nothing was written", o->failed, o->done);
        code = EXIT_SOME_FAILED;
    }
    return code == 0 ? cli_write_npy(o->path, o->force, o->rows.x, (size_t[]){ o->rows.count, o->dim }, 2) : code;
}

int embed_output_close(embed_output *o, int code)
{
    rwda_error  err;
    rwda_status status = RWDA_OK;
    bool        keep   = code == 0;

    if (o->kind == EMBED_NPY)
        code = close_npy(o, code);
    if (o->arrow != NULL && keep)
        status = rw_arrow_writer_end(o->arrow, &err);
    if (status == RWDA_OK && o->kind == EMBED_CLIP_RETRIEVAL)
        status = rw_npy_rows_close(&o->npy, keep, &err);
    keep &= status == RWDA_OK;
    if (o->out.file != NULL && rw_stream_close(&o->out, keep, status == RWDA_OK ? &err : NULL) != RWDA_OK &&
        status == RWDA_OK)
        status = err.code;
    if (code == 0 && status != RWDA_OK)
        code = cli_fail(&err, EXIT_OUTPUT);
    rw_arrow_writer_free(o->arrow);
    free(o->rows.x);
    return code != 0 ? code : o->failed > 0 ? EXIT_SOME_FAILED : 0;
}
