/* layout_mvtec.c - MVTec AD and the data sets that follow it.
 *
 *   DIR/<category>/test/<good | defect type>/NAME.png           MVTec AD, MPDD, DTD-Synthetic, VisA re-organised
 *   DIR/<category>/test_public/<good | bad>/...                 MVTec AD 2
 *   DIR/<category>/test/<ok | ko>/...                           BTAD
 *   DIR/<category>/ground_truth/<defect type>/NAME[_mask].png   (MVTec AD 2: below test_public); any ending
 *   DIR/<category>/ground_truth/<defect type>/NAME/000.png      MVTec LOCO: several masks of one image, which are joined
 *   DIR/<category>/test/<defect type>/rgb/NAME.png              MVTec 3D: the mask is gt/NAME.png beside rgb
 *   DIR/<category>/train/<good | ok>/...                        normal images to learn from
 *
 * DIR may also be one category. */
#include "eval/dataset.h"

#include "common/label_words.h"
#include "common/paths.h"

#include <string.h>

/* The test folder of a category: "test" or "test_public"; NULL: neither. */
static const char *test_folder(const char *category)
{
    return rw_path_is_directory(category, "test")          ? "test"
           : rw_path_is_directory(category, "test_public") ? "test_public"
                                                           : NULL;
}

static bool has_good(const char *category)
{
    const char *test = test_folder(category);
    char        dir[RW_PATH_MAX];
    char      **names;
    bool        found = false;

    if (test == NULL || !rw_path_format(dir, "%s/%s", category, test))
        return false;
    names = rw_names_list(dir);
    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        found |= rw_label_is_normal(names[i]) && rw_path_is_directory(dir, names[i]);
    rw_names_free(names);
    return found;
}

static bool recognise(const char *dir)
{
    char **names;
    bool   found = false;
    char   category[RW_PATH_MAX];

    if (has_good(dir))
        return true;
    names = rw_names_list(dir);
    for (size_t i = 0; names != NULL && names[i] != NULL && !found; i++)
        if (rw_path_format(category, "%s/%s", dir, names[i]))
            found = has_good(category);
    rw_names_free(names);
    return found;
}

static void add_training(dataset_builder *b, const char *dir, const char *category)
{
    char   train[RW_PATH_MAX], images[RW_PATH_MAX];
    char **names = rw_path_format(train, "%s/train", dir) ? rw_names_list(train) : NULL;

    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        if (rw_label_is_normal(names[i]) && rw_path_format(images, "%s/%s", train, names[i]))
            rw_dataset_add_normals(b, images, category);
    rw_names_free(names);
}

static void add_category(dataset_builder *b, const char *dir, const char *category)
{
    const char *folder = test_folder(dir);
    char        test[RW_PATH_MAX], truth[RW_PATH_MAX], images[RW_PATH_MAX], masks[RW_PATH_MAX];
    char      **names;

    if (folder == NULL) { /* some other folder, unless the rest of a category is there */
        if (rw_path_is_directory(dir, "train") || rw_path_is_directory(dir, "ground_truth"))
            rw_dataset_problem(b, "%s: neither test nor test_public in this category; left out", dir);
        return;
    }
    if (!rw_path_format(test, "%s/%s", dir, folder) ||
        !rw_path_format(truth, "%s/ground_truth", strcmp(folder, "test") == 0 ? dir : test))
        return;
    b->data->skipped += rw_names_debris(dir);
    names = rw_dataset_names(b, test);
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        if (strcmp(names[i], "ground_truth") == 0 || !rw_path_is_directory(test, names[i]) ||
            !rw_path_format(images, "%s/%s", test, names[i]) || !rw_path_format(masks, "%s/%s", truth, names[i]))
            continue;
        if (rw_label_is_normal(names[i])) {
            rw_dataset_add_directory(b, images, category, "good", false);
            continue;
        }
        if (rw_path_is_directory(truth, "") && !rw_path_is_directory(masks, ""))
            rw_dataset_problem(b, "%s: there are masks, but none of this defect type", masks);
        rw_dataset_add_defects(b, images, masks, category, names[i]);
    }
    rw_names_free(names);
    add_training(b, dir, category);
}

static rwda_status read_mvtec(dataset_builder *b, const char *dir, rwda_error *err)
{
    char **names;
    char   category[RW_PATH_MAX], own[256];

    (void)err;
    if (test_folder(dir) != NULL) {
        rw_dataset_category_of(own, dir);
        add_category(b, dir, own);
        return RWDA_OK;
    }
    names = rw_dataset_names(b, dir);
    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        if (rw_path_format(category, "%s/%s", dir, names[i]) && rw_path_is_directory(category, ""))
            add_category(b, category, names[i]);
    rw_names_free(names);
    return RWDA_OK;
}

#define EXPECTS "<category>/test/good and <category>/test/<defect type> (or test_public; BTAD: ok and ko)"

const dataset_layout rw_layout_mvtec = { { "mvtec", EXPECTS, NULL }, true, recognise, read_mvtec };
const dataset_layout rw_layout_btad  = { { "btad", EXPECTS, "mvtec" }, true, recognise, read_mvtec };
