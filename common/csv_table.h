/* csv_table.h - the cells of a CSV file, by the names in its first row.                              layer: common */
#ifndef RW_CSV_TABLE_H
#define RW_CSV_TABLE_H

#include "base/status.h"

#include <stdbool.h>

typedef struct {
    char   *text;  /* every cell, NUL-terminated, one after the other */
    size_t *cells; /* [rows * columns]: where each begins in text; the first row holds the names */
    size_t  rows, columns;
    char    separator; /* of its cells: ',' ';' or a tab */
} csv_table;
#define CSV_TABLE_INIT                                                                                                      \
    {                                                                                                                       \
        NULL, NULL, 0, 0, ','                                                                                               \
    }

#define CSV_FILE_MAX    ((size_t)1 << 28) /* bytes: Sewer-ML's million rows are a quarter of it */
#define CSV_CELLS_MAX   ((size_t)1 << 26)
#define CSV_COLUMNS_MAX 4096

/* Cells are separated by commas, or by the semicolons or tabs that stand more often in the first row (or as a line "sep=;" before it
 * says); quotes doubled, LF or CR LF, a byte order mark is skipped, empty lines too.  Every row must have as many cells as the first.  RWDA_EIO, RWDA_EFORMAT (the row is in the message), RWDA_ELIMIT, RWDA_ENOMEM. */
rwda_status rw_csv_table_read(csv_table *out, const char *path, rwda_error *err);
void        rw_csv_table_free(csv_table *table);

/* Column of that name, or -1.  Case and spaces around it are ignored. */
int rw_csv_column(const csv_table *table, const char *name);
/* The same for n names at once, the first `needed` of which must be there.  RWDA_EFORMAT: which were expected (at most 8), which found;
 * or two are called alike. */
rwda_status rw_csv_columns(int *columns, const csv_table *table, const char *path, const char *const *names, size_t n,
                           size_t needed, rwda_error *err);
/* 'rwda score' or the service's page wrote it: a label there may be a decision (rw_label_is_decision()). */
bool        rw_csv_is_of_scoring(const csv_table *table);
const char *rw_csv_cell(const csv_table *table, size_t row, int column); /* "" for column -1 */
/* A cell as a number; a comma in it is a decimal point where commas do not separate cells.  false: it is none, or not finite. */
bool rw_csv_number(double *out, const csv_table *table, size_t row, int column);

#endif
