/* evaluate_dataset.c - the AUROC of CLIP's prompt ensemble on each category of a labelled data set.
 *
 *     cc evaluate_dataset.c $(pkg-config --cflags --libs rwda-eval) -o evaluate_dataset
 *     ./evaluate_dataset MODEL_DIR DATA_DIR                                                                     */
#include <rwda_eval.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    const rwda_eval_method *method  = rwda_eval_method_named("clip");
    rwda_model             *model   = NULL;
    rwda_session           *session = NULL;
    rwda_dataset           *data    = NULL;
    rwda_evaluation        *e       = NULL;
    rwda_eval_options       options;
    rwda_error              err;
    int                     failed;

    if (argc != 3) {
        fprintf(stderr, "usage: %s MODEL_DIR DATA_DIR\n", argv[0]);
        return 2;
    }
    rwda_eval_options_default(&options, sizeof options);
    options.methods   = &method;
    options.n_methods = 1;
    if (rwda_model_open(&model, argv[1], NULL, &err) != RWDA_OK ||
        rwda_session_new(&session, model, NULL, &err) != RWDA_OK ||
        rwda_dataset_open(&data, argv[2], "auto", NULL, &err) != RWDA_OK ||
        rwda_evaluation_run(&e, data, model, session, &options, NULL, &err) != RWDA_OK)
        fprintf(stderr, "%s\n", err.message);
    for (size_t c = 0; e != NULL && c < e->n_categories; c++)
        printf("%-24s %.4f\n", e->categories[c].name, e->runs[0].cells[c].auroc.mean);
    failed = e == NULL;
    rwda_evaluation_free(e);
    rwda_dataset_free(data);
    rwda_session_free(session);
    rwda_model_free(model);
    return failed;
}
