/* images.h - the images of a request: the body itself, fields of a form, or base64 in JSON.            layer: serve */
#ifndef SERVE_IMAGES_H
#define SERVE_IMAGES_H

#include "serve/request.h"

/* Body -> items; members of the JSON and fields of the form that are not images become options.  false: refused. */
bool request_read_images(request *r);

#endif
