/* csv_table.c - which cells does a CSV file hold, by the names in its first row? */
#include "dataset/csv_table.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct {
    csv_table *table;
    size_t     count, capacity, in_row, bad_row;
    bool       no_memory;
} reader;

static void on_cell(void *text, size_t len, void *user)
{
    reader *r    = user;
    char   *cell = text != NULL ? strndup(text, len) : strdup("");

    if (r->count == r->capacity && cell != NULL) {
        size_t more  = r->capacity != 0 ? 2 * r->capacity : 256;
        char **grown = realloc(r->table->cells, more * sizeof *grown);

        if (grown == NULL) {
            free(cell);
            cell = NULL;
        } else {
            r->table->cells = grown;
            r->capacity     = more;
        }
    }
    if (cell == NULL) {
        r->no_memory = true;
        return;
    }
    r->table->cells[r->count++] = cell;
    r->in_row++;
}

static void on_row(int end, void *user)
{
    reader *r = user;

    (void)end;
    if (r->table->rows == 0)
        r->table->columns = r->in_row;
    r->table->rows++;
    if (r->in_row != r->table->columns && r->bad_row == 0)
        r->bad_row = r->table->rows;
    r->in_row = 0;
}

int csv_table_read(csv_table *out, const char *path)
{
    reader            r  = { out, 0, 0, 0, 0, false };
    FILE             *in = fopen(path, "rb");
    struct csv_parser parser;
    char              chunk[16384];
    size_t            len, total = 0;
    bool              well = true;

    *out = (csv_table){ NULL, 0, 0 };
    if (in == NULL || csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) {
        cli_error("%s: cannot be opened", path);
        if (in != NULL)
            fclose(in);
        return EXIT_SOME_FAILED;
    }
    while (well && !r.no_memory && (len = fread(chunk, 1, sizeof chunk, in)) > 0) {
        size_t skip = total == 0 && len >= 3 && memcmp(chunk, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

        total += len;
        well = total <= CSV_FILE_MAX && csv_parse(&parser, chunk + skip, len - skip, on_cell, on_row, &r) == len - skip;
    }
    well = well && csv_fini(&parser, on_cell, on_row, &r) == 0;
    if (r.no_memory || !well || r.bad_row != 0 || out->rows == 0) {
        if (r.bad_row != 0)
            cli_error("%s: row %zu has not the %zu cells of the first", path, r.bad_row, out->columns);
        else
            cli_error("%s: %s", path,
                      r.no_memory            ? "no memory"
                      : well                 ? "no row in this file"
                      : total > CSV_FILE_MAX ? "over 1 GiB"
                                             : csv_strerror(csv_error(&parser)));
        out->rows = out->columns = 0;
        for (size_t i = 0; i < r.count; i++)
            free(out->cells[i]);
        free(out->cells);
        out->cells = NULL;
    }
    csv_free(&parser);
    fclose(in);
    return out->cells != NULL ? 0 : EXIT_SOME_FAILED;
}

void csv_table_free(csv_table *table)
{
    for (size_t i = 0; i < table->rows * table->columns; i++)
        free(table->cells[i]);
    free(table->cells);
    *table = (csv_table){ NULL, 0, 0 };
}

int csv_column(const csv_table *table, const char *name)
{
    for (size_t i = 0; i < table->columns; i++)
        if (strcasecmp(table->cells[i], name) == 0)
            return (int)i;
    return -1;
}

const char *csv_cell(const csv_table *table, size_t row, int column)
{
    return column < 0 ? "" : table->cells[row * table->columns + (size_t)column];
}
