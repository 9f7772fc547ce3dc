/* map.h - the anomaly map of an image, drawn, as regions (?map=), or named (?kinds=).                   layer: serve */
#ifndef SERVE_MAP_H
#define SERVE_MAP_H

#include "serve/request.h"

bool map_wanted(const settings *s); /* for itself, or to name what it shows */

/* While the item has its image: fills the item's map, or its err. */
void map_item(item *i, rwda_session *session, const rwda_scorer *scorer);
/* The same with the item's score, both from one pass where the map is of the scorer's memory. */
void map_item_with_score(item *i, rwda_session *session, const rwda_scorer *scorer);

/* What is wanted of the item's map, which is freed: work.overlay or work.regions of its request, with kinds (NULL: none) the item's opinion;
 * or the item's err. */
void map_item_used(item *i, rwda_session *session, const rwda_scorer *scorer, const rwda_kinds *kinds);

#endif
