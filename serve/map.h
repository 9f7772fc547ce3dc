/* map.h - the anomaly map of an image, drawn or as regions (?map=).                                     layer: serve */
#ifndef SERVE_MAP_H
#define SERVE_MAP_H

#include "serve/request.h"

/* While the item has its image: fills work.overlay or work.regions of its request, or the item's err. */
void map_item(item *i, rwda_session *session, const rwda_scorer *scorer);
/* The same with the item's score, both from one pass where the map is of the scorer's memory. */
void map_item_with_score(item *i, rwda_session *session, const rwda_scorer *scorer);

#endif
