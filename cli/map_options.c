#include "cli/map_options.h"

#include "common/paths.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool map_options_given(const map_options *o)
{
    return o->mode != NULL || o->tile != NULL || o->value_blocks != NULL || o->crops != NULL || o->crop_share != NULL ||
           o->smooth != NULL || o->roi != NULL || o->threshold != NULL || o->min_area != NULL || o->write != NULL;
}

static bool read_write_list(map_files *m, const char *option, const char *text)
{
    char *copy = cli_copy(text), *rest = copy;
    bool  fine = true;

    for (char *word; fine && (word = strsep(&rest, ",")) != NULL;) {
        int which = 0;

        fine = cli_choice(&which, option, word, map_file_names, MAP_FILE_TYPES);
        m->write[which] |= fine;
    }
    free(copy);
    return fine;
}

static bool read_options(map_files *m, const map_options *o, const cli_image_options *images, const char *prefix)
{
    rwda_image_options       reading = RWDA_IMAGE_OPTIONS_INIT;
    rwda_map_options        *to      = &m->options;
    int                      mode    = to->mode;
    char                     name[10][32];
    rwda_error               err;
    static const char *const plain[] = { "mode",   "tile",      "value-blocks", "crops", "crop-share",
                                         "smooth", "threshold", "min-area",     "write" };

    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        (void)snprintf(name[i], sizeof name[i], "%s%s", prefix, plain[i]);
    if (o->tile != NULL && strcmp(o->tile, "squares") == 0)
        to->tile = INT_MAX;
    else if (!cli_int(&to->tile, name[1], o->tile, 16, INT_MAX))
        return false;
    if (!cli_enum(&mode, name[0], o->mode, RWDA_ENUM_MAP_MODE) ||
        !cli_int(&to->value_blocks, name[2], o->value_blocks, 0, 1000) ||
        !cli_int(&to->crops_across, name[3], o->crops, 1, 32) || !cli_float(&to->crops_share, name[4], o->crop_share) ||
        !cli_float(&to->smooth, name[5], o->smooth) || !cli_float(&m->threshold, name[6], o->threshold) ||
        !cli_int(&m->min_area, name[7], o->min_area, 1, INT_MAX))
        return false;
    to->mode = (rwda_map_mode)mode;
    if (m->threshold <= 0.0f) { /* false for NaN: not given */
        cli_error("--%s: %s is not above 0, where everything is outside a region of interest", name[6], o->threshold);
        return false;
    }
    if (o->write != NULL && !read_write_list(m, name[8], o->write))
        return false;
    if (o->write == NULL) {
        m->write[MAP_FILE_NPY] = m->write[MAP_FILE_OVERLAY] = true;
        m->write[MAP_FILE_MASK] = m->write[MAP_FILE_REGIONS] = !isnan(m->threshold);
    }
    if ((m->write[MAP_FILE_MASK] || m->write[MAP_FILE_REGIONS]) && isnan(m->threshold)) {
        cli_error("masks and regions need --%s", name[6]);
        return false;
    }
    if (cli_image_options_read(&reading, images) != 0)
        return false;
    if (o->roi != NULL && roi_new(&m->region, o->roi, &reading, &err) != RWDA_OK) {
        cli_error("--roi: %s", err.message);
        return false;
    }
    return true;
}

int map_options_read(map_files *out, const map_options *options, const cli_image_options *images, const char *prefix,
                     const char *folder, bool force)
{
    const rwda_map_options defaults = RWDA_MAP_OPTIONS_INIT;
    char                   path[RW_PATH_MAX];
    rwda_error             err;

    *out = (map_files){ .options = defaults, .folder = folder, .overwrite = force, .threshold = NAN, .min_area = 1 };
    if (!read_options(out, options, images, prefix))
        return EXIT_USAGE;
    if (!rw_path_format(path, "%s/", folder)) {
        cli_error("%s: the path is too long", folder);
        return EXIT_OUTPUT;
    }
    return rw_path_make_folders(path, &err) == RWDA_OK ? 0 : cli_fail(&err, EXIT_OUTPUT);
}

int map_options_names(map_files *out, rw_image_source **images, char ***paths, size_t *n)
{
    rwda_error       err    = { RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the list of inputs" };
    rw_image_source *list   = NULL;
    rwda_status      status = rw_image_source_names(paths, n, *images, &err);

    if (status == RWDA_OK)
        list = rw_image_source_list(*paths, *n);
    if (list == NULL)
        return cli_fail(&err, status == RWDA_EINVAL ? EXIT_USAGE : EXIT_SOME_FAILED);
    list->skipped = (*images)->skipped;
    rw_image_source_free(*images);
    *images     = list;
    out->common = rw_path_common(*paths, *n);
    return 0;
}
