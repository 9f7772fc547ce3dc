/* eval_pixel_tables.c - pixel metrics as text, Markdown, HTML, CSV and JSON. */
#include "report/eval_report.h"

#include "common/text.h"
#include "report/page.h"

void eval_print_pixel_table(FILE *out, const rwda_evaluation *e, bool markdown)
{
    char title[64];

    if (e->n_pixel_runs == 0)
        return;
    fprintf(out, "\n%sPixel metrics, maps at the images' own size%s\n\n", markdown ? "## " : "",
            markdown ? "" : "; AUPRO up to a false positive rate of 0.3");
    if (markdown)
        fputs("| map | category | images | regions | AUROC | AP | F1-max | AUPRO |\n|---|---|---|---|---|---|---|---|\n",
              out);
    else
        fprintf(out, "%-18s %-16s %8s %8s %7s %7s %7s %7s\n", "map", "category", "images", "regions", "AUROC", "AP",
                "F1-max", "AUPRO");
    for (size_t m = 0; m < e->n_pixel_runs; m++)
        for (size_t c = 0; c <= e->n_categories; c++) {
            const rwda_eval_pixel_cell *cell = eval_row_pixel_cell(e, &e->pixel_runs[m], c);
            const rwda_pixel_results   *f    = &cell->metrics;

            fprintf(out, markdown ? "| %s | " : "%-18s ", eval_map_title(title, &e->pixel_runs[m]));
            fprintf(out, markdown ? "%s | %zu | " : "%-16s %8zu ", eval_row_name(e, c), cell->images);
            if (cell->missing != NULL)
                fprintf(out, markdown ? "%s | | | | |\n" : "%s\n", cell->missing);
            else
                fprintf(out, markdown ? "%zu | %.3f | %.3f | %.3f | %.3f |\n" : "%8zu %7.3f %7.3f %7.3f %7.3f\n", f->regions,
                        f->auroc, f->ap, f->f1_max, f->aupro);
        }
}

void eval_print_pixel_html(FILE *out, const rwda_evaluation *e)
{
    char title[64];

    for (size_t m = 0; m < e->n_pixel_runs; m++) {
        fprintf(out,
                "<h2>Pixels: %s</h2><div class=\"wide\"><table><thead><tr><th>category</th><th>images</th><th>left out</th>"
                "<th>regions</th><th>AUROC</th><th>AP</th><th>F1-max</th><th>AUPRO</th></tr></thead><tbody>\n",
                eval_map_title(title, &e->pixel_runs[m]));
        for (size_t c = 0; c <= e->n_categories; c++) {
            const rwda_eval_pixel_cell *cell = eval_row_pixel_cell(e, &e->pixel_runs[m], c);
            const rwda_pixel_results   *f    = &cell->metrics;

            fprintf(out, "<tr%s><th>", c == e->n_categories ? " class=\"mean\"" : "");
            page_text(out, eval_row_name(e, c));
            fprintf(out, "</th><td>%zu</td><td>%zu</td>", cell->images, cell->left_out);
            if (cell->missing != NULL) {
                fprintf(out, "<td class=\"text\" colspan=\"5\">%s</td></tr>\n", cell->missing);
                continue;
            }
            fprintf(out, "<td>%zu</td>", f->regions);
            page_metric(out, f->auroc, -1, 0);
            fprintf(out, "<td>%.3f</td><td>%.3f</td>", f->ap, f->f1_max);
            page_metric(out, f->aupro, -1, 0);
            fputs("</tr>\n", out);
        }
        fputs("</tbody></table></div>\n", out);
    }
    if (e->n_pixel_runs > 0)
        fputs("<p class=\"faint\">Maps at the images' own size against their masks; AUPRO up to a false positive rate of "
              "0.3. The "
              "network's maps are those of the first seed.",
              out);
    if (e->n_pixel_runs > 0)
        fprintf(out, "%s</p>\n", eval_has_shots(e) ? " Maps beside normal images are those of the first draw." : "");
}

static size_t anomalous_of(const rwda_evaluation *e, size_t c)
{
    size_t n = 0;

    for (size_t i = 0; i < e->data->count; i++)
        n += e->data->items[i].anomalous != 0 &&
             (c == e->n_categories || (i >= e->categories[c].first && i < e->categories[c].last));
    return n;
}

void eval_print_pixel_csv(FILE *out, const rwda_evaluation *e)
{
    for (size_t m = 0; m < e->n_pixel_runs; m++)
        for (size_t c = 0; c <= e->n_categories; c++) {
            const rwda_eval_pixel_cell *cell  = eval_row_pixel_cell(e, &e->pixel_runs[m], c);
            const rwda_pixel_results   *f     = &cell->metrics;
            size_t                      first = c < e->n_categories ? e->categories[c].first : 0;
            size_t                      last  = c < e->n_categories ? e->categories[c].last : e->data->count;

            rw_csv_quoted(out, eval_row_name(e, c));
            fprintf(out, ",map-%s,,%zu,%zu,,,,,,,,", e->pixel_runs[m].map->name, last - first - anomalous_of(e, c),
                    anomalous_of(e, c));
            if (cell->missing != NULL)
                fputs(",,,,", out);
            else
                fprintf(out, ",%.17g,%.17g,%.17g,%.17g", f->auroc, f->ap, f->f1_max, f->aupro);
            if (e->pixel_runs[m].shots > 0)
                fprintf(out, ",%d,1,,\n", e->pixel_runs[m].shots);
            else
                fputs(eval_has_shots(e) ? ",,,,\n" : "\n", out);
        }
}

void eval_add_pixel_json(json_t *root, const rwda_evaluation *e)
{
    json_t *rows = json_array();

    if (e->n_pixel_runs == 0) {
        json_decref(rows);
        return;
    }
    for (size_t m = 0; m < e->n_pixel_runs; m++)
        for (size_t c = 0; c <= e->n_categories; c++) {
            const rwda_eval_pixel_cell *cell = eval_row_pixel_cell(e, &e->pixel_runs[m], c);
            const rwda_pixel_results   *f    = &cell->metrics;
            json_t *row = json_pack("{s:o, s:s, s:I, s:I}", "category", json_string(eval_row_name(e, c)), "map",
                                    e->pixel_runs[m].map->name, "pictures", (json_int_t)cell->images, "left_out",
                                    (json_int_t)cell->left_out);

            if (e->pixel_runs[m].shots > 0)
                json_object_set_new(row, "shots", json_integer(e->pixel_runs[m].shots));
            if (cell->missing != NULL)
                json_object_set_new(row, "error", json_string(cell->missing));
            else
                json_object_update_new(row, json_pack("{s:I, s:o, s:o, s:o, s:o, s:o}", "regions", (json_int_t)f->regions,
                                                      "auroc", rw_json_number(f->auroc), "ap", rw_json_number(f->ap),
                                                      "f1_max", rw_json_number(f->f1_max), "aupro", rw_json_number(f->aupro),
                                                      "aupro200", rw_json_number(f->aupro200)));
            if (cell->missing == NULL && c < e->n_categories && f->auroc_error > 0) /* a histogram */
                json_object_set_new(row, "at_most_off",
                                    json_pack("{s:f, s:f, s:f, s:f}", "auroc", f->auroc_error, "ap", f->ap_error, "f1_max",
                                              f->f1_max_error, "aupro", f->aupro_error));
            json_array_append_new(rows, row);
        }
    json_object_set_new(root, "pixels", rows);
}
