/* report.h - one HTML file about scored images.                                                        layer: report */
#ifndef RW_REPORT_H
#define RW_REPORT_H

#include "common/decision.h"
#include "common/score_table.h"

#include <jansson.h>

typedef enum { REPORT_EMBED = 0, REPORT_LINK, REPORT_NONE } report_thumbnails;

typedef struct {
    const char        *title, *origin; /* origin: where the threshold comes from; NULL: there is none */
    const decision    *decision;
    report_thumbnails  thumbnails;
    int                side;    /* pixels of an embedded thumbnail's longer side */
    size_t             budget;  /* bytes of embedded thumbnails, after base64 */
    int                threads; /* that decode images */
    const char        *base;    /* from the report's folder to the one that relative paths begin in: "" or "../x/" */
    const char        *maps;    /* folder of overlays, as 'rwda map' writes them; NULL: none are shown */
    json_t            *recipe;
    rwda_image_options images; /* how thumbnails are read: as the scores' images were; zeroed: the defaults */
} report_settings;

/* What was embedded. */
typedef struct {
    size_t embedded, overlays, bytes, left_out, unreadable; /* left_out: over the budget */
} report_counts;

/* Sorts data by falling score, images without a score last, and writes the page.  Thumbnails that cannot be made are warned about.  RWDA_ENOMEM. */
rwda_status report_write(FILE *out, report_counts *counts, score_table *data, const report_settings *settings,
                         const rwda_events *events, rwda_error *err);

#endif
