/* map_files.c - which files does a picture's map become? */
#include "map_files.h"

#include "heat.h"
#include "json_text.h"
#include "names.h"
#include "png_out.h"
#include "roi.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { NPY, PNG, OVERLAY, MASK, REGIONS, N_FILES };
static const char *const file_names[N_FILES] = { "npy", "png", "overlay", "mask", "regions" };
static const char *const endings[N_FILES]    = { ".map.npy", ".map.png", ".overlay.png", ".mask.png", ".regions.json" };

struct map_files {
    rwda_map_options options;
    const char      *folder;
    size_t           common; /* bytes of a path that all inputs share, up to a slash */
    roi             *region;
    float            threshold; /* NaN: none */
    int              min_area;
    bool             write[N_FILES], force;
};

/* ---- Options -------------------------------------------------------------------------------------------------------- */

bool map_options_given(const map_options *o)
{
    return o->kind != NULL || o->tile != NULL || o->value_blocks != NULL || o->crops != NULL || o->crop_share != NULL ||
           o->smooth != NULL || o->roi != NULL || o->threshold != NULL || o->min_area != NULL || o->write != NULL;
}

static bool read_write_list(map_files *m, const char *option, const char *text)
{
    char *copy = strdup(text), *rest = copy;
    bool  fine = copy != NULL;

    for (char *word; fine && (word = strsep(&rest, ",")) != NULL;) {
        int which = 0;

        fine = cli_choice(&which, option, word, file_names, N_FILES);
        m->write[which] |= fine;
    }
    free(copy);
    return fine;
}

static bool read_options(map_files *m, const map_options *o, const char *prefix)
{
    rwda_map_options        *to   = &m->options;
    int                      kind = to->mode;
    char                     name[10][32];
    static const char *const plain[] = { "kind",   "tile",      "value-blocks", "crops", "crop-share",
                                         "smooth", "threshold", "min-area",     "write" };

    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        (void)snprintf(name[i], sizeof name[i], "%s%s", prefix, plain[i]);
    if (o->tile != NULL && strcmp(o->tile, "squares") == 0)
        to->tile = INT_MAX;
    else if (!cli_int(&to->tile, name[1], o->tile, 16, INT_MAX))
        return false;
    if (!cli_choice(&kind, name[0], o->kind, names_map_kind, 3) ||
        !cli_int(&to->value_blocks, name[2], o->value_blocks, 0, 1000) ||
        !cli_int(&to->crops_across, name[3], o->crops, 1, 32) || !cli_float(&to->crops_share, name[4], o->crop_share) ||
        !cli_float(&to->smooth, name[5], o->smooth) || !cli_float(&m->threshold, name[6], o->threshold) ||
        !cli_int(&m->min_area, name[7], o->min_area, 1, INT_MAX))
        return false;
    to->mode = (rwda_map_mode)kind;
    if (m->threshold <= 0.0f) { /* false for NaN, which is none */
        cli_error("--%s: %s is not above 0, where everything is outside a region of interest", name[6], o->threshold);
        return false;
    }
    if (o->write != NULL && !read_write_list(m, name[8], o->write))
        return false;
    if (o->write == NULL) {
        m->write[NPY] = m->write[OVERLAY] = true;
        m->write[MASK] = m->write[REGIONS] = !isnan(m->threshold);
    }
    if ((m->write[MASK] || m->write[REGIONS]) && isnan(m->threshold)) {
        cli_error("masks and regions need --%s", name[6]);
        return false;
    }
    if (o->roi != NULL && (m->region = roi_new(o->roi)) == NULL)
        return false;
    return true;
}

/* ---- Names ---------------------------------------------------------------------------------------------------------- */

/* How many bytes of every path are the same folders. */
static size_t common_folders(const cli_inputs *inputs)
{
    const char *first = inputs->paths[0];
    size_t      len   = strlen(first);

    for (size_t i = 0; i < inputs->count; i++) {
        size_t same = 0;

        while (same < len && inputs->paths[i][same] == first[same])
            same++;
        len = same;
    }
    while (len > 0 && first[len - 1] != '/')
        len--;
    return len;
}

/* Makes every folder on the way to a file (or to a folder, whose path ends in a slash). */
static bool make_folders(char *path)
{
    bool fine = true;

    for (char *slash = strchr(path + 1, '/'); slash != NULL && fine; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        fine   = mkdir(path, 0777) == 0 || errno == EEXIST;
        if (!fine)
            cli_error("%s: folder cannot be made: %s", path, strerror(errno));
        *slash = '/';
    }
    return fine;
}

/* The path below the common folders; ".." in it must not lead out of ours: it becomes "__". */
static bool name_of(char out[CLI_PATH_MAX], const map_files *m, const char *path)
{
    const char *rest = path + m->common;

    while (*rest == '/')
        rest++;
    if (!cli_path(out, "%s", rest))
        return false;
    for (char *part = out; part != NULL; part = strchr(part, '/')) {
        part += *part == '/';
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'))
            memcpy(part, "__", 2);
    }
    return true;
}

int map_files_new(map_files **out, const map_options *options, const char *prefix, const char *folder, bool force,
                  const cli_inputs *inputs)
{
    const rwda_map_options defaults = RWDA_MAP_OPTIONS_INIT;
    map_files             *m        = calloc(1, sizeof *m);
    char                   path[CLI_PATH_MAX];
    int                    code = EXIT_USAGE;

    *out = NULL;
    if (m == NULL) {
        cli_error("no memory for maps");
        return EXIT_SOME_FAILED;
    }
    m->options   = defaults;
    m->folder    = folder;
    m->force     = force;
    m->threshold = NAN;
    m->min_area  = 1;
    m->common    = common_folders(inputs);
    if (read_options(m, options, prefix))
        code = cli_path(path, "%s/", folder) && make_folders(path) ? 0 : EXIT_OUTPUT;
    if (code == 0)
        *out = m;
    else
        map_files_free(m);
    return code;
}

void map_files_free(map_files *m)
{
    if (m == NULL)
        return;
    roi_free(m->region);
    free(m);
}

/* ---- One picture ---------------------------------------------------------------------------------------------------- */

/* What is known of a picture's map; arrays [height, width]. */
typedef struct {
    const rwda_image *image;
    const char       *path;
    float            *map;
    uint8_t          *inside, *mask; /* NULL: no region of interest, no threshold */
    rwda_region      *regions;       /* [min(count, MAP_REGIONS_MAX)] */
    size_t            count;
} picture_map;

json_t *map_regions_json(const rwda_region *regions, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count && i < MAP_REGIONS_MAX; i++) {
        const rwda_region *r = &regions[i];

        json_array_append_new(list, json_pack("{s:i, s:i, s:i, s:i, s:I, s:f, s:i, s:i}", "x", r->x, "y", r->y, "width",
                                              r->width, "height", r->height, "area", (json_int_t)r->area, "peak",
                                              (double)r->peak, "peak_x", r->peak_x, "peak_y", r->peak_y));
    }
    return list;
}

static char *regions_json(const map_files *m, const picture_map *p)
{
    json_t *root = json_pack("{s:s, s:o, s:i, s:i, s:s, s:f, s:i, s:I, s:o}", "schema", "rwda.regions/1", "path",
                             json_text(p->path), "width", p->image->width, "height", p->image->height, "kind",
                             names_map_kind[m->options.mode], "threshold", (double)m->threshold, "min_area", m->min_area,
                             "count", (json_int_t)p->count, "regions", map_regions_json(p->regions, p->count));
    char   *text = json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(9));

    json_decref(root);
    return text;
}

static uint8_t *map_png(size_t *len, const picture_map *p)
{
    size_t    n      = (size_t)p->image->width * (size_t)p->image->height;
    uint16_t *values = calloc(n, sizeof *values);
    uint8_t  *png    = NULL;

    for (size_t i = 0; values != NULL && i < n; i++)
        values[i] = (uint16_t)(65535.0f * p->map[i] + 0.5f);
    if (values != NULL)
        png = png_out(len, values, p->image->width, p->image->height, PNG_OUT_GREY16);
    free(values);
    return png;
}

/* Writes one of the files at `path`; 0, or an exit code. */
static int write_file(const map_files *m, const picture_map *p, int which, const char *path)
{
    const size_t shape[] = { (size_t)p->image->height, (size_t)p->image->width };
    void        *bytes   = NULL;
    size_t       len     = 0;
    int          code    = EXIT_OUTPUT;

    if (which == NPY)
        return cli_write_npy(path, m->force, p->map, shape, 2);
    if (which == PNG)
        bytes = map_png(&len, p);
    else if (which == OVERLAY)
        bytes = heat_overlay_png(&len, p->image, p->map, p->inside, p->mask);
    else if (which == MASK)
        bytes = png_out(&len, p->mask, p->image->width, p->image->height, PNG_OUT_GREY8);
    else if ((bytes = regions_json(m, p)) != NULL)
        len = strlen(bytes);
    if (bytes != NULL)
        code = cli_write_bytes(path, m->force, bytes, len);
    else
        cli_error("%s: no memory", path);
    free(bytes);
    return code;
}

static bool compute(const map_files *m, picture_map *p, const scoring *engine, rwda_error *err)
{
    int    width = p->image->width, height = p->image->height;
    size_t n           = (size_t)width * (size_t)height;
    bool   thresholded = !isnan(m->threshold);

    p->map = calloc(n, sizeof *p->map);
    if (m->region != NULL)
        p->inside = calloc(n, 1);
    if (thresholded) {
        p->mask    = calloc(n, 1);
        p->regions = calloc(MAP_REGIONS_MAX, sizeof *p->regions);
    }
    if (p->map == NULL || (m->region != NULL && p->inside == NULL) ||
        (thresholded && (p->mask == NULL || p->regions == NULL))) {
        *err = (rwda_error){ RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for a map" };
        return false;
    }
    if (m->region != NULL && !roi_fill(p->inside, m->region, width, height, err))
        return false;
    if (rwda_map_compute(p->map, engine->session, engine->scorer, p->image, &m->options, err) != RWDA_OK)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (p->inside != NULL && p->inside[i] == 0)
            p->map[i] = 0.0f;
        if (thresholded)
            p->mask[i] = p->map[i] >= m->threshold ? 255 : 0;
    }
    return !thresholded || rwda_map_regions(p->regions, &p->count, MAP_REGIONS_MAX, p->map, width, height, m->threshold,
                                            m->min_area, err) == RWDA_OK;
}

/* Largest and mean value where the picture counts. */
static void measure(const picture_map *p, double *largest, double *mean)
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

int map_files_add(map_files *m, json_t **record, const scoring *engine, const rwda_image *image, const char *path,
                  rwda_error *err)
{
    picture_map p     = { .image = image, .path = path };
    json_t     *files = json_object();
    char        name[CLI_PATH_MAX], file[CLI_PATH_MAX];
    int         code = 0;

    *record = NULL;
    if (!compute(m, &p, engine, err)) {
        char message[sizeof err->message];

        memcpy(message, err->message, sizeof message);
        (void)snprintf(err->message, sizeof err->message, "%.200s: %.260s", path, message);
        code = EXIT_SOME_FAILED;
    }
    if (code == 0 && !name_of(name, m, path)) {
        cli_error("%s: the path is too long", path);
        code = EXIT_OUTPUT;
    }
    for (int i = 0; i < N_FILES && code == 0; i++)
        if (m->write[i]) {
            if (!cli_path(file, "%s/%s%s", m->folder, name, endings[i])) {
                cli_error("%s: the path of a map's file is too long", path);
                code = EXIT_OUTPUT;
            } else {
                code = make_folders(file) ? write_file(m, &p, i, file) : EXIT_OUTPUT;
                json_object_set_new(files, file_names[i], json_text(file));
            }
        }
    if (code == 0) {
        double largest, mean;

        measure(&p, &largest, &mean);
        *record =
            json_pack("{s:s, s:f, s:f, s:o, s:O}", "kind", names_map_kind[m->options.mode], "max", largest, "mean", mean,
                      "regions", isnan(m->threshold) ? json_null() : json_integer((json_int_t)p.count), "files", files);
    }
    json_decref(files);
    free(p.map);
    free(p.inside);
    free(p.mask);
    free(p.regions);
    return code;
}
