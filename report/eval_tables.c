/* eval_tables.c - an evaluation as tables of text and Markdown. */
#include "report/eval_report.h"

#include "common/text.h"

#include <string.h>

/* "0.718" or "0.718 ±0.004" (with the std when there were several seeds). */
static const char *metric(char out[32], const rwda_eval_stat *f, const rwda_eval_run *run)
{
    if (run->seeds > 1)
        (void)snprintf(out, 32, "%.3f ±%.3f", f->mean, f->std);
    else
        (void)snprintf(out, 32, "%.3f", f->mean);
    return out;
}

static void head(FILE *out, const rwda_evaluation *e, const char *lead)
{
    char text[512];

    fprintf(out, "%s%s: layout %s, %zu image%s in %zu categor%s; object %s; resize %s, %d px\n", lead, e->data->path,
            e->data->layout, e->data->count, rw_s(e->data->count), e->n_categories, e->n_categories == 1 ? "y" : "ies",
            rwda_eval_object_name(e->object), rwda_enum_name(RWDA_ENUM_RESIZE, e->resize), e->model->image_size);
    fprintf(out, "%smodel sha256:%.12s, %s %s, detectors %s, %d seed%s\n", lead, e->model->sha256, e->model->cpu,
            e->model->precision, e->detectors, e->seeds, rw_s((size_t)e->seeds));
    if (e->data->n_problems > 0 || e->failed > 0)
        fprintf(out, "%s%zu problem%s of the data set, %zu image%s that could not be decoded: left out\n", lead,
                e->data->n_problems, rw_s(e->data->n_problems), e->failed, rw_s(e->failed));
    if (eval_shots_text(text, e))
        fprintf(out, "%s%s\n", lead, text);
    for (size_t c = 0; c < e->n_categories; c++)
        if (eval_source_text(text, e, c))
            fprintf(out, "%s%s\n", lead, text);
}

static void published_line(FILE *out, bool markdown, const char *const cells[5], const double values[3])
{
    char numbers[3][16];

    for (int k = 0; k < 3; k++)
        if (values[k] > 0)
            (void)snprintf(numbers[k], sizeof numbers[k], "%.1f", values[k]);
        else
            (void)snprintf(numbers[k], sizeof numbers[k], "-");
    if (markdown)
        fprintf(out, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", cells[0], cells[1], cells[2], cells[3], numbers[0],
                numbers[1], numbers[2], cells[4]);
    else
        fprintf(out, "%-32s %-9s %-18s %-5s %6s %6s %7s  %s\n", cells[0], cells[1], cells[2], cells[3], numbers[0],
                numbers[1], numbers[2], cells[4]);
}

/* Ours and others' means, in percent as others print them. */
static void published(FILE *out, const rwda_evaluation *e, bool markdown)
{
    const rwda_published_set *set = rwda_published_find(e);
    char                      title[64];

    if (set == NULL)
        return;
    fprintf(out, "\n%sBeside published results for %s, percent%s\n\n", markdown ? "## " : "", set->name,
            markdown ? "" : " (sources: docs/evaluation.md)");
    if (markdown)
        fputs("| method | object | CLIP | same? | AUROC | AP | F1-max | source |\n|---|---|---|---|---|---|---|---|\n", out);
    else
        fprintf(out, "%-32s %-9s %-18s %-5s %6s %6s %7s  %s\n", "method", "object", "CLIP", "same?", "AUROC", "AP", "F1-max",
                "source");
    for (size_t r = 0; r < e->n_runs; r++) {
        const rwda_eval_cell *m       = &e->runs[r].mean;
        const char *const     cells[] = { eval_run_title(title, &e->runs[r]), rwda_eval_object_name(e->object), "this model",
                                          "yes", "this run" };

        if (m->missing == NULL)
            published_line(out, markdown, cells,
                           (const double[]){ 100 * m->auroc.mean, 100 * m->ap.mean, 100 * m->f1_max.mean });
    }
    for (size_t i = 0; i < set->n_rows; i++) {
        const rwda_published_row *row     = &set->rows[i];
        const char *const         cells[] = { row->title, rwda_eval_object_name(row->object), row->model,
                                              rwda_published_same_model(row, e->model), row->source };

        published_line(out, markdown, cells, (const double[]){ row->auroc, row->ap, row->f1_max });
    }
}

/* Width on the screen: a continuation byte of UTF-8 takes none. */
static int padding(const char *text, int width)
{
    int used = 0;

    for (; *text != '\0'; text++)
        used += ((unsigned char)*text & 0xc0) != 0x80;
    return used < width ? width - used : 0;
}

void eval_print_table(FILE *out, const rwda_evaluation *e)
{
    const char *over = eval_over(e);
    char        title[64], number[32];
    int         wide    = 12;
    size_t      longest = strlen("category");

    head(out, e, "");
    fprintf(out, "\nimage AUROC, mean%s%s\n\n", over != NULL ? " ± standard deviation over " : "", over != NULL ? over : "");
    for (size_t c = 0; c < e->n_categories; c++)
        longest = strlen(e->categories[c].name) > longest ? strlen(e->categories[c].name) : longest;
    for (size_t r = 0; r < e->n_runs; r++)
        wide = (int)strlen(eval_run_title(title, &e->runs[r])) > wide ? (int)strlen(title) : wide;
    fprintf(out, "%-*s", (int)longest, "category");
    for (size_t r = 0; r < e->n_runs; r++)
        fprintf(out, "  %*s", wide, eval_run_title(title, &e->runs[r]));
    fputc('\n', out);
    for (size_t c = 0; c <= e->n_categories; c++) {
        fprintf(out, "%-*s", (int)longest, eval_row_name(e, c));
        for (size_t r = 0; r < e->n_runs; r++) {
            const rwda_eval_cell *cell = eval_row_cell(e, &e->runs[r], c);
            const char           *text = cell->missing != NULL ? "-" : metric(number, &cell->auroc, &e->runs[r]);

            fprintf(out, "  %*s%s", padding(text, wide), "", text);
        }
        fputc('\n', out);
    }
    fprintf(out, "\n%-*s  %12s %12s %12s %12s %12s\n", wide, "mean over categories", "AUROC", "AP", "AUPR", "F1-max",
            "F1-normal");
    for (size_t r = 0; r < e->n_runs; r++) {
        const rwda_eval_cell *m         = &e->runs[r].mean;
        const rwda_eval_stat *columns[] = { &m->auroc, &m->ap, &m->aupr, &m->f1_max, &m->f1_normal };

        fprintf(out, "%-*s ", wide > 20 ? wide : 20, eval_run_title(title, &e->runs[r]));
        for (int k = 0; k < 5; k++) {
            const char *text = m->missing != NULL ? "-" : metric(number, columns[k], &e->runs[r]);

            fprintf(out, " %*s%s", padding(text, 12), "", text);
        }
        fputc('\n', out);
    }
    for (size_t c = 0; c < e->n_categories; c++)
        if (e->n_runs > 0 && e->runs[0].cells[c].missing != NULL)
            fprintf(out, "%s: %s (%zu normal, %zu anomalous)\n", e->categories[c].name, e->runs[0].cells[c].missing,
                    e->runs[0].cells[c].normal, e->runs[0].cells[c].anomalous);
    for (size_t r = 0; r < e->n_runs; r++)
        for (size_t c = 0; e->runs[r].sources != NULL && c < e->n_categories; c++)
            if (e->runs[r].sources[c].missing != NULL)
                fprintf(out, "%s, %s: %s\n", e->categories[c].name, eval_run_title(title, &e->runs[r]),
                        e->runs[r].sources[c].missing);
    eval_print_pixel_table(out, e, false);
    published(out, e, false);
}

/* '|' would end a cell. */
static void markdown_text(FILE *out, const char *text)
{
    for (; *text != '\0'; text++)
        fprintf(out, "%s%c", *text == '|' ? "\\" : "", *text);
}

static void markdown_defect_types(FILE *out, const rwda_evaluation *e)
{
    char title[64], number[32];

    fprintf(out, "\n## Image AUROC of each defect type against its category's normal images\n\n| category | defect type | "
                 "anomalous |");
    for (size_t r = 0; r < e->n_runs; r++)
        fprintf(out, " %s |", eval_run_title(title, &e->runs[r]));
    fprintf(out, "\n|---|---|---|");
    for (size_t r = 0; r < e->n_runs; r++)
        fputs("---|", out);
    fputc('\n', out);
    for (size_t k = 0; k < e->runs[0].n_defect_types; k++) {
        const rwda_eval_defect_type *type = &e->runs[0].defect_types[k];

        if (type->anomalous == 0)
            continue;
        fputs("| ", out);
        markdown_text(out, type->category);
        fputs(" | ", out);
        markdown_text(out, type->name);
        fprintf(out, " | %zu |", type->anomalous);
        for (size_t r = 0; r < e->n_runs; r++)
            fprintf(out, " %s |", metric(number, &e->runs[r].defect_types[k].auroc, &e->runs[r]));
        fputc('\n', out);
    }
}

void eval_print_markdown(FILE *out, const rwda_evaluation *e)
{
    const rwda_published_set *set = rwda_published_find(e);
    char                      title[64], number[32];

    head(out, e, "- ");
    fprintf(out, "\n## Image AUROC\n\n| category | normal | anomalous |");
    for (size_t r = 0; r < e->n_runs; r++)
        fprintf(out, " %s |", eval_run_title(title, &e->runs[r]));
    for (size_t i = 0; set != NULL && i < set->n_rows; i++)
        if (set->rows[i].categories != NULL)
            fprintf(out, " %s %s |", set->rows[i].title, set->rows[i].source);
    fprintf(out, "\n|---|---|---|");
    for (size_t r = 0; r < e->n_runs; r++)
        fputs("---|", out);
    for (size_t i = 0; set != NULL && i < set->n_rows; i++)
        fputs(set->rows[i].categories != NULL ? "---|" : "", out);
    fputc('\n', out);
    for (size_t c = 0; c <= e->n_categories; c++) {
        const rwda_eval_cell *sizes = eval_row_cell(e, &e->runs[0], c);

        fputs("| ", out);
        markdown_text(out, c < e->n_categories ? e->categories[c].name : "**mean**");
        fprintf(out, " | %zu | %zu |", sizes->normal, sizes->anomalous);
        for (size_t r = 0; r < e->n_runs; r++) {
            const rwda_eval_cell *cell = eval_row_cell(e, &e->runs[r], c);

            if (cell->missing != NULL)
                fprintf(out, " %s |", cell->missing);
            else
                fprintf(out, " %s |", metric(number, &cell->auroc, &e->runs[r]));
        }
        fputc('\n', out);
    }
    fprintf(
        out,
        "\n## Means over categories\n\n| method | AUROC | AP | AUPR | F1-max | F1-normal |\n|---|---|---|---|---|---|\n");
    for (size_t r = 0; r < e->n_runs; r++) {
        const rwda_eval_cell *m         = &e->runs[r].mean;
        const rwda_eval_stat *columns[] = { &m->auroc, &m->ap, &m->aupr, &m->f1_max, &m->f1_normal };

        fprintf(out, "| %s |", eval_run_title(title, &e->runs[r]));
        for (int k = 0; k < 5; k++)
            fprintf(out, " %s |", m->missing != NULL ? "-" : metric(number, columns[k], &e->runs[r]));
        fputc('\n', out);
    }
    eval_print_pixel_table(out, e, true);
    published(out, e, true);
    markdown_defect_types(out, e);
}
