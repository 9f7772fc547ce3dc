/* fuzz_arrow.c - can any bytes make an Arrow stream of which more is read than there is? */
#include "common/arrow_reader.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

typedef struct {
    const uint8_t *bytes;
    size_t         len;
} rest;

static rwda_status read_rest(void *user, size_t *got, void *out, size_t room, rwda_error *err)
{
    rest *in = user;

    (void)err;
    *got = in->len < room ? in->len : room;
    memcpy(out, in->bytes, *got);
    in->bytes += *got;
    in->len -= *got;
    return RWDA_OK;
}

/* Every byte that a row claims is looked at. */
static void touch(const void *bytes, size_t len)
{
    uint8_t *copy = malloc(len + 1);

    if (copy == NULL)
        abort();
    memcpy(copy, bytes, len);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const char *const columns[] = { NULL, "path", "b" };

    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        rest             in = { bytes, len };
        rw_arrow_reader *reader;
        rw_arrow_row     row;
        bool             more = true;
        rwda_error       err  = { 0 };

        if (rw_arrow_reader_new(&reader, columns[i], read_rest, &in, &err) != RWDA_OK)
            abort();
        while (rw_arrow_reader_next(&row, &more, reader, &err) == RWDA_OK && more && row.number < 10000) {
            if (row.image != NULL)
                touch(row.image, row.len);
            if (row.name != NULL)
                touch(row.name, row.name_len);
            json_decref(row.given);
        }
        rw_arrow_reader_free(reader);
    }
    return 0;
}
