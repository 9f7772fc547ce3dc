#include "cli/memory_options.h"

#include "common/events.h"
#include "common/image_stream.h"

#include <stdlib.h>
#include <string.h>

#define MUTUAL_ALL        1000 /* images that are all compared with each other ... */
#define MUTUAL_REFERENCES 64   /* ... and of more, so many */
#define MUTUAL_FEW        20
#define DECODED_AHEAD     8
#define OWN_FILE_MAX      ((int64_t)1 << 40) /* a file that the user names takes about twice its own size */

bool memory_options_given(const memory_options *o)
{
    return o->memory != NULL || o->normal != NULL || o->mutual;
}

int memory_options_read(double *fuse, const memory_options *o)
{
    float weight = 0.0f;
    int   ways = (o->memory != NULL) + (o->normal != NULL) + o->mutual, references = 0;

    if (!cli_float(&weight, "fuse", o->fuse) ||
        !cli_int(&references, "references", o->references, 2, RWDA_MEMORY_IMAGES_MAX))
        return EXIT_USAGE;
    *fuse = o->fuse != NULL ? strtod(o->fuse, NULL) : 0.0;
    if (ways > 1)
        cli_error("--memory, --normal and --mutual exclude each other");
    else if (!(*fuse >= 0.0 && *fuse <= 1.0))
        cli_error("--fuse: %s is not in 0..1", o->fuse);
    else if (o->fuse != NULL && ways == 0)
        cli_error("--fuse needs --memory, --normal or --mutual");
    else if (o->references != NULL && !o->mutual)
        cli_error("--references needs --mutual");
    else
        return 0;
    return EXIT_USAGE;
}

int memory_options_maps(map_options *maps, const memory_options *o, double fuse, const char *prefix)
{
    bool given = memory_options_given(o), of_memory;
    int  mode;

    if (given && maps->mode == NULL)
        maps->mode = rwda_enum_name(RWDA_ENUM_MAP_MODE, RWDA_MAP_MEMORY);
    if (maps->mode == NULL || rwda_enum_parse(&mode, RWDA_ENUM_MAP_MODE, maps->mode, NULL) != RWDA_OK)
        return 0; /* map_options_read() says so */
    of_memory = mode == RWDA_MAP_MEMORY;
    if (of_memory && !given)
        cli_error("--%smode memory needs a memory: --memory FILE or --normal DIR", prefix);
    else if (!of_memory && given && fuse == 0.0)
        cli_error("--%smode %s is about words, which a memory alone does not use: add --fuse W, or leave it out", prefix,
                  maps->mode);
    else if (of_memory && maps->tile != NULL)
        cli_error("--%stile: a map of a memory has the memory's own tiles", prefix);
    else
        return 0;
    return EXIT_USAGE;
}

/* ---- Images into a builder --------------------------------------------------------------------------------------------- */

/* One that was decoded, or not. */
static rwda_status add_image(rwda_memory_builder *b, const rw_decoded *decoded, size_t *added, size_t *failed,
                             rwda_error *err)
{
    const rwda_image *image = decoded->image;
    const char       *name  = decoded->name;
    int               known = 0;
    rwda_status       status;

    if (image == NULL) {
        rw_warn(cli_events(), "%s; left out of the memory", decoded->err.message);
        ++*failed;
        return RWDA_OK;
    }
    status = rwda_memory_builder_add(b, &image, &name, &known, 1, err);
    if (status == RWDA_OK && known)
        rw_warn(cli_events(), "%s: the same pixels are in the memory already", name);
    *added += status == RWDA_OK && !known;
    return status;
}

int memory_add_images(rwda_memory_builder *b, rw_image_source *images, rw_image_reading *reading, int threads, size_t *added,
                      size_t *failed)
{
    rw_image_stream *stream = rw_image_stream_new(images, reading, threads, DECODED_AHEAD);
    rwda_error       err    = { RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for decoding" };
    rwda_status      status = stream != NULL ? RWDA_OK : RWDA_ENOMEM;

    *added = *failed = 0;
    for (size_t done = 1; status == RWDA_OK; done++) {
        rw_decoded next;

        status = rw_image_stream_next(stream, &next, &err);
        if (status != RWDA_OK || next.name == NULL)
            break;
        status = add_image(b, &next, added, failed, &err);
        rw_decoded_free(&next);
        (void)rw_progress(cli_events(), "normal images", done, images->total);
    }
    rw_image_stream_free(stream);
    if (status == RWDA_OK)
        return 0;
    return cli_fail(&err, status == RWDA_EINVAL || status == RWDA_ELIMIT ? EXIT_USAGE : EXIT_SOME_FAILED);
}

/* ---- A memory ---------------------------------------------------------------------------------------------------------- */

static int finish(rwda_memory **out, rwda_memory_builder *b)
{
    rwda_error  err;
    rwda_status status = rwda_memory_builder_finish(out, b, cli_progress, NULL, &err);

    return status == RWDA_OK ? 0 : cli_fail(&err, status == RWDA_EINVAL ? EXIT_USAGE : EXIT_SOME_FAILED);
}

static int make(rwda_memory **out, rwda_session *session, const rwda_memory_options *made, rw_image_source *images,
                rw_image_reading *reading, size_t *added)
{
    rwda_memory_builder *b = NULL;
    size_t               failed;
    rwda_error           err;
    rwda_status          status = rwda_memory_builder_new(&b, session, NULL, made, &err);
    int                  code   = status == RWDA_OK ? 0 : cli_fail(&err, cli_status_exit(status, EXIT_MODEL));

    if (code == 0)
        code = memory_add_images(b, images, reading, rwda_session_threads(session), added, &failed);
    if (code == 0 && made->mutual && *added < 2) {
        cli_error(
            "mutual: %zu of the images to compare with can be used: the others are the same pixels or cannot be read; more "
            "--references, or all",
            *added);
        code = EXIT_USAGE;
    }
    if (code == 0)
        code = finish(out, b);
    rwda_memory_builder_free(b);
    return code;
}

static int make_of_normals(rwda_memory **out, const char *list, rwda_session *session, const rwda_memory_options *made,
                           rw_image_reading *reading)
{
    rw_image_source *images = NULL;
    char            *copy = cli_copy(list), *rest = copy, *folders[64];
    size_t           n    = 0, added;
    int              code = 0;

    for (char *folder; n < 64 && (folder = strsep(&rest, "\n")) != NULL;)
        folders[n++] = folder;
    if (rest != NULL) {
        cli_error("--normal was given more than 64 times: name a list of images to 'rwda remember'");
        code = EXIT_USAGE;
    }
    if (code == 0)
        code = cli_images(&images, folders, (int)n, false);
    if (code == 0)
        code = make(out, session, made, images, reading, &added);
    if (code == 0)
        cli_note("memory of %zu normal images", added);
    rw_image_source_free(images);
    free(copy);
    return code;
}

/* The smallest loss of precision with which so many images stay within the limit. */
static void choose_storage(rwda_memory_options *made, const rwda_model *model, size_t images)
{
    static const rwda_precision by_size[] = { RWDA_PRECISION_F32, RWDA_PRECISION_F16, RWDA_PRECISION_INT8 };
    int64_t                     bytes;

    for (size_t i = 0; i < 3; i++) {
        made->storage = by_size[i];
        if (rwda_memory_bytes(&bytes, model, made, images, NULL) == RWDA_OK && bytes <= made->max_bytes)
            break;
    }
}

static int make_of_batch(rwda_memory **out, const memory_options *o, const rwda_model *model, rwda_session *session,
                         const rwda_memory_options *made, rw_image_reading *reading, char *const *paths, size_t n)
{
    rwda_memory_options batch      = *made;
    int                 references = n <= MUTUAL_ALL ? (int)n : MUTUAL_REFERENCES, code = 0;
    char              **chosen = NULL;
    rw_image_source    *images = NULL;
    size_t              count, added;

    (void)cli_int(&references, "references", o->references, 2, RWDA_MEMORY_IMAGES_MAX);
    count  = (size_t)references < n ? (size_t)references : n;
    chosen = calloc(count + 1, sizeof *chosen);
    for (size_t i = 0; chosen != NULL && i < count; i++)
        chosen[i] = paths[i * n / count];
    if (chosen == NULL || (images = rw_image_source_list(chosen, count)) == NULL) {
        cli_error("no memory for a list of %zu images", count);
        code = EXIT_SOME_FAILED;
    }
    batch.mutual = 1;
    choose_storage(&batch, model, count);
    if (code == 0)
        images->total = count;
    if (code == 0)
        code = make(out, session, &batch, images, reading, &added);
    if (code == 0 && n < MUTUAL_FEW)
        cli_error("warning: %zu images are few for mutual scoring, %d are advised: one anomaly more changes much", n,
                  MUTUAL_FEW);
    if (code == 0)
        cli_note("mutual: each of %zu images is compared with %zu, itself left out; it holds while most of them are normal, "
                 "and says "
                 "nothing about a batch in which half or more are anomalous",
                 n, added);
    rw_image_source_free(images);
    free(chosen);
    return code;
}

int memory_options_open(rwda_memory **out, const memory_options *o, const rwda_model *model, rwda_session *session,
                        const rwda_memory_options *made, rw_image_reading *reading, char *const *mutual, size_t n)
{
    rwda_error  err;
    rwda_status status;

    *out = NULL;
    if (o->normal != NULL)
        return make_of_normals(out, o->normal, session, made, reading);
    if (o->mutual)
        return make_of_batch(out, o, model, session, made, reading, mutual, n);
    if (o->memory == NULL)
        return 0;
    status = rwda_memory_load(out, model, o->memory, OWN_FILE_MAX, &err);
    if (status != RWDA_OK)
        return cli_fail(&err, EXIT_MODEL);
    rw_warn_preprocessing(cli_events(), o->memory, rwda_memory_get_info(*out)->preprocessing);
    return 0;
}
