/* test_map_files.c - which files does a map become, what do they hold, and can a name lead out of the folder? */
#include "report/map_files.h"

#include "common/npy.h"
#include "common/paths.h"
#include "tests/common/demo.h"
#include "tests/common/scratch.h"

#include <math.h>

static rwda_scorer            *scorer;
static rwda_image             *whole, part;
static const rwda_image *const image = &part; /* a corner of a sample */

static map_files files_in(const char *folder)
{
    const rwda_map_options defaults = RWDA_MAP_OPTIONS_INIT;
    static char            path[RW_PATH_MAX]; /* of the newest */

    (void)snprintf(path, sizeof path, "%s", make_folder(folder));
    return (map_files){ .options = defaults, .threshold = NAN, .min_area = 1, .folder = path };
}

/* Maps the sample under another name; the record, or NULL after a failure. */
static json_t *add(const map_files *files, const char *path, bool *output_failed, rwda_error *err)
{
    json_t     *record = NULL;
    rwda_status status = map_files_add(files, &record, NULL, demo.session, scorer, image, NULL, path, output_failed, err);

    assert_true((status == RWDA_OK) == (record != NULL));
    return record;
}

/* The map as the library makes it. */
static float *reference(void)
{
    float     *map = calloc((size_t)image->width * (size_t)image->height, sizeof *map);
    rwda_error err = { 0 };

    assert_non_null(map);
    assert_ok(rwda_map_compute(map, demo.session, scorer, image, NULL, &err), err);
    return map;
}

static float middle(const float *map)
{
    float low = 1, high = 0;

    for (size_t i = 0; i < (size_t)image->width * (size_t)image->height; i++) {
        low  = map[i] < low ? map[i] : low;
        high = map[i] > high ? map[i] : high;
    }
    return (low + high) / 2;
}

static void all_files_hold_the_map(void **state)
{
    size_t      n   = (size_t)image->width * (size_t)image->height;
    float      *map = reference(), *back = calloc(n, sizeof *back);
    map_files   files = files_in("all");
    bool        output_failed;
    rwda_error  err   = { 0 };
    rwda_plane *plane = NULL;
    json_t     *record, *paths, *regions;
    double      largest = 0, mean = 0;

    (void)state;
    for (int t = 0; t < MAP_FILE_TYPES; t++)
        files.write[t] = true;
    files.threshold = middle(map);
    record          = add(&files, "in/x.jpg", &output_failed, &err);
    assert_non_null(record);
    assert_int_equal(names_in(in_scratch("all/in")), MAP_FILE_TYPES);
    for (size_t i = 0; i < n; i++) {
        largest = fmax(largest, (double)map[i]);
        mean += (double)map[i] / (double)n;
    }
    assert_true(json_real_value(json_object_get(record, "max")) == largest);
    assert_true(fabs(json_real_value(json_object_get(record, "mean")) - mean) < 1e-9);
    assert_string_equal(json_string_value(json_object_get(record, "kind")), "patches");
    paths = json_object_get(record, "files");
    assert_int_equal(json_object_size(paths), MAP_FILE_TYPES);

    assert_true(rw_npy_load(back, n, json_string_value(json_object_get(paths, "npy"))));
    assert_memory_equal(back, map, n * sizeof *map);
    assert_ok(rwda_plane_load(&plane, json_string_value(json_object_get(paths, "png")), NULL, &err), err);
    for (size_t i = 0; i < n; i++)
        assert_true(fabsf(plane->values[i] - map[i]) <= 0.5f / 65535.0f + 1e-6f);
    rwda_plane_free(plane);
    assert_ok(rwda_plane_load(&plane, json_string_value(json_object_get(paths, "mask")), NULL, &err), err);
    for (size_t i = 0; i < n; i++)
        assert_true(plane->values[i] == (map[i] >= files.threshold ? 1.0f : 0.0f));
    rwda_plane_free(plane);
    regions = json_load_file(json_string_value(json_object_get(paths, "regions")), 0, NULL);
    assert_string_equal(json_string_value(json_object_get(regions, "schema")), "rwda.regions/1");
    assert_string_equal(json_string_value(json_object_get(regions, "path")), "in/x.jpg");
    assert_int_equal(json_integer_value(json_object_get(regions, "width")), image->width);
    assert_true(json_integer_value(json_object_get(regions, "count")) > 0);
    assert_int_equal(json_integer_value(json_object_get(regions, "count")),
                     json_integer_value(json_object_get(record, "regions")));
    assert_int_equal(json_array_size(json_object_get(regions, "regions")),
                     json_integer_value(json_object_get(regions, "count")));
    json_decref(regions);
    assert_string_equal(json_string_value(json_object_get(paths, "overlay")), in_scratch("all/in/x.jpg.overlay.png"));
    json_decref(record);

    assert_null(add(&files, "in/x.jpg", &output_failed, &err)); /* exists */
    assert_true(output_failed && err.code == RWDA_EEXIST);
    files.overwrite = true;
    record          = add(&files, "in/x.jpg", &output_failed, &err);
    assert_non_null(record);
    assert_false(output_failed);
    json_decref(record);
    free(map);
    free(back);
}

static void a_region_of_interest_cuts_the_map(void **state)
{
    size_t     n   = (size_t)image->width * (size_t)image->height;
    float     *map = reference(), *back = calloc(n, sizeof *back);
    map_files  files = files_in("roi");
    bool       output_failed;
    rwda_error err  = { 0 };
    double     mean = 0;
    json_t    *record;

    (void)state;
    files.write[MAP_FILE_NPY] = true;
    assert_ok(roi_new(&files.region, "rect:2,3,10,5", NULL, &err), err);
    record = add(&files, "x.jpg", &output_failed, &err);
    assert_non_null(record);
    assert_true(json_is_null(json_object_get(record, "regions"))); /* no threshold */
    assert_int_equal(names_in(in_scratch("roi")), 1);
    assert_true(rw_npy_load(back, n, in_scratch("roi/x.jpg.map.npy")));
    for (size_t i = 0; i < n; i++) {
        int  x = (int)(i % (size_t)image->width), y = (int)(i / (size_t)image->width);
        bool in = x >= 2 && x < 12 && y >= 3 && y < 8;

        assert_true(back[i] == (in ? map[i] : 0.0f));
        mean += in ? (double)map[i] / 50 : 0;
    }
    assert_true(fabs(json_real_value(json_object_get(record, "mean")) - mean) < 1e-9);
    json_decref(record);
    roi_free(files.region);
    assert_ok(roi_new(&files.region, "rect:-9,-9,1,1", NULL, &err), err);
    assert_null(add(&files, "y.jpg", &output_failed, &err)); /* a failure of the image, not of a file */
    assert_false(output_failed);
    assert_non_null(strstr(err.message, "y.jpg: no pixel of the image's"));
    assert_int_equal(names_in(in_scratch("roi")), 1);
    roi_free(files.region);
    free(map);
    free(back);
}

static void names_stay_in_the_folder(void **state)
{
    static const struct {
        const char *path;
        size_t      common;
        const char *file;
    } cases[] = {
        { "../../x.png", 0, "names/__/__/x.png.map.npy" },
        { "a/../../../etc/x.png", 0, "names/a/__/__/__/etc/x.png.map.npy" },
        { "/abs/x.png", 0, "names/abs/x.png.map.npy" },
        { "///x2.png", 0, "names/x2.png.map.npy" },
        { "in/deep/x3.png", 3, "names/deep/x3.png.map.npy" },
        { "..", 0, "names/__.map.npy" },
        { "...", 0, "names/....map.npy" },
        { "..x/y", 0, "names/..x/y.map.npy" },
        { "a/..b/..", 0, "names/a/..b/__.map.npy" },
        { "line\nbreak\xff.png", 0, "names/line\nbreak\xff.png.map.npy" },
    };
    map_files  files = files_in("names");
    rwda_error err   = { 0 };

    (void)state;
    files.write[MAP_FILE_NPY] = true;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        bool    output_failed;
        json_t *record;

        files.common = cases[i].common;
        record       = add(&files, cases[i].path, &output_failed, &err);
        if (record == NULL)
            fail_msg("%s: %s", cases[i].path, err.message);
        if (access(in_scratch(cases[i].file), F_OK) != 0)
            fail_msg("%s is not at %s", cases[i].path, cases[i].file);
        json_decref(record);
    }
    assert_int_equal(names_in(scratch), 3); /* and nothing beside the three folders of these tests */
}

static void paths_that_do_not_fit_are_refused(void **state)
{
    map_files  files = files_in("long");
    char       path[RW_PATH_MAX + 1];
    bool       output_failed;
    rwda_error err = { 0 };

    (void)state;
    files.write[MAP_FILE_NPY] = true;
    for (int over = 0; over < 2; over++) {
        memset(path, 'p', sizeof path);
        path[RW_PATH_MAX - 2 + 2 * over] = '\0';
        assert_null(add(&files, path, &output_failed, &err));
        assert_true(output_failed && err.code == RWDA_ELIMIT);
        assert_non_null(strstr(err.message, over ? "the path is too long" : "the path of a map's file is too long"));
    }
    make_text("long/file", "");
    assert_null(add(&files, "file/x.png", &output_failed, &err));
    assert_true(output_failed);
    assert_non_null(strstr(err.message, "Not a directory"));
}

static int set_up(void **state)
{
    rwda_scorer_options options = RWDA_SCORER_OPTIONS_INIT;
    rwda_error          err     = { 0 };
    int                 failed  = demo_open(state) | scratch_new(state);

    options.method  = RWDA_METHOD_CLIP;
    options.prompts = RWDA_PROMPTS_SINGLE;
    assert_ok(rwda_scorer_new(&scorer, demo.session, NULL, &options, &err), err);
    whole = demo_sample("defect/wood_hole.jpg");
    part  = (rwda_image){ 120, 90, whole->stride, whole->pixels };
    return failed;
}

static int tear_down(void **state)
{
    rwda_image_free(whole);
    rwda_scorer_free(scorer);
    return demo_close(state) | scratch_free(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_files_hold_the_map),
        cmocka_unit_test(a_region_of_interest_cuts_the_map),
        cmocka_unit_test(names_stay_in_the_folder),
        cmocka_unit_test(paths_that_do_not_fit_are_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
