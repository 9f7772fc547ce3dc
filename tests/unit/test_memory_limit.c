/* test_memory_limit.c - does a memory of 10,000 images take what the formula says, while it is made and afterwards?
 *
 * Resident bytes of the process, as the kernel counts them: those of every allocator. */
#include "anomaly/memory_bank.h"

#include "tests/unit/memory_rig.h"

#include <malloc.h>
#include <stdbool.h>

#define IMAGES 10000
#define SPARE                                                                                                               \
    (16 << 20) /* bytes, for any number of images: scratch of a session, what malloc keeps; observed 2.6e6, 2026-11-28 */

static rwda_model *model;

static const rwda_memory_options defaults = RWDA_MEMORY_OPTIONS_INIT;

static int set_up(void **state)
{
    if (rig_begin(state) != 0)
        return 1;
    model = rig_model(0, RWDA_CPU_AUTO);
    return 0;
}

static int tear_down(void **state)
{
    rwda_model_free(model);
    return rig_end(state);
}

/* "VmRSS" now, "VmHWM" at most since peak_forget(); bytes. */
static int64_t resident(const char *key)
{
    char  line[256];
    FILE *file      = fopen("/proc/self/status", "r");
    long  kilobytes = -1;

    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, key, strlen(key)) == 0)
            kilobytes = strtol(line + strlen(key) + 1, NULL, 10);
    if (file != NULL)
        fclose(file);
    return (int64_t)kilobytes * 1024;
}

static bool peak_forget(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "w");
    bool  fine = file != NULL && fputs("5", file) >= 0;

    return file != NULL && fclose(file) == 0 && fine;
}

static void measure(rwda_memory_options o, const char *what)
{
    rwda_session        *session = rig_session(model, 1, 16);
    rig_image            image;
    rwda_memory_builder *b;
    rwda_memory         *m;
    int64_t              before, made, peak, bytes;
    rwda_error           err = { 0 };

    rig_image_make(&image, 0, 8, 8);
    o.scores = 50;
    assert_ok(rwda_memory_bytes(&bytes, model, &o, IMAGES, &err), err);
    malloc_trim(0);
    before = resident("VmRSS:");
    assert_true(peak_forget());
    b = rig_builder(session, NULL, &o);
    for (uint32_t i = 0; i < IMAGES; i++) {
        memcpy(image.pixels + 17, &i, sizeof i); /* another image */
        (void)snprintf(image.name, sizeof image.name, "%u", i);
        rig_add(b, &image, 1);
    }
    m    = rig_finish(b);
    peak = resident("VmHWM:") - before;
    malloc_trim(0);
    made = resident("VmRSS:") - before;
    print_message("%s: formula %.1f MB, at most %.1f, afterwards %.1f; the info says %.1f\n", what, 1e-6 * (double)bytes,
                  1e-6 * (double)peak, 1e-6 * (double)made, 1e-6 * (double)rwda_memory_get_info(m)->bytes);
    assert_int_equal(rwda_memory_get_info(m)->images, IMAGES);
    assert_true(peak < bytes + SPARE);
    assert_true(made < bytes + SPARE);
    assert_true(rwda_memory_get_info(m)->bytes <= bytes);
    rwda_memory_free(m);
    rwda_session_free(session);
}

static void ten_thousand_images_stay_within_the_formula(void **state)
{
    rwda_memory_options o = defaults;

    (void)state;
    /* Once glibc saw a large array freed it lets those of up to 32 MB grow on the heap, and the holes behind them (seldom, 50 MB) are its own. */
    (void)mallopt(M_MMAP_THRESHOLD, 128 << 10);
    if (SANITIZED || !peak_forget()) /* sanitizers keep what is freed; a kernel may not count */
        skip();
    o.image_size = 32;
    measure(o, "f32");
    o.storage = RWDA_PRECISION_INT8;
    measure(o, "int8");
    o       = defaults;
    o.tiles = 3;
    measure(o, "f32, 3 x 3 tiles");
    o      = defaults;
    o.keep = 0.01f;
    measure(o, "f32, coreset");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_images_stay_within_the_formula),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
