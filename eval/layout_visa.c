/* layout_visa.c - VisA as it is published.
 *
 *   DIR/split_csv/1cls.csv          object, split (train, test), label (normal, anomaly), image, mask; paths are relative to DIR
 *   DIR/OBJECT/image_anno.csv       image, label, mask: defect types, where it is there
 *   DIR/OBJECT/Data/Images/...JPG   images; masks are numbers of defect types, 0 is background */
#include "eval/dataset.h"

#include "common/csv_table.h"
#include "common/label_words.h"
#include "common/paths.h"

#include <stdio.h>
#include <string.h>

static bool recognise(const char *dir)
{
    return rw_path_is_file(dir, "split_csv/1cls.csv");
}

/* What is wrong in an image, by OBJECT/image_anno.csv: its label names defect types, comma-separated. */
typedef struct {
    csv_table table;
    int       columns[2];  /* image, label */
    char      object[128]; /* whose file this is; "": none yet */
} annotations;

/* A file that is there and cannot be read is a problem. */
static void open_annotations(annotations *a, dataset_builder *b, const char *dir, const char *object)
{
    static const char *const names[] = { "image", "label" };
    char                     file[RW_PATH_MAX];
    rwda_error               err;

    rw_csv_table_free(&a->table);
    (void)snprintf(a->object, sizeof a->object, "%.127s", object);
    if (!rw_path_format(file, "%s/%s/image_anno.csv", dir, object) || !rw_path_is_file(file, ""))
        return;
    if (rw_csv_table_read(&a->table, file, &err) != RWDA_OK ||
        rw_csv_columns(a->columns, &a->table, file, names, 2, 2, &err) != RWDA_OK) {
        rw_dataset_problem(b, "%s", err.message);
        rw_csv_table_free(&a->table);
    }
}

static void find_defect_type(char out[256], const annotations *a, const char *image)
{
    (void)snprintf(out, 256, "anomaly");
    for (size_t row = 1; row < a->table.rows; row++) {
        const char *label = rw_csv_cell(&a->table, row, a->columns[1]);

        if (strcmp(rw_csv_cell(&a->table, row, a->columns[0]), image) != 0)
            continue;
        if (label[0] != '\0' && strcmp(label, "normal") != 0)
            (void)snprintf(out, 256, "%.255s", label);
        for (char *c = out; *c != '\0'; c++)
            *c = *c == ',' ? '+' : *c;
        return;
    }
}

enum { OBJECT, SPLIT, LABEL, IMAGE, MASK, N_COLUMNS };

static void add_row(dataset_builder *b, const char *dir, const char *const cells[N_COLUMNS], size_t number, annotations *a)
{
    int  label     = rw_label_of_word(cells[LABEL]);
    bool anomalous = label == RW_LABEL_ANOMALOUS;
    char path[RW_PATH_MAX], mask[RW_PATH_MAX], defect_type[256] = "good";

    if (label < 0) {
        rw_dataset_problem(b, "%s/split_csv/1cls.csv: row %zu: label \"%s\" is neither normal nor anomaly; left out", dir,
                           number, cells[LABEL]);
        return;
    }
    if (anomalous) {
        if (strcmp(a->object, cells[OBJECT]) != 0)
            open_annotations(a, b, dir, cells[OBJECT]);
        find_defect_type(defect_type, a, cells[IMAGE]);
    }
    (void)rw_path_format(path, "%s/%s", dir, cells[IMAGE]);
    (void)rw_path_format(mask, "%s/%s", dir, cells[MASK]);
    rw_dataset_add(b, path, cells[OBJECT], defect_type, anomalous, anomalous && cells[MASK][0] != '\0' ? mask : NULL);
}

static rwda_status read_visa(dataset_builder *b, const char *dir, rwda_error *err)
{
    static const char *const names[N_COLUMNS] = { "object", "split", "label", "image", "mask" };

    char        file[RW_PATH_MAX];
    annotations a     = { .table = CSV_TABLE_INIT };
    csv_table   table = CSV_TABLE_INIT;
    int         columns[N_COLUMNS];
    rwda_status status;

    (void)rw_path_format(file, "%s/split_csv/1cls.csv", dir);
    RW_TRY(rw_csv_table_read(&table, file, err));
    RW_TRY(rw_csv_columns(columns, &table, file, names, N_COLUMNS, MASK, err));
    for (size_t row = 1; row < table.rows; row++) {
        const char *cells[N_COLUMNS];

        for (int i = 0; i < N_COLUMNS; i++)
            cells[i] = rw_csv_cell(&table, row, columns[i]);
        if (strcmp(cells[SPLIT], "test") == 0)
            add_row(b, dir, cells, row + 1, &a);
        else if (strcmp(cells[SPLIT], "train") == 0 && rw_label_of_word(cells[LABEL]) == RW_LABEL_NORMAL &&
                 rw_path_format(file, "%s/%s", dir, cells[IMAGE]))
            rw_dataset_add_normal(b, file, cells[OBJECT]);
    }
done:
    rw_csv_table_free(&table);
    rw_csv_table_free(&a.table);
    return status;
}

const dataset_layout rw_layout_visa = {
    { "visa", "split_csv/1cls.csv with the columns object, split, label, image, mask", NULL }, false, recognise, read_visa
};
