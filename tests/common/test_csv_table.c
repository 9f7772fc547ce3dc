/* test_csv_table.c - which cells does the CSV reader of the data sets find, and what does it refuse? */
#include "common/csv_table.h"

#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/rwda-csv-XXXXXX";

static int read_bytes(csv_table *table, const char *bytes, size_t len)
{
    FILE *out = fopen(path, "wb");

    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, len, out), len);
    assert_int_equal(fclose(out), 0);
    return (int)rw_csv_table_read(table, path, NULL);
}

static int read_text(csv_table *table, const char *text)
{
    return read_bytes(table, text, strlen(text));
}

static void cells_are_found_by_name(void **state)
{
    csv_table table;

    (void)state;
    assert_int_equal(read_text(&table, "\xef\xbb\xbfName,Value\r\n\"a \"\"b\"\", c\",1\r\n\r\n\"two\nlines\",\r\n"), 0);
    assert_int_equal(table.rows, 3);
    assert_int_equal(table.columns, 2);
    assert_int_equal(rw_csv_column(&table, "name"), 0); /* the byte order mark is not part of it */
    assert_int_equal(rw_csv_column(&table, "VALUE"), 1);
    assert_int_equal(rw_csv_column(&table, "val"), -1);
    assert_string_equal(rw_csv_cell(&table, 1, 0), "a \"b\", c");
    assert_string_equal(rw_csv_cell(&table, 1, 1), "1");
    assert_string_equal(rw_csv_cell(&table, 2, 0), "two\nlines");
    assert_string_equal(rw_csv_cell(&table, 2, 1), "");
    assert_string_equal(rw_csv_cell(&table, 2, -1), "");
    rw_csv_table_free(&table);
    rw_csv_table_free(&table); /* an empty table is fine */
}

/* Cells that cross the reader's 16 KiB pieces, at every offset around the edge. */
static void cells_cross_the_readers_pieces(void **state)
{
    char *text = malloc(40000);

    (void)state;
    assert_non_null(text);
    for (size_t fill = 16370; fill < 16390; fill++) {
        csv_table table;
        size_t    len = 0;

        len += (size_t)sprintf(text, "a,b\n");
        memset(text + len, 'x', fill);
        len += fill;
        len += (size_t)sprintf(text + len, ",\"q\"\"q\"\r\nlast,row");
        assert_int_equal(read_bytes(&table, text, len), 0);
        assert_int_equal(table.rows, 3);
        assert_int_equal(strlen(rw_csv_cell(&table, 1, 0)), fill);
        assert_string_equal(rw_csv_cell(&table, 1, 1), "q\"q");
        assert_string_equal(rw_csv_cell(&table, 2, 1), "row");
        rw_csv_table_free(&table);
    }
    free(text);
}

static void many_rows_grow_the_table(void **state)
{
    enum { ROWS = 5000 };
    char     *text = malloc(ROWS * 16 + 16);
    size_t    len  = (size_t)sprintf(text, "i,square\n");
    csv_table table;

    (void)state;
    for (int i = 0; i < ROWS; i++)
        len += (size_t)sprintf(text + len, "%d,%d\n", i, i * i);
    assert_int_equal(read_bytes(&table, text, len), 0);
    assert_int_equal(table.rows, ROWS + 1);
    for (int i = 0; i < ROWS; i++) {
        assert_int_equal(atoi(rw_csv_cell(&table, (size_t)i + 1, 0)), i);
        assert_int_equal(atoi(rw_csv_cell(&table, (size_t)i + 1, 1)), i * i);
    }
    rw_csv_table_free(&table);
    free(text);
}

static void broken_tables_are_refused(void **state)
{
    static const char *const broken[] = { "", "\n\n", "a,b\n1\n", "a,b\n1,2,3\n", "a\n\"open", "a\n\"x\"y\n", "a\nx\"y\n" };
    char                    *commas   = malloc(CSV_COLUMNS_MAX + 8);
    csv_table                table;

    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        if (read_text(&table, broken[i]) == RWDA_OK)
            fail_msg("\"%s\" was taken", broken[i]);
        assert_null(table.text);
        assert_null(table.cells);
        assert_int_equal(table.rows, 0);
    }
    memset(commas, ',', CSV_COLUMNS_MAX);
    assert_int_equal(read_bytes(&table, commas, CSV_COLUMNS_MAX - 1), 0); /* one less than columns */
    assert_int_equal(table.columns, CSV_COLUMNS_MAX);
    rw_csv_table_free(&table);
    assert_int_equal(read_bytes(&table, commas, CSV_COLUMNS_MAX), RWDA_ELIMIT);
    assert_int_equal(rw_csv_table_read(&table, "/no/such/file.csv", NULL), RWDA_EIO);
    assert_null(table.text);
    free(commas);
}

static void missing_columns_are_named(void **state)
{
    static const char *const names[] = { "path", "label", "kind" };
    csv_table                table;
    int                      columns[3];

    (void)state;
    assert_int_equal(read_text(&table, "Label,PATH\n1,x\n"), 0);
    assert_int_equal(rw_csv_columns(columns, &table, path, names, 3, 2, NULL), RWDA_OK);
    assert_int_equal(columns[0], 1);
    assert_int_equal(columns[1], 0);
    assert_int_equal(columns[2], -1); /* optional */
    assert_int_equal(rw_csv_columns(columns, &table, path, names, 3, 3, NULL), RWDA_EFORMAT);
    rw_csv_table_free(&table);
}

static void separators_are_told_by_the_first_row(void **state)
{
    static const struct {
        const char *text;
        char        separator;
    } cases[] = { { "a,b\n1,2\n", ',' },
                  { "a;b\r\n1;2\r\n", ';' },
                  { "\xef\xbb\xbf"
                    "a;b\n1;2\n",
                    ';' },
                  { "a\tb\n1\t2\n", '\t' },
                  { "a;\"b,c,d\"\n1;2\n", ';' }, /* commas inside quotes */
                  { "a,\"b;c;d\"\n1,2\n", ',' },
                  { "sep=;\r\na;\"x,,,\"\r\n1;2\r\n", ';' }, /* Excel's own line */
                  { "sep=\t\na\tb,,,\n1\t2\n", '\t' } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        csv_table table;

        assert_int_equal(read_text(&table, cases[i].text), 0);
        assert_int_equal(table.separator, cases[i].separator);
        assert_int_equal(table.rows, 2);
        assert_int_equal(table.columns, 2);
        assert_string_equal(rw_csv_cell(&table, 0, 0), "a");
        assert_string_equal(rw_csv_cell(&table, 1, 1), "2");
        rw_csv_table_free(&table);
    }
}

static void utf16_is_refused_by_name(void **state)
{
    static const char *const starts[] = { "\xff\xfe"
                                          "a\0\n\0",
                                          "\xfe\xff\0a\0\n" };
    csv_table                table;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        FILE      *out = fopen(path, "wb");
        rwda_error err = { 0 };

        assert_int_equal(fwrite(starts[i], 1, 6, out), 6);
        fclose(out);
        assert_refused("utf-16", rw_csv_table_read(&table, path, &err), RWDA_EFORMAT, &err, "is UTF-16: save it as UTF-8");
    }
}

/* -1: no number. */
static void assert_number(const char *head, const char *cell, double wanted)
{
    char      text[128];
    csv_table table;
    double    value = -1;

    (void)snprintf(text, sizeof text, "%s\n%s\n", head, cell);
    assert_int_equal(read_text(&table, text), 0);
    assert_int_equal(rw_csv_number(&value, &table, 1, 0), !(wanted < 0));
    if (!(wanted < 0))
        assert_true(value == wanted);
    rw_csv_table_free(&table);
}

static void numbers_may_have_a_decimal_comma(void **state)
{
    (void)state;
    assert_number("a,b", "0.25,", 0.25);
    assert_number("a,b", " 1e-2 ,", 0.01);
    assert_number("a,b", "\"0,25\",", -1); /* or a quarter of a thousand: not guessed */
    assert_number("a,b", ",", -1);
    assert_number("a,b", "x,", -1);
    assert_number("a,b", "1x,", -1);
    assert_number("a,b", "nan,", -1);
    assert_number("a,b", "1e999,", -1);
    assert_number("a;b", "0,25;", 0.25);
    assert_number("a;b", "0.25;", 0.25);
    assert_number("a;b", "1.000,5;", -1);
    assert_number("a;b", "1,0,5;", -1);
    assert_number("a\tb", "0,5\t", 0.5);
}

static void columns_have_spaces_around_them(void **state)
{
    csv_table table;

    (void)state;
    assert_int_equal(read_text(&table, "Path, label ,scores\n1,2,3\n"), 0);
    assert_int_equal(rw_csv_column(&table, "path"), 0);
    assert_int_equal(rw_csv_column(&table, "LABEL"), 1);
    assert_int_equal(rw_csv_column(&table, "score"), -1);
    assert_int_equal(rw_csv_column(&table, "scores and more"), -1);
    rw_csv_table_free(&table);
}

static int set_up(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    return fd < 0 || close(fd) != 0;
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_found_by_name),         cmocka_unit_test(cells_cross_the_readers_pieces),
        cmocka_unit_test(many_rows_grow_the_table),        cmocka_unit_test(broken_tables_are_refused),
        cmocka_unit_test(missing_columns_are_named),       cmocka_unit_test(separators_are_told_by_the_first_row),
        cmocka_unit_test(utf16_is_refused_by_name),        cmocka_unit_test(numbers_may_have_a_decimal_comma),
        cmocka_unit_test(columns_have_spaces_around_them),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
