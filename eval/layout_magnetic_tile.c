/* layout_magnetic_tile.c - magnetic tiles (Huang et al.).
 *
 *   DIR/MT_Free/Imgs/NAME.jpg
 *   DIR/MT_<Type>/Imgs/NAME.jpg   with the mask NAME.png */
#include "eval/dataset.h"

#include "common/paths.h"

#include <string.h>

static bool recognise(const char *dir)
{
    return rw_path_is_directory(dir, "MT_Free/Imgs");
}

/* defect_type NULL: normal images. */
static void add_folder(dataset_builder *b, const char *images, const char *defect_type)
{
    char **names = rw_dataset_names(b, images);
    char   path[RW_PATH_MAX], mask[RW_PATH_MAX];

    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        size_t len = strlen(names[i]);

        if (len < 5 || strcmp(names[i] + len - 4, ".jpg") != 0)
            continue;
        (void)rw_path_format(path, "%s/%s", images, names[i]);
        (void)rw_path_format(mask, "%s/%.*s.png", images, (int)len - 4, names[i]);
        rw_dataset_add(b, path, "magnetic tile", defect_type != NULL ? defect_type : "good", defect_type != NULL,
                       defect_type != NULL ? mask : NULL);
    }
    rw_names_free(names);
}

static rwda_status read_tiles(dataset_builder *b, const char *dir, rwda_error *err)
{
    char **folders = rw_names_list(dir);
    char   images[RW_PATH_MAX];

    (void)err;
    for (size_t i = 0; folders != NULL && folders[i] != NULL; i++)
        if (strncmp(folders[i], "MT_", 3) == 0 && rw_path_format(images, "%s/%s/Imgs", dir, folders[i]))
            add_folder(b, images, strcmp(folders[i], "MT_Free") == 0 ? NULL : folders[i] + 3);
    rw_names_free(folders);
    return RWDA_OK;
}

const dataset_layout rw_layout_magnetic_tile = {
    { "tiles", "MT_Free/Imgs and MT_<Type>/Imgs (magnetic tiles)", NULL }, false, recognise, read_tiles
};
