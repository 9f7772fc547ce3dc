/* layout_visa.c - VisA as it is published: which pictures does split_csv/1cls.csv call test?
 *
 *   DIR/split_csv/1cls.csv          object, split (train, test), label (normal, anomaly), image, mask; paths are relative to DIR
 *   DIR/OBJECT/image_anno.csv       image, label, mask: kinds of anomalies, where it is there
 *   DIR/OBJECT/Data/Images/...JPG   pictures; masks are numbers of kinds, 0 is background */
#include "common/csv_table.h"
#include "eval/dataset.h"

#include <string.h>

static bool recognise(const char *dir)
{
    return dataset_is_file(dir, "split_csv/1cls.csv");
}

/* What is wrong in a picture, by OBJECT/image_anno.csv (image, label, mask): its label names kinds, comma-separated. */
typedef struct {
    csv_table table;
    int       columns[2];
    char      object[128]; /* whose file this is; "": none yet */
} annotations;

static void find_kind(char out[256], annotations *a, const char *dir, const char *object, const char *image)
{
    static const char *const names[] = { "image", "label" };
    char                     file[CLI_PATH_MAX];

    (void)snprintf(out, 256, "anomaly");
    if (strcmp(a->object, object) != 0) {
        csv_table_free(&a->table);
        (void)snprintf(a->object, sizeof a->object, "%.127s", object);
        if (!cli_path(file, "%s/%s/image_anno.csv", dir, object) || !dataset_is_file(file, "") ||
            csv_table_read(&a->table, file) != 0 || !csv_columns(a->columns, &a->table, file, names, 2, 2))
            csv_table_free(&a->table);
    }
    for (size_t row = 1; row < a->table.rows; row++) {
        const char *label = csv_cell(&a->table, row, a->columns[1]);

        if (strcmp(csv_cell(&a->table, row, a->columns[0]), image) != 0)
            continue;
        if (label[0] != '\0' && strcmp(label, "normal") != 0)
            (void)snprintf(out, 256, "%.255s", label);
        for (char *c = out; *c != '\0'; c++)
            *c = *c == ',' ? '+' : *c;
        return;
    }
}

static int read_visa(dataset *data, const char *dir)
{
    enum { OBJECT, SPLIT, LABEL, IMAGE, MASK };
    static const char *const names[] = { "object", "split", "label", "image", "mask" };

    char        file[CLI_PATH_MAX], path[CLI_PATH_MAX], mask[CLI_PATH_MAX], kind[256];
    annotations kinds = { .table = { NULL, NULL, 0, 0 } };
    csv_table   table;
    int         code, columns[5];

    (void)cli_path(file, "%s/split_csv/1cls.csv", dir);
    code = csv_table_read(&table, file);
    if (code != 0)
        return code;
    if (!csv_columns(columns, &table, file, names, 5, 4)) {
        csv_table_free(&table);
        return EXIT_SOME_FAILED;
    }
    for (size_t row = 1; row < table.rows; row++) {
        const char *said      = csv_cell(&table, row, columns[LABEL]);
        bool        anomalous = strcmp(said, "anomaly") == 0;

        if (strcmp(csv_cell(&table, row, columns[SPLIT]), "test") != 0)
            continue;
        if (!anomalous && strcmp(said, "normal") != 0) {
            dataset_problem(data, "%s: row %zu: label \"%s\" is neither normal nor anomaly; left out", file, row + 1, said);
            continue;
        }
        if (anomalous)
            find_kind(kind, &kinds, dir, csv_cell(&table, row, columns[OBJECT]), csv_cell(&table, row, columns[IMAGE]));
        (void)cli_path(path, "%s/%s", dir, csv_cell(&table, row, columns[IMAGE]));
        (void)cli_path(mask, "%s/%s", dir, csv_cell(&table, row, columns[MASK]));
        dataset_add(data, path, csv_cell(&table, row, columns[OBJECT]), anomalous ? kind : "good", anomalous,
                    anomalous && csv_cell(&table, row, columns[MASK])[0] != '\0' ? mask : NULL);
    }
    csv_table_free(&table);
    csv_table_free(&kinds.table);
    return 0;
}

const dataset_layout layout_visa = { "visa", "split_csv/1cls.csv with the columns object, split, label, image, mask",
                                     recognise, read_visa };
