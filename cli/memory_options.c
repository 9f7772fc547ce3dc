#include "cli/memory_options.h"

#include "common/memory_images.h"
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

#define MUTUAL_FEW   20
#define OWN_FILE_MAX ((int64_t)1 << 40) /* a file that the user names takes about twice its own size */

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

/* ---- A memory ---------------------------------------------------------------------------------------------------------- */

int memory_options_add(rwda_memory_builder *b, rw_image_source *images, rw_image_reading *reading, int threads,
                       size_t *added, size_t *failed)
{
    rwda_error  err;
    rwda_status status = memory_add_images(b, images, reading, threads, added, failed, cli_events(), &err);

    if (status == RWDA_OK)
        return 0;
    return cli_fail(&err, status == RWDA_EINVAL || status == RWDA_ELIMIT ? EXIT_USAGE : EXIT_SOME_FAILED);
}

int memory_options_finish(rwda_memory **out, rwda_memory_builder *b)
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
        code = memory_options_add(b, images, reading, rwda_session_threads(session), added, &failed);
    if (code == 0 && made->mutual && *added < 2) {
        cli_error(
            "mutual: %zu of the images to compare with can be used: the others are the same pixels or cannot be read; more "
            "--references, or all",
            *added);
        code = EXIT_USAGE;
    }
    if (code == 0)
        code = memory_options_finish(out, b);
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
        cli_note("memory of %zu normal image%s", added, rw_s(added));
    rw_image_source_free(images);
    free(copy);
    return code;
}

static int make_of_batch(rwda_memory **out, const memory_options *o, const rwda_model *model, rwda_session *session,
                         const rwda_memory_options *made, rw_image_reading *reading, char *const *paths, size_t n)
{
    rwda_memory_options batch      = *made;
    int                 references = 0, code = 0;
    char              **chosen = NULL;
    rw_image_source    *images;
    size_t              count, added;

    (void)cli_int(&references, "references", o->references, 2, RWDA_MEMORY_IMAGES_MAX);
    images = memory_batch_source(&chosen, &count, paths, n, (size_t)references);
    if (images == NULL) {
        cli_error("no memory for a list of %zu images", count);
        code = EXIT_SOME_FAILED;
    }
    batch.mutual = 1;
    memory_choose_storage(&batch, model, count);
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
