/* layout_sewerml.c - Sewer-ML: which pictures, and which of its classes does each show?
 *
 *   DIR/SewerML_Val.csv    Filename, ..., one column a class (0 or 1), ..., Defect
 *   DIR/[Val/|val/|images/]FILENAME; FILENAME ends in .png, a copy re-encoded as .jpg is taken too
 *
 * Label: Defect (method of the data set's authors).  The kind of a picture joins its classes by '+'. */
#include "common/csv_table.h"
#include "eval/dataset.h"

#include <stdlib.h>
#include <string.h>

static const char *const classes[] = { "RB", "OB", "PF", "DE", "FS", "IS", "RO", "IN", "AF",
                                       "BE", "FO", "GR", "PH", "PB", "OS", "OP", "OK" };
#define N_CLASSES (sizeof classes / sizeof classes[0])

static bool recognise(const char *dir)
{
    return dataset_is_file(dir, "SewerML_Val.csv");
}

static bool find_picture(char out[CLI_PATH_MAX], const char *dir, const char *name)
{
    static const char *const folders[] = { "", "Val/", "val/", "valid/", "images/", "Images/" };
    const char              *dot       = strrchr(name, '.');
    int                      stem      = dot != NULL ? (int)(dot - name) : (int)strlen(name);

    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        (void)cli_path(out, "%s/%s%s", dir, folders[i], name);
        if (dataset_is_file(out, ""))
            return true;
        (void)cli_path(out, "%s/%s%.*s.jpg", dir, folders[i], stem, name);
        if (dataset_is_file(out, ""))
            return true;
    }
    return false;
}

static void kinds_of(char out[128], const csv_table *table, size_t row, const int columns[N_CLASSES])
{
    out[0] = '\0';
    for (size_t i = 0; i < N_CLASSES; i++)
        if (strcmp(csv_cell(table, row, columns[i]), "1") == 0) {
            strcat(out, out[0] != '\0' ? "+" : "");
            strcat(out, classes[i]);
        }
}

static int read_sewerml(dataset *data, const char *dir)
{
    char      file[CLI_PATH_MAX], path[CLI_PATH_MAX], kind[128];
    csv_table table;
    int       code, columns[N_CLASSES], needed[2];

    (void)cli_path(file, "%s/SewerML_Val.csv", dir);
    code = csv_table_read(&table, file);
    if (code != 0)
        return code;
    if (!csv_columns(needed, &table, file, (const char *const[]){ "Filename", "Defect" }, 2, 2) ||
        !csv_columns(columns, &table, file, classes, N_CLASSES, 0)) {
        cli_error("%s: labels are needed; the authors withhold those of the test split", file);
        csv_table_free(&table);
        return EXIT_SOME_FAILED;
    }
    for (size_t row = 1; row < table.rows; row++) {
        const char *said = csv_cell(&table, row, needed[1]), *picture = csv_cell(&table, row, needed[0]);
        bool        anomalous = strcmp(said, "1") == 0;

        if (!anomalous && strcmp(said, "0") != 0) {
            dataset_problem(data, "%s: row %zu: Defect is \"%s\", neither 0 nor 1; left out", file, row + 1, said);
        } else if (!find_picture(path, dir, picture)) {
            dataset_problem(data, "%s: row %zu: no file %s", file, row + 1, picture);
        } else {
            kinds_of(kind, &table, row, columns);
            if (anomalous != (kind[0] != '\0'))
                dataset_problem(data, "%s: row %zu: Defect is %s, its classes are \"%s\"", file, row + 1, said, kind);
            dataset_add(data, path, "sewer", !anomalous ? "good" : kind[0] != '\0' ? kind : "defect", anomalous, NULL);
        }
    }
    csv_table_free(&table);
    return 0;
}

const dataset_layout layout_sewerml = { "sewerml",
                                        "SewerML_Val.csv with the columns Filename and Defect, and its pictures beside it",
                                        recognise, read_sewerml };
