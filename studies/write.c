/* write.c - how do a study's numbers become tables and pages? */
#include "studies/studies.h"

#include "report/page.h"

#include <math.h>

static void figure(FILE *out, const eval_figure *f, int seeds)
{
    if (isnan(f->mean))
        fputs("-", out);
    else if (seeds > 1)
        fprintf(out, "%.3f ±%.3f", f->mean, f->spread);
    else
        fprintf(out, "%.3f", f->mean);
}

static void extra(FILE *out, const char *before, double value, const char *after)
{
    if (isnan(value))
        fprintf(out, "%s-%s", before, after);
    else
        fprintf(out, "%s%.4g%s", before, value, after);
}

static const char *about(char out[512], const lab *l)
{
    (void)snprintf(out, 512,
                   "%zu pictures in %zu categories (layout %s), object %s, model sha256:%.12s (%d px, %s), preset %s, %d "
                   "pairs, %d seeds",
                   l->e.data.count, l->e.n_categories, l->e.data.layout, l->e.object, l->e.model->sha256,
                   l->e.model->image_size, l->e.resize, l->base.preset, l->base.pairs, l->e.seeds);
    return out;
}

static void markdown(FILE *out, const study *s, const lab *l)
{
    char text[512];

    fprintf(out, "# %s\n\n%s\n\n%s\n\n%s\n\n- %s\n\n| series | setting | AUROC | AP | F1-max |", s->title, s->question,
            s->method, s->summary != NULL ? s->summary : "", about(text, l));
    for (int k = 0; k < STUDY_EXTRAS && s->extras[k] != NULL; k++)
        fprintf(out, " %s |", s->extras[k]);
    fputs("\n|---|---|---|---|---|", out);
    for (int k = 0; k < STUDY_EXTRAS && s->extras[k] != NULL; k++)
        fputs("---|", out);
    fputc('\n', out);
    for (size_t i = 0; i < s->n_points; i++) {
        const study_point *p = &s->points[i];

        fprintf(out, "| %s | %s%s | ", p->series, p->label, p->base ? " *" : "");
        figure(out, &p->auroc, p->seeds);
        fputs(" | ", out);
        figure(out, &p->ap, p->seeds);
        fputs(" | ", out);
        figure(out, &p->f1_max, p->seeds);
        fputs(" |", out);
        for (int k = 0; k < STUDY_EXTRAS && s->extras[k] != NULL; k++)
            extra(out, " ", p->extra[k], " |");
        fputc('\n', out);
    }
    fprintf(out, "\n`*`: the recipe's own setting. AUROC, AP and F1-max are means over categories%s.\n",
            l->e.seeds > 1 ? " ± standard deviations over seeds" : "");
}

static void number(FILE *out, double value)
{
    if (isnan(value))
        fputc(',', out);
    else
        fprintf(out, ",%.9g", value);
}

static void csv(FILE *out, const study *s, const lab *l)
{
    (void)l;
    fputs("series,setting,x,own,seeds,auroc,auroc_sd,ap,ap_sd,f1_max,f1_max_sd", out);
    for (int k = 0; k < STUDY_EXTRAS && s->extras[k] != NULL; k++) {
        fputc(',', out);
        cli_csv_text(out, s->extras[k]);
    }
    fputc('\n', out);
    for (size_t i = 0; i < s->n_points; i++) {
        const study_point *p = &s->points[i];

        cli_csv_text(out, p->series);
        fputc(',', out);
        cli_csv_text(out, p->label);
        number(out, p->x);
        fprintf(out, ",%d,%d", p->base, p->seeds);
        number(out, p->auroc.mean);
        number(out, p->auroc.spread);
        number(out, p->ap.mean);
        number(out, p->ap.spread);
        number(out, p->f1_max.mean);
        number(out, p->f1_max.spread);
        for (int k = 0; k < STUDY_EXTRAS && s->extras[k] != NULL; k++)
            number(out, p->extra[k]);
        fputc('\n', out);
    }
}

static void categories(FILE *out, const study *s, const lab *l)
{
    fputs("series,setting,category,normal,anomalous,auroc,auroc_sd,ap,f1_max\n", out);
    for (size_t i = 0; i < s->n_points; i++)
        for (size_t c = 0; s->points[i].cells != NULL && c < l->e.n_categories; c++) {
            const eval_cell *cell = &s->points[i].cells[c];

            cli_csv_text(out, s->points[i].series);
            fputc(',', out);
            cli_csv_text(out, s->points[i].label);
            fputc(',', out);
            cli_csv_text(out, l->e.categories[c].name);
            fprintf(out, ",%zu,%zu", cell->normal, cell->anomalous);
            number(out, cell->missing != NULL ? NAN : cell->auroc.mean);
            number(out, cell->missing != NULL ? NAN : cell->auroc.spread);
            number(out, cell->missing != NULL ? NAN : cell->ap.mean);
            number(out, cell->missing != NULL ? NAN : cell->f1_max.mean);
            fputc('\n', out);
        }
}

static void kinds(FILE *out, const study *s, const lab *l)
{
    (void)l;
    fputs("series,setting,category,kind,anomalous,auroc,auroc_sd\n", out);
    for (size_t i = 0; i < s->n_points; i++)
        for (size_t k = 0; k < s->points[i].n_kinds; k++) {
            const eval_kind *kind = &s->points[i].kinds[k];

            if (kind->anomalous == 0)
                continue;
            cli_csv_text(out, s->points[i].series);
            fputc(',', out);
            cli_csv_text(out, s->points[i].label);
            fputc(',', out);
            cli_csv_text(out, kind->category);
            fputc(',', out);
            cli_csv_text(out, kind->kind);
            fprintf(out, ",%zu", kind->anomalous);
            number(out, kind->auroc.mean);
            number(out, kind->auroc.spread);
            fputc('\n', out);
        }
}

static void draw(FILE *out, const study *s, const lab *l)
{
    (void)l;
    study_draw(out, s);
}

int study_write(const study *s, const lab *l, const char *folder)
{
    static const struct {
        const char *ending;
        void (*print)(FILE *out, const study *s, const lab *l);
    } files[] = {
        { ".md", markdown }, { ".csv", csv }, { "-categories.csv", categories }, { "-kinds.csv", kinds }, { ".svg", draw }
    };

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char       path[CLI_PATH_MAX];
        cli_output out;
        int        code = cli_path(path, "%s/%s%s", folder, s->name, files[i].ending) ? 0 : EXIT_OUTPUT;

        if (code == 0)
            code = cli_output_open(&out, path, true);
        if (code == 0) {
            files[i].print(out.stream, s, l);
            code = cli_output_close(&out, true);
        }
        if (code != 0)
            return code;
    }
    return 0;
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
    fputs("</tr></thead><tbody>\n", out);
    for (size_t i = 0; i < s->n_points; i++) {
        const study_point *p         = &s->points[i];
        const eval_figure *columns[] = { &p->auroc, &p->ap, &p->f1_max };

        fputs("<tr><th>", out);
        page_text(out, p->series);
        fputs("</th><td class=\"text\">", out);
        page_text(out, p->label);
        fputs(p->base ? " *</td>" : "</td>", out);
        for (int k = 0; k < 3; k++)
            if (isnan(columns[k]->mean))
                fputs("<td>-</td>", out);
            else
                page_figure(out, columns[k]->mean, p->seeds > 1 ? columns[k]->spread : -1.0, 0);
        for (int k = 0; k < STUDY_EXTRAS && s->extras[k] != NULL; k++)
            extra(out, "<td>", p->extra[k], "</td>");
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div></details>\n", out);
}

/* Settings down, categories across. */
static void html_categories(FILE *out, const study *s, const lab *l)
{
    fputs("<details><summary>AUROC by category</summary><div class=\"wide\"><table><thead><tr><th>series</th><th "
          "class=\"text\">setting</th>",
          out);
    for (size_t c = 0; c < l->e.n_categories; c++) {
        fputs("<th>", out);
        page_text(out, l->e.categories[c].name);
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
        for (size_t c = 0; c < l->e.n_categories; c++)
            if (p->cells[c].missing != NULL)
                fputs("<td>-</td>", out);
            else
                page_figure(out, p->cells[c].auroc.mean, -1.0, 0);
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div></details>\n", out);
}

int study_write_report(const study *studies, size_t n, const lab *l, const char *path)
{
    cli_output out;
    char       text[512];
    int        code = cli_output_open(&out, path, true);

    if (code != 0)
        return code;
    page_begin(out.stream, "rwda: Studies", NULL, 0, false);
    fputs("<h1>Studies</h1>\n", out.stream);
    fputs("<p>", out.stream);
    page_text(out.stream, l->e.data_path);
    fputs(": ", out.stream);
    page_text(out.stream, about(text, l));
    fputs(
        ". Figures are means over categories ± standard deviations over seeds; * marks the recipe's own setting.</p>\n<nav>",
        out.stream);
    for (size_t i = 0; i < n; i++)
        fprintf(out.stream, "<a href=\"#%s\">%s</a>", studies[i].name, studies[i].title);
    fputs("</nav>\n", out.stream);
    for (size_t i = 0; i < n; i++) {
        const study *s = &studies[i];

        fprintf(out.stream, "<h2 id=\"%s\">%s</h2><p><strong>%s</strong> %s</p><p>", s->name, s->title, s->question,
                s->method);
        page_text(out.stream, s->summary != NULL ? s->summary : "");
        fputs("</p>\n", out.stream);
        study_draw(out.stream, s);
        html_table(out.stream, s);
        if (s->n_points > 0 && s->points[0].cells != NULL)
            html_categories(out.stream, s, l);
    }
    page_end(out.stream);
    return cli_output_close(&out, true);
}
