/* fuzz_card.c - can any bytes make a card that is accepted and not written again as it was read? */
#include "anomaly/card.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    rwda_card *card, *again;

    if (rw_card_parse(&card, bytes, len, NULL) != RWDA_OK)
        return 0;
    if (!(rwda_card_p_value(card, 0.5) > 0.0) || rwda_card_label(card, 2.0) != RWDA_LABEL_ANOMALOUS ||
        rw_card_parse(&again, rwda_card_text(card), strlen(rwda_card_text(card)), NULL) != RWDA_OK ||
        strcmp(rwda_card_text(card), rwda_card_text(again)) != 0)
        abort();
    rwda_card_free(again);
    rwda_card_free(card);
    return 0;
}
