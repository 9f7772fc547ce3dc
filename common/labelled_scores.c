#include "common/labelled_scores.h"

#include "common/csv_table.h"
#include "common/label_words.h"

#include <stdlib.h>

enum { LABEL, SCORE, N_COLUMNS };

static rwda_status read_row(labelled_scores *out, rw_label_scheme *scheme, const csv_table *table, size_t row,
                            const int columns[N_COLUMNS], const char *path, rwda_error *err)
{
    const char *said  = rw_csv_cell(table, row, columns[LABEL]);
    int         label = rw_label_see(scheme, said, row + 1);

    if (label == RW_LABEL_NOT || label == RW_LABEL_NONE || !rw_csv_number(&out->scores[out->n], table, row, columns[SCORE]))
        return rw_fail(
            err, RWDA_EFORMAT, RWDA_NO_OFFSET,
            "%.200s: row %zu: label \"%.80s\", score \"%.80s\": label is 0 or 1 (good or bad, ...), score a number", path,
            row + 1, said, rw_csv_cell(table, row, columns[SCORE]));
    out->n++;
    return RWDA_OK;
}

/* Such a file's labels follow from its scores, and would agree with them perfectly. */
static bool holds_decisions(const csv_table *table, int label)
{
    bool decisions = rw_csv_is_of_scoring(table);

    for (size_t row = 1; row < table->rows && decisions; row++)
        decisions = rw_label_is_decision(rw_csv_cell(table, row, label));
    return decisions;
}

rwda_status labelled_scores_read(labelled_scores *out, const char *path, rwda_error *err)
{
    static const char *const names[N_COLUMNS] = { "label", "score" };
    csv_table                table            = CSV_TABLE_INIT;
    rw_label_scheme          scheme           = { 0 };
    int                      columns[N_COLUMNS];
    rwda_status              status;

    *out = (labelled_scores){ NULL, NULL, 0, false };
    RW_TRY(rw_csv_table_read(&table, path, err));
    RW_TRY(rw_csv_columns(columns, &table, path, names, N_COLUMNS, N_COLUMNS, err));
    if (holds_decisions(&table, columns[LABEL])) {
        status = rw_fail(
            err, RWDA_EFORMAT, RWDA_NO_OFFSET,
            "%.300s: its labels are decisions of 'rwda score', or none: write what is true there, 0 or 1 (good or bad, ...)",
            path);
        goto done;
    }
    out->scores = calloc(table.rows, sizeof *out->scores);
    out->labels = calloc(table.rows, sizeof *out->labels);
    if (out->scores == NULL || out->labels == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for %zu scores", path, table.rows);
        goto done;
    }
    for (size_t row = 1; row < table.rows; row++)
        RW_TRY(read_row(out, &scheme, &table, row, columns, path, err));
    RW_TRY(rw_label_scheme_check(&scheme, path, err));
    out->turned = rw_label_scheme_turned(&scheme);
    for (size_t i = 0; i < out->n; i++) /* what -1 and 1 mean shows at the end */
        out->labels[i] = (uint8_t)rw_label_meant(&scheme, rw_label_of_word(rw_csv_cell(&table, i + 1, columns[LABEL])));
done:
    rw_csv_table_free(&table);
    return status;
}

void labelled_scores_free(labelled_scores *s)
{
    free(s->scores);
    free(s->labels);
    *s = (labelled_scores){ NULL, NULL, 0, false };
}
