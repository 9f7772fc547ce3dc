/* csv_table.h - which cells does a CSV file hold, by the names in its first row? */
#ifndef CSV_TABLE_H
#define CSV_TABLE_H

#include "cli.h"

typedef struct {
    char **cells; /* [rows * columns]; the first row holds the names */
    size_t rows, columns;
} csv_table;

#define CSV_FILE_MAX ((size_t)1 << 30)

/* Comma-separated, quotes doubled, LF or CR LF, a byte order mark is skipped.  0, or an exit code after a message.  Every row must
 * have as many cells as the first. */
int  csv_table_read(csv_table *out, const char *path);
void csv_table_free(csv_table *table);

/* Column of that name, or -1.  Case is ignored. */
int         csv_column(const csv_table *table, const char *name);
const char *csv_cell(const csv_table *table, size_t row, int column); /* "" for column -1 */

#endif
