/* tables.c - how are results written for people? */
#include "eval/eval.h"
#include "common/names.h"

#include <string.h>

const char *eval_title(char out[64], const eval_run *run)
{
    bool crops = run->plan != RWDA_CROPS_ONE;

    (void)snprintf(out, 64, "%s%s%s%s%s", run->method->title, crops ? ", " : "", crops ? eval_plan_name(run->plan) : "",
                   crops && run->pool != RWDA_POOL_MEAN ? " " : "",
                   crops && run->pool != RWDA_POOL_MEAN ? names_pool[run->pool] : "");
    return out;
}

/* "0.718" or "0.718 ±0.004" (with a spread when there were several seeds). */
static const char *figure(char out[32], const eval_figure *f, const eval_run *run)
{
    if (run->seeds > 1)
        (void)snprintf(out, 32, "%.3f ±%.3f", f->mean, f->spread);
    else
        (void)snprintf(out, 32, "%.3f", f->mean);
    return out;
}

static void head(FILE *out, const evaluation *e, const char *lead)
{
    fprintf(out, "%s%s: layout %s, %zu pictures in %zu categories; object %s; resize %s, %d px\n", lead, e->data_path,
            e->data.layout, e->data.count, e->n_categories, e->object, e->resize, e->model->image_size);
    fprintf(out, "%smodel sha256:%.12s, %s %s, detectors %s, %d seed%s\n", lead, e->model->sha256, e->model->cpu,
            e->model->precision, e->detectors, e->seeds, e->seeds == 1 ? "" : "s");
    if (e->data.n_problems > 0 || e->failed > 0)
        fprintf(out, "%s%zu problems of the data set, %zu pictures that could not be decoded: left out\n", lead,
                e->data.n_problems, e->failed);
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
static void published(FILE *out, const evaluation *e, bool markdown)
{
    const published_set *set = published_for(e);
    char                 title[64];

    if (set == NULL)
        return;
    fprintf(out, "\n%sBeside published figures for %s, percent%s\n\n", markdown ? "## " : "", set->name,
            markdown ? "" : " (sources: docs/evaluation.md)");
    if (markdown)
        fputs("| method | object | CLIP | same? | AUROC | AP | F1-max | source |\n|---|---|---|---|---|---|---|---|\n", out);
    else
        fprintf(out, "%-32s %-9s %-18s %-5s %6s %6s %7s  %s\n", "method", "object", "CLIP", "same?", "AUROC", "AP", "F1-max",
                "source");
    for (size_t r = 0; r < e->n_runs; r++) {
        const eval_cell  *m       = &e->runs[r].mean;
        const char *const cells[] = { eval_title(title, &e->runs[r]), e->object, "this model", "yes", "this run" };

        if (m->missing == NULL)
            published_line(out, markdown, cells,
                           (const double[]){ 100 * m->auroc.mean, 100 * m->ap.mean, 100 * m->f1_max.mean });
    }
    for (size_t i = 0; i < set->n_rows; i++) {
        const published_row *row     = &set->rows[i];
        const char *const    cells[] = { row->title, row->object, row->model, published_same(row, e->model), row->source };

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

void eval_print_table(FILE *out, const evaluation *e)
{
    char   title[64], number[32];
    int    wide    = 12;
    size_t longest = strlen("category");

    head(out, e, "");
    fprintf(out, "\nimage AUROC, mean%s\n\n", e->seeds > 1 ? " ± standard deviation over seeds" : "");
    for (size_t c = 0; c < e->n_categories; c++)
        longest = strlen(e->categories[c].name) > longest ? strlen(e->categories[c].name) : longest;
    for (size_t r = 0; r < e->n_runs; r++)
        wide = (int)strlen(eval_title(title, &e->runs[r])) > wide ? (int)strlen(title) : wide;
    fprintf(out, "%-*s", (int)longest, "category");
    for (size_t r = 0; r < e->n_runs; r++)
        fprintf(out, "  %*s", wide, eval_title(title, &e->runs[r]));
    fputc('\n', out);
    for (size_t c = 0; c <= e->n_categories; c++) {
        fprintf(out, "%-*s", (int)longest, c < e->n_categories ? e->categories[c].name : "mean");
        for (size_t r = 0; r < e->n_runs; r++) {
            const eval_cell *cell = c < e->n_categories ? &e->runs[r].cells[c] : &e->runs[r].mean;
            const char      *text = cell->missing != NULL ? "-" : figure(number, &cell->auroc, &e->runs[r]);

            fprintf(out, "  %*s%s", padding(text, wide), "", text);
        }
        fputc('\n', out);
    }
    fprintf(out, "\n%-*s  %12s %12s %12s %12s %12s\n", wide, "mean over categories", "AUROC", "AP", "AUPR", "F1-max",
            "F1-normal");
    for (size_t r = 0; r < e->n_runs; r++) {
        const eval_cell   *m         = &e->runs[r].mean;
        const eval_figure *columns[] = { &m->auroc, &m->ap, &m->aupr, &m->f1_max, &m->f1_normal };

        fprintf(out, "%-*s ", wide > 20 ? wide : 20, eval_title(title, &e->runs[r]));
        for (int k = 0; k < 5; k++) {
            const char *text = m->missing != NULL ? "-" : figure(number, columns[k], &e->runs[r]);

            fprintf(out, " %*s%s", padding(text, 12), "", text);
        }
        fputc('\n', out);
    }
    for (size_t c = 0; c < e->n_categories; c++)
        if (e->n_runs > 0 && e->runs[0].cells[c].missing != NULL)
            fprintf(out, "%s: %s (%zu normal, %zu anomalous)\n", e->categories[c].name, e->runs[0].cells[c].missing,
                    e->runs[0].cells[c].normal, e->runs[0].cells[c].anomalous);
    eval_pixel_table(out, e, false);
    published(out, e, false);
}

/* '|' would end a cell. */
static void markdown_text(FILE *out, const char *text)
{
    for (; *text != '\0'; text++)
        fprintf(out, "%s%c", *text == '|' ? "\\" : "", *text);
}

static void markdown_kinds(FILE *out, const evaluation *e)
{
    char title[64], number[32];

    fprintf(out, "\n## Image AUROC of each kind against its category's normal pictures\n\n| category | kind | anomalous |");
    for (size_t r = 0; r < e->n_runs; r++)
        fprintf(out, " %s |", eval_title(title, &e->runs[r]));
    fprintf(out, "\n|---|---|---|");
    for (size_t r = 0; r < e->n_runs; r++)
        fputs("---|", out);
    fputc('\n', out);
    for (size_t k = 0; k < e->runs[0].n_kinds; k++) {
        const eval_kind *kind = &e->runs[0].kinds[k];

        if (kind->anomalous == 0)
            continue;
        fputs("| ", out);
        markdown_text(out, kind->category);
        fputs(" | ", out);
        markdown_text(out, kind->kind);
        fprintf(out, " | %zu |", kind->anomalous);
        for (size_t r = 0; r < e->n_runs; r++)
            fprintf(out, " %s |", figure(number, &e->runs[r].kinds[k].auroc, &e->runs[r]));
        fputc('\n', out);
    }
}

void eval_print_markdown(FILE *out, const evaluation *e)
{
    const published_set *set = published_for(e);
    char                 title[64], number[32];

    head(out, e, "- ");
    fprintf(out, "\n## Image AUROC\n\n| category | normal | anomalous |");
    for (size_t r = 0; r < e->n_runs; r++)
        fprintf(out, " %s |", eval_title(title, &e->runs[r]));
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
        const eval_cell *sizes = c < e->n_categories ? &e->runs[0].cells[c] : &e->runs[0].mean;

        fputs("| ", out);
        markdown_text(out, c < e->n_categories ? e->categories[c].name : "**mean**");
        fprintf(out, " | %zu | %zu |", sizes->normal, sizes->anomalous);
        for (size_t r = 0; r < e->n_runs; r++) {
            const eval_cell *cell = c < e->n_categories ? &e->runs[r].cells[c] : &e->runs[r].mean;

            if (cell->missing != NULL)
                fprintf(out, " %s |", cell->missing);
            else
                fprintf(out, " %s |", figure(number, &cell->auroc, &e->runs[r]));
        }
        fputc('\n', out);
    }
    fprintf(
        out,
        "\n## Means over categories\n\n| method | AUROC | AP | AUPR | F1-max | F1-normal |\n|---|---|---|---|---|---|\n");
    for (size_t r = 0; r < e->n_runs; r++) {
        const eval_cell   *m         = &e->runs[r].mean;
        const eval_figure *columns[] = { &m->auroc, &m->ap, &m->aupr, &m->f1_max, &m->f1_normal };

        fprintf(out, "| %s |", eval_title(title, &e->runs[r]));
        for (int k = 0; k < 5; k++)
            fprintf(out, " %s |", m->missing != NULL ? "-" : figure(number, columns[k], &e->runs[r]));
        fputc('\n', out);
    }
    eval_pixel_table(out, e, true);
    published(out, e, true);
    markdown_kinds(out, e);
}
