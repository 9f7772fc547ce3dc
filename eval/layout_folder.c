/* layout_folder.c - plain folders: which hold normal pictures, and what do the others show?
 *
 *   folder   DIR/<normal | good | ok>/NAME, every other folder beside it holds one kind of anomaly: DIR/<kind>/NAME, with masks, if
 *            any, in DIR/<ground_truth | masks | mask>/<kind>/NAME[_mask]
 *   tiles    DIR/MT_Free/Imgs/NAME.jpg, DIR/MT_<Kind>/Imgs/NAME.jpg with the mask NAME.png (magnetic tiles, Huang et al.) */
#include "eval/dataset.h"

#include <string.h>
#include <strings.h>

static bool recognise_folder(const char *dir)
{
    char **names = dataset_names(dir);
    bool   found = false;

    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        found |= dataset_is_good(names[i]) && dataset_is_directory(dir, names[i]);
    dataset_names_free(names);
    return found;
}

/* Names of folders that hold masks, not pictures. */
static bool is_masks(const char *name)
{
    return strcasecmp(name, "ground_truth") == 0 || strcasecmp(name, "masks") == 0 || strcasecmp(name, "mask") == 0;
}

static int read_folder(dataset *data, const char *dir)
{
    char      **names = dataset_names(dir);
    const char *truth = NULL;
    char        path[CLI_PATH_MAX], masks[CLI_PATH_MAX], category[256];

    dataset_category_of(category, dir);
    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        truth = is_masks(names[i]) && dataset_is_directory(dir, names[i]) ? names[i] : truth;
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        if (!dataset_is_directory(dir, names[i]) || is_masks(names[i]) || !cli_path(path, "%s/%s", dir, names[i]))
            continue;
        if (dataset_is_good(names[i]))
            dataset_add_directory(data, path, category, "good", false);
        else if (cli_path(masks, "%s/%s/%s", dir, truth != NULL ? truth : "ground_truth", names[i]))
            dataset_add_defects(data, path, masks, category, names[i]);
    }
    dataset_names_free(names);
    return 0;
}

const dataset_layout layout_folder = {
    "folder", "a folder named normal, good or ok, and folders of anomalies beside it (masks: ground_truth/<folder>)",
    recognise_folder, read_folder
};

static bool recognise_tiles(const char *dir)
{
    return dataset_is_directory(dir, "MT_Free/Imgs");
}

static int read_tiles(dataset *data, const char *dir)
{
    char **kinds = dataset_names(dir);
    char   images[CLI_PATH_MAX], path[CLI_PATH_MAX], mask[CLI_PATH_MAX];

    for (size_t k = 0; kinds != NULL && kinds[k] != NULL; k++) {
        char **names;
        bool   free_of = strcmp(kinds[k], "MT_Free") == 0;

        if (strncmp(kinds[k], "MT_", 3) != 0 || !cli_path(images, "%s/%s/Imgs", dir, kinds[k]))
            continue;
        names = dataset_names(images);
        for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
            size_t len = strlen(names[i]);

            if (len < 5 || strcmp(names[i] + len - 4, ".jpg") != 0)
                continue;
            (void)cli_path(path, "%s/%s", images, names[i]);
            (void)cli_path(mask, "%s/%.*s.png", images, (int)len - 4, names[i]);
            dataset_add(data, path, "magnetic tile", free_of ? "good" : kinds[k] + 3, !free_of, free_of ? NULL : mask);
        }
        dataset_names_free(names);
    }
    dataset_names_free(kinds);
    return 0;
}

const dataset_layout layout_tiles = { "tiles", "MT_Free/Imgs and MT_<Kind>/Imgs (magnetic tiles)", recognise_tiles,
                                      read_tiles };
