#include "common/csv_table.h"

#include "base/memory.h"
#include "common/text_lines.h"

#include <csv.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SPACES " \t"

typedef struct {
    csv_table  *table;
    size_t      used, text_room, count, cell_room, in_row, bad_row;
    rwda_status code;
    const char *trouble; /* NULL: none */
} reader;

static void stop(reader *r, rwda_status code, const char *trouble)
{
    r->code    = code;
    r->trouble = trouble;
}

static void on_cell(void *text, size_t len, void *user)
{
    reader *r = user;

    if (r->trouble != NULL)
        return;
    if (r->count == CSV_CELLS_MAX || r->in_row == CSV_COLUMNS_MAX)
        stop(r, RWDA_ELIMIT, r->count == CSV_CELLS_MAX ? "over 67,108,864 cells" : "over 4,096 columns");
    else if (!rw_array_reserve((void **)&r->table->text, &r->text_room, r->used, len + 1, 1) ||
             !rw_array_reserve((void **)&r->table->cells, &r->cell_room, r->count, 1, sizeof *r->table->cells))
        stop(r, RWDA_ENOMEM, "no memory");
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

/* What separates cells, by the first row of a file's first bytes: commas unless another stands more often outside quotes. */
static char separator_of(const char *text, size_t len)
{
    size_t n[128] = { 0 };
    bool   quoted = false;

    for (size_t i = 0; i < len && (quoted || (text[i] != '\n' && text[i] != '\r')); i++) {
        quoted ^= text[i] == '"';
        if (!quoted && text[i] > 0)
            n[(size_t)text[i]]++;
    }
    if (n[';'] > n[','] && n[';'] >= n['\t'])
        return ';';
    return n['\t'] > n[','] ? '\t' : ',';
}

/* Reads the start of a file: what it begins with and is no cell [bytes], and what separates cells. */
static size_t begin(reader *r, struct csv_parser *parser, const char *text, size_t len)
{
    size_t skip = rw_text_mark(text, len);

    if (rw_text_is_utf16(text, len))
        stop(r, RWDA_EFORMAT, "is UTF-16: save it as UTF-8");
    if (len - skip > 5 && strncasecmp(text + skip, "sep=", 4) == 0 && strchr(",;\t", text[skip + 4]) != NULL &&
        strchr("\r\n", text[skip + 5]) != NULL) { /* Excel's */
        r->table->separator = text[skip + 4];
        skip += 5;
    } else {
        r->table->separator = separator_of(text + skip, len - skip);
    }
    csv_set_delim(parser, (unsigned char)r->table->separator);
    return skip;
}

static void parse(reader *r, FILE *in, struct csv_parser *parser)
{
    char   chunk[16384];
    size_t len, total = 0;

    while (r->trouble == NULL && (len = fread(chunk, 1, sizeof chunk, in)) > 0) {
        size_t skip = total == 0 ? begin(r, parser, chunk, len) : 0;

        total += len;
        if (r->trouble != NULL)
            return;
        if (total > CSV_FILE_MAX)
            stop(r, RWDA_ELIMIT, "over 256 MiB");
        else if (memchr(chunk, '\0', len) != NULL)
            stop(r, RWDA_EFORMAT, "holds a NUL byte: not a text file, or damaged");
        else if (csv_parse(parser, chunk + skip, len - skip, on_cell, on_row, r) != len - skip)
            stop(r, RWDA_EFORMAT,
                 csv_error(parser) == CSV_EPARSE ? "a quote stands inside a cell, or text behind a closing quote"
                                                 : csv_strerror(csv_error(parser)));
    }
    if (r->trouble == NULL && ferror(in))
        stop(r, RWDA_EIO, "cannot be read");
    if (r->trouble == NULL && csv_fini(parser, on_cell, on_row, r) != 0)
        stop(r, RWDA_EFORMAT, "ends inside a quoted cell");
    if (r->trouble == NULL && r->table->rows == 0)
        stop(r, RWDA_EFORMAT, "no row in this file");
}

rwda_status rw_csv_table_read(csv_table *out, const char *path, rwda_error *err)
{
    reader            r      = { .table = out };
    FILE             *in     = fopen(path, "rb");
    rwda_status       status = RWDA_OK;
    struct csv_parser parser;

    *out = (csv_table)CSV_TABLE_INIT;
    if (in == NULL || csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) {
        status = rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: cannot be opened", path);
        goto done;
    }
    parse(&r, in, &parser);
    csv_free(&parser);
    if (r.trouble != NULL)
        status = rw_fail(err, r.code, RWDA_NO_OFFSET, "%.300s: %s", path, r.trouble);
    else if (r.bad_row != 0)
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.300s: row %zu has not the %zu cells of the first", path,
                         r.bad_row, out->columns);
done:
    if (in != NULL)
        fclose(in);
    if (status != RWDA_OK)
        rw_csv_table_free(out);
    return status;
}

void rw_csv_table_free(csv_table *table)
{
    free(table->text);
    free(table->cells);
    *table = (csv_table)CSV_TABLE_INIT;
}

static int column_from(const csv_table *table, const char *name, size_t i)
{
    size_t len = strlen(name);

    for (; i < table->columns; i++) {
        const char *cell = rw_csv_cell(table, 0, (int)i);

        cell += strspn(cell, SPACES);
        if (strncasecmp(cell, name, len) == 0 && cell[len + strspn(cell + len, SPACES)] == '\0')
            return (int)i;
    }
    return -1;
}

int rw_csv_column(const csv_table *table, const char *name)
{
    return column_from(table, name, 0);
}

#define COLUMNS_SHOWN 24

rwda_status rw_csv_columns(int *columns, const csv_table *table, const char *path, const char *const *names, size_t n,
                           size_t needed, rwda_error *err)
{
    char   expected[8 * 44] = "", found[COLUMNS_SHOWN * 44] = "";
    size_t e = 0, f = 0;
    bool   fine = true;

    for (size_t i = 0; i < n; i++) {
        columns[i] = rw_csv_column(table, names[i]);
        fine &= columns[i] >= 0 || i >= needed;
        if (columns[i] >= 0 && column_from(table, names[i], (size_t)columns[i] + 1) >= 0)
            return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.300s: two columns are called %.40s", path, names[i]);
    }
    if (fine)
        return RWDA_OK;
    for (size_t i = 0; i < needed; i++)
        e += (size_t)snprintf(expected + e, sizeof expected - e, "%s %.40s", i > 0 ? "," : "", names[i]);
    for (size_t i = 0; i < table->columns && i < COLUMNS_SHOWN; i++)
        f += (size_t)snprintf(found + f, sizeof found - f, "%s %.40s", i > 0 ? "," : "", rw_csv_cell(table, 0, (int)i));
    return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.200s: expected the columns%.100s; found%.140s", path, expected,
                   found);
}

bool rw_csv_is_of_scoring(const csv_table *table)
{
    return rw_csv_column(table, "error") >= 0 || rw_csv_column(table, "p_value") >= 0; /* of the page: the first alone */
}

const char *rw_csv_cell(const csv_table *table, size_t row, int column)
{
    return column < 0 ? "" : table->text + table->cells[row * table->columns + (size_t)column];
}

bool rw_csv_number(double *out, const csv_table *table, size_t row, int column)
{
    const char *cell = rw_csv_cell(table, row, column);
    char        text[64];
    char       *end;

    cell += strspn(cell, SPACES);
    if (cell[0] == '\0' || strlen(cell) >= sizeof text)
        return false;
    strcpy(text, cell);
    if (table->separator != ',' && strchr(text, '.') == NULL && strchr(text, ',') != NULL)
        *strchr(text, ',') = '.';
    *out = strtod(text, &end);
    return end != text && end[strspn(end, SPACES)] == '\0' && isfinite(*out);
}
