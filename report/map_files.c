#include "report/map_files.h"

#include "common/image_writer.h"
#include "common/npy.h"
#include "common/output.h"
#include "common/paths.h"
#include "common/score_record.h"
#include "common/text.h"
#include "report/heat_map.h"

#include <rwda_memory.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const        map_file_names[MAP_FILE_TYPES] = { "npy", "png", "overlay", "mask", "regions" };
static const char *const endings[MAP_FILE_TYPES] = { ".map.npy", ".map.png", ".overlay.png", ".mask.png", ".regions.json" };

/* What is known of an image's map; arrays [height, width]. */
typedef struct {
    const rwda_image *image;
    const char       *path;
    float            *map;
    uint8_t          *inside, *mask; /* NULL: no region of interest, no threshold */
    rwda_region      *regions;       /* [min(count, SCORE_REGIONS_MAX)] */
    size_t            count;
    float             scale; /* the value that an overlay draws as the brightest colour */
} image_map;

/* The path below the common folders; ".." in it must not lead out of ours: it becomes "__". */
static bool name_of(char out[RW_PATH_MAX], const map_files *m, const char *path)
{
    const char *rest = path + m->common;

    while (*rest == '/')
        rest++;
    if (!rw_path_format(out, "%s", rest))
        return false;
    for (char *part = out; part != NULL; part = strchr(part, '/')) {
        part += *part == '/';
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'))
            memcpy(part, "__", 2);
    }
    return true;
}

static char *regions_json(const map_files *m, const image_map *p)
{
    json_t *root =
        json_pack("{s:s, s:o, s:i, s:i, s:s, s:f, s:i, s:I, s:o}", "schema", "rwda.regions/1", "path", rw_json_text(p->path),
                  "width", p->image->width, "height", p->image->height, "kind",
                  rwda_enum_name(RWDA_ENUM_MAP_MODE, m->options.mode), "threshold", (double)m->threshold, "min_area",
                  m->min_area, "count", (json_int_t)p->count, "regions", score_record_regions(p->regions, p->count));
    char *text = json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(9));

    json_decref(root);
    return text;
}

static uint8_t *map_png(size_t *len, const image_map *p)
{
    size_t    n      = (size_t)p->image->width * (size_t)p->image->height;
    uint16_t *values = calloc(n, sizeof *values);
    uint8_t  *png    = NULL;

    for (size_t i = 0; values != NULL && i < n; i++)
        values[i] = (uint16_t)(65535.0f * p->map[i] + 0.5f);
    if (values != NULL)
        png = png_write(len, values, p->image->width, p->image->height, PNG_GREY16);
    free(values);
    return png;
}

/* Writes one of the files at `path`. */
static rwda_status write_file(const map_files *m, const image_map *p, map_file_type type, const char *path, rwda_error *err)
{
    const size_t shape[] = { (size_t)p->image->height, (size_t)p->image->width };
    void        *bytes   = NULL;
    size_t       len     = 0;
    rwda_status  status;

    if (type == MAP_FILE_NPY)
        return rw_npy_write(path, m->overwrite, p->map, shape, 2, err);
    if (type == MAP_FILE_PNG)
        bytes = map_png(&len, p);
    else if (type == MAP_FILE_OVERLAY)
        bytes = heat_overlay_png(&len, p->image, p->map, p->scale, p->inside, p->mask);
    else if (type == MAP_FILE_MASK)
        bytes = png_write(&len, p->mask, p->image->width, p->image->height, PNG_GREY8);
    else if ((bytes = regions_json(m, p)) != NULL)
        len = strlen(bytes);
    status = bytes != NULL ? rw_stream_write(path, m->overwrite, bytes, len, err)
                           : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory", path);
    free(bytes);
    return status;
}

/* Every file that was asked for; their paths into `paths`. */
static rwda_status write_files(const map_files *m, const image_map *p, json_t *paths, rwda_error *err)
{
    char        name[RW_PATH_MAX], path[RW_PATH_MAX];
    rwda_status status = RWDA_OK;

    if (!name_of(name, m, p->path))
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.300s: the path is too long", p->path);
    for (map_file_type type = 0; type < MAP_FILE_TYPES; type++) {
        if (!m->write[type])
            continue;
        if (!rw_path_format(path, "%.*s/%s%s", rw_path_folder_length(m->folder), m->folder, name, endings[type]))
            return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.300s: the path of a map's file is too long", p->path);
        rw_path_fit_name(path, strlen(endings[type]));
        RW_TRY(rw_path_make_folders(path, err));
        RW_TRY(write_file(m, p, type, path, err));
        json_object_set_new(paths, map_file_names[type], rw_json_text(path));
    }
done:
    return status;
}

/* ---- The map --------------------------------------------------------------------------------------------------------- */

static rwda_status compute(const map_files *m, image_map *p, const float *map, rwda_session *session,
                           const rwda_scorer *scorer, rwda_error *err)
{
    int         width = p->image->width, height = p->image->height;
    size_t      n           = (size_t)width * (size_t)height;
    bool        thresholded = !isnan(m->threshold);
    rwda_status status      = RWDA_OK;

    p->map = calloc(n, sizeof *p->map);
    if (m->region != NULL)
        p->inside = calloc(n, 1);
    if (thresholded) {
        p->mask    = calloc(n, 1);
        p->regions = calloc(SCORE_REGIONS_MAX, sizeof *p->regions);
    }
    if (p->map == NULL || (m->region != NULL && p->inside == NULL) ||
        (thresholded && (p->mask == NULL || p->regions == NULL)))
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for a map");
    if (m->region != NULL)
        RW_TRY(roi_fill(p->inside, m->region, width, height, err));
    if (map != NULL)
        memcpy(p->map, map, n * sizeof *map);
    else
        RW_TRY(rwda_map_compute(p->map, session, scorer, p->image, &m->options, err));
    for (size_t i = 0; i < n; i++) {
        if (p->inside != NULL && p->inside[i] == 0)
            p->map[i] = 0.0f;
        if (thresholded)
            p->mask[i] = p->map[i] >= m->threshold ? 255 : 0;
    }
    if (thresholded)
        RW_TRY(rwda_map_regions(p->regions, &p->count, SCORE_REGIONS_MAX, p->map, width, height, m->threshold, m->min_area,
                                err));
done:
    return status;
}

/* Largest and mean value where the image counts. */
static void measure(const image_map *p, double *largest, double *mean)
{
    size_t n = (size_t)p->image->width * (size_t)p->image->height, inside = 0;

    *largest = *mean = 0.0;
    for (size_t i = 0; i < n; i++)
        if (p->inside == NULL || p->inside[i] != 0) {
            *largest = (double)p->map[i] > *largest ? (double)p->map[i] : *largest;
            *mean += (double)p->map[i];
            inside++;
        }
    *mean /= (double)inside; /* roi_fill() has seen to it that there is one */
}

rwda_status map_files_add(const map_files *m, json_t **record, float **written, rwda_session *session,
                          const rwda_scorer *scorer, const rwda_image *image, const float *map, const char *path,
                          bool *output_failed, rwda_error *err)
{
    image_map   p     = { .image = image, .path = path, .scale = rwda_scorer_map_scale(scorer, m->options.mode) };
    json_t     *paths = json_object();
    double      largest, mean;
    rwda_status status = compute(m, &p, map, session, scorer, err);

    *record        = NULL;
    *output_failed = false;
    if (status != RWDA_OK) {
        (void)rw_fail_prefix(err, status, path);
        goto done;
    }
    status         = write_files(m, &p, paths, err);
    *output_failed = status != RWDA_OK;
    if (status != RWDA_OK)
        goto done;
    measure(&p, &largest, &mean);
    *record = json_pack("{s:s, s:f, s:f, s:o*, s:o, s:O}", "kind", rwda_enum_name(RWDA_ENUM_MAP_MODE, m->options.mode),
                        "max", largest, "mean", mean, "scale", p.scale < 1.0f ? json_real((double)p.scale) : NULL, "regions",
                        isnan(m->threshold) ? json_null() : json_integer((json_int_t)p.count), "files", paths);
    if (written != NULL) {
        *written = p.map;
        p.map    = NULL;
    }
done:
    json_decref(paths);
    free(p.map);
    free(p.inside);
    free(p.mask);
    free(p.regions);
    return status;
}
