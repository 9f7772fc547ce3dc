/* test_allocations.c - what happens when the Nth allocation fails, for every N?
 *
 * The linker sends the library's malloc, calloc, realloc and aligned_alloc here (--wrap).  The whole job (open a model, train a
 * detector, save and load it, score an image, map it, make thresholds, watch for drift) runs with allocation 0 failing, then 1, and so on until a run needs
 * fewer allocations than that; then the same for pixel metrics, and for packed weights in a cache, which a model can do
 * without.  Each failing run must say RWDA_ENOMEM; the sanitizer build sees to
 * it that nothing leaks. */
#include "rwda_drift.h"
#include "tests/unit/tiny_clip.h"

#include <dirent.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

/* One thread, which ThreadSanitizer makes slow for nothing: there every seventh allocation fails. */
#ifdef __SANITIZE_THREAD__
#define STEP 7
#else
#define STEP 1
#endif

static long countdown = -1; /* allocations until one fails; negative: none will.  One thread: the session has one. */

static int fails_now(void)
{
    return countdown >= 0 && countdown-- == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails_now() ? NULL : __real_realloc(old, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return fails_now() ? NULL : __real_aligned_alloc(alignment, size);
}

static char detector_path[] = "/tmp/rwda-test-fault-XXXXXX";
static char model_dir[]     = "/tmp/rwda-test-fault-model-XXXXXX"; /* small: it is opened for every allocation */

static rwda_status whole_job(rwda_error *err)
{
    rwda_model          *model    = NULL;
    rwda_session        *session  = NULL;
    rwda_detector       *detector = NULL, *loaded = NULL;
    rwda_scorer         *scorer = NULL;
    rwda_image          *image  = NULL;
    rwda_thresholds     *made = NULL, *read = NULL;
    double               normal[8]   = { 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5 };
    rwda_drift          *drift       = NULL;
    rwda_drift_state     state;
    rwda_model_options   small_input = RWDA_MODEL_OPTIONS_INIT;
    rwda_session_options one         = RWDA_SESSION_OPTIONS_INIT;
    rwda_scorer_options  both        = RWDA_SCORER_OPTIONS_INIT;
    rwda_train_options   train;
    rwda_map_options     map = RWDA_MAP_OPTIONS_INIT;
    static float         values[64 * 40];
    rwda_image           small;
    size_t               regions;
    rwda_score           score;
    rwda_status          status;

    small_input.image_size = 64;                  /* few patches: little work, and positions are interpolated too */
    small_input.precision  = RWDA_PRECISION_INT8; /* takes all that float32 takes, and scratch for integers */

    one.threads  = 1;
    both.method  = RWDA_METHOD_BOTH;
    both.prompts = RWDA_PROMPTS_SINGLE;
    if ((status = rwda_model_open(&model, model_dir, &small_input, err)) != RWDA_OK ||
        (status = rwda_session_new(&session, model, &one, err)) != RWDA_OK ||
        (status = rwda_train_options_preset(&train, "paper", err)) != RWDA_OK)
        goto done;
    train.pairs    = 8;
    train.epochs   = 1;
    train.hidden   = 4;
    train.ensemble = 1;
    if ((status = rwda_detector_train(&detector, session, &train, NULL, NULL, err)) != RWDA_OK ||
        (status = rwda_detector_save(detector, detector_path, 1, err)) != RWDA_OK ||
        (status = rwda_detector_load(&loaded, detector_path, err)) != RWDA_OK ||
        (status = rwda_scorer_new(&scorer, session, loaded, &both, err)) != RWDA_OK ||
        (status = rwda_image_load(&image, RWDA_TEST_DIR "/../samples/good/wood.jpg", NULL, err)) != RWDA_OK)
        goto done;
    if ((status = rwda_scorer_score_images(&score, session, scorer, (const rwda_image *const *)&image, 1, err)) != RWDA_OK)
        goto done;
    small.width  = image->width < 64 ? image->width : 64;
    small.height = 40;
    small.stride = image->stride;
    small.pixels = image->pixels;
    for (int mode = RWDA_MAP_WINDOWS; mode <= RWDA_MAP_CROPS && status == RWDA_OK; mode++) {
        map.mode         = (rwda_map_mode)mode;
        map.tile         = mode == RWDA_MAP_WINDOWS ? 0 : 1000;
        map.crops_across = 2;
        map.crops_share  = 0.6f;
        map.smooth       = 1.0f;
        status           = rwda_map_compute(values, session, scorer, &small, &map, err);
    }
    if (status == RWDA_OK)
        status = rwda_map_regions(NULL, &regions, 0, values, small.width, small.height, values[0], 1, err);
    if (status != RWDA_OK ||
        (status = rwda_thresholds_new_with_embeddings(&made, normal, NULL, 8, values, 8, 12, rwda_scorer_describe(scorer), NULL,
                                                      err)) != RWDA_OK ||
        (status = rwda_thresholds_save(made, detector_path, 1, err)) != RWDA_OK ||
        (status = rwda_thresholds_load(&read, detector_path, err)) != RWDA_OK)
        goto done;
    if ((status = rwda_thresholds_check(read, scorer, err)) != RWDA_OK ||
        (status = rwda_drift_new(&drift, read, NULL, err)) != RWDA_OK)
        goto done;
    status = rwda_drift_add(&state, drift, 0.5, values, 12, err);
done:
    rwda_drift_free(drift);
    rwda_thresholds_free(made);
    rwda_thresholds_free(read);
    rwda_image_free(image);
    rwda_scorer_free(scorer);
    rwda_detector_free(loaded);
    rwda_detector_free(detector);
    rwda_session_free(session);
    rwda_model_free(model);
    return status;
}

/* Maps from both file formats, masks with regions, the exact form and the histogram. */
static rwda_status pixel_job(rwda_error *err)
{
    rwda_pixel_metrics_options options = RWDA_PIXEL_METRICS_OPTIONS_INIT;
    rwda_pixel_results         results;
    const uint8_t              mask[35] = { 1, 1, 0, 0, 1 };
    rwda_status                status   = RWDA_OK;

    for (int bins = 0; bins <= 100 && status == RWDA_OK; bins += 100) {
        static const char *const names[] = { "f4.npy", "grey16.png" };
        rwda_pixel_metrics      *metrics = NULL;
        rwda_plane              *plane   = NULL;

        options.bins = bins;
        status       = rwda_pixel_metrics_new(&metrics, &options, err);
        for (int i = 0; i < 4 && status == RWDA_OK; i++) {
            char path[512];

            (void)snprintf(path, sizeof path, "%s/planes/%s", RWDA_TEST_DIR, names[i % 2]);
            status = rwda_plane_load(&plane, path, NULL, err);
            if (status == RWDA_OK)
                status =
                    rwda_pixel_metrics_add(metrics, plane->values, mask, (size_t)plane->height, (size_t)plane->width, err);
            rwda_plane_free(plane);
        }
        if (status == RWDA_OK)
            status = rwda_pixel_metrics_finish(&results, metrics, err);
        rwda_pixel_metrics_free(metrics);
    }
    return status;
}

static char cache_dir[] = "/tmp/rwda-test-fault-cache-XXXXXX";

static void empty_cache(void)
{
    DIR           *dir = opendir(cache_dir);
    struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL)
        if (entry->d_name[0] != '.')
            (void)unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir != NULL)
        closedir(dir);
}

/* A model that writes its packed weights, and one that maps them. */
static rwda_status cached_job(rwda_error *err)
{
    rwda_model_options options = RWDA_MODEL_OPTIONS_INIT;
    rwda_status        status  = RWDA_OK;

    empty_cache();
    options.cache_dir  = cache_dir;
    options.image_size = 64;
    for (int i = 0; i < 2 && status == RWDA_OK; i++) {
        rwda_model *model = NULL;

        status = rwda_model_open(&model, RWDA_TEST_DIR "/../models/demo", &options, err);
        rwda_model_free(model);
    }
    return status;
}

/* Every STEP-th allocation of the job in turn; returns how many there are, STEP - 1 more at most.  `spares`: the job may do without some. */
static long fail_each(rwda_status (*job)(rwda_error *err), int spares)
{
    rwda_error err = { RWDA_OK, 0, "" };
    long       n   = 0;

    for (;; n += STEP) {
        rwda_status status;

        countdown = n;
        status    = job(&err);
        if (countdown >= 0) { /* the job ended before allocation n: all have had their turn */
            countdown = -1;
            if (status != RWDA_OK)
                fail_msg("without a failing allocation: %s", err.message);
            break;
        }
        countdown = -1;
        if (status != RWDA_ENOMEM && !(spares && status == RWDA_OK))
            fail_msg("allocation %ld failing: %s, \"%s\"", n, rwda_status_name(status), err.message);
    }
    print_message("up to %ld allocations, one in %d failed in turn\n", n, STEP);
    return n;
}

static int write_model(void **state)
{
    tiny_clip t;

    (void)state;
    assert_non_null(mkdtemp(model_dir));
    tiny_make(&t);
    tiny_write(&t, model_dir, "open_clip_model.safetensors", "open_clip_config.json", TINY_CONFIG);
    tiny_free(&t);
    return 0;
}

static int remove_model(void **state)
{
    static const char *const files[] = { "open_clip_model.safetensors", "open_clip_config.json" };
    char                     path[RW_PATH_MAX];

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(files); i++) {
        assert_true(rw_path_join(path, sizeof path, model_dir, files[i]));
        unlink(path);
    }
    return rmdir(model_dir);
}

static void every_allocation_may_fail(void **state)
{
    int fd = mkstemp(detector_path);

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    assert_true(fail_each(whole_job, 0) > 20);
    unlink(detector_path);
}

static void every_allocation_of_pixel_metrics_may_fail(void **state)
{
    (void)state;
    assert_true(fail_each(pixel_job, 0) > 20);
}

/* A cache that cannot be written or read is not an error; what a model needs is. */
static void every_allocation_around_the_cache_may_fail(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(cache_dir));
    assert_true(fail_each(cached_job, 1) > 10);
    empty_cache();
    assert_int_equal(rmdir(cache_dir), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(every_allocation_of_pixel_metrics_may_fail),
        cmocka_unit_test(every_allocation_around_the_cache_may_fail),
    };

    return cmocka_run_group_tests(tests, write_model, remove_model);
}
