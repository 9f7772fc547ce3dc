/* session.h - what do the public handles hold?                                                    rank 5: api */
#ifndef RW_SESSION_H
#define RW_SESSION_H

#include "clip/encoder.h"

struct rwda_model {
    rw_clip        *clip;
    rwda_model_info info; /* points into clip */
};

struct rwda_session {
    const rwda_model *model;
    rw_thread_pool   *pool;
    rw_arena          arena; /* grows to what the largest call needed, then stays */
    int               batch; /* crops a vision pass */
};

/* The bundle that the encoder functions take; borrowed from the session. */
rw_encoder rw_session_encoder(rwda_session *session);

#endif
