/* nearest_time.c - how long does a search for nearest neighbours take?  A run for each line on standard input, a JSON line for each.
 *
 *     nearest_time BANK QUERIES DEPTH IMAGES PATCHES THREADS PRECISION WHAT [OUT]
 *
 * BANK and QUERIES: float32 [., DEPTH] without a header; of BANK the first IMAGES * PATCHES rows, of QUERIES the first PATCHES.  WHAT: `all`
 * for one maximum over the bank, `each` for one an image.  With OUT the maxima themselves are written there, once.
 * The same lines as `rwda bench --step` writes: {"ready":true,"items":n}, then {"seconds":s,"items":n,"peak_mb":m}. */
#include "base/file.h"
#include "base/memory.h"
#include "kernels/nearest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

typedef struct {
    float            *tokens, *queries;
    const rw_kernels *kernels;
    rw_thread_pool   *pool;
    void             *packed, *scratch;
    size_t           *starts;
    float            *best;
    rw_bank           bank;
    size_t            rows;
} search;

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static rwda_status read_floats(float **out, const char *path, size_t floats, rwda_error *err)
{
    rw_file     file;
    rwda_status status = rw_file_open(&file, path, err);

    *out = rw_new_array(floats, sizeof **out);
    if (status == RWDA_OK)
        status = *out != NULL ? rw_file_get(&file, *out, floats * sizeof **out, 0, path, err) : RWDA_ENOMEM;
    rw_file_close(&file);
    return status;
}

static rwda_status search_new(search *s, char **argv, rwda_error *err)
{
    size_t         depth = strtoul(argv[3], NULL, 10), images = strtoul(argv[4], NULL, 10);
    size_t         patches = strtoul(argv[5], NULL, 10), n = images * patches, bytes = 0;
    bool           each      = strcmp(argv[8], "each") == 0;
    rwda_precision precision = RWDA_PRECISION_AUTO;
    rwda_status    status    = RWDA_OK;

    for (int p = RWDA_PRECISION_F32; p <= RW_PRECISION_LAST; p++)
        if (strcmp(rwda_enum_name(RWDA_ENUM_PRECISION, p), argv[7]) == 0)
            precision = (rwda_precision)p;
    if (precision == RWDA_PRECISION_AUTO || n == 0 || depth == 0)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%s tokens of %s, %s: not a bank", argv[4], argv[3], argv[7]);
    s->rows = patches;
    RW_TRY(read_floats(&s->tokens, argv[1], n * depth, err));
    RW_TRY(read_floats(&s->queries, argv[2], patches * depth, err));
    RW_TRY(rw_kernels_find(&s->kernels, RWDA_CPU_AUTO, err));
    RW_TRY(rw_thread_pool_new(&s->pool, atoi(argv[6]), err));
    s->starts = rw_new_array(images + 1, sizeof *s->starts);
    s->best   = rw_new_array(patches, images * sizeof *s->best);
    if (rw_matrix_bytes(&bytes, precision, s->kernels, n, depth))
        s->packed = rw_new_array(bytes, 1);
    if (s->starts == NULL || s->best == NULL || s->packed == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "a bank of %zu tokens", n);
    s->bank.columns  = rw_matrix_pack(s->packed, precision, s->kernels, s->tokens, n, depth, depth, 1);
    s->bank.segments = each ? images : 1;
    s->bank.starts   = s->starts;
    for (size_t i = 0; i <= s->bank.segments; i++)
        s->starts[i] = each ? i * patches : i * n;
    if (rw_nearest_scratch(&bytes, &s->bank, s->rows, s->kernels, s->pool))
        s->scratch = rw_new_array(bytes, 1);
    if (s->scratch == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "scratch for %zu rows", s->rows);
done:
    return status;
}

static double run(const search *s)
{
    double start = now();

    rw_nearest(s->best, s->queries, s->bank.columns.k, s->rows, &s->bank, s->scratch, s->kernels, s->pool);
    return now() - start;
}

int main(int argc, char **argv)
{
    search     s   = { 0 };
    rwda_error err = { 0 };
    int        status;

    if (argc < 9 || argc > 10) {
        (void)fprintf(stderr, "usage: nearest_time BANK QUERIES DEPTH IMAGES PATCHES THREADS PRECISION all|each [OUT]\n");
        return 2;
    }
    status = (int)search_new(&s, argv, &err);
    if (status == RWDA_OK && argc == 10) {
        (void)run(&s);
        status = (int)rw_file_write(argv[9], s.best, s.rows * s.bank.segments * sizeof *s.best, true, &err);
    } else if (status == RWDA_OK) {
        (void)run(&s);
        (void)printf("{\"ready\":true,\"items\":%zu}\n", s.rows);
        (void)fflush(stdout);
        while (getchar() != EOF) {
            double        seconds = run(&s);
            struct rusage usage;

            getrusage(RUSAGE_SELF, &usage);
            (void)printf("{\"seconds\":%.9f,\"items\":%zu,\"peak_mb\":%ld}\n", seconds, s.rows, usage.ru_maxrss / 1024);
            (void)fflush(stdout);
        }
    }
    if (status != RWDA_OK)
        (void)fprintf(stderr, "nearest_time: %s\n", err.message);
    free(s.tokens);
    free(s.queries);
    rw_thread_pool_free(s.pool);
    free(s.packed);
    free(s.scratch);
    free(s.starts);
    free(s.best);
    return status != RWDA_OK;
}
