/* layout_visa.c - VisA as it is published: which pictures does split_csv/1cls.csv call test? */
#include "dataset/csv_table.h"
#include "dataset/dataset.h"

#include <string.h>

static bool recognise(const char *dir)
{
    return dataset_is_file(dir, "split_csv/1cls.csv");
}

static int read_visa(dataset *data, const char *dir)
{
    char      file[CLI_PATH_MAX], path[CLI_PATH_MAX], mask[CLI_PATH_MAX];
    csv_table table;
    int       code, object, split, label, image, masks;

    (void)cli_path(file, "%s/split_csv/1cls.csv", dir);
    code = csv_table_read(&table, file);
    if (code != 0)
        return code;
    object = csv_column(&table, "object");
    split  = csv_column(&table, "split");
    label  = csv_column(&table, "label");
    image  = csv_column(&table, "image");
    masks  = csv_column(&table, "mask");
    if (object < 0 || split < 0 || label < 0 || image < 0) {
        cli_error("%s: expected the columns object, split, label, image and mask", file);
        csv_table_free(&table);
        return EXIT_SOME_FAILED;
    }
    for (size_t row = 1; row < table.rows; row++) {
        const char *said      = csv_cell(&table, row, label);
        bool        anomalous = strcmp(said, "anomaly") == 0;

        if (strcmp(csv_cell(&table, row, split), "test") != 0)
            continue;
        if (!anomalous && strcmp(said, "normal") != 0) {
            dataset_problem(data, "%s: row %zu: label \"%s\" is neither normal nor anomaly; left out", file, row + 1, said);
            continue;
        }
        (void)cli_path(path, "%s/%s", dir, csv_cell(&table, row, image));
        (void)cli_path(mask, "%s/%s", dir, csv_cell(&table, row, masks));
        dataset_add(data, path, csv_cell(&table, row, object), anomalous ? "anomaly" : "good", anomalous,
                    anomalous && csv_cell(&table, row, masks)[0] != '\0' ? mask : NULL);
    }
    csv_table_free(&table);
    return 0;
}

const dataset_layout layout_visa = { "visa", "split_csv/1cls.csv with the columns object, split, label, image, mask",
                                     recognise, read_visa };
