/* layout_folder.c - plain folders.
 *
 *   DIR/<normal | good | ok>/NAME
 *   DIR/<defect type>/NAME                                       every other folder beside it
 *   DIR/<ground_truth | masks | mask>/<defect type>/NAME[_mask]  where there are masks */
#include "eval/dataset.h"

#include "common/label_words.h"
#include "common/paths.h"

#include <stddef.h>

static bool recognise(const char *dir)
{
    char **names = rw_names_list(dir);
    bool   found = false;

    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        found |= rw_label_is_normal(names[i]) && rw_path_is_directory(dir, names[i]);
    rw_names_free(names);
    return found;
}

static rwda_status read_folder(dataset_builder *b, const char *dir, rwda_error *err)
{
    char      **names = rw_dataset_names(b, dir);
    const char *truth = NULL;
    char        path[RW_PATH_MAX], masks[RW_PATH_MAX], category[256];

    (void)err;
    rw_dataset_category_of(category, dir);
    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        truth = rw_folder_is_masks(names[i]) && rw_path_is_directory(dir, names[i]) ? names[i] : truth;
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        if (!rw_path_is_directory(dir, names[i]) || rw_folder_is_masks(names[i]) ||
            !rw_path_format(path, "%s/%s", dir, names[i]))
            continue;
        if (rw_label_is_normal(names[i]))
            rw_dataset_add_directory(b, path, category, "good", false);
        else if (rw_path_format(masks, "%s/%s/%s", dir, truth != NULL ? truth : "ground_truth", names[i]))
            rw_dataset_add_defects(b, path, masks, category, names[i]);
    }
    rw_names_free(names);
    return RWDA_OK;
}

const dataset_layout rw_layout_folder = {
    { "folder", "a folder named normal, good or ok, and folders of anomalies beside it (masks: ground_truth/<folder>)",
      NULL },
    true,
    recognise,
    read_folder
};
