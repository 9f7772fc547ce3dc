/* fuzz_tokenizer.c - can any text make the tokenizer write past its capacity or give an id that does not exist? */
#include "clip/clip.h"
#include "rwda.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static rwda_tokenizer *tokenizer;
    int32_t                ids[77];
    size_t                 count = 0;
    int                    cut;

    if (tokenizer == NULL && rwda_tokenizer_new(&tokenizer, NULL) != RWDA_OK)
        abort();
    if (rwda_tokenizer_encode(ids, &count, 77, &cut, tokenizer, (const char *)bytes, len, NULL) != RWDA_OK)
        return 0;
    if (count < 2 || count > 77)
        abort();
    for (size_t i = 0; i < count; i++)
        if (ids[i] < 0 || ids[i] >= RW_CLIP_VOCAB_SIZE)
            abort();
    return 0;
}
