/* product_time.c - how long do matrix products take by themselves?  A run for each line on standard input, a JSON line for each.
 *
 *     product_time ITEMS THREADS PRECISION ROWSxDEPTHxCOLUMNS...
 *
 * The products one after the other, each with a right-hand matrix of its own, as a tower's layers have them: what a tower with these products
 * could reach at most.  A run counts as ITEMS.
 * The same lines as `rwda bench --step` writes: {"ready":true,"items":n}, then {"seconds":s,"items":n,"peak_mb":m}. */
#include "base/memory.h"
#include "base/random.h"
#include "kernels/kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

typedef struct {
    const rw_kernels *kernels;
    rw_thread_pool   *pool;
    rw_gemm_args     *products; /* [n] */
    void            **packed;   /* [n] */
    size_t            n;
    float            *a, *c; /* of the largest */
    void             *scratch;
} work;

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* [n] in -0.5 .. 0.5, or NULL */
static float *random_floats(size_t n, uint64_t stream)
{
    rw_random random = rw_random_init(1, stream);
    float    *x      = rw_new_array(n, sizeof *x);

    for (size_t i = 0; i < n && x != NULL; i++)
        x[i] = rw_random_unit(&random) - 0.5f;
    return x;
}

/* Product i of w, but for a, c and scratch, which all share: *a_floats, *c_floats and *scratch_bytes grow to what it needs of them. */
static rwda_status product_new(work *w, size_t i, const char *shape, rwda_precision precision, size_t *a_floats,
                               size_t *c_floats, size_t *scratch_bytes, rwda_error *err)
{
    rw_gemm_args *p = &w->products[i];
    size_t        m, n, k, bytes = 0;
    float        *b;

    if (sscanf(shape, "%zux%zux%zu", &m, &k, &n) != 3 || m < 1 || k < 1 || n < 1 ||
        !rw_matrix_bytes(&bytes, precision, w->kernels, n, k))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%.60s is not ROWSxDEPTHxCOLUMNS", shape);
    b            = random_floats(n * k, i);
    w->packed[i] = rw_new_array(bytes, 1);
    if (b == NULL || w->packed[i] == NULL) {
        free(b);
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for a matrix of %zu by %zu", k, n);
    }
    *p   = (rw_gemm_args){ .m = m, .lda = k, .ldc = n };
    p->b = rw_matrix_pack(w->packed[i], precision, w->kernels, b, n, k, k, 1);
    free(b);
    (void)rw_gemm_scratch(&bytes, &p->b, m);
    *a_floats      = m * k > *a_floats ? m * k : *a_floats;
    *c_floats      = m * n > *c_floats ? m * n : *c_floats;
    *scratch_bytes = bytes > *scratch_bytes ? bytes : *scratch_bytes;
    return RWDA_OK;
}

static rwda_status work_new(work *w, char **shapes, int threads, const char *precision_name, rwda_error *err)
{
    size_t      a_floats = 0, c_floats = 0, scratch_bytes = 0;
    int         precision = 0;
    rwda_status status    = RWDA_OK;

    RW_TRY(rwda_enum_parse(&precision, RWDA_ENUM_PRECISION, precision_name, err));
    RW_TRY(rw_kernels_find(&w->kernels, RWDA_CPU_AUTO, err));
    RW_TRY(rw_thread_pool_new(&w->pool, threads, err));
    w->products = rw_new_array(w->n, sizeof *w->products);
    w->packed   = rw_new_array(w->n, sizeof *w->packed);
    if (w->products == NULL || w->packed == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %zu products", w->n);
    for (size_t i = 0; i < w->n; i++)
        RW_TRY(product_new(w, i, shapes[i], (rwda_precision)precision, &a_floats, &c_floats, &scratch_bytes, err));
    w->a       = random_floats(a_floats, w->n);
    w->c       = rw_new_array(c_floats, sizeof *w->c);
    w->scratch = rw_new_array(scratch_bytes, 1);
    if (w->a == NULL || w->c == NULL || w->scratch == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %zu and %zu floats", a_floats, c_floats);
    for (size_t i = 0; i < w->n; i++) {
        w->products[i].a       = w->a;
        w->products[i].c       = w->c;
        w->products[i].scratch = w->scratch;
    }
done:
    return status;
}

static double run(const work *w)
{
    double start = now();

    for (size_t i = 0; i < w->n; i++)
        rw_gemm(&w->products[i], w->kernels, w->pool);
    return now() - start;
}

int main(int argc, char **argv)
{
    work       w   = { 0 };
    rwda_error err = { 0 };
    int        status;

    if (argc < 5) {
        (void)fprintf(stderr, "usage: product_time ITEMS THREADS PRECISION ROWSxDEPTHxCOLUMNS...\n");
        return 2;
    }
    w.n    = (size_t)argc - 4;
    status = (int)work_new(&w, argv + 4, atoi(argv[2]), argv[3], &err);
    if (status == RWDA_OK) {
        (void)run(&w);
        (void)printf("{\"ready\":true,\"items\":%d}\n", atoi(argv[1]));
        (void)fflush(stdout);
        while (getchar() != EOF) {
            double        seconds = run(&w);
            struct rusage usage;

            getrusage(RUSAGE_SELF, &usage);
            (void)printf("{\"seconds\":%.9f,\"items\":%d,\"peak_mb\":%ld}\n", seconds, atoi(argv[1]),
                         usage.ru_maxrss / 1024);
            (void)fflush(stdout);
        }
    } else {
        (void)fprintf(stderr, "product_time: %s\n", err.message);
    }
    rw_thread_pool_free(w.pool);
    for (size_t i = 0; i < w.n && w.packed != NULL; i++)
        free(w.packed[i]);
    free(w.products);
    free(w.packed);
    free(w.a);
    free(w.c);
    free(w.scratch);
    return status != RWDA_OK;
}
