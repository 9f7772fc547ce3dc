/* verb_watch.c - rwda watch: scores a folder's images as they arrive. */
#include "cli/scoring.h"

#include "watch/watch.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static cli_engine      engine;
static scoring_options how;
static watch_options   what;
static const char     *threshold_text, *review_text, *settle_text, *poll_text, *rescan_text, *drain_text, *tries_text,
    *place_text;

static const cli_option options[] = {
    { "output", "FILE", "add records there, a line each, whole and once (standard output)", &what.output, NULL, 'o' },
    { "ledger", "FILE",
      "what was scored and is to be delivered, an SQLite file on a local disk (one of $XDG_STATE_HOME/rwda)", &what.ledger,
      NULL, 0 },
    { "once", NULL, "score and deliver what is there, and end", NULL, &what.once, 0 },
    { "settle", "S", "a file is finished when it has not changed for so many seconds, or when its writer has closed it (2)",
      &settle_text, NULL, 0 },
    { "poll", "S", "look the folder through every S seconds, without inotify (5 on network file systems, which have none)",
      &poll_text, NULL, 0 },
    { "rescan", "S", "look it through beside inotify, too (300)", &rescan_text, NULL, 0 },
    { "threshold", "X|FILE",
      "label scores >= X anomalous, or as a threshold file of 'rwda calibrate' says; without it label is null",
      &threshold_text, NULL, 0 },
    { "review", "X", "label scores >= X and below the threshold review", &review_text, NULL, 0 },
    { "no-drift", NULL, "do not compare the images with the threshold file's normal ones to warn when they changed", NULL,
      &what.no_drift, 0 },
    { "move-normal", "DIR", "move images labelled normal there, under their path; nothing is overwritten",
      &what.places.normal, NULL, 0 },
    { "move-review", "DIR", "the same of review", &what.places.review, NULL, 0 },
    { "move-anomalous", "DIR", "the same of anomalous", &what.places.anomalous, NULL, 0 },
    { "move-failed", "DIR", "the same of files that could not be scored", &what.places.failed, NULL, 0 },
    { "move-as", "HOW", "move, copy or link (move)", &place_text, NULL, 0, .words = "move copy link" },
    { "webhook", "URL", "POST every record there; https, or http to this machine", &what.webhook.url, NULL, 0 },
    { "webhook-secret", "FILE", "sign with HMAC-SHA256 and this file's first line (or $RWDA_WEBHOOK_SECRET)",
      &what.webhook.secret_file, NULL, 0 },
    { "mqtt", "URL", "publish every record to mqtts://HOST[:PORT]/TOPIC; mqtt:// to this machine", &what.mqtt.url, NULL, 0 },
    { "mqtt-user", "NAME", "of this client", &what.mqtt.user, NULL, 0 },
    { "mqtt-password", "FILE", "its password, the file's first line (or $RWDA_MQTT_PASSWORD)", &what.mqtt.password_file,
      NULL, 0 },
    { "mqtt-ca", "FILE", "certificates to believe, of mqtts (the system's)", &what.mqtt.ca, NULL, 0 },
    { "mqtt-cert", "FILE", "this client's certificate", &what.mqtt.cert, NULL, 0 },
    { "mqtt-key", "FILE", "its private key", &what.mqtt.key, NULL, 0 },
    { "allow-plain", NULL, "send records to other machines unencrypted", NULL, &what.webhook.plain, 0 },
    { "tries", "N", "of a delivery: after 1, 2, 4, ... seconds, 10 minutes at most (20)", &tries_text, NULL, 0 },
    { "retry-failed", NULL, "try again what was given up", NULL, &what.retry_failed, 0 },
    { "drain-seconds", "S", "for deliveries after SIGTERM, or at the end of --once (30)", &drain_text, NULL, 0 },
    { "metrics", "FILE", "keep Prometheus metrics there, for node_exporter's textfile collector", &what.metrics, NULL, 0 },
    SCORING_OPTIONS(how),
    CLI_ENGINE_OPTIONS(engine),
};

static const cli_verb verb = {
    "watch",
    "Scores the images of a folder, and those that arrive in it, each once.  docs/watch.md has more.\n"
    "Ends on SIGTERM or SIGINT after the images under way; goes on where it was when it is started again.",
    "[OPTIONS] DIRECTORY",
    "  rwda watch -d detector.safetensors --threshold thresholds.json -o scores.jsonl images/\n"
    "  rwda watch --memory memory.safetensors --threshold 0.6 --move-normal good/ --move-anomalous bad/ images/\n"
    "  rwda watch --threshold 0.6 --webhook https://example.org/rwda --webhook-secret secret.txt images/\n"
    "  rwda watch --once -d detector.safetensors --ledger ledger.sqlite -o scores.jsonl images/    # what is new, for "
    "cron\n",
    options,
    sizeof options / sizeof options[0],
};

/* ---- Options ------------------------------------------------------------------------------------------------------------------ */

static bool read_seconds(double *out, const char *name, const char *text, double low, double high)
{
    float value = (float)*out;

    if (!cli_float(&value, name, text))
        return false;
    if (text != NULL && !((double)value >= low && (double)value <= high)) {
        cli_error("--%s %s: not in %g..%g seconds", name, text, low, high);
        return false;
    }
    *out = (double)value;
    return true;
}

static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0' ? value : NULL;
}

static int read_options(void)
{
    static const char *const ways[] = { "move", "copy", "link" };
    int                      way    = PLACE_MOVE;

    what.settle_s = 2.0;
    what.rescan_s = 300.0;
    what.drain_s  = 30.0;
    what.tries    = 20;
    if (!read_seconds(&what.settle_s, "settle", settle_text, 0.0, 3600.0) ||
        !read_seconds(&what.poll_s, "poll", poll_text, 0.1, 86400.0) ||
        !read_seconds(&what.rescan_s, "rescan", rescan_text, 1.0, 86400.0) ||
        !read_seconds(&what.drain_s, "drain-seconds", drain_text, 0.0, 3600.0) ||
        !cli_int(&what.tries, "tries", tries_text, 1, 1000) || !cli_choice(&way, "move-as", place_text, ways, 3))
        return EXIT_USAGE;
    what.places.how = (place_how)way;
    if (threshold_text == NULL &&
        (what.places.normal != NULL || what.places.review != NULL || what.places.anomalous != NULL)) {
        cli_error("--move-normal, --move-review and --move-anomalous need --threshold: 0.5 is not a threshold");
        return EXIT_USAGE;
    }
    if ((what.webhook.url == NULL && what.webhook.secret_file != NULL) ||
        (what.mqtt.url == NULL && (what.mqtt.user != NULL || what.mqtt.password_file != NULL || what.mqtt.ca != NULL ||
                                   what.mqtt.cert != NULL || what.mqtt.key != NULL))) {
        cli_error("options of a webhook need --webhook, those of MQTT --mqtt");
        return EXIT_USAGE;
    }
    if (what.output != NULL && strcmp(what.output, "-") == 0)
        what.output = NULL;
    what.mqtt.plain     = what.webhook.plain;
    what.webhook.secret = variable("RWDA_WEBHOOK_SECRET");
    what.mqtt.password  = variable("RWDA_MQTT_PASSWORD");
    return 0;
}

/* ---- The run ------------------------------------------------------------------------------------------------------------------ */

static watch *running;

static void on_signal(int number)
{
    (void)number;
    watch_stop(running);
}

/* The first one ends the run in order, a second one at once. */
static void stop_on_signals(watch *w)
{
    struct sigaction action;

    running = w;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags   = (int)SA_RESETHAND;
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN); /* connections end */
}

static int exit_of(rwda_status status)
{
    return status == RWDA_EINVAL || status == RWDA_ENOTFOUND || status == RWDA_EUNSUPPORTED ? EXIT_USAGE : EXIT_OUTPUT;
}

static int run(watch *w, scoring *s, const decision *d)
{
    rwda_error    err;
    watch_summary summary;
    rwda_status   status;
    int           code = EXIT_DONE;

    stop_on_signals(w);
    status = watch_run(w, s, d, &err);
    if (status != RWDA_OK)
        code = cli_fail(&err, EXIT_OUTPUT);
    summary = watch_summarise(w);
    cli_note("%llu scored, %llu failed; %zu deliveries wait, %zu were given up; %zu file%s not finished", summary.scored,
             summary.failed, summary.waiting, summary.given_up, summary.unsettled,
             summary.unsettled == 1 ? " was" : "s were");
    if (code == EXIT_DONE && what.once &&
        (summary.failed > 0 || summary.waiting > 0 || summary.given_up > 0 || summary.unread > 0))
        code = EXIT_SOME_FAILED;
    return code;
}

int verb_watch(int argc, char **argv)
{
    rwda_scorer_options scorer = RWDA_SCORER_OPTIONS_INIT;
    scoring             s      = { NULL };
    decision            d      = { .calibration = NULL };
    watch              *w      = NULL;
    cli_machine         machine;
    rwda_error          err;
    rwda_status         status;
    int                 first, code = cli_parse(&verb, argc, argv, &first);

    if (code >= 0)
        return code;
    if (argc - first != 1) {
        cli_error("watch takes one directory");
        return EXIT_USAGE;
    }
    what.folder = argv[first];
    how.ready   = true;
    code        = read_options();
    if (code == 0)
        code = scoring_read(&scorer, &how);
    if (code == 0)
        code = cli_machine_read(&machine, &engine); /* before a ledger is made */
    if (code == 0)
        code = scoring_decision(&d, threshold_text, review_text);
    if (code == 0) {
        status = watch_open(&w, &what, cli_events(), &err);
        code   = status == RWDA_OK ? 0 : cli_fail(&err, exit_of(status));
    }
    if (code == 0)
        code = scoring_open(&s, &scorer, &how, &engine, NULL, 0);
    if (code == 0)
        code = scoring_decision_check(&d, s.scorer);
    if (code == 0)
        code = run(w, &s, &d);
    watch_close(w);
    decision_free(&d);
    scoring_close(&s);
    return code;
}
