/* settings.h - where the hub's cache and the hub itself are: what the environment says.               layer: hub */
#ifndef RW_HUB_SETTINGS_H
#define RW_HUB_SETTINGS_H

#include "base/file.h"

/* The variables of huggingface_hub, with its meaning and its order. */
typedef struct {
    char cache
        [RW_PATH_MAX]; /* HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME/hub, XDG_CACHE_HOME/huggingface/hub, ~/.cache/...; "": no home */
    char endpoint[512]; /* HF_ENDPOINT, without a slash at its end */
    char token[512];    /* HF_TOKEN, HUGGING_FACE_HUB_TOKEN, the file HF_TOKEN_PATH or HF_HOME/token; "": none */
    bool offline;       /* HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE */
    int  ask_timeout;   /* HF_HUB_ETAG_TIMEOUT: seconds for an answer about a file */
    int  stall_timeout; /* HF_HUB_DOWNLOAD_TIMEOUT: seconds without bytes worth speaking of */
} rw_hub_settings;

/* RWDA_EINVAL: a value that cannot be meant; the message names the variable, and never the token. */
rwda_status rw_hub_settings_read(rw_hub_settings *out, rwda_error *err);

#endif
