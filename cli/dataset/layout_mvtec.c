/* layout_mvtec.c - MVTec AD and what follows it: which pictures, which masks?
 *
 *   DIR/<category>/test/<good | kind>/NAME.png           MVTec AD, MPDD, DTD-Synthetic, VisA re-organised
 *   DIR/<category>/test_public/<good | bad>/...          MVTec AD 2
 *   DIR/<category>/test/<ok | ko>/...                    BTAD
 *   DIR/<category>/ground_truth/<kind>/NAME[_mask].png   (MVTec AD 2: below test_public)
 *
 * DIR may also be one category. */
#include "dataset/dataset.h"

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

/* ground_truth/<kind>/<stem>_mask.* or <stem>.*, whatever its ending. */
static bool find_mask(char out[CLI_PATH_MAX], char **masks, const char *dir, const char *picture)
{
    const char *dot  = strrchr(picture, '.');
    size_t      stem = dot != NULL ? (size_t)(dot - picture) : strlen(picture);

    for (size_t i = 0; masks != NULL && masks[i] != NULL; i++) {
        const char *rest = masks[i] + stem;

        if (strncmp(masks[i], picture, stem) == 0 && (rest[0] == '.' || strncmp(rest, "_mask.", 6) == 0))
            return cli_path(out, "%s/%s", dir, masks[i]);
    }
    return false;
}

static void add_kind(dataset *data, const char *test, const char *truth, const char *kind, const char *category)
{
    char   dir[CLI_PATH_MAX], mask_dir[CLI_PATH_MAX], path[CLI_PATH_MAX], mask[CLI_PATH_MAX];
    char **names, **masks;

    if (!cli_path(dir, "%s/%s", test, kind) || !cli_path(mask_dir, "%s/%s", truth, kind))
        return;
    if (dataset_is_good(kind)) {
        dataset_add_directory(data, dir, category, "good", false);
        return;
    }
    names = dataset_names(dir);
    masks = dataset_names(mask_dir);
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        bool found;

        if (!cli_named_like_a_picture(names[i]))
            continue;
        (void)cli_path(path, "%s/%s", dir, names[i]);
        found = find_mask(mask, masks, mask_dir, names[i]);
        if (!found && masks != NULL)
            dataset_problem(data, "%s: no mask for it in %s", path, mask_dir);
        dataset_add(data, path, category, kind, true, found ? mask : NULL);
    }
    dataset_names_free(names);
    dataset_names_free(masks);
}

static void add_category(dataset *data, const char *dir, const char *category)
{
    const char *folder = test_folder(dir);
    char        test[CLI_PATH_MAX], truth[CLI_PATH_MAX];
    char      **kinds;

    if (folder == NULL || !cli_path(test, "%s/%s", dir, folder) ||
        !cli_path(truth, "%s/ground_truth", strcmp(folder, "test") == 0 ? dir : test))
        return;
    kinds = dataset_names(test);
    for (size_t i = 0; kinds != NULL && kinds[i] != NULL; i++)
        if (strcmp(kinds[i], "ground_truth") != 0 && dataset_is_directory(test, kinds[i]))
            add_kind(data, test, truth, kinds[i], category);
    dataset_names_free(kinds);
}

static int read_mvtec(dataset *data, const char *dir)
{
    char **names;
    char   category[CLI_PATH_MAX];

    if (test_folder(dir) != NULL) {
        add_category(data, dir, dataset_base_name(dir));
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
