/* embed_ids.c - embeddings of texts given as token ids?  For tools/reference/families_torch.py: tokenizers are compared apart.
 *
 *     embed_ids MODEL OUTPUT PRECISION THREADS TOGETHER < IDS
 *
 * IDS: a text a line, ids with spaces between.  TOGETHER: how many texts a call takes.  OUTPUT: float32 [texts, D]. */
#include "api/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXTS_MOST = 4096, IDS_MOST = 1 << 18, LINE_MOST = 1 << 16 };

/* -> number of texts, or -1: too many, or something that is no number. */
static int read_texts(rw_text *texts, int32_t *ids, FILE *in)
{
    static char line[LINE_MOST];
    int         n = 0, used = 0;

    while (fgets(line, sizeof line, in) != NULL) {
        if (n == TEXTS_MOST)
            return -1;
        texts[n] = (rw_text){ ids + used, 0, (size_t)n };
        for (char *word = strtok(line, " \n"); word != NULL; word = strtok(NULL, " \n")) {
            char *end;
            long  id = strtol(word, &end, 10);

            if (*end != '\0' || id < 0 || id > INT32_MAX || used == IDS_MOST)
                return -1;
            ids[used++] = (int32_t)id;
            texts[n].length++;
        }
        n++;
    }
    return n;
}

int main(int argc, char **argv)
{
    static rw_text       texts[TEXTS_MOST];
    static int32_t       ids[IDS_MOST];
    rwda_model_options   options = RWDA_MODEL_OPTIONS_INIT;
    rwda_session_options chosen  = RWDA_SESSION_OPTIONS_INIT;
    rwda_model          *model   = NULL;
    rwda_session        *session = NULL;
    float               *out     = NULL;
    FILE                *file    = NULL;
    rwda_error           err     = { RWDA_EIO, RWDA_NO_OFFSET, "the output cannot be written" };
    int                  failed  = 1, n, together, precision;
    size_t               dim;
    rw_encoder           encoder;

    if (argc != 6 || (together = atoi(argv[5])) < 1 || (n = read_texts(texts, ids, stdin)) < 1) {
        fprintf(stderr, "usage: %s MODEL OUTPUT PRECISION THREADS TOGETHER < IDS\n", argv[0]);
        return 2;
    }
    if (rwda_enum_parse(&precision, RWDA_ENUM_PRECISION, argv[3], &err) != RWDA_OK)
        goto done;
    options.precision = (rwda_precision)precision;
    options.towers    = RWDA_TOWERS_TEXT;
    chosen.threads    = atoi(argv[4]);
    if (rwda_model_open(&model, argv[1], &options, &err) != RWDA_OK ||
        rwda_session_new(&session, model, &chosen, &err) != RWDA_OK)
        goto done;
    dim     = (size_t)rwda_model_get_info(model)->embed_dim;
    out     = rw_new_array((size_t)n, dim * sizeof *out);
    encoder = rw_session_encoder(session);
    for (int i = 0; i < n && out != NULL; i += together)
        if (rw_encode_ids(out + (size_t)i * dim, &encoder, texts + i, (size_t)(n - i < together ? n - i : together), &err) !=
            RWDA_OK)
            goto done;
    file   = fopen(argv[2], "wb");
    failed = file == NULL || out == NULL || fwrite(out, dim * sizeof *out, (size_t)n, file) != (size_t)n;
done:
    if (file != NULL && fclose(file) != 0)
        failed = 1;
    if (failed)
        fprintf(stderr, "embed_ids: %s\n", err.message);
    free(out);
    rwda_session_free(session);
    rwda_model_free(model);
    return failed;
}
