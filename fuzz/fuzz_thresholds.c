/* fuzz_thresholds.c - can any bytes make a threshold file that is accepted and not written again as it was read? */
#include "rwda.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    rwda_thresholds *read, *again;

    if (rwda_thresholds_decode(&read, bytes, len, NULL) != RWDA_OK)
        return 0;
    if (!(rwda_thresholds_p_value(read, 0.5) > 0.0) || rwda_thresholds_label(read, 2.0) != RWDA_LABEL_ANOMALOUS ||
        rwda_thresholds_decode(&again, rwda_thresholds_text(read), strlen(rwda_thresholds_text(read)), NULL) != RWDA_OK ||
        strcmp(rwda_thresholds_text(read), rwda_thresholds_text(again)) != 0)
        abort();
    rwda_thresholds_free(again);
    rwda_thresholds_free(read);
    return 0;
}
