/* test_memory_file.c - does a memory come back from its file as it was? */
#include "anomaly/memory_bank.h"

#include "base/file.h"
#include "tests/unit/memory_rig.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>

#define IMAGES 4

static rwda_model   *model;
static rwda_session *session;
static rig_image     images[IMAGES];

static const rwda_memory_options defaults = RWDA_MEMORY_OPTIONS_INIT;

static int set_up(void **state)
{
    if (rig_begin(state) != 0)
        return 1;
    model   = rig_model(0, RWDA_CPU_AUTO);
    session = rig_session(model, 1, 16);
    rig_images_make(images, IMAGES);
    return 0;
}

static int tear_down(void **state)
{
    rwda_session_free(session);
    rwda_model_free(model);
    return rig_end(state);
}

static rwda_memory *memory_of(rwda_precision storage, float keep)
{
    rwda_memory_options o = defaults;

    o.storage = storage;
    o.keep    = keep;
    return rig_memory(session, &o, images, IMAGES);
}

static void compare(const rwda_memory *a, const rwda_memory *b)
{
    const rwda_memory_info *x = rwda_memory_get_info(a), *y = rwda_memory_get_info(b);
    rwda_scorer            *one = rig_scorer(session, a), *other = rig_scorer(session, b);
    rig_image new;

    assert_same_memory("there and back", a, b);
    assert_memory_equal(x->options, y->options, sizeof *x->options);
    assert_true(x->images == y->images && x->tokens == y->tokens && x->layers == y->layers && x->width == y->width);
    assert_true(x->grid == y->grid && x->bytes == y->bytes && x->scores_exact == y->scores_exact);
    assert_string_equal(x->recipe, y->recipe);
    assert_string_equal(x->model_sha256, y->model_sha256);
    assert_string_equal(x->precision, y->precision);
    for (size_t i = 0; i < x->images; i++) {
        assert_string_equal(rwda_memory_image_at(a, i)->name, rwda_memory_image_at(b, i)->name);
        assert_string_equal(rwda_memory_image_at(a, i)->sha256, rwda_memory_image_at(b, i)->sha256);
        assert_memory_equal(&rwda_memory_image_at(a, i)->score, &rwda_memory_image_at(b, i)->score, sizeof(float));
    }
    rig_image_make(&new, 99, 30, 20);
    assert_true(rig_score(session, one, &new.image).logit == rig_score(session, other, &new.image).logit);
    rwda_scorer_free(one);
    rwda_scorer_free(other);
}

static void files_come_back_as_they_were(void **state)
{
    static const rwda_precision storages[] = { RWDA_PRECISION_F32, RWDA_PRECISION_F16, RWDA_PRECISION_INT8 };

    (void)state;
    for (size_t i = 0; i < 2 * RW_COUNTOF(storages); i++) {
        char         path[] = "/tmp/rwda-test-memory-file-XXXXXX", sha256[65];
        int          fd     = mkstemp(path);
        rwda_memory *m      = memory_of(storages[i / 2], i % 2 == 0 ? 1.0f : 0.5f), *again;
        uint8_t     *bytes;
        size_t       len, file_len;
        const void  *file = rwda_memory_file(m, &len);
        guarded      g    = guarded_copy(file, len);
        rwda_error   err  = { 0 };

        close(fd);
        assert_ok(rwda_memory_decode(&again, model, g.bytes, g.len, 0, &err), err);
        guarded_free(&g); /* they were copied */
        compare(m, again);
        rwda_memory_free(again);
        assert_refused("exists", rwda_memory_save(m, path, 0, &err), RWDA_EEXIST, &err, path);
        assert_ok(rwda_memory_save(m, path, 1, &err), err);
        assert_ok(rw_file_read(&bytes, &file_len, path, 1 << 20, &err), err);
        assert_true(file_len == len && memcmp(bytes, file, len) == 0);
        rw_sha256_hex(sha256, bytes, file_len);
        assert_string_equal(sha256, rwda_memory_get_info(m)->sha256);
        free(bytes);
        assert_ok(rwda_memory_load(&again, model, path, 0, &err), err);
        compare(m, again);
        rwda_memory_free(again);
        again = POISON;
        assert_refused("limit", rwda_memory_load(&again, model, path, (int64_t)len - 1, &err), RWDA_ELIMIT, &err, path);
        assert_null(again);
        unlink(path);
        assert_refused("gone", rwda_memory_load(&again, model, path, 0, &err), RWDA_ENOTFOUND, &err, path);
        assert_refused("no folder", rwda_memory_save(m, "/nowhere/at/all", 0, &err), RWDA_ENOTFOUND, &err, "/nowhere");
        rwda_memory_free(m);
    }
    rwda_memory_free(NULL);
}

static void the_info_says_what_is_there(void **state)
{
    rwda_memory_options     o = defaults;
    rwda_memory            *m;
    const rwda_memory_info *info;

    (void)state;
    o.tiles     = 2;
    o.rotations = 1;
    m           = rig_memory(session, &o, images, IMAGES);
    info        = rwda_memory_get_info(m);
    assert_true(info->images == IMAGES && info->tokens == IMAGES * 4 * 36 && info->layers == 2 && info->width == 16);
    assert_true(info->grid == 6 && info->scores_exact == 1 && info->options->image_size == 24);
    assert_true(info->options->layers[0] == 1 && info->options->layers[1] == 2 && info->options->layers[2] == 0);
    assert_string_equal(info->model_sha256, rwda_model_get_info(model)->sha256);
    assert_string_equal(info->precision, "f32");
    for (size_t i = 0; i < IMAGES; i++)
        assert_true(i == 0 || strcmp(rwda_memory_image_at(m, i - 1)->sha256, rwda_memory_image_at(m, i)->sha256) < 0);
    rwda_memory_free(m);
}

/* ---- Other models -------------------------------------------------------------------------------------------------------- */

static void a_model_without_its_image_tower_takes_none(void **state)
{
    rwda_model_options options = RWDA_MODEL_OPTIONS_INIT;
    rwda_memory       *m = memory_of(RWDA_PRECISION_F32, 1.0f), *again = POISON;
    rwda_model        *texts;
    rwda_error         err = { 0 };
    size_t             len;
    const void        *file = rwda_memory_file(m, &len);

    (void)state;
    options.towers = RWDA_TOWERS_TEXT;
    assert_ok(rwda_model_open(&texts, rig_folder, &options, &err), err);
    assert_refused("texts", rwda_memory_decode(&again, texts, file, len, 0, &err), RWDA_EINVAL, &err, "image tower");
    assert_null(again);
    rwda_model_free(texts);
    rwda_memory_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_come_back_as_they_were),
        cmocka_unit_test(the_info_says_what_is_there),
        cmocka_unit_test(a_model_without_its_image_tower_takes_none),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
