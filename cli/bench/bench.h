/* bench.h - stages to be timed, and the samples they run on.                                         layer: cli */
#ifndef BENCH_H
#define BENCH_H

#include "cli/cli.h"

#include <jansson.h>

/* Images as encoded bytes, and the same decoded. */
typedef struct {
    char        name[32]; /* "PNG 900x900" */
    uint8_t    *bytes;
    size_t      len;
    rwda_image *image;
} bench_image;

typedef struct {
    bench_image *images;
    size_t       n_images;
    char       **texts;
    size_t       n_texts;
} bench_samples;

/* Images from `paths` [n], or, n = 0, a PNG of 900 x 900 and a JPEG of 1024 x 1024 drawn here; texts from `file`, a line each, or,
 * NULL, 256 prompts of random words.  `most` > 0 keeps only so many texts.  0, or an exit code. */
int  bench_samples_new(bench_samples *out, char **paths, int n, const char *file, int most);
void bench_samples_free(bench_samples *samples);

/* One thing to time.  `run` does it once and returns the seconds, or -1 (it has said why). */
typedef struct bench_case bench_case;
struct bench_case {
    const char *stage;
    char        name[48];
    size_t      items; /* a run: images, texts, steps */
    double (*run)(const bench_case *c);
    const bench_samples      *samples;
    rwda_model               *model;
    rwda_session             *session;
    const cli_engine         *engine; /* with the model's path: what `start` opens anew */
    const rwda_train_options *train;
    size_t                    image, batch;
    float                    *out; /* room for results of any run */
};

/* Which stages there are: NULL-terminated. */
extern const char *const bench_stages[];

/* Fills cases [room] with those of `stage`; returns how many.  proto holds what all have. */
size_t bench_cases(bench_case *cases, size_t room, const char *stage, const bench_case *proto, const int *batches,
                   size_t n_batches);

/* Cosine of embeddings at each precision (or at the one that `engine` names) to those at f32, printed; with `out` not NULL put there as a
 * list instead.  0, or an exit code. */
int bench_agreement(json_t **out, const bench_samples *samples, const cli_engine *engine);

double bench_now(void); /* seconds */

void bench_remove_folder(const char *path); /* with the files in it */

#endif
