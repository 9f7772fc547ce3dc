/* batcher.h - the engine thread: encodes images of many requests together.                              layer: serve */
#ifndef SERVE_BATCHER_H
#define SERVE_BATCHER_H

/* Images with the same crops share one pass through the encoder whatever they are scored with; the bytes of a score do not depend on the
 * company (rwda.h), so batching is invisible but for the time.  Images that are scored by the same memory share its passes.  Runs until the queue ends; the argument is a service_context. */
void *batcher_main(void *service);

#endif
