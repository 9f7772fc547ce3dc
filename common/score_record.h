/* score_record.h - the record of one scored image (schema rwda.score/1, docs/formats.md).             layer: common */
#ifndef RW_SCORE_RECORD_H
#define RW_SCORE_RECORD_H

#include "common/decision.h"

#include <jansson.h>
#include <stdbool.h>

typedef struct {
    const char       *name;          /* path or file name; NULL: null */
    int               width, height; /* of the image */
    const rwda_score *score;
    const char       *label;              /* NULL: null */
    double            threshold, p_value; /* NaN: null */
    json_t           *map;                /* about its map; the record takes it; NULL: no such key */
    const char       *detector, *model;   /* SHA-256 of each; detector NULL: null */
    const json_t     *scoring;            /* of score_record_scoring() */
    double            decode_ms, encode_ms;
    json_t           *kinds, *kinds_region; /* of a kind_opinion; the record takes them; NULL: no such keys */
    json_t           *given;                /* what the input said beside the image; NULL: no such key */
} score_record;

/* NULL: no memory. */
json_t *score_record_json(const score_record *record);
/* Of an image that has no score; given as above. */
json_t *score_record_failure(const char *name, const rwda_error *err, json_t *given);

/* How a scorer scores, without what a record names beside it: detector and model.  A batch's records add `compared_with`, the number of its
 * images that an image was compared with.  NULL: no memory. */
json_t *score_record_scoring(const rwda_scorer *scorer);
/* The inverse: rwda_scorer_describe() of the scorer that made a record, as an object; NULL: the record does not say. */
json_t *score_record_described(const json_t *record);

/* Whether a line of 'rwda score --resume' is one that these settings make (model, detector, scoring, threshold, review; others: no), as far as it
 * says; one of a failure says nothing.  Either may be NULL. */
bool score_record_is_of(const json_t *record, const json_t *settings);

/* Regions of a map [min(count, SCORE_REGIONS_MAX)] as an array of objects. */
#define SCORE_REGIONS_MAX 1000 /* written of one image: those with the highest peaks */
json_t *score_record_regions(const rwda_region *regions, size_t count);

#endif
