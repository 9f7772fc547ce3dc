/* test_allocations.c - what happens when the Nth allocation fails, for every N?
 *
 * The linker sends the library's malloc, calloc, realloc and aligned_alloc here (--wrap).  The whole job (open a model, train a
 * detector, save and load it, score an image, map it, name what it shows, make thresholds, watch for drift) runs with allocation 0 failing, then 1,
 * and so on until a run needs fewer allocations than that; then the same for memories of images, for many scorers at once and WinCLIP+, for pixel
 * metrics, and for packed weights in a cache, which a model can do without.  Each failing run must say RWDA_ENOMEM; the sanitizer build
 * sees to it that nothing leaks. */
#include "rwda_drift.h"
#include "rwda_kinds.h"
#include "rwda_memory.h"
#include "rwda_winclip_plus.h"
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
    double               normal[8] = { 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5 };
    rwda_drift          *drift     = NULL;
    rwda_drift_state     state;
    rwda_model_options   small_input = RWDA_MODEL_OPTIONS_INIT;
    rwda_session_options one         = RWDA_SESSION_OPTIONS_INIT;
    rwda_scorer_options  both        = RWDA_SCORER_OPTIONS_INIT;
    rwda_train_options   train;
    rwda_map_options     map = RWDA_MAP_OPTIONS_INIT;
    static float         values[64 * 40];
    rwda_image           small;
    size_t               regions;
    const char *const    words[2] = { "scratch", "stain" };
    rwda_kinds          *kinds    = NULL;
    rwda_region          square;
    rwda_kind            ranked[2];
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
    if (status != RWDA_OK || (status = rwda_kinds_new(&kinds, session, words, 2, NULL, err)) != RWDA_OK ||
        (status = rwda_kinds_region(&square, kinds, values, small.width, small.height, values[0], err)) != RWDA_OK ||
        (status = rwda_kinds_rank(ranked, session, kinds, &small, &square, values, values[0], err)) != RWDA_OK ||
        (status = rwda_thresholds_new_with_embeddings(&made, normal, NULL, 8, values, 8, 12, rwda_scorer_describe(scorer),
                                                      NULL, err)) != RWDA_OK ||
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
    rwda_kinds_free(kinds);
    rwda_image_free(image);
    rwda_scorer_free(scorer);
    rwda_detector_free(loaded);
    rwda_detector_free(detector);
    rwda_session_free(session);
    rwda_model_free(model);
    return status;
}

/* ---- Memories ------------------------------------------------------------------------------------------------------------ */

static uint8_t    patches[4][3 * 24 * 20];
static rwda_image normals[4];

/* Images 0 and 1, the memory alone with coreset, turns and tiles in integers: saved, loaded, 2 added and 1 dropped. */
static rwda_status make_memory(rwda_memory **out, rwda_session *session, const rwda_model *model, int mutual,
                               rwda_error *err)
{
    static const char *const names[]  = { "0", "1", "2" };
    const rwda_image        *images[] = { &normals[0], &normals[1], &normals[2] };
    rwda_memory_options      options  = RWDA_MEMORY_OPTIONS_INIT;
    rwda_memory_builder     *builder  = NULL;
    rwda_memory             *first = NULL, *loaded = NULL;
    rwda_status              status;

    options.storage      = mutual ? RWDA_PRECISION_F16 : RWDA_PRECISION_INT8;
    options.keep         = mutual ? 1.0f : 0.5f;
    options.rotations    = !mutual;
    options.tiles        = mutual ? 1 : 2;
    options.robust       = 0.5f;
    options.class_weight = 0.5f;
    options.crops        = RWDA_CROPS_5;
    options.mutual       = mutual;
    if ((status = rwda_memory_builder_new(&builder, session, NULL, &options, err)) != RWDA_OK ||
        (status = rwda_memory_builder_add(builder, images, names, NULL, 2, err)) != RWDA_OK ||
        (status = rwda_memory_builder_finish(&first, builder, NULL, NULL, err)) != RWDA_OK ||
        (status = rwda_memory_save(first, detector_path, 1, err)) != RWDA_OK ||
        (status = rwda_memory_load(&loaded, model, detector_path, 0, err)) != RWDA_OK)
        goto done;
    rwda_memory_builder_free(builder);
    builder = NULL;
    if ((status = rwda_memory_builder_new(&builder, session, loaded, &options, err)) != RWDA_OK ||
        (status = rwda_memory_builder_add(builder, images + 2, names + 2, NULL, 1, err)) != RWDA_OK ||
        (status = rwda_memory_builder_drop(builder, "1", NULL, err)) != RWDA_OK)
        goto done;
    status = rwda_memory_builder_finish(out, builder, NULL, NULL, err);
done:
    rwda_memory_builder_free(builder);
    rwda_memory_free(first);
    rwda_memory_free(loaded);
    return status;
}

/* A memory alone and a batch beside words: scores, a map, a member's score, thresholds. */
static rwda_status memory_job(rwda_error *err)
{
    rwda_model          *model    = NULL;
    rwda_session        *session  = NULL;
    rwda_memory         *memory   = NULL;
    rwda_scorer         *scorer   = NULL;
    rwda_thresholds     *made     = NULL;
    rwda_session_options one      = RWDA_SESSION_OPTIONS_INIT;
    rwda_scorer_options  options  = RWDA_SCORER_OPTIONS_INIT;
    const rwda_image    *images[] = { &normals[3], &normals[0] };
    static float         map[24 * 20];
    rwda_score           scores[2];
    double               value;
    rwda_status          status;

    one.threads     = 1;
    options.method  = RWDA_METHOD_CLIP;
    options.prompts = RWDA_PROMPTS_SINGLE;
    options.crops   = RWDA_CROPS_5;
    if ((status = rwda_model_open(&model, model_dir, NULL, err)) != RWDA_OK ||
        (status = rwda_session_new(&session, model, &one, err)) != RWDA_OK)
        goto done;
    for (int mutual = 0; mutual < 2; mutual++) {
        rwda_thresholds_free(made);
        rwda_scorer_free(scorer);
        rwda_memory_free(memory);
        memory = NULL;
        scorer = NULL;
        made   = NULL;
        if ((status = make_memory(&memory, session, model, mutual, err)) != RWDA_OK)
            goto done;
        options.memory = memory;
        options.fuse   = mutual ? 0.5 : 0.0;
        if ((status = rwda_scorer_new(&scorer, session, NULL, &options, err)) != RWDA_OK ||
            (status = rwda_scorer_score_images(scores, session, scorer, images, 2, err)) != RWDA_OK ||
            (status = rwda_map_score(scores, map, session, scorer, images[0], NULL, err)) != RWDA_OK ||
            (status = rwda_scorer_score_member(scores, session, scorer, 0, err)) != RWDA_OK)
            goto done;
        value = 0.5;
        if ((status = rwda_thresholds_new(&made, &value, NULL, 1, rwda_scorer_describe(scorer), NULL, err)) != RWDA_OK ||
            (status = rwda_thresholds_check(made, scorer, err)) != RWDA_OK)
            goto done;
    }
done:
    rwda_thresholds_free(made);
    rwda_scorer_free(scorer);
    rwda_memory_free(memory);
    rwda_session_free(session);
    rwda_model_free(model);
    return status;
}

/* ---- Pixel metrics and the cache ----------------------------------------------------------------------------------------- */

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

/* What together_job() need not do again. */
static struct {
    rwda_model *model;
    rwda_image  images[2];
} ready;

/* A memory and a batch score two images at once; WinCLIP+ scores and maps one beside the other. */
static rwda_status together_job(rwda_error *err)
{
    const rwda_image    *images[]  = { &ready.images[0], &ready.images[1] };
    const char *const    names[]   = { "a", "b" };
    rwda_session_options one       = RWDA_SESSION_OPTIONS_INIT;
    rwda_memory_options  options   = RWDA_MEMORY_OPTIONS_INIT;
    rwda_scorer_options  words     = RWDA_SCORER_OPTIONS_INIT;
    rwda_session        *session   = NULL;
    rwda_memory_builder *builder   = NULL;
    rwda_memory         *memory[2] = { NULL };
    rwda_scorer         *scorer[3] = { NULL };
    rwda_windows        *seen[2]   = { NULL };
    static float         map[64 * 40];
    rwda_score           scores[2 * 2];
    rwda_status          status;

    one.threads   = 1;
    words.method  = RWDA_METHOD_CLIP;
    words.prompts = RWDA_PROMPTS_SINGLE;
    status        = rwda_session_new(&session, ready.model, &one, err);
    for (int m = 0; m < 2 && status == RWDA_OK; m++) {
        options.mutual = m;
        status         = rwda_memory_builder_new(&builder, session, NULL, &options, err);
        if (status == RWDA_OK)
            status = rwda_memory_builder_add(builder, images, names, NULL, 2, err);
        if (status == RWDA_OK)
            status = rwda_memory_builder_finish(&memory[m], builder, NULL, NULL, err);
        rwda_memory_builder_free(builder);
        builder      = NULL;
        words.memory = memory[m];
        words.fuse   = m == 0 ? 0.5 : 0.0;
        if (status == RWDA_OK)
            status = rwda_scorer_new(&scorer[m], session, NULL, &words, err);
    }
    if (status == RWDA_OK)
        status = rwda_scorer_score_many(scores, session, (const rwda_scorer *const *)scorer, 2, images, 2, err);
    words.memory = NULL;
    words.fuse   = 0.0;
    if (status == RWDA_OK)
        status = rwda_scorer_new(&scorer[2], session, NULL, &words, err);
    for (int i = 0; i < 2 && status == RWDA_OK; i++)
        status = rwda_windows_new(&seen[i], session, images[i], err);
    if (status == RWDA_OK)
        status = rwda_windows_score(scores, map, session, scorer[2], seen[0], (const rwda_windows *const *)&seen[1], 1, err);
    for (int i = 0; i < 2; i++)
        rwda_windows_free(seen[i]);
    for (int i = 0; i < 3; i++)
        rwda_scorer_free(scorer[i]);
    for (int m = 0; m < 2; m++)
        rwda_memory_free(memory[m]);
    rwda_session_free(session);
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

        status = rwda_model_open(&model, RWDA_TEST_DIR "/model", &options, err);
        rwda_model_free(model);
    }
    return status;
}

/* Every allocation of the job in turn; returns how many there are.  `spares`: the job may do without some. */
static long fail_each(rwda_status (*job)(rwda_error *err), int spares)
{
    rwda_error err = { RWDA_OK, 0, "" };
    long       n   = 0;

    for (;; n++) {
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
    print_message("%ld allocations failed in turn\n", n);
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

static void every_allocation_of_memories_may_fail(void **state)
{
    int fd = mkstemp(strcpy(detector_path, "/tmp/rwda-test-fault-XXXXXX"));

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    for (size_t i = 0; i < RW_COUNTOF(normals); i++) {
        for (size_t k = 0; k < sizeof patches[i]; k++)
            patches[i][k] = (uint8_t)((unsigned)(i * 7919 + k) * 2654435761u >> 24);
        normals[i] = (rwda_image){ 24, 20, 3 * 24, patches[i] };
    }
    assert_true(fail_each(memory_job, 0) > 100);
    unlink(detector_path);
}

static void every_allocation_of_pixel_metrics_may_fail(void **state)
{
    (void)state;
    assert_true(fail_each(pixel_job, 0) > 20);
}

static void every_allocation_of_many_scorers_may_fail(void **state)
{
    static uint8_t     pixels[2][64 * 40 * 3];
    rwda_model_options small = RWDA_MODEL_OPTIONS_INIT;
    rwda_error         err   = { RWDA_OK, 0, "" };

    (void)state;
    small.image_size = 32;
    if (rwda_model_open(&ready.model, model_dir, &small, &err) != RWDA_OK)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < sizeof pixels; i++)
        ((uint8_t *)pixels)[i] = (uint8_t)(i * i / 7 + i);
    for (int i = 0; i < 2; i++)
        ready.images[i] = (rwda_image){ 64, 40, (size_t)64 * 3, pixels[i] };
    assert_true(fail_each(together_job, 0) > 100);
    rwda_model_free(ready.model);
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
        cmocka_unit_test(every_allocation_of_memories_may_fail),
        cmocka_unit_test(every_allocation_of_pixel_metrics_may_fail),
        cmocka_unit_test(every_allocation_of_many_scorers_may_fail),
        cmocka_unit_test(every_allocation_around_the_cache_may_fail),
    };

    return cmocka_run_group_tests(tests, write_model, remove_model);
}
