/* tokenize_strings.c - which ids do a tokenizer.json's strings get?  For tools/reference/compare_tokenizers.py.
 *
 *     tokenize_strings TOKENIZER.json [CONTEXT CLEANING] < strings > ids
 *
 * strings: for each its length (4 bytes, little-endian) and its bytes.  ids: a line each.  CLEANING: a number of rw_text_cleaning. */
#include "base/file.h"
#include "clip/tokenizer.h"

#include <stdio.h>
#include <stdlib.h>

#define IDS_MAX 1048576

int main(int argc, char **argv)
{
    rw_json_tokenizer *json      = NULL;
    rw_tokenizer      *tokenizer = NULL;
    uint8_t           *file      = NULL;
    size_t             size      = 0;
    rw_tokenizer_rules rules     = { 0 };
    rwda_error         err;
    int32_t           *ids  = malloc(IDS_MAX * sizeof *ids);
    char              *text = malloc(65536);
    unsigned char      head[4];

    if (argc == 4) {
        rules.context  = (size_t)atoi(argv[2]);
        rules.cleaning = (rw_text_cleaning)atoi(argv[3]);
    }
    if (argc < 2 || ids == NULL || text == NULL ||
        rw_file_read(&file, &size, argv[1], RW_TOKENIZER_BYTES_MAX, &err) != RWDA_OK ||
        rw_json_tokenizer_read(&json, (const char *)file, size, argv[1], &err) != RWDA_OK ||
        rw_tokenizer_take_json(&tokenizer, json, &rules, &err) != RWDA_OK) {
        fprintf(stderr, "%s\n", argc < 2 ? "which tokenizer?" : err.message);
        return 1;
    }
    while (fread(head, 1, 4, stdin) == 4) {
        size_t len = (size_t)head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 | (size_t)head[3] << 24, n;

        if (len > 65536 || fread(text, 1, len, stdin) != len)
            return 1;
        if (rw_tokenizer_encode(ids, &n, IDS_MAX, NULL, tokenizer, text, len, &err) != RWDA_OK ||
            rw_tokenizer_pad(ids, &n, IDS_MAX, tokenizer, &err) != RWDA_OK) {
            printf("! %s\n", err.message);
            continue;
        }
        for (size_t i = 0; i < n; i++)
            printf(i + 1 < n ? "%d " : "%d", ids[i]);
        putchar('\n');
    }
    rw_tokenizer_free(tokenizer);
    free(file);
    free(ids);
    free(text);
    return 0;
}
