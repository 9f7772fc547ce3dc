/* eval_page.c - an evaluation as one HTML page. */
#include "report/eval_report.h"

#include "common/text.h"

#include "report/page.h"

#include <string.h>

#define PROBLEMS_SHOWN 200

static void metric(FILE *out, const rwda_eval_stat *f, const rwda_eval_run *run, double best)
{
    page_metric(out, f->mean, run->seeds > 1 ? f->std : -1.0, f->mean >= best - 5e-4);
}

static void run_heads(FILE *out, const rwda_evaluation *e, const rwda_published_set *set)
{
    for (size_t r = 0; r < e->n_runs; r++) {
        fprintf(out, "<th>%s<br><small>crops: %s", e->runs[r].method->title,
                rwda_enum_name(RWDA_ENUM_CROPS, e->runs[r].plan));
        if (e->runs[r].shots > 0)
            fprintf(out, ", shots: %d", e->runs[r].shots);
        fputs("</small></th>", out);
    }
    for (size_t i = 0; set != NULL && i < set->n_rows; i++)
        if (set->rows[i].categories != NULL)
            fprintf(out, "<th>%s<br><small>published %s</small></th>", set->rows[i].title, set->rows[i].source);
    fputs("</tr></thead><tbody>\n", out);
}

static void category_table(FILE *out, const rwda_evaluation *e)
{
    const rwda_published_set *set = rwda_published_find(e);

    fputs("<h2>Image AUROC</h2><div class=\"wide\"><table><thead><tr><th>category</th><th>normal</th><th>anomalous</th>",
          out);
    run_heads(out, e, set);
    for (size_t c = 0; c <= e->n_categories; c++) {
        double best = 0;

        fprintf(out, "<tr%s><th>", c == e->n_categories ? " class=\"mean\"" : "");
        page_text(out, eval_row_name(e, c));
        for (size_t r = 0; r < e->n_runs; r++) {
            const rwda_eval_cell *cell = eval_row_cell(e, &e->runs[r], c);

            if (r == 0)
                fprintf(out, "</th><td>%zu</td><td>%zu</td>", cell->normal, cell->anomalous);
            best = cell->missing == NULL && cell->auroc.mean > best ? cell->auroc.mean : best;
        }
        for (size_t r = 0; r < e->n_runs; r++) {
            const rwda_eval_cell *cell = eval_row_cell(e, &e->runs[r], c);

            if (cell->missing != NULL)
                fprintf(out, "<td><small>%s</small></td>", cell->missing);
            else
                metric(out, &cell->auroc, &e->runs[r], best);
        }
        for (size_t i = 0; set != NULL && i < set->n_rows; i++)
            if (set->rows[i].categories != NULL)
                fprintf(out, "<td>%.3f</td>",
                        (c < e->n_categories ? rwda_published_auroc(set, &set->rows[i], e->categories[c].name)
                                             : set->rows[i].auroc) /
                            100);
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
}

static void mean_table(FILE *out, const rwda_evaluation *e)
{
    fputs("<h2>Means over categories</h2><div "
          "class=\"wide\"><table><thead><tr><th>method</th><th>crops</th>",
          out);
    fputs(eval_has_shots(e) ? "<th>shots</th>" : "", out);
    fputs("<th>AUROC</th><th>AP</th><th>AUPR</th><th>F1-max</th><th>F1-normal</th></tr></thead><tbody>\n", out);
    for (size_t r = 0; r < e->n_runs; r++) {
        const rwda_eval_cell *m         = &e->runs[r].mean;
        const rwda_eval_stat *columns[] = { &m->auroc, &m->ap, &m->aupr, &m->f1_max, &m->f1_normal };

        fprintf(out, "<tr><th>%s</th><td>%s</td>", e->runs[r].method->title,
                rwda_enum_name(RWDA_ENUM_CROPS, e->runs[r].plan));
        if (e->runs[r].shots > 0)
            fprintf(out, "<td>%d</td>", e->runs[r].shots);
        else
            fputs(eval_has_shots(e) ? "<td>-</td>" : "", out);
        for (size_t k = 0; k < sizeof columns / sizeof columns[0]; k++)
            if (m->missing == NULL)
                metric(out, columns[k], &e->runs[r], 2);
            else
                fputs("<td>-</td>", out);
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
}

static void defect_type_table(FILE *out, const rwda_evaluation *e)
{
    fputs("<details><summary>AUROC of each defect type against its category's normal images</summary>"
          "<div class=\"wide\"><table><thead><tr><th>category</th><th class=\"text\">defect type</th><th>images</th>",
          out);
    run_heads(out, e, NULL);
    for (size_t k = 0; k < e->runs[0].n_defect_types; k++) {
        const rwda_eval_defect_type *type = &e->runs[0].defect_types[k];

        if (type->anomalous == 0)
            continue;
        fputs("<tr><th>", out);
        page_text(out, type->category);
        fputs("</th><td class=\"text\">", out);
        page_text(out, type->name);
        fprintf(out, "</td><td>%zu</td>", type->anomalous);
        for (size_t r = 0; r < e->n_runs; r++)
            metric(out, &e->runs[r].defect_types[k].auroc, &e->runs[r], 2);
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div></details>\n", out);
}

static void percent(FILE *out, double value)
{
    if (value > 0)
        fprintf(out, "<td>%.1f</td>", value);
    else
        fputs("<td>-</td>", out);
}

static void published_table(FILE *out, const rwda_evaluation *e)
{
    const rwda_published_set *set = rwda_published_find(e);

    if (set == NULL)
        return;
    fprintf(
        out,
        "<h2>Beside published results for %s</h2><p>Percent; means over categories.</p><div class=\"wide\"><table><thead>"
        "<tr><th>method</th><th>object</th><th class=\"text\">CLIP</th><th>this model?</th><th>AUROC</th><th>AP</th>"
        "<th>F1-max</th><th class=\"text\">source</th></tr></thead><tbody>\n",
        set->name);
    for (size_t r = 0; r < e->n_runs; r++) {
        const rwda_eval_cell *m = &e->runs[r].mean;
        char                  title[64];

        if (m->missing == NULL)
            fprintf(out,
                    "<tr class=\"best\"><th>%s</th><td>%s</td><td class=\"text\">sha256:%.12s</td><td>yes</td><td>%.1f</td>"
                    "<td>%.1f</td><td>%.1f</td><td class=\"text\">this run</td></tr>\n",
                    eval_run_title(title, &e->runs[r]), rwda_eval_object_name(e->object), e->model->sha256,
                    100 * m->auroc.mean, 100 * m->ap.mean, 100 * m->f1_max.mean);
    }
    for (size_t i = 0; i < set->n_rows; i++) {
        const rwda_published_row *row = &set->rows[i];

        fprintf(out, "<tr><th>%s</th><td>%s</td><td class=\"text\">%s</td><td>%s</td>", row->title,
                rwda_eval_object_name(row->object), row->model, rwda_published_same_model(row, e->model));
        percent(out, row->auroc);
        percent(out, row->ap);
        percent(out, row->f1_max);
        fprintf(out, "<td class=\"text\">%s</td></tr>\n", row->source);
    }
    fputs("</tbody></table></div>\n", out);
}

static void problems(FILE *out, const rwda_evaluation *e)
{
    if (e->data->n_problems == 0 && e->failed == 0)
        return;
    fprintf(out,
            "<details><summary>%zu problem%s of the data set, %zu image%s that could not be decoded: left out</summary><ul>",
            e->data->n_problems, rw_s(e->data->n_problems), e->failed, rw_s(e->failed));
    for (size_t i = 0; i < e->data->n_problems && i < PROBLEMS_SHOWN; i++) {
        fputs("<li>", out);
        page_text(out, e->data->problems[i]);
        fputs("</li>", out);
    }
    fprintf(out, "%s</ul></details>\n",
            e->data->n_problems > PROBLEMS_SHOWN ? "<li>...; results.json has them all</li>" : "");
}

/* Where normal images are from. */
static void shots(FILE *out, const rwda_evaluation *e)
{
    char text[512];

    if (!eval_shots_text(text, e))
        return;
    fprintf(out, "<p>%c%s.</p>\n<ul>", text[0] - 'a' + 'A', text + 1);
    for (size_t c = 0; c < e->n_categories; c++)
        if (eval_source_text(text, e, c)) {
            fputs("<li>", out);
            page_text(out, text);
            fputs("</li>", out);
        }
    fputs("</ul>\n", out);
}

void eval_print_page(FILE *out, const rwda_evaluation *e)
{
    const char *over = eval_over(e);

    page_begin(out, "rwda: Evaluation", NULL, 0, false);
    fputs("<h1>Evaluation</h1>\n", out);
    fputs("<p>", out);
    page_text(out, e->data->path);
    fprintf(out, ": layout %s, %zu image%s in %zu categor%s, object %s, input %d px (%s), detectors ", e->data->layout,
            e->data->count, rw_s(e->data->count), e->n_categories, e->n_categories == 1 ? "y" : "ies",
            rwda_eval_object_name(e->object), e->model->image_size, rwda_enum_name(RWDA_ENUM_RESIZE, e->resize));
    page_text(out, e->detectors);
    fprintf(out, ", %d seed%s. Metrics are means%s%s.</p>\n", e->seeds, rw_s((size_t)e->seeds),
            over != NULL ? " ± standard deviations over " : "", over != NULL ? over : "");
    shots(out, e);
    problems(out, e);
    category_table(out, e);
    mean_table(out, e);
    eval_print_pixel_html(out, e);
    published_table(out, e);
    defect_type_table(out, e);
    fputs("<h2>Curves</h2>", out);
    for (size_t r = 0; r < e->n_runs; r++) {
        fprintf(out, "<h3>%s, crops: %s", e->runs[r].method->title, rwda_enum_name(RWDA_ENUM_CROPS, e->runs[r].plan));
        if (e->runs[r].shots > 0)
            fprintf(out, ", shots: %d", e->runs[r].shots);
        fputs("</h3>", out);
        eval_print_curves(out, e, &e->runs[r]);
    }
    fprintf(out, "<h2>Recipe</h2><p>rwda %s, model <code>sha256:%s</code>, kernels %s %s.</p><pre>", rwda_version(),
            e->model->sha256, e->model->cpu, e->model->precision);
    page_text(out, e->recipe != NULL ? e->recipe : "no detector");
    fputs("</pre>\n", out);
    page_end(out);
}
