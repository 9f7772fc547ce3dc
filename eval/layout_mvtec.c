/* layout_mvtec.c - MVTec AD and what follows it: which pictures, which masks?
 *
 *   DIR/<category>/test/<good | kind>/NAME.png           MVTec AD, MPDD, DTD-Synthetic, VisA re-organised
 *   DIR/<category>/test_public/<good | bad>/...          MVTec AD 2
 *   DIR/<category>/test/<ok | ko>/...                    BTAD
 *   DIR/<category>/ground_truth/<kind>/NAME[_mask].png   (MVTec AD 2: below test_public); any ending
 *
 * DIR may also be one category. */
#include "eval/dataset.h"

#include <string.h>

/* The test folder of a category: "test" or "test_public"; NULL: neither. */
static const char *test_folder(const char *category)
{
    return dataset_is_directory(category, "test")          ? "test"
           : dataset_is_directory(category, "test_public") ? "test_public"
                                                           : NULL;
}

static bool has_good(const char *category)
{
    const char *test = test_folder(category);
    char        dir[CLI_PATH_MAX];
    char      **names;
    bool        found = false;

    if (test == NULL || !cli_path(dir, "%s/%s", category, test))
        return false;
    names = dataset_names(dir);
    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        found |= dataset_is_good(names[i]) && dataset_is_directory(dir, names[i]);
    dataset_names_free(names);
    return found;
}

static bool recognise(const char *dir)
{
    char **names;
    bool   found = false;
    char   category[CLI_PATH_MAX];

    if (has_good(dir))
        return true;
    names = dataset_names(dir);
    for (size_t i = 0; names != NULL && names[i] != NULL && !found; i++)
        if (cli_path(category, "%s/%s", dir, names[i]))
            found = has_good(category);
    dataset_names_free(names);
    return found;
}

static void add_category(dataset *data, const char *dir, const char *category)
{
    const char *folder = test_folder(dir);
    char        test[CLI_PATH_MAX], truth[CLI_PATH_MAX], pictures[CLI_PATH_MAX], masks[CLI_PATH_MAX];
    char      **kinds;

    if (folder == NULL) { /* some other folder, unless the rest of a category is there */
        if (dataset_is_directory(dir, "train") || dataset_is_directory(dir, "ground_truth"))
            dataset_problem(data, "%s: neither test nor test_public in this category; left out", dir);
        return;
    }
    if (!cli_path(test, "%s/%s", dir, folder) ||
        !cli_path(truth, "%s/ground_truth", strcmp(folder, "test") == 0 ? dir : test))
        return;
    kinds = dataset_names(test);
    for (size_t i = 0; kinds != NULL && kinds[i] != NULL; i++) {
        if (strcmp(kinds[i], "ground_truth") == 0 || !dataset_is_directory(test, kinds[i]) ||
            !cli_path(pictures, "%s/%s", test, kinds[i]) || !cli_path(masks, "%s/%s", truth, kinds[i]))
            continue;
        if (dataset_is_good(kinds[i])) {
            dataset_add_directory(data, pictures, category, "good", false);
            continue;
        }
        if (dataset_is_directory(truth, "") && !dataset_is_directory(masks, ""))
            dataset_problem(data, "%s: there are masks, but none of this kind", masks);
        dataset_add_defects(data, pictures, masks, category, kinds[i]);
    }
    dataset_names_free(kinds);
}

static int read_mvtec(dataset *data, const char *dir)
{
    char **names;
    char   category[CLI_PATH_MAX], own[256];

    if (test_folder(dir) != NULL) {
        dataset_category_of(own, dir);
        add_category(data, dir, own);
        return 0;
    }
    names = dataset_names(dir);
    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        if (cli_path(category, "%s/%s", dir, names[i]) && dataset_is_directory(category, ""))
            add_category(data, category, names[i]);
    dataset_names_free(names);
    return 0;
}

const dataset_layout layout_mvtec = { "mvtec",
                                      "<category>/test/good and <category>/test/<kind> (or test_public; BTAD: ok and ko)",
                                      recognise, read_mvtec };
