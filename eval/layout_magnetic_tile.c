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

static rwda_status read_tiles(dataset_builder *b, const char *dir, rwda_error *err)
{
    char **folders = rw_names_list(dir);
    char   images[RW_PATH_MAX];

    (void)err;
    for (size_t i = 0; folders != NULL && folders[i] != NULL; i++)
        if (strncmp(folders[i], "MT_", 3) == 0 && rw_path_format(images, "%s/%s/Imgs", dir, folders[i]) &&
            rw_path_is_directory(images, ""))
            rw_dataset_add_pairs(b, images, "magnetic tile", strcmp(folders[i], "MT_Free") == 0 ? "good" : folders[i] + 3,
                                 strcmp(folders[i], "MT_Free") != 0);
    rw_names_free(folders);
    return RWDA_OK;
}

const dataset_layout rw_layout_magnetic_tile = {
    { "tiles", "MT_Free/Imgs and MT_<Type>/Imgs (magnetic tiles)", NULL }, false, recognise, read_tiles
};
