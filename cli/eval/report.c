/* report.c - what does one page say about an evaluation?  (HTML without outside resources) */
#include "eval/eval.h"

#include <string.h>

static void escaped(FILE *out, const char *text)
{
    for (; *text != '\0'; text++)
        switch (*text) {
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '&': fputs("&amp;", out); break;
        case '"': fputs("&quot;", out); break;
        default: fputc(*text, out);
        }
}

static void number(FILE *out, const eval_figure *f, const eval_run *run, double best)
{
    /* the shade tells 0.5 from 1.0 at a glance */
    int shade = f->mean <= 0.5 ? 0 : (int)((f->mean - 0.5) * 2 * 70 + 0.5);

    fprintf(out, "<td style=\"background:rgba(43,138,90,%.2f)\"%s>%.3f", shade / 100.0, f->mean >= best - 5e-4 ? " class=\"best\"" : "", f->mean);
    if (run->seeds > 1)
        fprintf(out, " <small>±%.3f</small>", f->spread);
    fputs("</td>", out);
}

static void category_table(FILE *out, const evaluation *e)
{
    fputs("<h2>Image AUROC</h2><div class=\"wide\"><table><thead><tr><th>category</th><th>normal</th><th>anomalous</th>", out);
    for (size_t r = 0; r < e->n_runs; r++)
        fprintf(out, "<th>%s<br><small>crops: %s</small></th>", e->runs[r].method->title, eval_plan_name(e->runs[r].plan));
    fputs("</tr></thead><tbody>", out);
    for (size_t c = 0; c <= e->n_categories; c++) {
        double best = 0;

        fprintf(out, "<tr%s><th>", c == e->n_categories ? " class=\"mean\"" : "");
        escaped(out, c < e->n_categories ? e->categories[c].name : "mean");
        for (size_t r = 0; r < e->n_runs; r++) {
            const eval_cell *cell = c < e->n_categories ? &e->runs[r].cells[c] : &e->runs[r].mean;

            if (r == 0)
                fprintf(out, "</th><td>%zu</td><td>%zu</td>", cell->normal, cell->anomalous);
            best = cell->missing == NULL && cell->auroc.mean > best ? cell->auroc.mean : best;
        }
        for (size_t r = 0; r < e->n_runs; r++) {
            const eval_cell *cell = c < e->n_categories ? &e->runs[r].cells[c] : &e->runs[r].mean;

            if (cell->missing != NULL)
                fprintf(out, "<td><small>%s</small></td>", cell->missing);
            else
                number(out, &cell->auroc, &e->runs[r], best);
        }
        fputs("</tr>", out);
    }
    fputs("</tbody></table></div>", out);
}

static void mean_table(FILE *out, const evaluation *e)
{
    fputs("<h2>Means over categories</h2><div class=\"wide\"><table><thead><tr><th>method</th><th>crops</th><th>AUROC</th><th>AP</th>"
          "<th>AUPR</th><th>F1-max</th><th>F1-normal</th></tr></thead><tbody>",
          out);
    for (size_t r = 0; r < e->n_runs; r++) {
        const eval_cell *m = &e->runs[r].mean;

        fprintf(out, "<tr><th>%s</th><td>%s</td>", e->runs[r].method->title, eval_plan_name(e->runs[r].plan));
        if (m->missing == NULL) {
            number(out, &m->auroc, &e->runs[r], 2);
            number(out, &m->ap, &e->runs[r], 2);
            number(out, &m->aupr, &e->runs[r], 2);
            number(out, &m->f1_max, &e->runs[r], 2);
            number(out, &m->f1_normal, &e->runs[r], 2);
        }
        fputs("</tr>", out);
    }
    fputs("</tbody></table></div>", out);
}

static void kind_table(FILE *out, const evaluation *e)
{
    const eval_run *run = &e->runs[0];

    fprintf(out, "<details><summary>AUROC of each kind of anomaly against its category's normal pictures (%s)</summary><div class=\"wide\"><table><tr>"
                 "<th>category</th><th>kind</th><th>pictures</th><th>AUROC</th></tr>",
            run->method->title);
    for (size_t k = 0; k < run->n_kinds; k++)
        if (run->kinds[k].anomalous > 0) {
            fputs("<tr><th>", out);
            escaped(out, run->kinds[k].category);
            fputs("</th><td>", out);
            escaped(out, run->kinds[k].kind);
            fprintf(out, "</td><td>%zu</td>", run->kinds[k].anomalous);
            number(out, &run->kinds[k].auroc, run, 2);
            fputs("</tr>", out);
        }
    fputs("</table></div></details>", out);
}

void eval_print_report(FILE *out, const evaluation *e)
{
    fputs("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
          "<title>rwda evaluation</title><style>:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:"
          "70rem;padding:1rem 1.5rem 4rem}table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{padding:.25rem .7rem;border-bottom:"
          "1px solid #8884;text-align:right}th:first-child{text-align:left}thead th{vertical-align:bottom}.mean th,.mean td{border-top:2px solid "
          "#888;font-weight:bold}.best{font-weight:bold}.wide{overflow-x:auto}small{opacity:.75}code,pre{font-size:13px}pre{white-space:pre-wrap;"
          "overflow-wrap:anywhere}svg{max-width:100%;height:auto;background:#fff;border-radius:6px}details{margin:1rem 0}</style></head><body>"
          "<h1>Evaluation</h1><p>",
          out);
    escaped(out, e->data_path);
    fprintf(out, ": layout %s, %zu pictures in %zu categories, object %s, input %d px (%s), preset %s, %d seeds. Figures are means%s.</p>",
            e->data.layout, e->data.count, e->n_categories, e->object, e->image_size, e->resize, e->preset, e->seeds,
            e->seeds > 1 ? " ± standard deviations over seeds" : "");
    if (e->data.n_problems > 0 || e->failed > 0) {
        fprintf(out, "<details><summary>%zu problems of the data set, %zu pictures that could not be decoded: left out</summary><ul>",
                e->data.n_problems, e->failed);
        for (size_t i = 0; i < e->data.n_problems; i++) {
            fputs("<li>", out);
            escaped(out, e->data.problems[i]);
            fputs("</li>", out);
        }
        fputs("</ul></details>", out);
    }
    category_table(out, e);
    mean_table(out, e);
    kind_table(out, e);
    fputs("<h2>Curves</h2>", out);
    for (size_t r = 0; r < e->n_runs; r++) {
        fprintf(out, "<h3>%s, crops: %s</h3>", e->runs[r].method->title, eval_plan_name(e->runs[r].plan));
        eval_print_curves(out, e, &e->runs[r]);
    }
    fprintf(out, "<h2>Recipe</h2><p>rwda %s, model <code>sha256:%s</code>, kernels %s %s, %.1f s.</p><pre>", rwda_version(),
            e->model_sha256, e->cpu, e->precision, e->seconds);
    escaped(out, e->recipe != NULL ? e->recipe : "no detector");
    fputs("</pre></body></html>\n", out);
}
