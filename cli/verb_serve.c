/* verb_serve.c - rwda serve: starts the HTTP service. */
#include "cli/cli.h"
#include "common/model_needs.h"

#include "serve/service.h"

#include <stdlib.h>

static cli_engine  engine;
static const char *listen_text = "127.0.0.1:8080", *detectors_text, *memories_text, *token_file, *queue_text,
                  *connections_text, *body_text, *pixels_text, *images_text, *request_text, *idle_text, *drain_text,
                  *window_text, *pairs_text, *threshold_text, *memories_most, *memory_most;
static cli_image_options seen;
static bool              open_to_all, no_training, no_drift;

static const cli_option options[] = {
    { "listen", "ADDRESS:PORT", "where to listen; port 0: any, the log says which (127.0.0.1:8080)", &listen_text, NULL,
      'l' },
    { "detector", "FILE",
      "made by 'rwda train'; may be given again; the first scores requests that name nothing (the model's own)",
      &detectors_text, NULL, 'd', ',' },
    { "memory", "FILE",
      "made by 'rwda remember'; may be given again; without --detector the first scores requests that name nothing",
      &memories_text, NULL, 0, ',' },
    { "threshold", "X|FILE",
      "label scores >= X (by words, or by the memory that scores requests that name nothing), or as a threshold file of "
      "'rwda calibrate' says where the request scores as the file says",
      &threshold_text, NULL, 0 },
    { "no-drift", NULL, "do not compare images with the threshold file's normal ones to warn when they changed", NULL,
      &no_drift, 0 },
    { "token-file", "FILE", "clients must send 'Authorization: Bearer ' and this file's first line (or $RWDA_TOKEN)",
      &token_file, NULL, 0 },
    { "allow-anyone", NULL, "listen on another address than this machine's own without a token", NULL, &open_to_all, 0 },
    { "no-training", NULL, "refuse to train detectors", NULL, &no_training, 0 },
    { "train-pairs", "N", "prompt pairs of one training, at most (10000)", &pairs_text, NULL, 0 },
    { "max-memories", "N", "memories made by requests that are kept, 0..1000; 0: none are made (8)", &memories_most, NULL,
      0 },
    { "max-memory", "MIB", "of all of those together (1024)", &memory_most, NULL, 0 },
    { "queue", "N", "requests that wait, at most; more are answered 429 (64)", &queue_text, NULL, 0 },
    { "connections", "N", "open connections, at most (512)", &connections_text, NULL, 0 },
    { "max-body", "MIB", "size of a request (32)", &body_text, NULL, 0 },
    { "max-pixels", "MPX", "millions of pixels of an image (64)", &pixels_text, NULL, 0 },
    CLI_ORIENTATION_OPTION(seen),
    CLI_DEPTH_OPTION(seen),
    { "max-images", "N", "images of one request, 1..64 (64)", &images_text, NULL, 0 },
    { "max-pictures", "N", NULL, &images_text, NULL, 0 },
    { "request-seconds", "S", "to receive a request, to work on it, to send the answer; each (30)", &request_text, NULL, 0 },
    { "idle-seconds", "S", "a connection may wait between requests (15)", &idle_text, NULL, 0 },
    { "drain-seconds", "S", "for what was accepted before SIGTERM (30)", &drain_text, NULL, 0 },
    { "window-ms", "MS", "an image waits for others to be encoded with (4)", &window_text, NULL, 0 },
    CLI_ENGINE_OPTIONS(engine),
};

static const cli_verb verb = {
    "serve",
    "Answers HTTP requests: scores, embeddings, training, and a page for people.  docs/service.md has examples.\n"
    "Ends on SIGTERM or SIGINT after answering what it accepted.",
    "[OPTIONS]",
    "  rwda serve --memory memory.safetensors --threshold memory.json\n"
    "  rwda serve --detector detector.safetensors --threshold thresholds.json\n"
    "  curl --data-binary @image.jpg http://127.0.0.1:8080/v1/score\n"
    "  rwda serve --listen 0.0.0.0:8080 --token-file token.txt -d detector.safetensors --no-training\n",
    options,
    sizeof options / sizeof options[0],
};

static bool read_limits(service_limits *l)
{
    rwda_image_options reading = RWDA_IMAGE_OPTIONS_INIT;
    int body = (int)(l->body >> 20), pixels = (int)(l->pixels / 1000000), memory = (int)(l->memory_bytes >> 20);

    if (!cli_int(&l->queue, "queue", queue_text, 1, 100000) ||
        !cli_int(&l->connections, "connections", connections_text, 1, 100000) ||
        !cli_int(&body, "max-body", body_text, 1, 1024) || !cli_int(&pixels, "max-pixels", pixels_text, 1, 1000) ||
        !cli_int(&l->images, "max-images", images_text, 1, 64) ||
        !cli_int(&l->request_s, "request-seconds", request_text, 1, 3600) ||
        !cli_int(&l->idle_s, "idle-seconds", idle_text, 1, 3600) ||
        !cli_int(&l->drain_s, "drain-seconds", drain_text, 1, 3600) ||
        !cli_int(&l->window_ms, "window-ms", window_text, 0, 999) ||
        !cli_int(&l->train_pairs, "train-pairs", pairs_text, 1, 1000000) ||
        !cli_int(&l->memories, "max-memories", memories_most, 0, 1000) ||
        !cli_int(&memory, "max-memory", memory_most, 1, 1000000) || !cli_int(&l->batch, "batch", engine.batch, 1, 64) ||
        cli_image_options_read(&reading, &seen) != 0)
        return false;
    l->orientation  = (int)reading.orientation;
    l->depth        = reading.depth;
    l->training     = !no_training;
    l->body         = (int64_t)body << 20;
    l->held         = 8 * l->body;
    l->pixels       = (int64_t)pixels * 1000000;
    l->memory_bytes = (int64_t)memory << 20;
    return true;
}

/* With the socket open: what it answers with, and the answers.  0, or an exit code after a message. */
static int serve(service *s)
{
    rwda_model   *model   = NULL;
    rwda_session *session = NULL;
    decision      d;
    rwda_error    err;
    rwda_status   status = decision_read(&d, threshold_text, NULL, &err);
    int           code   = status == RWDA_OK       ? cli_engine_open(&model, &session, &engine)
                           : status == RWDA_EINVAL ? cli_fail(&err, EXIT_USAGE)
                                                   : cli_fail(&err, EXIT_MODEL);

    if (code == 0 && rw_model_needs_images(model, session, &err) != RWDA_OK) /* every score would be an error */
        code = cli_fail(&err, EXIT_MODEL);
    if (code == 0 && service_load(s, model, session, &d, &err) != RWDA_OK)
        code = cli_fail(&err, EXIT_MODEL);
    if (code == 0 && service_run(s, &err) != RWDA_OK)
        code = cli_fail(&err, EXIT_OUTPUT);
    service_free(s);
    decision_free(&d);
    rwda_session_free(session);
    rwda_model_free(model);
    return code;
}

int verb_serve(int argc, char **argv)
{
    service_options o = { .limits = SERVICE_LIMITS_DEFAULT };
    service        *s;
    rwda_error      err;
    int             first, code = cli_parse(&verb, argc, argv, &first);

    if (code >= 0)
        return code;
    if (first != argc) {
        cli_error("serve takes no arguments beside its options");
        return EXIT_USAGE;
    }
    if (!read_limits(&o.limits))
        return EXIT_USAGE;
    o.listen       = listen_text;
    o.token        = getenv("RWDA_TOKEN");
    o.token_file   = token_file;
    o.allow_anyone = open_to_all;
    o.detectors    = detectors_text;
    o.memories     = memories_text;
    o.quiet        = cli_quiet;
    o.no_drift     = no_drift;
    cli_quiet      = true; /* the log says it in JSON */
    o.cache        = cli_cache_folder(&engine);
    if (service_open(&s, &o, &err) != RWDA_OK)
        return cli_fail(&err, EXIT_USAGE);
    return serve(s);
}
