#include "common/kind_words.h"

#include "common/text.h"
#include "common/text_stream.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

rwda_status kind_words_read(kind_words *out, const char *list, const rwda_kinds_options *options, rwda_error *err)
{
    char *rest;

    *out = (kind_words){ .text = strdup(list) };
    rest = out->text;
    if (rest == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the list of kinds");
    for (char *word; (word = strsep(&rest, ",")) != NULL;) {
        size_t len;

        word += strspn(word, " ");
        for (len = strlen(word); len > 0 && word[len - 1] == ' ';)
            word[--len] = '\0';
        if (out->count == RWDA_KINDS_MAX)
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "more than %d kinds", RWDA_KINDS_MAX);
        out->names[out->count++] = word;
    }
    return rwda_kinds_check(out->names, out->count, options, err);
}

void kind_words_free(kind_words *words)
{
    free(words->text);
    *words = (kind_words){ .text = NULL };
}

/* ---- An opinion -------------------------------------------------------------------------------------------------------- */

static rwda_status rank(kind_opinion *out, rwda_session *session, const rwda_kinds *kinds, const rwda_image *image,
                        const float *map, rwda_error *err)
{
    rwda_kind  *ranked = calloc(rwda_kinds_count(kinds), sizeof *ranked);
    rwda_region region;
    rwda_status status;

    if (ranked == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for an opinion");
        goto done;
    }
    RW_TRY(rwda_kinds_region(&region, kinds, map, image->width, image->height, NAN, err));
    RW_TRY(rwda_kinds_rank(ranked, session, kinds, image, &region, map, NAN, err));
    out->first  = ranked[0].name;
    out->ranked = json_array();
    out->region =
        json_pack("{s:i, s:i, s:i, s:i}", "x", region.x, "y", region.y, "width", region.width, "height", region.height);
    for (size_t i = 0; i < rwda_kinds_count(kinds); i++)
        if (json_array_append_new(out->ranked, json_pack("{s:o, s:f}", "kind", rw_json_text(ranked[i].name), "score",
                                                         (double)ranked[i].score)) != 0) {
            status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for an opinion");
            goto done;
        }
done:
    free(ranked);
    return status;
}

rwda_status kind_opinion_of(kind_opinion *out, rwda_session *session, const rwda_scorer *scorer, const rwda_kinds *kinds,
                            const rwda_image *image, const float *map, rwda_error *err)
{
    float      *own    = NULL;
    rwda_status status = RWDA_OK;

    *out = (kind_opinion){ NULL, NULL, NULL };
    if (map == NULL) {
        own = calloc((size_t)image->height, (size_t)image->width * sizeof *own);
        if (own == NULL)
            return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for a map");
        RW_TRY(rwda_map_compute(own, session, scorer, image, NULL, err));
        map = own;
    }
    RW_TRY(rank(out, session, kinds, image, map, err));
done:
    free(own);
    if (status != RWDA_OK)
        kind_opinion_free(out);
    return status;
}

void kind_opinion_free(kind_opinion *opinion)
{
    json_decref(opinion->ranked);
    json_decref(opinion->region);
    *opinion = (kind_opinion){ NULL, NULL, NULL };
}

char *kind_opinion_text(const json_t *ranked, size_t most)
{
    size_t n = json_array_size(ranked) < most ? json_array_size(ranked) : most, len = 0;
    char  *text = NULL;
    FILE  *out  = n > 0 ? rw_text_stream(&text, &len) : NULL;

    for (size_t i = 0; out != NULL && i < n; i++) {
        const json_t *one  = json_array_get(ranked, i);
        const char   *kind = json_string_value(json_object_get(one, "kind"));

        fprintf(out, "%s%s %.2f", i > 0 ? ", " : "", kind != NULL ? kind : "?",
                json_number_value(json_object_get(one, "score")));
    }
    if (out != NULL && !rw_text_stream_close(out)) {
        free(text);
        text = NULL;
    }
    return text;
}
