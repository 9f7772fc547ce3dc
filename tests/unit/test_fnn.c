/* test_fnn.c - are the network's gradients the slopes of its loss, and does it learn what can be learnt? */
#include "anomaly/fnn.h"

#include "tests/tolerance.h"
#include "tests/unit/check.h"

#include <math.h>

static const rw_kernels *kernels;

static int set_up(void **state)
{
    rwda_error err;

    (void)state;
    return rw_kernels_find(&kernels, RWDA_CPU_AUTO, &err) != RWDA_OK;
}

/* The loss in double precision, written out: what the header says. */
static double loss_of(const rw_fnn_shape *s, const double *parameters, const rw_fnn_batch *b)
{
    const double *w1 = parameters, *b1 = w1 + s->hidden * s->dim, *w2 = b1 + s->hidden;
    const double *b2  = w2 + s->outputs * (s->hidden ? s->hidden : s->dim);
    double        sum = 0;

    for (size_t i = 0; i < b->n; i++) {
        double z[2]  = { 0, 0 }, target;
        size_t inner = s->hidden ? s->hidden : s->dim;

        for (size_t o = 0; o < s->outputs; o++)
            z[o] = b2[o];
        for (size_t j = 0; j < inner; j++) {
            double h = s->hidden ? b1[j] : (double)b->x[i * s->dim + j];

            for (size_t k = 0; s->hidden && k < s->dim; k++)
                h += w1[j * s->dim + k] * (double)b->x[i * s->dim + k];
            if (s->hidden && s->activation == RWDA_FNN_RELU)
                h = h > 0 ? h : 0;
            else if (s->hidden)
                h = h / 2 * (1 + erf(h / sqrt(2)));
            if (s->hidden && b->keep != NULL)
                h *= (double)b->keep[i * s->hidden + j];
            for (size_t o = 0; o < s->outputs; o++)
                z[o] += w2[o * inner + j] * h;
        }
        target = (double)b->y[i] * (1 - (double)b->label_smoothing) + (double)b->label_smoothing / 2;
        if (s->outputs == 1) {
            sum += fmax(z[0], 0) - z[0] * target + log1p(exp(-fabs(z[0])));
        } else {
            double top = fmax(z[0], z[1]), log_sum = top + log(exp(z[0] - top) + exp(z[1] - top));

            sum += log_sum - (1 - target) * z[0] - target * z[1];
        }
    }
    return sum / (double)b->n;
}

static void fill(float *x, size_t n, rw_random *random, float scale)
{
    for (size_t i = 0; i < n; i++)
        x[i] = scale * rw_random_normal(random);
}

static void gradients_are_finite_differences(void **state)
{
    static const rw_fnn_shape shapes[] = { { 19, 23, 1, RWDA_FNN_RELU }, { 19, 23, 1, RWDA_FNN_GELU },
                                           { 19, 23, 2, RWDA_FNN_GELU }, { 19, 0, 1, RWDA_FNN_RELU },
                                           { 33, 17, 2, RWDA_FNN_RELU }, { 1, 1, 1, RWDA_FNN_GELU } };

    (void)state;
    for (size_t s = 0; s < RW_COUNTOF(shapes); s++) {
        rw_random    random = rw_random_init(s, 3);
        rw_arena     arena  = RW_ARENA_INIT;
        rw_fnn       fnn;
        rwda_error   err = { 0 };
        const size_t n = 10, dim = shapes[s].dim, hidden = shapes[s].hidden;
        float        x[10 * 33], y[10], keep[10 * 23], *gradient;
        rw_fnn_batch batch = { x, y, s % 2 ? keep : NULL, n, 0.1f };
        double       loss, *parameters = rw_new_array(rw_fnn_count(&shapes[s]), sizeof *parameters);

        assert_non_null(parameters);
        assert_ok(rw_fnn_new(&fnn, &shapes[s], &err), err);
        rw_fnn_init(&fnn, &random);
        gradient = rw_new_array(rw_fnn_count(&fnn.shape), sizeof *gradient);
        assert_non_null(gradient);
        fill(x, n * dim, &random, 1.0f);
        for (size_t i = 0; i < n; i++)
            y[i] = (float)(i % 2);
        for (size_t i = 0; i < n * hidden; i++)
            keep[i] = rw_random_below(&random, 5) == 0 ? 0.0f : 1.25f;
        if (hidden == 0)
            batch.keep = NULL;
        assert_ok(rw_fnn_gradient(&loss, gradient, &fnn, &batch, kernels, &arena, NULL, &err), err);
        for (size_t i = 0; i < rw_fnn_count(&fnn.shape); i++)
            parameters[i] = (double)fnn.parameters[i];
        assert_true(fabs(loss - loss_of(&fnn.shape, parameters, &batch)) < TOLERANCE_FNN_LOSS);
        for (size_t i = 0; i < rw_fnn_count(&fnn.shape); i++) {
            double kept = parameters[i], step = 1e-6, slope;

            parameters[i] = kept + step;
            slope         = loss_of(&fnn.shape, parameters, &batch);
            parameters[i] = kept - step;
            slope         = (slope - loss_of(&fnn.shape, parameters, &batch)) / (2 * step);
            parameters[i] = kept;
            if (fabs(slope - (double)gradient[i]) > TOLERANCE_FNN_GRADIENT)
                fail_msg("shape %zu, parameter %zu: gradient %g, slope %g", s, i, (double)gradient[i], slope);
        }
        free(parameters);
        free(gradient);
        rw_fnn_free(&fnn);
        rw_arena_done(&arena);
    }
}

/* Gradient, logits and step in pools of different sizes: to the last bit. */
static void threads_change_no_bit(void **state)
{
    rw_fnn_shape shape  = { 40, 50, 1, RWDA_FNN_GELU };
    rw_random    random = rw_random_init(8, 8);
    const size_t n = 601, count = rw_fnn_count(&shape);
    float *x = rw_new_array(n, 40 * sizeof *x), *y = rw_new_array(n, sizeof *y), *keep = rw_new_array(n, 50 * sizeof *keep);
    float *one = rw_new_array(3 * count + n, sizeof *one), *other = rw_new_array(3 * count + n, sizeof *other);
    rw_fnn_batch batch = { x, y, keep, n, 0.05f };
    rw_adamw     adamw = { 0.01f, 0.01f, 0.9f, 0.999f };
    rwda_error   err   = { 0 };
    double       losses[4];

    (void)state;
    assert_true(x != NULL && y != NULL && keep != NULL && one != NULL && other != NULL);
    fill(x, n * 40, &random, 1.0f);
    for (size_t i = 0; i < n; i++)
        y[i] = (float)(i % 2);
    for (size_t i = 0; i < n * 50; i++)
        keep[i] = rw_random_below(&random, 5) == 0 ? 0.0f : 1.25f;
    for (int threads = 1; threads <= 4; threads++) {
        rw_arena        arena = RW_ARENA_INIT;
        rw_random       start = rw_random_init(9, 9);
        float          *out   = threads == 1 ? one : other;
        rw_thread_pool *pool  = NULL;
        rw_fnn          fnn;

        assert_ok(rw_thread_pool_new(&pool, threads, &err), err);
        assert_ok(rw_fnn_new(&fnn, &shape, &err), err);
        rw_fnn_init(&fnn, &start);
        memset(out, 0, (3 * count + n) * sizeof *out);
        assert_ok(rw_fnn_gradient(&losses[threads - 1], out, &fnn, &batch, kernels, &arena, pool, &err), err);
        rw_adamw_step(fnn.parameters, out + count, out + 2 * count, out, count, &adamw, 1, kernels, pool);
        assert_ok(rw_fnn_logits(out + 3 * count, &fnn, x, n, kernels, &arena, pool, &err), err);
        assert_true(losses[threads - 1] == losses[0]);
        assert_memory_equal(out, one, (3 * count + n) * sizeof *out);
        rw_thread_pool_free(pool);
        rw_fnn_free(&fnn);
        rw_arena_done(&arena);
    }
    free(x);
    free(y);
    free(keep);
    free(one);
    free(other);
}

static void learns_a_curved_boundary(void **state)
{
    rw_random    random = rw_random_init(5, 5);
    rw_arena     arena  = RW_ARENA_INIT;
    rw_fnn_shape shape  = { 2, 32, 1, RWDA_FNN_RELU };
    rw_adamw     adamw  = { 0.01f, 0.0f, 0.9f, 0.999f };
    rw_fnn       fnn;
    rwda_error   err = { 0 };
    float        x[400], y[200], logits[200], *space;
    size_t       count = rw_fnn_count(&shape), right = 0;
    rw_fnn_batch batch = { x, y, NULL, 200, 0.0f };
    double       loss;

    (void)state;
    fill(x, 400, &random, 1.0f);
    for (size_t i = 0; i < 200; i++)
        y[i] = x[2 * i] * x[2 * i] + x[2 * i + 1] * x[2 * i + 1] > 1.4f ? 1.0f : 0.0f; /* inside or outside a circle */
    assert_ok(rw_fnn_new(&fnn, &shape, &err), err);
    rw_fnn_init(&fnn, &random);
    space = rw_new_array(3 * count, sizeof *space);
    assert_non_null(space);
    for (int step = 1; step <= 400; step++) {
        assert_ok(rw_fnn_gradient(&loss, space, &fnn, &batch, kernels, &arena, NULL, &err), err);
        rw_adamw_step(fnn.parameters, space + count, space + 2 * count, space, count, &adamw, step, kernels, NULL);
    }
    assert_ok(rw_fnn_logits(logits, &fnn, x, 200, kernels, &arena, NULL, &err), err);
    for (size_t i = 0; i < 200; i++)
        right += (logits[i] > 0.0f) == (y[i] > 0.5f);
    assert_true(right >= 194);
    free(space);
    rw_fnn_free(&fnn);
    rw_arena_done(&arena);
}

/* One step by hand: decay first, then the bias-corrected step; with mean = square = 0 it is rate * sign(gradient). */
static void adamw_steps_as_published(void **state)
{
    float    parameter[2] = { 2.0f, -1.0f }, mean[2] = { 0 }, square[2] = { 0 }, gradient[2] = { 0.5f, -3.0f };
    rw_adamw adamw = { 0.1f, 0.01f, 0.9f, 0.999f };

    (void)state;
    rw_adamw_step(parameter, mean, square, gradient, 2, &adamw, 1, kernels, NULL);
    assert_true(fabsf(parameter[0] - (2.0f * 0.999f - 0.1f)) < 1e-6f);
    assert_true(fabsf(parameter[1] - (-1.0f * 0.999f + 0.1f)) < 1e-6f);
    assert_true(fabsf(mean[0] - 0.05f) < 1e-7f && fabsf(square[1] - 0.009f) < 1e-6f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_are_finite_differences),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(learns_a_curved_boundary),
        cmocka_unit_test(adamw_steps_as_published),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
