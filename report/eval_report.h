/* eval_report.h - an evaluation as tables, records, curves and one HTML page.                          layer: report */
#ifndef RW_EVAL_REPORT_H
#define RW_EVAL_REPORT_H

#include <rwda_eval.h>

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* For people. */
void eval_print_table(FILE *out, const rwda_evaluation *e);
void eval_print_markdown(FILE *out, const rwda_evaluation *e);

/* For spreadsheets and programs. */
void eval_print_csv(FILE *out, const rwda_evaluation *e);
void eval_print_json(FILE *out, const rwda_evaluation *e);
/* CSV: path, category, kind, label; for each run and seed a score and the logit that is ranked. */
void eval_print_scores(FILE *out, const rwda_evaluation *e);

/* ROC curve, precision-recall curve and histogram of a run's first seed, as one SVG. */
void eval_print_curves(FILE *out, const rwda_evaluation *e, const rwda_eval_run *run);
/* Everything in one HTML file. */
void eval_print_page(FILE *out, const rwda_evaluation *e);

/* Pixel metrics within these: after the table, in the page, as rows of the CSV, in the JSON. */
void eval_print_pixel_table(FILE *out, const rwda_evaluation *e, bool markdown);
void eval_print_pixel_html(FILE *out, const rwda_evaluation *e);
void eval_print_pixel_csv(FILE *out, const rwda_evaluation *e);
void eval_add_pixel_json(json_t *root, const rwda_evaluation *e);

/* "RWDA FNN", "RWDA FNN, 2x2", "RWDA FNN, 2x2 max", "memory, 4 shots". */
const char *eval_run_title(char out[64], const rwda_eval_run *run);
const char *eval_map_title(char out[64], const rwda_eval_pixel_run *run);
/* "fnn/one", "memory/one/4-shot", with this character between its parts. */
const char *eval_run_key(char out[64], const rwda_eval_run *run, char between);

bool eval_has_shots(const rwda_evaluation *e); /* a run or a map takes normal images */
const char      *
eval_over(const rwda_evaluation *e); /* what standard deviations are over: "seeds", "draws"; NULL: there are none */
bool eval_shots_text(char out[512], const rwda_evaluation *e); /* how normal images were drawn; false: none were */
bool eval_source_text(char out[512], const rwda_evaluation *e, size_t c); /* and from which test images; false: from none */

/* Category number c; the macro mean behind the last. */
const char                 *eval_row_name(const rwda_evaluation *e, size_t c);
const rwda_eval_cell       *eval_row_cell(const rwda_evaluation *e, const rwda_eval_run *run, size_t c);
const rwda_eval_pixel_cell *eval_row_pixel_cell(const rwda_evaluation *e, const rwda_eval_pixel_run *run, size_t c);

#endif
