/* fnn_steps.c - which loss and which parameters follow from these batches?  For tools/reference/fnn_torch.py.
 *
 *     fnn_steps TABLE INPUT OUTPUT
 *
 * INPUT: int32 dim, hidden, outputs, activation, rows, steps, dropout (0 or 1); float32 rate, decay, beta1, beta2, smoothing;
 * float32 start parameters; then for each step x [rows, dim], y [rows] and, with dropout, keep [rows, hidden].  The rate falls as a
 * cosine to 0.  OUTPUT: float64 loss of each step, then float32 parameters. */
#include "anomaly/fnn.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    int32_t dim, hidden, outputs, activation, rows, steps, dropout;
    float   rate, decay, beta1, beta2, smoothing;
} header;

static rwda_cpu table_of(const char *name)
{
    return strcmp(name, "ref") == 0 ? RWDA_CPU_REF : strcmp(name, "avx2") == 0 ? RWDA_CPU_AVX2 : RWDA_CPU_AUTO;
}

static float *read_floats(FILE *in, size_t count)
{
    float *x = rw_new_array(count, sizeof *x);

    if (x == NULL || fread(x, sizeof *x, count, in) != count) {
        fprintf(stderr, "fnn_steps: input is shorter than its header says\n");
        exit(1);
    }
    return x;
}

int main(int argc, char **argv)
{
    FILE             *in = argc == 4 ? fopen(argv[2], "rb") : NULL, *out = argc == 4 ? fopen(argv[3], "wb") : NULL;
    const rw_kernels *kernels;
    rw_arena          arena = RW_ARENA_INIT;
    rwda_error        err   = { RWDA_OK, 0, "the input cannot be read" };
    header            h;

    if (in == NULL || out == NULL || fread(&h, sizeof h, 1, in) != 1 ||
        rw_kernels_find(&kernels, table_of(argv[1]), &err) != RWDA_OK) {
        fprintf(stderr, "fnn_steps: %s\n", err.message);
        return 1;
    }
    rw_fnn fnn = { .shape = { (size_t)h.dim, (size_t)h.hidden, (size_t)h.outputs, (rwda_fnn_activation)h.activation } };
    const size_t count = rw_fnn_count(&fnn.shape), rows = (size_t)h.rows;
    float       *mean = rw_new_array(count, sizeof *mean), *square = rw_new_array(count, sizeof *square);
    float       *gradient = rw_new_array(count, sizeof *gradient);

    fnn.parameters = read_floats(in, count);
    for (int step = 0; step < h.steps; step++) {
        float       *x = read_floats(in, rows * fnn.shape.dim), *y = read_floats(in, rows);
        float       *keep  = h.dropout ? read_floats(in, rows * fnn.shape.hidden) : NULL;
        rw_fnn_batch batch = { x, y, keep, rows, h.smoothing };
        rw_adamw     adamw = { h.rate * (float)(0.5 * (1.0 + cos(3.141592653589793 * step / h.steps))), h.decay, h.beta1,
                               h.beta2 };
        double       loss;

        if (rw_fnn_gradient(&loss, gradient, &fnn, &batch, kernels, &arena, NULL, &err) != RWDA_OK) {
            fprintf(stderr, "fnn_steps: %s\n", err.message);
            return 1;
        }
        rw_adamw_step(fnn.parameters, mean, square, gradient, count, &adamw, step + 1, kernels, NULL);
        fwrite(&loss, sizeof loss, 1, out);
        free(x);
        free(y);
        free(keep);
    }
    fwrite(fnn.parameters, sizeof(float), count, out);
    rw_arena_done(&arena);
    free(fnn.parameters);
    free(mean);
    free(square);
    free(gradient);
    fclose(in);
    return fclose(out);
}
