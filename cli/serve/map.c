/* map.c - where in the picture is the anomaly? */
#include "serve.h"

/* Called on the engine thread for ?map=png, after i->score is there and while i->image is: s->session, `scorer` and i->image make the
 * map, its overlay as PNG goes into i->request->overlay (malloc'd) and overlay_len; a failure goes into i->err.  This build has no maps
 * yet, and settings_read() answers 501 before a picture gets here: serve_has_maps is what tells both, and the page. */
const bool serve_has_maps = false;

void map_overlay(server *s, const rwda_scorer *scorer, item *i)
{
    (void)s;
    (void)scorer;
    i->err = (rwda_error){ RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "this build draws no maps" };
}
