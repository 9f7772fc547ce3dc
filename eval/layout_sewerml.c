/* layout_sewerml.c - Sewer-ML.
 *
 *   DIR/SewerML_Val.csv    Filename, ..., one column a class (0 or 1), ..., Defect
 *   DIR/[Val/|val/|images/]FILENAME; FILENAME ends in .png, a copy re-encoded as .jpg is taken too
 *
 * Label: Defect (method of the data set's authors).  The defect type of an image joins its classes by '+'. */
#include "eval/dataset.h"

#include "common/csv_table.h"
#include "common/label_words.h"
#include "common/paths.h"

#include <string.h>

static const char *const classes[] = { "RB", "OB", "PF", "DE", "FS", "IS", "RO", "IN", "AF",
                                       "BE", "FO", "GR", "PH", "PB", "OS", "OP", "OK" };
#define N_CLASSES RW_COUNTOF(classes)

static bool recognise(const char *dir)
{
    return rw_path_is_file(dir, "SewerML_Val.csv");
}

static bool find_image(char out[RW_PATH_MAX], const char *dir, const char *name)
{
    static const char *const folders[] = { "", "Val/", "val/", "valid/", "images/", "Images/" };
    const char              *dot       = strrchr(name, '.');
    int                      stem      = dot != NULL ? (int)(dot - name) : (int)strlen(name);

    for (size_t i = 0; i < RW_COUNTOF(folders); i++) {
        (void)rw_path_format(out, "%s/%s%s", dir, folders[i], name);
        if (rw_path_is_file(out, ""))
            return true;
        (void)rw_path_format(out, "%s/%s%.*s.jpg", dir, folders[i], stem, name);
        if (rw_path_is_file(out, ""))
            return true;
    }
    return false;
}

static void join_classes(char out[128], const csv_table *table, size_t row, const int columns[N_CLASSES])
{
    out[0] = '\0';
    for (size_t i = 0; i < N_CLASSES; i++)
        if (rw_label_of_word(rw_csv_cell(table, row, columns[i])) ==
            RW_LABEL_ANOMALOUS) { /* 1, or 1.0 as pandas writes it */
            strcat(out, out[0] != '\0' ? "+" : "");
            strcat(out, classes[i]);
        }
}

static void add_row(dataset_builder *b, const char *dir, const csv_table *table, size_t row, const int needed[2],
                    const int columns[N_CLASSES])
{
    const char *said = rw_csv_cell(table, row, needed[1]), *image = rw_csv_cell(table, row, needed[0]);
    int         label     = rw_label_of_word(said);
    bool        anomalous = label == RW_LABEL_ANOMALOUS;
    char        path[RW_PATH_MAX], defect_type[128];

    if (label < 0) {
        rw_dataset_problem(b, "%s/SewerML_Val.csv: row %zu: Defect is \"%s\", neither 0 nor 1; left out", dir, row + 1,
                           said);
        return;
    }
    if (!find_image(path, dir, image)) {
        rw_dataset_problem(b, "%s/SewerML_Val.csv: row %zu: no file %s", dir, row + 1, image);
        return;
    }
    join_classes(defect_type, table, row, columns);
    if (anomalous != (defect_type[0] != '\0'))
        rw_dataset_problem(b, "%s/SewerML_Val.csv: row %zu: Defect is %s, its classes are \"%s\"", dir, row + 1, said,
                           defect_type);
    rw_dataset_add(b, path, "sewer", !anomalous ? "good" : defect_type[0] != '\0' ? defect_type : "defect", anomalous, NULL);
}

static rwda_status read_sewerml(dataset_builder *b, const char *dir, rwda_error *err)
{
    static const char *const names[] = { "Filename", "Defect" };
    char                     file[RW_PATH_MAX];
    csv_table                table = CSV_TABLE_INIT;
    rwda_error               why   = { RWDA_OK, RWDA_NO_OFFSET, "" };
    int                      columns[N_CLASSES], needed[2];
    rwda_status              status;

    (void)rw_path_format(file, "%s/SewerML_Val.csv", dir);
    RW_TRY(rw_csv_table_read(&table, file, err));
    if (rw_csv_columns(needed, &table, file, names, 2, 2, &why) != RWDA_OK) {
        status = rw_fail(err, why.code, RWDA_NO_OFFSET,
                         "%.380s; labels are needed: the authors withhold those of the test split", why.message);
        goto done;
    }
    RW_TRY(rw_csv_columns(columns, &table, file, classes, N_CLASSES, 0, err));
    for (size_t row = 1; row < table.rows; row++)
        add_row(b, dir, &table, row, needed, columns);
done:
    rw_csv_table_free(&table);
    return status;
}

const dataset_layout rw_layout_sewerml = {
    { "sewerml", "SewerML_Val.csv with the columns Filename and Defect, and its images beside it", NULL },
    false,
    recognise,
    read_sewerml
};
