#include "studies/write.h"

#include "base/status.h"
#include "common/output.h"
#include "common/paths.h"
#include "common/text.h"
#include "report/page.h"
#include "studies/plot.h"

#include <math.h>

static void stat_text(FILE *out, const rwda_eval_stat *v, int seeds)
{
    if (isnan(v->mean))
        fputs("-", out);
    else if (seeds > 1)
        fprintf(out, "%.3f ±%.3f", v->mean, v->std);
    else
        fprintf(out, "%.3f", v->mean);
}

static void extra(FILE *out, const char *before, double value, const char *after)
{
    if (isnan(value))
        fprintf(out, "%s-%s", before, after);
    else
        fprintf(out, "%s%.4g%s", before, value, after);
}

/* In a cell of a Markdown table. */
static void cell_text(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '|')
            fputc('\\', out);
        fputc(*text == '\n' ? ' ' : *text, out);
    }
}

/* n_models as in study.h. */
static const char *about(char out[512], const study_basis *b, size_t n_models)
{
    char model[128];

    (void)snprintf(model, sizeof model, "model sha256:%.12s (%d px, %s)", b->e->model->sha256, b->e->model->image_size,
                   rwda_enum_name(RWDA_ENUM_RESIZE, b->e->resize));
    if (n_models > 0)
        (void)snprintf(model, sizeof model, "%zu model%s", n_models, n_models == 1 ? "" : "s");
    (void)snprintf(out, 512, "%zu images in %zu categories (layout %s), object %s, %s, preset %s, %d pairs, %d seeds",
                   b->e->data->count, b->e->n_categories, b->e->data->layout, rwda_eval_object_name(b->e->object), model,
                   b->recipe->preset, b->recipe->pairs, b->e->seeds);
    return out;
}

static void markdown(FILE *out, const study *s, const study_basis *b)
{
    char text[512];

    fprintf(out, "# %s\n\n%s\n\n%s\n\n%s\n\n- %s\n\n| series | setting | AUROC | AP | F1-max |", s->title, s->question,
            s->method, s->summary != NULL ? s->summary : "", about(text, b, s->n_models));
    for (int k = 0; k < STUDY_EXTRAS && s->extras[k] != NULL; k++)
        fprintf(out, " %s |", s->extras[k]);
    if (s->notes != NULL)
        fprintf(out, " %s |", s->notes);
    fputs("\n|---|---|---|---|---|", out);
    for (int k = 0; k < STUDY_EXTRAS && s->extras[k] != NULL; k++)
        fputs("---|", out);
    fputs(s->notes != NULL ? "---|\n" : "\n", out);
    for (size_t i = 0; i < s->n_points; i++) {
        const study_point *p = &s->points[i];

        fprintf(out, "| %s | %s%s | ", p->series, p->label, p->base ? " *" : "");
        stat_text(out, &p->auroc, p->seeds);
        fputs(" | ", out);
        stat_text(out, &p->ap, p->seeds);
        fputs(" | ", out);
        stat_text(out, &p->f1_max, p->seeds);
        fputs(" |", out);
        for (int k = 0; k < STUDY_EXTRAS && s->extras[k] != NULL; k++)
            extra(out, " ", p->extra[k], " |");
        if (s->notes != NULL) {
            fputc(' ', out);
            cell_text(out, p->note);
            fputs(" |", out);
        }
        fputc('\n', out);
    }
    fprintf(out, "\n`*`: the recipe's own setting. AUROC, AP and F1-max are means over categories%s%s.\n",
            b->e->seeds > 1 ? " ± standard deviations over " : "",
            b->e->seeds == 1  ? ""
            : s->over != NULL ? s->over
                              : "seeds");
}

static void number(FILE *out, double value)
{
    if (isnan(value))
        fputc(',', out);
    else
        fprintf(out, ",%.9g", value);
}

static void csv(FILE *out, const study *s, const study_basis *b)
{
    (void)b;
    fputs("series,setting,x,own,seeds,auroc,auroc_sd,ap,ap_sd,f1_max,f1_max_sd", out);
    for (int k = 0; k < STUDY_EXTRAS && s->extras[k] != NULL; k++) {
        fputc(',', out);
        rw_csv_quoted(out, s->extras[k]);
    }
    if (s->notes != NULL) {
        fputc(',', out);
        rw_csv_quoted(out, s->notes);
    }
    fputc('\n', out);
    for (size_t i = 0; i < s->n_points; i++) {
        const study_point *p = &s->points[i];

        rw_csv_quoted(out, p->series);
        fputc(',', out);
        rw_csv_quoted(out, p->label);
        number(out, p->x);
        fprintf(out, ",%d,%d", p->base, p->seeds);
        number(out, p->auroc.mean);
        number(out, p->auroc.std);
        number(out, p->ap.mean);
        number(out, p->ap.std);
        number(out, p->f1_max.mean);
        number(out, p->f1_max.std);
        for (int k = 0; k < STUDY_EXTRAS && s->extras[k] != NULL; k++)
            number(out, p->extra[k]);
        if (s->notes != NULL) {
            fputc(',', out);
            rw_csv_quoted(out, p->note);
        }
        fputc('\n', out);
    }
}

static void categories(FILE *out, const study *s, const study_basis *b)
{
    fputs("series,setting,category,normal,anomalous,auroc,auroc_sd,ap,f1_max\n", out);
    for (size_t i = 0; i < s->n_points; i++)
        for (size_t c = 0; s->points[i].cells != NULL && c < b->e->n_categories; c++) {
            const rwda_eval_cell *cell = &s->points[i].cells[c];

            rw_csv_quoted(out, s->points[i].series);
            fputc(',', out);
            rw_csv_quoted(out, s->points[i].label);
            fputc(',', out);
            rw_csv_quoted(out, b->e->categories[c].name);
            fprintf(out, ",%zu,%zu", cell->normal, cell->anomalous);
            number(out, cell->missing != NULL ? NAN : cell->auroc.mean);
            number(out, cell->missing != NULL ? NAN : cell->auroc.std);
            number(out, cell->missing != NULL ? NAN : cell->ap.mean);
            number(out, cell->missing != NULL ? NAN : cell->f1_max.mean);
            fputc('\n', out);
        }
}

static void defect_types(FILE *out, const study *s, const study_basis *b)
{
    (void)b;
    fputs("series,setting,category,kind,anomalous,auroc,auroc_sd\n", out);
    for (size_t i = 0; i < s->n_points; i++)
        for (size_t k = 0; k < s->points[i].n_defect_types; k++) {
            const rwda_eval_defect_type *type = &s->points[i].defect_types[k];

            if (type->anomalous == 0)
                continue;
            rw_csv_quoted(out, s->points[i].series);
            fputc(',', out);
            rw_csv_quoted(out, s->points[i].label);
            fputc(',', out);
            rw_csv_quoted(out, type->category);
            fputc(',', out);
            rw_csv_quoted(out, type->name);
            fprintf(out, ",%zu", type->anomalous);
            number(out, type->auroc.mean);
            number(out, type->auroc.std);
            fputc('\n', out);
        }
}

static void draw(FILE *out, const study *s, const study_basis *b)
{
    (void)b;
    study_plot(out, s);
}

rwda_status study_write(const study *s, const study_basis *basis, const char *folder, rwda_error *err)
{
    static const struct {
        const char *ending;
        void (*print)(FILE *out, const study *s, const study_basis *b);
    } files[]          = { { ".md", markdown },
                           { ".csv", csv },
                           { "-categories.csv", categories },
                           { "-kinds.csv", defect_types },
                           { ".svg", draw } };
    rwda_status status = RWDA_OK;

    for (size_t i = 0; i < RW_COUNTOF(files); i++) {
        char      path[RW_PATH_MAX];
        rw_stream out;

        if (!rw_path_format(path, "%s/%s%s", folder, s->name, files[i].ending))
            return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.300s: path is too long", folder);
        RW_TRY(rw_stream_open(&out, path, true, err));
        files[i].print(out.file, s, basis);
        RW_TRY(rw_stream_close(&out, true, err));
    }
done:
    return status;
}

static void html_table(FILE *out, const study *s)
{
    fputs("<details><summary>table</summary><div class=\"wide\"><table><thead><tr><th>series</th><th "
          "class=\"text\">setting</th><th>AUROC</th><th>AP"
          "</th><th>F1-max</th>",
          out);
    for (int k = 0; k < STUDY_EXTRAS && s->extras[k] != NULL; k++) {
        fputs("<th>", out);
        page_text(out, s->extras[k]);
        fputs("</th>", out);
    }
    if (s->notes != NULL) {
        fputs("<th class=\"text\">", out);
        page_text(out, s->notes);
        fputs("</th>", out);
    }
    fputs("</tr></thead><tbody>\n", out);
    for (size_t i = 0; i < s->n_points; i++) {
        const study_point    *p         = &s->points[i];
        const rwda_eval_stat *columns[] = { &p->auroc, &p->ap, &p->f1_max };

        fputs("<tr><th>", out);
        page_text(out, p->series);
        fputs("</th><td class=\"text\">", out);
        page_text(out, p->label);
        fputs(p->base ? " *</td>" : "</td>", out);
        for (int k = 0; k < 3; k++)
            if (isnan(columns[k]->mean))
                fputs("<td>-</td>", out);
            else
                page_metric(out, columns[k]->mean, p->seeds > 1 ? columns[k]->std : -1.0, 0);
        for (int k = 0; k < STUDY_EXTRAS && s->extras[k] != NULL; k++)
            extra(out, "<td>", p->extra[k], "</td>");
        if (s->notes != NULL) {
            fputs("<td class=\"text\">", out);
            page_text(out, p->note);
            fputs("</td>", out);
        }
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div></details>\n", out);
}

/* Settings down, categories across. */
static void html_categories(FILE *out, const study *s, const study_basis *b)
{
    fputs("<details><summary>AUROC by category</summary><div class=\"wide\"><table><thead><tr><th>series</th><th "
          "class=\"text\">setting</th>",
          out);
    for (size_t c = 0; c < b->e->n_categories; c++) {
        fputs("<th>", out);
        page_text(out, b->e->categories[c].name);
        fputs("</th>", out);
    }
    fputs("</tr></thead><tbody>\n", out);
    for (size_t i = 0; i < s->n_points; i++) {
        const study_point *p = &s->points[i];

        fputs("<tr><th>", out);
        page_text(out, p->series);
        fputs("</th><td class=\"text\">", out);
        page_text(out, p->label);
        fputs("</td>", out);
        for (size_t c = 0; c < b->e->n_categories; c++)
            if (p->cells == NULL || p->cells[c].missing != NULL)
                fputs("<td>-</td>", out);
            else
                page_metric(out, p->cells[c].auroc.mean, -1.0, 0);
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div></details>\n", out);
}

static bool has_cells(const study *s)
{
    for (size_t i = 0; i < s->n_points; i++)
        if (s->points[i].cells != NULL)
            return true;
    return false;
}

static void html_study(FILE *out, const study *s, const study_basis *b)
{
    fprintf(out, "<h2 id=\"%s\">%s</h2><p><strong>%s</strong> %s</p><p>", s->name, s->title, s->question, s->method);
    page_text(out, s->summary != NULL ? s->summary : "");
    fputs("</p>\n", out);
    study_plot(out, s);
    html_table(out, s);
    if (has_cells(s))
        html_categories(out, s, b);
}

rwda_status study_write_report(const study *studies, size_t n, const study_basis *basis, const char *path, rwda_error *err)
{
    rw_stream   out;
    char        text[512];
    rwda_status status = rw_stream_open(&out, path, true, err);

    if (status != RWDA_OK)
        return status;
    page_begin(out.file, "rwda: Studies", NULL, 0, false);
    fputs("<h1>Studies</h1>\n<p>", out.file);
    page_text(out.file, basis->e->data->path);
    fputs(": ", out.file);
    page_text(out.file, about(text, basis, n == 1 ? studies[0].n_models : 0));
    fputs(
        ". Metrics are means over categories ± standard deviations over seeds; * marks the recipe's own setting.</p>\n<nav>",
        out.file);
    for (size_t i = 0; i < n; i++)
        fprintf(out.file, "<a href=\"#%s\">%s</a>", studies[i].name, studies[i].title);
    fputs("</nav>\n", out.file);
    for (size_t i = 0; i < n; i++)
        html_study(out.file, &studies[i], basis);
    page_end(out.file);
    return rw_stream_close(&out, true, err);
}
