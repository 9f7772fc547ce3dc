/* layout_realiad.c - Real-IAD.
 *
 *   DIR/realiad_jsons/<category>.json      {"meta": {...}, "test": [{"category", "image_path", "mask_path", "anomaly_class"}, ...],
 *                                          "train": [...]}, normal ones
 *   DIR/realiad_<size>/<category>/IMAGE    the largest size that is there */
#include "eval/dataset.h"

#include "common/label_words.h"
#include "common/paths.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char *image_folder(const char *dir)
{
    static const char *const sizes[] = { "realiad_raw", "realiad_1024", "realiad_512", "realiad_256" };

    for (size_t i = 0; i < RW_COUNTOF(sizes); i++)
        if (rw_path_is_directory(dir, sizes[i]))
            return sizes[i];
    return NULL;
}

static bool recognise(const char *dir)
{
    return rw_path_is_directory(dir, "realiad_jsons") && image_folder(dir) != NULL;
}

static void add_entry(dataset_builder *b, const char *root, const char *category, const json_t *entry, const char *file,
                      size_t number)
{
    const char *image       = json_string_value(json_object_get(entry, "image_path"));
    const char *mask        = json_string_value(json_object_get(entry, "mask_path"));
    const char *defect_type = json_string_value(json_object_get(entry, "anomaly_class"));
    char        path[RW_PATH_MAX], mask_path[RW_PATH_MAX];
    bool        anomalous;

    if (image == NULL || defect_type == NULL) {
        rw_dataset_problem(b, "%s: entry %zu of \"test\" lacks image_path or anomaly_class; left out", file, number);
        return;
    }
    anomalous = !rw_label_is_normal(defect_type);
    (void)rw_path_format(path, "%s/%s/%s", root, category, image);
    (void)rw_path_format(mask_path, "%s/%s/%s", root, category, mask != NULL ? mask : "");
    rw_dataset_add(b, path, category, anomalous ? defect_type : "good", anomalous,
                   anomalous && mask != NULL && mask[0] ? mask_path : NULL);
}

static void add_normal(dataset_builder *b, const char *root, const char *category, const json_t *entry)
{
    const char *image       = json_string_value(json_object_get(entry, "image_path"));
    const char *defect_type = json_string_value(json_object_get(entry, "anomaly_class"));
    char        path[RW_PATH_MAX];

    if (image != NULL && defect_type != NULL && rw_label_is_normal(defect_type) &&
        rw_path_format(path, "%s/%s/%s", root, category, image))
        rw_dataset_add_normal(b, path, category);
}

static void add_file(dataset_builder *b, const char *root, const char *category, const char *file)
{
    json_error_t why;
    json_t      *whole = json_load_file(file, JSON_REJECT_DUPLICATES, &why), *test = json_object_get(whole, "test"), *entry;
    size_t       number;

    if (!json_is_array(test))
        rw_dataset_problem(b, "%s: %s", file, whole == NULL ? why.text : "no list \"test\"");
    json_array_foreach(test, number, entry)
    {
        add_entry(b, root, category, entry, file, number);
    }
    json_array_foreach(json_object_get(whole, "train"), number, entry)
    {
        add_normal(b, root, category, entry);
    }
    json_decref(whole);
}

static rwda_status read_realiad(dataset_builder *b, const char *dir, rwda_error *err)
{
    char   jsons[RW_PATH_MAX], file[RW_PATH_MAX], root[RW_PATH_MAX], category[256];
    char **names;

    (void)err;
    (void)rw_path_format(jsons, "%s/realiad_jsons", dir);
    (void)rw_path_format(root, "%s/%s", dir, image_folder(dir));
    names = rw_names_list(jsons);
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        const char *dot = strrchr(names[i], '.');

        if (dot == NULL || strcmp(dot, ".json") != 0)
            continue;
        (void)rw_path_format(file, "%s/%s", jsons, names[i]);
        (void)snprintf(category, sizeof category, "%.*s", (int)(dot - names[i]), names[i]);
        add_file(b, root, category, file);
    }
    rw_names_free(names);
    return RWDA_OK;
}

const dataset_layout rw_layout_realiad = {
    { "realiad", "realiad_jsons/<category>.json and realiad_<256|512|1024|raw>/<category>", NULL },
    false,
    recognise,
    read_realiad
};
