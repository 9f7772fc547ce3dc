/* verbs.c - The verbs, and what the program says of itself as a whole. */
#include "base/status.h"
#include "cli/cli.h"

const cli_entry cli_entries[] = {
    { "train", "words -> detector; no image is needed", verb_train },
    { "remember", "a few normal images -> memory, which scores by distance to them", verb_remember },
    { "score", "images -> anomaly scores", verb_score },
    { "watch", "a folder's images -> scores, as they arrive", verb_watch },
    { "merge", "parts of a sharded run -> one file", verb_merge },
    { "status", "which parts of a sharded run are missing", verb_status },
    { "calibrate", "normal images -> threshold file", verb_calibrate },
    { "report", "scores and images -> one HTML file", verb_report },
    { "map", "images -> where in them the anomaly is", verb_map },
    { "eval", "labelled images -> how good every method is", verb_eval },
    { "experiment", "the studies: pairs, words, crops, fusion, robustness, cost and more", verb_experiment },
    { "embed", "texts or images -> unit embeddings (.npy)", verb_embed },
    { "tokenize", "texts -> token ids", verb_tokenize },
    { "preprocess", "an image -> what the encoder sees (.npy)", verb_preprocess },
    { "data", "which labelled images lie in a data set", verb_data },
    { "metrics", "scores and labels -> AUROC, AP, F1", verb_metrics },
    { "serve", "an HTTP service, and a page for people", verb_serve },
    { "model", "which checkpoints there are, and what is in them", verb_model },
    { "doctor", "does rwda compute what it must on this machine", verb_doctor },
    { "bench", "how long each stage takes here", verb_bench },
};
const size_t cli_entries_count = RW_COUNTOF(cli_entries);

const char cli_examples[] =
    "  rwda train -o detector.safetensors\n"
    "  rwda score --detector detector.safetensors images/\n"
    "  rwda remember normal/ -o memory.safetensors && rwda score --memory memory.safetensors images/\n"
    "  rwda model info\n";
const cli_term cli_exit_codes[] = {
    { "0", "done" },
    { "1", "some inputs failed" },
    { "2", "usage" },
    { "3", "an anomaly was found and --fail-on-anomaly was given" },
    { "4", "model, detector or threshold file unusable" },
    { "5", "output cannot be written" },
    { "130 and 143", "ended by a signal" },
    { NULL, NULL },
};
