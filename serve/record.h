/* record.h - the label and the record of an image of a request.                                       layer: serve */
#ifndef SERVE_RECORD_H
#define SERVE_RECORD_H

#include "serve/request.h"

const char *item_label(const item *i);  /* NULL: there is no threshold */
json_t     *item_record(const item *i); /* rwda.score/1, of a failure too; NULL: no memory */

#endif
