/* fuzz_tokenizer_json.c - can any tokenizer.json, or any text given to one that was read, make memory be misused? */
#include "clip/tokenizer_json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* The file, and after a NUL, which JSON does not hold, a text. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const char *const texts[] = { "", "A photo  of\n caf\xc3\xa9 'll \xe2\x96\x81 12",
                                         "\xff\xf0\x9f\x98\x80\xcc\x81 <mask> a" };
    const uint8_t           *end     = len > 0 ? memchr(bytes, 0, len) : NULL;
    size_t                   file    = end != NULL ? (size_t)(end - bytes) : len;
    rw_json_tokenizer       *tokenizer;

    if (rw_json_tokenizer_read(&tokenizer, (const char *)bytes, file, "x", NULL) != RWDA_OK)
        return 0;
    for (size_t i = 0; i <= 3; i++) {
        const char *text = i < 3 ? texts[i] : (const char *)bytes + file;
        rw_ids      ids  = { 0 };
        int         cut;

        if (rw_json_tokenizer_encode(&ids, tokenizer, 40, i == 1, &cut, (rw_text_cleaning)i, text,
                                     i < 3 ? strlen(text) : len - file, NULL) == RWDA_OK &&
            ids.n > 40)
            abort();
        for (size_t k = 0; k < ids.n; k++)
            if (ids.ids[k] < 0)
                abort();
        free(ids.ids);
    }
    rw_json_tokenizer_free(tokenizer);
    return 0;
}
