/* verb_serve.c - how does a person start the HTTP service? */
#include "cli/cli.h"

#include "serve/serve.h"

#include <errno.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

static cli_engine  engine;
static const char *listen_text = "127.0.0.1:8080", *detectors_text, *token_file, *queue_text, *connections_text, *body_text,
                  *pixels_text, *pictures_text, *request_text, *idle_text, *drain_text, *window_text, *pairs_text,
                  *threshold_text;
static bool open_to_all, no_training;

static const cli_option options[] = {
    { "listen", "ADDRESS:PORT", "where to listen; port 0: any, the log says which (127.0.0.1:8080)", &listen_text, NULL,
      'l' },
    { "detector", "FILE", "made by 'rwda train'; may be given again, the first is the default", &detectors_text, NULL, 'd',
      true },
    { "threshold", "X|CARD",
      "label scores >= X, or as a card of 'rwda calibrate' says where the request scores as the card does", &threshold_text,
      NULL, 0 },
    { "token-file", "FILE", "clients must send 'Authorization: Bearer ' and this file's first line (or $RWDA_TOKEN)",
      &token_file, NULL, 0 },
    { "allow-anyone", NULL, "listen on another address than this machine's own without a token", NULL, &open_to_all, 0 },
    { "no-training", NULL, "refuse to train detectors", NULL, &no_training, 0 },
    { "train-pairs", "N", "prompt pairs of one training, at most (10000)", &pairs_text, NULL, 0 },
    { "queue", "N", "requests that wait, at most; more are answered 429 (64)", &queue_text, NULL, 0 },
    { "connections", "N", "open connections, at most (512)", &connections_text, NULL, 0 },
    { "max-body", "MIB", "size of a request (32)", &body_text, NULL, 0 },
    { "max-pixels", "MPX", "millions of pixels of a picture (64)", &pixels_text, NULL, 0 },
    { "max-pictures", "N", "pictures of one request, 1..64 (64)", &pictures_text, NULL, 0 },
    { "request-seconds", "S", "to receive a request, to work on it, to send the answer; each (30)", &request_text, NULL, 0 },
    { "idle-seconds", "S", "a connection may wait between requests (15)", &idle_text, NULL, 0 },
    { "drain-seconds", "S", "for what was accepted before SIGTERM (30)", &drain_text, NULL, 0 },
    { "window-ms", "MS", "a picture waits for others to be encoded with (4)", &window_text, NULL, 0 },
    CLI_ENGINE_OPTIONS(engine),
};

static const cli_verb verb = {
    "serve",
    "Answers HTTP requests: scores, embeddings, training, and a page for people.  docs/service.md has examples.\n"
    "Ends on SIGTERM or SIGINT after answering what it accepted.",
    "[OPTIONS]",
    "  rwda serve --detector detector.safetensors --threshold card.json\n"
    "  rwda serve --listen 0.0.0.0:8080 --token-file token.txt -d detector.safetensors --no-training\n"
    "  curl --data-binary @picture.jpg http://127.0.0.1:8080/v1/score\n",
    options,
    sizeof options / sizeof options[0],
};

static bool read_limits(limits *l)
{
    int body = 32, pixels = 64;

    *l = (limits){ .batch       = 16,
                   .window_ms   = 4,
                   .queue       = 64,
                   .connections = 512,
                   .pictures    = 64,
                   .request_s   = 30,
                   .idle_s      = 15,
                   .drain_s     = 30,
                   .training    = !no_training,
                   .train_pairs = 10000 };
    if (!cli_int(&l->queue, "queue", queue_text, 1, 100000) ||
        !cli_int(&l->connections, "connections", connections_text, 1, 100000) ||
        !cli_int(&body, "max-body", body_text, 1, 1024) || !cli_int(&pixels, "max-pixels", pixels_text, 1, 1000) ||
        !cli_int(&l->pictures, "max-pictures", pictures_text, 1, 64) ||
        !cli_int(&l->request_s, "request-seconds", request_text, 1, 3600) ||
        !cli_int(&l->idle_s, "idle-seconds", idle_text, 1, 3600) ||
        !cli_int(&l->drain_s, "drain-seconds", drain_text, 1, 3600) ||
        !cli_int(&l->window_ms, "window-ms", window_text, 0, 999) ||
        !cli_int(&l->train_pairs, "train-pairs", pairs_text, 1, 1000000) ||
        !cli_int(&l->batch, "batch", engine.batch, 1, 64))
        return false;
    l->body   = (int64_t)body << 20;
    l->held   = 8 * l->body;
    l->pixels = (int64_t)pixels * 1000000;
    return true;
}

/* ---- The token -------------------------------------------------------------------------------------------------------------------- */

/* false: said why.  *token is NULL where none was given. */
static bool read_token(char **token)
{
    const char *given = getenv("RWDA_TOKEN");
    size_t      room  = 0, n;
    FILE       *file;

    *token = NULL;
    if (token_file == NULL) {
        *token = given != NULL && given[0] != '\0' ? strdup(given) : NULL;
    } else {
        file = fopen(token_file, "r");
        if (file == NULL || getline(token, &room, file) < 0) {
            cli_error("%s: cannot be read: %s", token_file, file == NULL ? strerror(errno) : "it is empty");
            if (file != NULL)
                (void)fclose(file);
            return false;
        }
        (void)fclose(file);
        (*token)[strcspn(*token, "\r\n")] = '\0';
    }
    n = *token != NULL ? strlen(*token) : 0;
    if (*token != NULL &&
        (n < 16 || strspn(*token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=") != n)) {
        cli_error("the token wants at least 16 letters, digits or -._~+/= ('openssl rand -hex 32' makes one)");
        return false;
    }
    return true;
}

/* ---- The socket ------------------------------------------------------------------------------------------------------------------- */

static bool is_loopback(const struct sockaddr *address)
{
    union {
        const struct sockaddr     *any;
        const struct sockaddr_in  *v4;
        const struct sockaddr_in6 *v6;
    } a = { address };

    if (address->sa_family == AF_INET)
        return ntohl(a.v4->sin_addr.s_addr) >> 24 == 127;
    return address->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&a.v6->sin6_addr);
}

/* "127.0.0.1:8080", "[::1]:0", "localhost:8080" -> a listening socket, or -1 after saying why. */
static int listen_on(server *s, char url[300])
{
    struct addrinfo         hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE }, *found = NULL;
    struct sockaddr_storage bound;
    socklen_t               len = sizeof bound;
    char                    host[256], port[16];
    const char             *colon = strrchr(listen_text, ':');
    size_t                  n     = colon != NULL ? (size_t)(colon - listen_text) : 0;
    int                     fd = -1, yes = 1, fault;

    if (n == 0 || n >= sizeof host || strspn(colon + 1, "0123456789") != strlen(colon + 1) || colon[1] == '\0' ||
        strlen(colon + 1) > 5 || strtol(colon + 1, NULL, 10) > 65535) {
        cli_error("--listen: \"%s\" is no ADDRESS:PORT such as 127.0.0.1:8080", listen_text);
        return -1;
    }
    memcpy(host, listen_text, n);
    host[n] = '\0';
    if (host[0] == '[' && host[n - 1] == ']') {
        host[n - 1] = '\0';
        memmove(host, host + 1, n - 1);
    }
    fault = getaddrinfo(host, colon + 1, &hints, &found);
    if (fault != 0) {
        cli_error("--listen: %s: %s", listen_text, gai_strerror(fault));
        return -1;
    }
    s->loopback = is_loopback(found->ai_addr);
    if (!s->loopback && s->token == NULL && !open_to_all) {
        cli_error("--listen %s: others could use this service: give --token-file FILE, or --allow-anyone if that is meant",
                  listen_text);
        freeaddrinfo(found);
        return -1;
    }
    fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, 512) != 0 ||
        getsockname(fd, (struct sockaddr *)&bound, &len) != 0 ||
        getnameinfo((struct sockaddr *)&bound, len, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) !=
            0) {
        cli_error("--listen: %s: %s", listen_text, strerror(errno));
        if (fd >= 0)
            (void)close(fd);
        fd = -1;
    } else {
        (void)snprintf(url, 300, bound.ss_family == AF_INET6 ? "http://[%s]:%s" : "http://%s:%s", host, port);
    }
    freeaddrinfo(found);
    return fd;
}

/* ---- Start and end ---------------------------------------------------------------------------------------------------------------- */

static int load_detectors(server *s)
{
    char       *list = detectors_text != NULL ? strdup(detectors_text) : NULL, *rest = list;
    rwda_error  err;
    rwda_status status = RWDA_OK;

    for (char *path = strsep(&rest, ","); path != NULL && status == RWDA_OK; path = strsep(&rest, ","))
        status = detectors_add_file(s->detectors, path, s->model, &err);
    free(list);
    if (status != RWDA_OK)
        cli_error("%s", err.message);
    return status == RWDA_OK ? 0 : EXIT_MODEL;
}

static int make_parts(server *s)
{
    unsigned char seed[8];

    if (getrandom(seed, sizeof seed, 0) == (ssize_t)sizeof seed)
        for (size_t i = 0; i < sizeof seed; i++)
            (void)snprintf(s->instance + 2 * i, 3, "%02x", seed[i]);
    s->limits.workers = rwda_session_threads(s->session) < 4 ? rwda_session_threads(s->session) : 4;
    s->metrics        = metrics_new();
    s->detectors      = detectors_new();
    s->scorers        = s->detectors != NULL ? scorers_new(s->detectors) : NULL;
    s->training       = training_new(s);
    s->queue          = queue_new(s);
    if (s->metrics == NULL || s->scorers == NULL || s->training == NULL || s->queue == NULL) {
        cli_error("no memory for the service");
        return EXIT_MODEL;
    }
    return load_detectors(s);
}

/* Pictures and embeddings go back to the kernel as soon as they are freed.  Left alone, glibc keeps ever larger buffers in its arenas
 * once it has seen one freed, and what a service at rest holds depends on which thread freed last: a few per cent, up and down. */
static void return_large_buffers(void)
{
#ifdef __GLIBC__
    (void)mallopt(M_MMAP_THRESHOLD, 64 << 10);
#endif
}

int verb_serve(int argc, char **argv)
{
    server   s = { .quiet = false, .mutex = PTHREAD_MUTEX_INITIALIZER };
    char     url[300];
    sigset_t signals;
    int      first, fd = -1, code = cli_parse(&verb, argc, argv, &first);

    if (code >= 0)
        return code;
    if (first != argc) {
        cli_error("serve takes no arguments beside its options");
        return EXIT_USAGE;
    }
    return_large_buffers();
    s.quiet   = cli_quiet;
    cli_quiet = true; /* the log says it in JSON */
    if (!read_limits(&s.limits) || !read_token(&s.token) || (fd = listen_on(&s, url)) < 0) {
        free(s.token);
        return EXIT_USAGE;
    }
    sigemptyset(&signals); /* before any thread is there: all inherit it, the main thread waits for them */
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    code = decision_read(&s.decision, threshold_text, NULL);
    if (code == 0)
        code = cli_engine_open(&s.model, &s.session, &engine);
    if (code == 0)
        code = make_parts(&s);
    if (code == 0) {
        log_event(&s, "info", "listening",
                  json_pack("{s:s, s:i, s:s}", "url", url, "pid", (int)getpid(), "model",
                            rwda_model_get_info(s.model)->weights_path));
        code = server_run(&s, fd);
    } else {
        (void)close(fd);
    }
    training_free(s.training);
    scorers_free(s.scorers);
    detectors_free(s.detectors);
    queue_free(s.queue);
    metrics_free(s.metrics);
    decision_free(&s.decision);
    rwda_session_free(s.session);
    rwda_model_free(s.model);
    free(s.token);
    return code;
}
