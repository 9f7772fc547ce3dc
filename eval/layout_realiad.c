/* layout_realiad.c - Real-IAD: which pictures does realiad_jsons/<category>.json call test?
 *
 *   DIR/realiad_jsons/<category>.json      {"meta": {...}, "test": [{"category", "image_path", "mask_path", "anomaly_class"}, ...]}
 *   DIR/realiad_<size>/<category>/IMAGE    the largest size that is there */
#include "eval/dataset.h"

#include <jansson.h>
#include <string.h>

static const char *picture_folder(const char *dir)
{
    static const char *const sizes[] = { "realiad_raw", "realiad_1024", "realiad_512", "realiad_256" };

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        if (dataset_is_directory(dir, sizes[i]))
            return sizes[i];
    return NULL;
}

static bool recognise(const char *dir)
{
    return dataset_is_directory(dir, "realiad_jsons") && picture_folder(dir) != NULL;
}

static void add_entry(dataset *data, const char *root, const char *category, const json_t *entry, const char *file,
                      size_t number)
{
    const char *image = json_string_value(json_object_get(entry, "image_path"));
    const char *mask  = json_string_value(json_object_get(entry, "mask_path"));
    const char *kind  = json_string_value(json_object_get(entry, "anomaly_class"));
    char        path[CLI_PATH_MAX], mask_path[CLI_PATH_MAX];
    bool        anomalous;

    if (image == NULL || kind == NULL) {
        dataset_problem(data, "%s: entry %zu of \"test\" lacks image_path or anomaly_class; left out", file, number);
        return;
    }
    anomalous = !dataset_is_good(kind);
    (void)cli_path(path, "%s/%s/%s", root, category, image);
    (void)cli_path(mask_path, "%s/%s/%s", root, category, mask != NULL ? mask : "");
    dataset_add(data, path, category, anomalous ? kind : "good", anomalous,
                anomalous && mask != NULL && mask[0] ? mask_path : NULL);
}

static int read_realiad(dataset *data, const char *dir)
{
    char   jsons[CLI_PATH_MAX], file[CLI_PATH_MAX], root[CLI_PATH_MAX], category[256];
    char **names;

    (void)cli_path(jsons, "%s/realiad_jsons", dir);
    (void)cli_path(root, "%s/%s", dir, picture_folder(dir));
    names = dataset_names(jsons);
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        const char  *dot = strrchr(names[i], '.');
        json_error_t why;
        json_t      *whole, *test, *entry;
        size_t       number;

        if (dot == NULL || strcmp(dot, ".json") != 0)
            continue;
        (void)cli_path(file, "%s/%s", jsons, names[i]);
        (void)snprintf(category, sizeof category, "%.*s", (int)(dot - names[i]), names[i]);
        whole = json_load_file(file, JSON_REJECT_DUPLICATES, &why);
        test  = json_object_get(whole, "test");
        if (!json_is_array(test))
            dataset_problem(data, "%s: %s", file, whole == NULL ? why.text : "no list \"test\"");
        json_array_foreach(test, number, entry)
        {
            add_entry(data, root, category, entry, file, number);
        }
        json_decref(whole);
    }
    dataset_names_free(names);
    return 0;
}

const dataset_layout layout_realiad = { "realiad", "realiad_jsons/<category>.json and realiad_<256|512|1024|raw>/<category>",
                                        recognise, read_realiad };
