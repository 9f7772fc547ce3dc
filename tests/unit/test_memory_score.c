/* test_memory_score.c - are distances and scores what the formula gives, worked out in double from the stored tokens? */
#include "anomaly/memory_score.h"

#include "api/session.h"
#include "tests/tolerance.h"
#include "tests/unit/memory_rig.h"

#include <math.h>
#include <stdbool.h>

#define IMAGES 7
#define WIDTH  16
#define CELLS  (36 * 4) /* at most, of an image and a layer */

static rig_image images[IMAGES + 3];

static const rwda_memory_options defaults = RWDA_MEMORY_OPTIONS_INIT;

static int set_up(void **state)
{
    rig_images_make(images, RW_COUNTOF(images));
    return rig_begin(state);
}

static int descending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x < y) - (x > y);
}

static double clipped(double distance)
{
    return fmin(fmax(distance, 1e-7), 1.0 - 1e-7);
}

/* ---- In double ----------------------------------------------------------------------------------------------------------- */

/* Half the cosine distance of token x to the memory's layer: to the nearest of all, or the mean over the nearest images. */
static double plain_distance(const rwda_memory *m, size_t layer, const float *x, size_t skip)
{
    static float tokens[CELLS * WIDTH];
    double       best[IMAGES];
    size_t       n   = 0, count;
    double       sum = 0.0;

    for (size_t image = 0; image < m->info.images; image++) {
        size_t first = m->starts[layer][image], some = m->starts[layer][image + 1] - first;

        if (image == skip || some == 0)
            continue;
        rw_memory_widen(tokens, m, layer, first, some);
        best[n] = -2.0;
        for (size_t t = 0; t < some; t++) {
            double dot = 0.0;

            for (size_t j = 0; j < WIDTH; j++)
                dot += (double)x[j] * (double)tokens[t * WIDTH + j];
            best[n] = fmax(best[n], dot);
        }
        n++;
    }
    qsort(best, n, sizeof *best, descending);
    count = m->options.robust > 0.0f ? (size_t)ceil((double)m->options.robust * (double)n * (1 - 1e-6)) : 1;
    for (size_t i = 0; i < count; i++)
        sum += best[i] / (double)count;
    return clipped((1.0 - sum) / 2);
}

static double plain_score(const double *grid, size_t cells, double share)
{
    double *sorted = malloc(cells * sizeof *sorted), sum = 0.0;
    size_t  count = (size_t)ceil(share * (double)cells * (1 - 1e-6));

    assert_non_null(sorted);
    memcpy(sorted, grid, cells * sizeof *sorted);
    qsort(sorted, cells, sizeof *sorted, descending);
    for (size_t i = 0; i < count; i++)
        sum += sorted[i] / (double)count;
    free(sorted);
    return sum;
}

/* One memory and the images outside it: the largest difference between what the library says and what double says. */
static double compare(const rwda_memory *m, rwda_session *session, size_t skip)
{
    rw_encoder encoder = rw_session_encoder(session);
    double     largest = 0.0;
    rwda_error err     = { 0 };

    for (size_t q = IMAGES; q < RW_COUNTOF(images); q++) {
        const rwda_image *image = &images[q].image;
        rw_arena_mark     mark  = rw_arena_save(encoder.arena);
        size_t            taken = rw_arena_bytes(encoder.arena);
        double            wanted[CELLS];
        float             grid[CELLS], score;
        rw_memory_look    look;

        assert_ok(rw_memory_look_at(&look, &m->options, &m->view, &encoder, &image, 1, &err), err);
        assert_true(look.cells <= CELLS);
        assert_ok(rw_memory_distances(grid, m, look.tokens, look.cells, skip, encoder.arena, encoder.pool, &err), err);
        for (size_t p = 0; p < look.cells; p++) {
            wanted[p] = 0.0;
            for (size_t l = 0; l < (size_t)m->info.layers; l++)
                wanted[p] += plain_distance(m, l, look.tokens[l] + p * WIDTH, skip) / m->info.layers;
            largest = fmax(largest, fabs((double)grid[p] - wanted[p]));
        }
        assert_ok(rw_memory_score(&score, m, grid, look.cells, NULL, skip, encoder.arena, &err), err);
        largest = fmax(largest, fabs((double)score - plain_score(wanted, look.cells, (double)m->options.share)));
        rw_arena_rewind(encoder.arena, mark);
        assert_int_equal(rw_arena_bytes(encoder.arena), taken);
    }
    return largest;
}

static void distances_and_scores_follow_the_formula(void **state)
{
    static const float          robust[] = { 0.0f, 0.3f, 1.0f }, shares[] = { 0.05f, 1.0f };
    static const rwda_precision storages[] = { RWDA_PRECISION_F32, RWDA_PRECISION_F16, RWDA_PRECISION_INT8 };
    static const double         bounds[]   = { TOLERANCE_MEMORY, TOLERANCE_MEMORY, TOLERANCE_MEMORY_INT8_DOUBLE };
    double                      largest[3] = { 0.0 };

    (void)state;
    for (int cpu = RWDA_CPU_REF; cpu <= RWDA_CPU_NEON; cpu++) {
        rwda_model *model = rig_model(0, (rwda_cpu)cpu);

        for (size_t way = 0; model != NULL && way < 3 * RW_COUNTOF(robust); way++) {
            rwda_session       *session = rig_session(model, 1 + (int)way % 3, 16);
            rwda_memory_options o       = defaults;
            rwda_memory        *m;

            o.storage        = storages[way / 3];
            o.robust         = robust[way % 3];
            o.share          = shares[way % 2];
            o.neighbourhood  = way % 2 == 0 ? 1 : 3;
            o.tiles          = way % 3 == 1 ? 2 : 1;
            o.rotations      = way % 3 == 2;
            o.keep           = way % 4 == 3 ? 0.3f : 1.0f;
            m                = rig_memory(session, &o, images, IMAGES);
            largest[way / 3] = fmax(largest[way / 3], compare(m, session, RW_MEMORY_NOBODY));
            for (size_t skip = 0; skip < IMAGES; skip += 3) /* the first, one between, the last */
                largest[way / 3] = fmax(largest[way / 3], compare(m, session, skip));
            rwda_memory_free(m);
            rwda_session_free(session);
        }
        rwda_model_free(model);
    }
    print_message("largest difference: f32 %.2g, f16 %.2g, int8 %.2g\n", largest[0], largest[1], largest[2]);
    for (size_t i = 0; i < 3; i++)
        assert_true(largest[i] <= bounds[i]);
}

/* What rounding of the stored tokens changes. */
static void smaller_tokens_give_nearly_the_same_scores(void **state)
{
    rwda_model   *model   = rig_model(0, RWDA_CPU_AUTO);
    rwda_session *session = rig_session(model, 1, 16);
    rwda_memory  *m[3];
    rwda_scorer  *scorer[3];
    double        largest[3] = { 0.0 };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        rwda_memory_options o = defaults;

        o.storage = i == 0 ? RWDA_PRECISION_F32 : i == 1 ? RWDA_PRECISION_F16 : RWDA_PRECISION_INT8;
        m[i]      = rig_memory(session, &o, images, IMAGES);
        scorer[i] = rig_scorer(session, m[i]);
        for (size_t q = IMAGES; q < RW_COUNTOF(images); q++)
            largest[i] = fmax(largest[i], fabs((double)rig_score(session, scorer[i], &images[q].image).score -
                                               (double)rig_score(session, scorer[0], &images[q].image).score));
    }
    print_message("largest difference to f32: f16 %.2g, int8 %.2g\n", largest[1], largest[2]);
    assert_true(largest[1] > 0.0 && largest[1] <= TOLERANCE_MEMORY_F16);
    assert_true(largest[2] > 0.0 && largest[2] <= TOLERANCE_MEMORY_INT8);
    for (size_t i = 0; i < 3; i++) {
        rwda_scorer_free(scorer[i]);
        rwda_memory_free(m[i]);
    }
    rwda_session_free(session);
    rwda_model_free(model);
}

/* ---- The highest --------------------------------------------------------------------------------------------------------- */

/* Sequences that are hard on a selection by pivots.  All values are multiples of 1/4096 below 1: their sums are exact. */
static float hard(int kind, size_t i, size_t n)
{
    switch (kind) {
    case 0: return 0.25f; /* all equal */
    case 1: return (float)i / 4096.0f;
    case 2: return (float)(n - i) / 4096.0f;
    case 3: return (float)(i < n / 2 ? i : n - i) / 4096.0f; /* up and down */
    case 4: return (float)(i < n / 2 ? n - i : i) / 4096.0f; /* down and up */
    case 5: return (float)(i % 2) / 2.0f;
    case 6: return (float)((i * 2654435761u) % 4096u) / 4096.0f;
    case 7: return (float)((i * 2654435761u) % 3u) / 4.0f;
    case 8: return i == n / 2 ? 0.0f : 0.5f;  /* the first pivot is the least ... */
    default: return i == n / 2 ? 0.5f : 0.0f; /* ... or the largest */
    }
}

static void the_highest_are_found_in_any_order(void **state)
{
    static const double shares[] = { 1e-6, 0.05, 0.3, 0.5, 0.999, 1.0 };
    static float        x[4000];
    static double       as_double[4000];
    rw_arena            arena = RW_ARENA_INIT;
    rwda_error          err   = { 0 };

    (void)state;
    for (int kind = 0; kind < 10; kind++)
        for (size_t n = 1; n <= 4000; n += n < 40 ? 1 : n / 3)
            for (size_t s = 0; s < RW_COUNTOF(shares); s++) {
                size_t count = rw_share_of(shares[s], n);
                double sum   = 0.0;
                float  score, copy[4];

                for (size_t i = 0; i < n; i++)
                    as_double[i] = (double)(x[i] = hard(kind, i, n));
                memcpy(copy, x, (n < 4 ? n : 4) * sizeof *x);
                assert_ok(rw_memory_highest(&score, x, n, shares[s], &arena, &err), err);
                assert_memory_equal(copy, x, (n < 4 ? n : 4) * sizeof *x); /* the grid is left alone */
                qsort(as_double, n, sizeof *as_double, descending);
                for (size_t i = 0; i < count; i++)
                    sum += as_double[i];
                assert_true(score == (float)(sum / (double)count));
            }
    assert_int_equal(rw_arena_bytes(&arena), 0);
    rw_arena_done(&arena);
}

/* ---- The class token ----------------------------------------------------------------------------------------------------- */

static void the_class_token_has_its_weight(void **state)
{
    static const float robust[] = { 0.0f, 0.5f };
    rwda_model        *model    = rig_model(0, RWDA_CPU_AUTO);
    rwda_session      *session  = rig_session(model, 1, 16);

    (void)state;
    for (size_t way = 0; way < 2 * RW_COUNTOF(robust); way++) {
        rwda_memory_options o = defaults, without;
        rwda_memory        *m, *patches;
        rwda_scorer        *scorer, *of_patches;
        const rwda_image   *one = &images[IMAGES].image;
        float               x[5 * 12];
        double              best[IMAGES], sum = 0.0, wanted;
        size_t              count;
        rwda_error          err = { 0 };

        o.robust       = robust[way % 2];
        o.class_weight = 0.25f;
        o.crops        = way < 2 ? RWDA_CROPS_ONE : RWDA_CROPS_2X2; /* of several rows the first, the whole image, counts */
        o.image_size   = way == 0 ? 16 : 24;                        /* 16: from the pass over the patches */
        without        = o;
        without.class_weight = 0.0f;
        m                    = rig_memory(session, &o, images, IMAGES);
        patches              = rig_memory(session, &without, images, IMAGES);
        scorer               = rig_scorer(session, m);
        of_patches           = rig_scorer(session, patches);
        assert_ok(rwda_session_embed_images(x, session, &one, 1, o.resize, o.crops, &err), err);
        for (size_t i = 0; i < IMAGES; i++) {
            best[i] = 0.0;
            for (size_t j = 0; j < 12; j++)
                best[i] += (double)x[j] * (double)m->embeddings[i * m->crops * 12 + j];
        }
        qsort(best, IMAGES, sizeof *best, descending);
        count = o.robust > 0.0f ? 4 : 1; /* half of seven */
        for (size_t i = 0; i < count; i++)
            sum += best[i] / (double)count;
        wanted = 0.75 * (double)rig_score(session, of_patches, one).score + 0.25 * clipped((1.0 - sum) / 2);
        assert_true(fabs((double)rig_score(session, scorer, one).score - wanted) < TOLERANCE_MEMORY);
        rwda_scorer_free(scorer);
        rwda_scorer_free(of_patches);
        rwda_memory_free(m);
        rwda_memory_free(patches);
    }
    rwda_session_free(session);
    rwda_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_and_scores_follow_the_formula),
        cmocka_unit_test(smaller_tokens_give_nearly_the_same_scores),
        cmocka_unit_test(the_highest_are_found_in_any_order),
        cmocka_unit_test(the_class_token_has_its_weight),
    };

    return cmocka_run_group_tests(tests, set_up, rig_end);
}
