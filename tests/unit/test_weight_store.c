/* test_weight_store.c - does a model from the cache give the bytes of one from its checkpoint, and is every file that does not fit left? */
#include "clip/weight_store.h"
#include "rwda.h"

#include "tests/unit/tiny_clip.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>

#define FLOATS 24 /* of one text and one image */

static char folder[] = "/tmp/rwda-test-store-XXXXXX";
static char cache[RW_PATH_MAX];

/* Calls `visit` for each file of the cache; how many there are. */
static size_t each_cached(void (*visit)(const char *path))
{
    DIR           *dir = opendir(cache);
    struct dirent *entry;
    size_t         n = 0;

    while (dir != NULL && (entry = readdir(dir)) != NULL)
        if (entry->d_name[0] != '.') {
            char path[RW_PATH_MAX];

            assert_true(rw_path_join(path, sizeof path, cache, entry->d_name));
            n++;
            if (visit != NULL)
                visit(path);
        }
    if (dir != NULL)
        closedir(dir);
    return n;
}

static void remove_any(const char *path)
{
    assert_true(unlink(path) == 0 || rmdir(path) == 0);
}

static int set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_true(rw_path_join(cache, sizeof cache, folder, "cache"));
    return 0;
}

static int clear_cache(void **state)
{
    (void)state;
    (void)each_cached(remove_any);
    return 0;
}

static int tear_down(void **state)
{
    static const char *const files[] = { "open_clip_model.safetensors", "open_clip_config.json", "model.safetensors",
                                         "config.json", "elsewhere" };
    char                     path[RW_PATH_MAX];

    (void)clear_cache(state);
    (void)rmdir(cache);
    for (size_t i = 0; i < RW_COUNTOF(files); i++)
        if (rw_path_join(path, sizeof path, folder, files[i]))
            (void)unlink(path);
    return rmdir(folder);
}

/* The OpenCLIP checkpoint, with one weight of the image's side changed where asked. */
static void write_checkpoint(float change)
{
    tiny_clip t;

    tiny_make(&t);
    t.data[tiny_find(&t, "visual.class_embedding")][0] += change;
    tiny_write(&t, folder, "open_clip_model.safetensors", "open_clip_config.json", TINY_CONFIG);
    tiny_free(&t);
}

static rwda_model *open_model(const rwda_model_options *options)
{
    rwda_model *model = NULL;
    rwda_error  err   = { 0 };

    assert_ok(rwda_model_open(&model, folder, options, &err), err);
    return model;
}

static rwda_model_options cached_options(void)
{
    rwda_model_options options = RWDA_MODEL_OPTIONS_INIT;

    options.cache_dir = cache;
    return options;
}

static rwda_status embed_text(float out[12], rwda_session *session, rwda_error *err)
{
    const char *text = "a photo of a normal qwzjk";

    return rwda_session_embed_texts(out, session, &text, NULL, 1, err);
}

static rwda_status embed_image(float out[12], rwda_session *session, rwda_error *err)
{
    static uint8_t    pixels[20 * 30 * 3];
    const rwda_image  image  = { 20, 30, 60, pixels };
    const rwda_image *images = &image;

    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * i * 7 + i);
    return rwda_session_embed_images(out, session, &images, 1, RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, err);
}

/* Opens, embeds what the model can, and says whether it came from the cache. */
static int run(float out[FLOATS], const rwda_model_options *options)
{
    rwda_session_options one     = RWDA_SESSION_OPTIONS_INIT;
    rwda_model          *model   = open_model(options);
    rwda_session        *session = NULL;
    rwda_error           err     = { 0 };
    int                  cached  = rwda_model_get_info(model)->cached;

    one.threads = 1;
    memset(out, 0, FLOATS * sizeof *out);
    assert_ok(rwda_session_new(&session, model, &one, &err), err);
    if (options->towers != RWDA_TOWERS_IMAGE)
        assert_ok(embed_text(out, session, &err), err);
    if (options->towers != RWDA_TOWERS_TEXT)
        assert_ok(embed_image(out + 12, session, &err), err);
    rwda_session_free(session);
    rwda_model_free(model);
    return cached;
}

static void check_precisions(void)
{
    bool ref_alone =
        strcmp(rwda_cpu_name(RWDA_CPU_AUTO), "ref") == 0; /* then both are one, and the second finds the first's file */

    for (int precision = RWDA_PRECISION_F32; precision <= RWDA_PRECISION_INT8; precision++)
        for (int cpu = ref_alone ? RWDA_CPU_REF : RWDA_CPU_AUTO; cpu <= RWDA_CPU_REF; cpu++) {
            rwda_model_options options = RWDA_MODEL_OPTIONS_INIT;
            float              plain[FLOATS], miss[FLOATS], hit[FLOATS];

            options.precision = (rwda_precision)precision;
            options.cpu       = (rwda_cpu)cpu;
            assert_int_equal(run(plain, &options), 0);
            options.cache_dir = cache;
            assert_int_equal(run(miss, &options), 0);
            assert_int_equal(run(hit, &options), 1);
            assert_memory_equal(plain, miss, sizeof plain);
            assert_memory_equal(plain, hit, sizeof plain);
        }
}

static void a_hit_gives_the_bytes_of_a_miss(void **state)
{
    rwda_model_options options = cached_options();
    float              small[FLOATS], again[FLOATS];
    size_t             files;
    tiny_clip          t;
    char               path[RW_PATH_MAX];

    (void)state;
    write_checkpoint(0.0f);
    check_precisions();
    files              = each_cached(NULL);
    options.image_size = 24; /* positions are interpolated, and other files are kept for it */
    assert_int_equal(run(small, &options), 0);
    assert_int_equal(run(again, &options), 1);
    assert_memory_equal(small, again, sizeof small);
    assert_int_equal(each_cached(NULL), files + 2);

    tiny_make(&t);
    tiny_to_huggingface(&t);
    assert_true(rw_path_join(path, sizeof path, folder, "open_clip_config.json"));
    assert_int_equal(unlink(path), 0);
    tiny_write(&t, folder, "model.safetensors", "config.json", TINY_CONFIG_HUGGINGFACE);
    check_precisions();
    tiny_free(&t);
}

static void what_the_file_says_of_the_model_is_the_same(void **state)
{
    rwda_model_options     options = cached_options();
    rwda_model            *one, *other;
    const rwda_model_info *a, *b;
    struct stat            info;

    (void)state;
    write_checkpoint(0.0f);
    one   = open_model(&options);
    other = open_model(&options);
    a     = rwda_model_get_info(one);
    b     = rwda_model_get_info(other);
    assert_int_equal(a->cached, 0);
    assert_int_equal(b->cached, 1);
    assert_string_equal(a->sha256, b->sha256);
    assert_int_equal(strlen(b->sha256), 64);
    assert_true(a->parameters == b->parameters && a->memory == b->memory && a->logit_scale == b->logit_scale);
    rwda_model_free(one);
    rwda_model_free(other);
    assert_int_equal(stat(cache, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
}

/* ---- Files that do not fit ------------------------------------------------------------------------------------------ */

static void change_byte(const char *path, off_t at)
{
    uint8_t byte;
    int     fd = open(path, O_RDWR);

    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static void damage_version(const char *path)
{
    change_byte(path, 13);
}

static void damage_sum(const char *path)
{
    change_byte(path, (off_t)RW_STORE_HEADER - 1);
}

/* A digit of the checkpoint's sum, the last thing before the zeros: still a digit, and a model of another name. */
static void damage_checkpoint_sum(const char *path)
{
    char header[RW_STORE_HEADER] = "";
    int  fd                      = open(path, O_RDONLY);

    assert_true(fd >= 0);
    assert_int_equal(read(fd, header, sizeof header), (int)sizeof header);
    close(fd);
    change_byte(path, (off_t)strlen(header) - 2);
}

static void truncate_file(const char *path)
{
    struct stat info;

    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(truncate(path, info.st_size - 1), 0);
}

static void truncate_to_nothing(const char *path)
{
    assert_int_equal(truncate(path, 0), 0);
}

static void lengthen(const char *path)
{
    struct stat info;

    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(truncate(path, info.st_size + 64), 0);
}

static void fill_with_zeros(const char *path)
{
    struct stat info;

    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(truncate(path, info.st_size), 0);
}

/* A page of weights that came back as zeros. */
static void lose_a_page(const char *path)
{
    static const char zeros[4096] = "";
    int               fd          = open(path, O_WRONLY);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, zeros, sizeof zeros, RW_STORE_HEADER), (int)sizeof zeros);
    close(fd);
}

static void open_to_group(const char *path)
{
    assert_int_equal(chmod(path, 0620), 0);
}

static void open_to_others(const char *path)
{
    assert_int_equal(chmod(path, 0602), 0);
}

static void give_away(const char *path)
{
    if (geteuid() == 0) /* only root can */
        assert_int_equal(chown(path, 65534, 65534), 0);
    else
        truncate_file(path);
}

static void put_link(const char *path)
{
    char elsewhere[RW_PATH_MAX];

    assert_true(rw_path_join(elsewhere, sizeof elsewhere, folder, "elsewhere"));
    (void)unlink(elsewhere);
    assert_int_equal(rename(path, elsewhere), 0);
    assert_int_equal(symlink(elsewhere, path), 0);
}

static const struct {
    const char *fault;
    void (*damage)(const char *path);
} bad[] = {
    { "another version", damage_version },
    { "header's sum", damage_sum },
    { "checkpoint's sum", damage_checkpoint_sum },
    { "truncated", truncate_file },
    { "empty", truncate_to_nothing },
    { "too long", lengthen },
    { "zeros", fill_with_zeros },
    { "a page of zeros", lose_a_page },
    { "group may write", open_to_group },
    { "others may write", open_to_others },
    { "somebody else's", give_away },
    { "symbolic link", put_link },
};

static void a_file_that_does_not_fit_is_replaced(void **state)
{
    rwda_model_options options = cached_options();
    float              plain[FLOATS], x[FLOATS];

    (void)state;
    write_checkpoint(0.0f);
    (void)run(plain, &options);
    for (size_t i = 0; i < RW_COUNTOF(bad); i++) {
        print_message("%s\n", bad[i].fault);
        assert_int_equal(each_cached(bad[i].damage), 2);
        assert_int_equal(run(x, &options), 0);
        assert_memory_equal(plain, x, sizeof x);
        assert_int_equal(run(x, &options), 1);
        assert_memory_equal(plain, x, sizeof x);
        assert_int_equal(each_cached(NULL), 2);
    }
}

static void another_precisions_file_is_none(void **state)
{
    rwda_model_options options = cached_options();
    float              plain[FLOATS], x[FLOATS];
    char               path[RW_PATH_MAX] = "", other[RW_PATH_MAX] = "";
    DIR               *dir;
    struct dirent     *entry;

    (void)state;
    write_checkpoint(0.0f);
    options.towers    = RWDA_TOWERS_IMAGE;
    options.precision = RWDA_PRECISION_F16;
    (void)run(plain, &options);
    dir = opendir(cache);
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL)
        if (entry->d_name[0] != '.')
            assert_true(rw_path_join(path, sizeof path, cache, entry->d_name));
    closedir(dir);
    options.precision = RWDA_PRECISION_BF16; /* as long as F16's, and then under its name */
    (void)run(x, &options);
    dir = opendir(cache);
    while ((entry = readdir(dir)) != NULL)
        if (entry->d_name[0] != '.' && strstr(path, entry->d_name) == NULL)
            assert_true(rw_path_join(other, sizeof other, cache, entry->d_name));
    closedir(dir);
    assert_int_equal(rename(other, path), 0);
    options.precision = RWDA_PRECISION_F16;
    assert_int_equal(run(x, &options), 0);
    assert_memory_equal(plain, x, sizeof x);
    assert_int_equal(run(x, &options), 1);
}

static void a_changed_checkpoint_is_read_again(void **state)
{
    rwda_model_options options = cached_options();
    float              before[FLOATS], after[FLOATS], again[FLOATS];
    char               path[RW_PATH_MAX];
    struct stat        info;
    struct timespec    times[2];

    (void)state;
    write_checkpoint(0.0f);
    (void)run(before, &options);
    write_checkpoint(0.5f);
    assert_int_equal(run(after, &options), 0);
    assert_true(memcmp(before, after, sizeof before) != 0);
    assert_int_equal(run(again, &options), 1);
    assert_memory_equal(after, again, sizeof after);
    assert_int_equal(each_cached(NULL), 2); /* the old ones are gone */

    assert_true(rw_path_join(path, sizeof path, folder, "open_clip_model.safetensors"));
    assert_int_equal(stat(path, &info), 0);
    times[0] = info.st_atim;
    times[1] = info.st_mtim;
    (void)usleep(20000); /* the clock of files has moved on */
    change_byte(path, info.st_size - 4);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0); /* same size, same time: another state all the same */
    assert_int_equal(run(again, &options), 0);
}

static void a_cache_that_cannot_be_written_is_no_failure(void **state)
{
    static const char *const folders[] = { "/proc/rwda-no-such-folder", "/dev/null", "", "/dev/null/a/b" };
    rwda_model_options       options   = cached_options();
    float                    plain[FLOATS], x[FLOATS];
    char                     longest[2 * RW_PATH_MAX];

    (void)state;
    write_checkpoint(0.0f);
    (void)run(plain, &options);
    for (size_t i = 0; i < RW_COUNTOF(folders); i++) {
        options.cache_dir = folders[i];
        assert_int_equal(run(x, &options), 0);
        assert_memory_equal(plain, x, sizeof x);
    }
    memset(longest, 'a', sizeof longest);
    longest[0]                  = '/';
    longest[sizeof longest - 1] = '\0';
    options.cache_dir           = longest;
    assert_int_equal(run(x, &options), 0);
    assert_memory_equal(plain, x, sizeof x);
}

/* ---- Towers ----------------------------------------------------------------------------------------------------------- */

static void one_tower_gives_its_bytes_and_refuses_the_rest(void **state)
{
    rwda_model_options  options = cached_options();
    rwda_scorer_options scoring = RWDA_SCORER_OPTIONS_INIT;
    rwda_map_options    map     = RWDA_MAP_OPTIONS_INIT;
    float               both[FLOATS], x[FLOATS];
    rwda_model         *model;
    rwda_session       *session  = NULL;
    rwda_detector      *detector = NULL;
    rwda_scorer        *scorer   = NULL;
    rwda_error          err      = { 0 };
    char              **texts;
    size_t              count;

    (void)state;
    write_checkpoint(0.0f);
    options.cache_dir = NULL;
    (void)run(both, &options);
    options.cache_dir = cache;
    options.towers    = RWDA_TOWERS_IMAGE;
    assert_int_equal(run(x, &options), 0);
    assert_memory_equal(both + 12, x + 12, 12 * sizeof *x);
    assert_int_equal(run(x, &options), 1);
    assert_memory_equal(both + 12, x + 12, 12 * sizeof *x);
    assert_int_equal(each_cached(NULL), 1);
    options.towers = RWDA_TOWERS_BOTH; /* one tower is there, the other is not */
    assert_int_equal(run(x, &options), 0);
    assert_memory_equal(both, x, sizeof x);
    options.towers = RWDA_TOWERS_TEXT;
    assert_int_equal(run(x, &options), 1);
    assert_memory_equal(both, x, 12 * sizeof *x);

    options.towers = RWDA_TOWERS_IMAGE;
    model          = open_model(&options);
    assert_int_equal(rwda_model_get_info(model)->towers, RWDA_TOWERS_IMAGE);
    assert_ok(rwda_session_new(&session, model, NULL, &err), err);
    assert_refused("texts", embed_text(x, session, &err), RWDA_EINVAL, &err, "opened without its text tower");
    assert_refused("training", rwda_detector_train(&detector, session, NULL, NULL, NULL, &err), RWDA_EINVAL, &err,
                   "opened without its text tower");
    assert_refused("prompts", rwda_prompts_draw(&texts, &count, model, NULL, &err), RWDA_EINVAL, &err,
                   "opened without its text tower");
    scoring.method = RWDA_METHOD_CLIP;
    assert_refused("scorer", rwda_scorer_new(&scorer, session, NULL, &scoring, &err), RWDA_EINVAL, &err,
                   "opened without its text tower");
    assert_null(scorer);
    scoring.temperature = INFINITY;
    assert_refused("temperature", rwda_scorer_new(&scorer, session, NULL, &scoring, &err), RWDA_EINVAL, &err,
                   "temperature inf is below 0 or not finite");
    scoring.temperature = 0.0f;
    rwda_session_free(session);
    rwda_model_free(model);

    options.towers = RWDA_TOWERS_TEXT;
    model          = open_model(&options);
    assert_ok(rwda_session_new(&session, model, NULL, &err), err);
    assert_refused("images", embed_image(x, session, &err), RWDA_EINVAL, &err, "opened without its image tower");
    assert_ok(rwda_scorer_new(&scorer, session, NULL, &scoring, &err), err);
    {
        static const uint8_t pixels[16 * 16 * 3];
        const rwda_image     image  = { 16, 16, 48, pixels };
        const rwda_image    *images = &image;
        static float         values[16 * 16];
        rwda_score           score;

        assert_refused("scores", rwda_scorer_score_images(&score, session, scorer, &images, 1, &err), RWDA_EINVAL, &err,
                       "opened without its image tower");
        assert_refused("map", rwda_map_compute(values, session, scorer, &image, &map, &err), RWDA_EINVAL, &err,
                       "opened without its image tower");
    }
    rwda_scorer_free(scorer);
    rwda_session_free(session);
    rwda_model_free(model);
    options.towers = (rwda_towers)3;
    assert_refused("3", rwda_model_open(&model, folder, &options, &err), RWDA_EINVAL, &err, "towers 3 is not in 0..2");
}

/* Shapes of both towers are checked; values where they are read. */
static void a_tower_left_out_is_looked_at(void **state)
{
    rwda_model_options options = RWDA_MODEL_OPTIONS_INIT;
    rwda_model        *model   = NULL;
    rwda_error         err     = { 0 };
    tiny_clip          t;

    (void)state;
    tiny_make(&t);
    t.data[tiny_find(&t, "ln_final.bias")][3] = NAN;
    tiny_write(&t, folder, "open_clip_model.safetensors", "open_clip_config.json", TINY_CONFIG);
    options.towers = RWDA_TOWERS_IMAGE;
    rwda_model_free(open_model(&options));
    options.towers = RWDA_TOWERS_TEXT;
    assert_refused("NaN", rwda_model_open(&model, folder, &options, &err), RWDA_EFORMAT, &err, "element 3 is not a number");
    t.tensors[tiny_find(&t, "ln_final.bias")].shape[0] = 4; /* the other four values are left out */
    tiny_write(&t, folder, "open_clip_model.safetensors", "open_clip_config.json", TINY_CONFIG);
    options.towers = RWDA_TOWERS_IMAGE;
    assert_refused("shape", rwda_model_open(&model, folder, &options, &err), RWDA_EMISMATCH, &err,
                   "\"ln_final.bias\" has shape [4], the config wants [8]");
    tiny_free(&t);
}

static void slices_are_counted_and_bounded(void **state)
{
    rw_weight_store store = { .buffer = NULL };
    rw_arena        arena = RW_ARENA_INIT;
    void           *a, *b;

    (void)state;
    assert_true(rw_store_slice(&a, &store, 3, 4));
    assert_null(a);
    assert_true(rw_store_slice(&b, &store, 65, 1));
    assert_false(rw_store_slice(&b, &store, SIZE_MAX / 2, 4));
    assert_false(rw_store_slice(&b, &store, SIZE_MAX - 8, 1));
    assert_false(rw_store_slice(&b, &store, SIZE_MAX - 64, 1));
    assert_int_equal(store.used, 64 + 128);
    assert_true(rw_store_allocate(&store, &arena));
    memset(store.buffer, 7, store.len);
    assert_true(rw_store_slice(&a, &store, 3, 4));
    assert_true(rw_store_slice(&b, &store, 65, 1));
    assert_ptr_equal((char *)a + 64, b);
    assert_int_equal(((uint8_t *)a)[11], 7); /* the caller's */
    for (size_t i = 12; i < 64; i++)
        assert_int_equal(((uint8_t *)a)[i], 0); /* gaps are zeros: they go to the file */
    assert_false(rw_store_slice(&b, &store, 1, 1));
    rw_arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_hit_gives_the_bytes_of_a_miss, clear_cache),
        cmocka_unit_test_teardown(what_the_file_says_of_the_model_is_the_same, clear_cache),
        cmocka_unit_test_teardown(a_file_that_does_not_fit_is_replaced, clear_cache),
        cmocka_unit_test_teardown(another_precisions_file_is_none, clear_cache),
        cmocka_unit_test_teardown(a_changed_checkpoint_is_read_again, clear_cache),
        cmocka_unit_test_teardown(a_cache_that_cannot_be_written_is_no_failure, clear_cache),
        cmocka_unit_test_teardown(one_tower_gives_its_bytes_and_refuses_the_rest, clear_cache),
        cmocka_unit_test(a_tower_left_out_is_looked_at),
        cmocka_unit_test(slices_are_counted_and_bounded),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
