/* csv_table.c - which cells does a CSV file hold, by the names in its first row? */
#include "dataset/csv_table.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct {
    csv_table  *table;
    size_t      used, text_room, count, cell_room, in_row, bad_row;
    const char *trouble; /* NULL: none */
} reader;

/* Room for `more` elements behind `count`; false: no memory. */
static bool make_room(void **array, size_t *room, size_t count, size_t more, size_t element)
{
    size_t wanted = 2 * *room > count + more ? 2 * *room : count + more + 255;
    void  *grown;

    if (count + more <= *room)
        return true;
    grown = realloc(*array, wanted * element);
    if (grown == NULL)
        return false;
    *array = grown;
    *room  = wanted;
    return true;
}

static void on_cell(void *text, size_t len, void *user)
{
    reader *r = user;

    if (r->trouble != NULL)
        return;
    if (r->count == CSV_CELLS_MAX || r->in_row == CSV_COLUMNS_MAX)
        r->trouble = r->count == CSV_CELLS_MAX ? "over 67,108,864 cells" : "over 4,096 columns";
    else if (!make_room((void **)&r->table->text, &r->text_room, r->used, len + 1, 1) ||
             !make_room((void **)&r->table->cells, &r->cell_room, r->count, 1, sizeof *r->table->cells))
        r->trouble = "no memory";
    if (r->trouble != NULL)
        return;
    if (len > 0)
        memcpy(r->table->text + r->used, text, len);
    r->table->text[r->used + len] = '\0';
    r->table->cells[r->count++]   = r->used;
    r->used += len + 1;
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

static void parse(reader *r, FILE *in, struct csv_parser *parser)
{
    char   chunk[16384];
    size_t len, total = 0;

    while (r->trouble == NULL && (len = fread(chunk, 1, sizeof chunk, in)) > 0) {
        size_t skip = total == 0 && len >= 3 && memcmp(chunk, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

        total += len;
        if (total > CSV_FILE_MAX)
            r->trouble = "over 256 MiB";
        else if (csv_parse(parser, chunk + skip, len - skip, on_cell, on_row, r) != len - skip)
            r->trouble = csv_error(parser) == CSV_EPARSE ? "a quote stands inside a cell, or text behind a closing quote"
                                                         : csv_strerror(csv_error(parser));
    }
    if (r->trouble == NULL && ferror(in))
        r->trouble = "cannot be read";
    if (r->trouble == NULL && csv_fini(parser, on_cell, on_row, r) != 0)
        r->trouble = "ends inside a quoted cell";
    if (r->trouble == NULL && r->table->rows == 0)
        r->trouble = "no row in this file";
}

int csv_table_read(csv_table *out, const char *path)
{
    reader            r  = { .table = out };
    FILE             *in = fopen(path, "rb");
    struct csv_parser parser;

    *out = (csv_table){ NULL, NULL, 0, 0 };
    if (in == NULL || csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) {
        cli_error("%s: cannot be opened", path);
        if (in != NULL)
            fclose(in);
        return EXIT_SOME_FAILED;
    }
    parse(&r, in, &parser);
    csv_free(&parser);
    fclose(in);
    if (r.trouble == NULL && r.bad_row == 0)
        return 0;
    if (r.trouble != NULL)
        cli_error("%s: %s", path, r.trouble);
    else
        cli_error("%s: row %zu has not the %zu cells of the first", path, r.bad_row, out->columns);
    csv_table_free(out);
    return EXIT_SOME_FAILED;
}

void csv_table_free(csv_table *table)
{
    free(table->text);
    free(table->cells);
    *table = (csv_table){ NULL, NULL, 0, 0 };
}

int csv_column(const csv_table *table, const char *name)
{
    for (size_t i = 0; i < table->columns; i++)
        if (strcasecmp(csv_cell(table, 0, (int)i), name) == 0)
            return (int)i;
    return -1;
}

#define COLUMNS_SHOWN 24

bool csv_columns(int *columns, const csv_table *table, const char *path, const char *const *names, size_t n, size_t needed)
{
    char   expected[8 * 44] = "", found[COLUMNS_SHOWN * 44] = "";
    size_t e = 0, f = 0;
    bool   fine = true;

    for (size_t i = 0; i < n; i++) {
        columns[i] = csv_column(table, names[i]);
        fine &= columns[i] >= 0 || i >= needed;
    }
    if (fine)
        return true;
    for (size_t i = 0; i < needed; i++)
        e += (size_t)snprintf(expected + e, sizeof expected - e, "%s %.40s", i > 0 ? "," : "", names[i]);
    for (size_t i = 0; i < table->columns && i < COLUMNS_SHOWN; i++)
        f += (size_t)snprintf(found + f, sizeof found - f, "%s %.40s", i > 0 ? "," : "", csv_cell(table, 0, (int)i));
    cli_error("%s: expected the columns%s; found%s", path, expected, found);
    return false;
}

const char *csv_cell(const csv_table *table, size_t row, int column)
{
    return column < 0 ? "" : table->text + table->cells[row * table->columns + (size_t)column];
}
