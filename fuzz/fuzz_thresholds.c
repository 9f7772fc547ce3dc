/* fuzz_thresholds.c - can any bytes make a threshold file that is accepted and not written again as it was read, or not watched? */
#include "rwda_drift.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    rwda_thresholds *read, *again;
    rwda_drift      *drift;
    rwda_drift_state state = { 0 };
    size_t           dim;
    float           *x;

    if (rwda_thresholds_decode(&read, bytes, len, NULL) != RWDA_OK)
        return 0;
    if (!(rwda_thresholds_p_value(read, 0.5) > 0.0) || rwda_thresholds_label(read, 2.0) != RWDA_LABEL_ANOMALOUS ||
        rwda_thresholds_decode(&again, rwda_thresholds_text(read), strlen(rwda_thresholds_text(read)), NULL) != RWDA_OK ||
        strcmp(rwda_thresholds_text(read), rwda_thresholds_text(again)) != 0)
        abort();
    dim = rwda_thresholds_embedding_dim(read);
    x   = calloc(dim + 1, sizeof *x);
    if (x == NULL || rwda_drift_new(&drift, read, NULL, NULL) != RWDA_OK)
        abort();
    for (int i = 0; i < 20; i++)
        if (rwda_drift_add(&state, drift, i / 20.0, x, dim, NULL) != RWDA_OK ||
            !(state.p_value > 0.0 && state.p_value <= 1.0))
            abort();
    rwda_drift_free(drift);
    free(x);
    rwda_thresholds_free(again);
    rwda_thresholds_free(read);
    return 0;
}
