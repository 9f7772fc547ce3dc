/* none.c - does a build without network code say so, and still find what others fetched?  Linked with http_none.c in the place of http.c and download.c. */
#include "common/paths.h"
#include "hub/download.h"
#include "hub/pull.h"
#include "tests/common/scratch.h"

static void nothing_is_fetched(void **state)
{
    rw_hub_settings settings = { .endpoint = "http://127.0.0.1:1" };
    rw_hub_wanted   wanted;
    rw_hub_pulled   pulled;
    rwda_error      err = { 0 };

    (void)state;
    (void)snprintf(settings.cache, sizeof settings.cache, "%.200s/cache", scratch);
    assert_false(rw_hub_http_built());
    assert_true(rw_hub_names_read(&wanted, "org/model"));
    assert_int_equal(rw_hub_pull(&pulled, &wanted, &settings, false, NULL, &err), RWDA_EUNSUPPORTED);
    assert_non_null(strstr(err.message, "built without network code"));
    assert_int_equal(names_in(scratch), 0);
}

/* The advice is a command that works: another program's. */
static void another_program_fetches(void **state)
{
    static const char *const cases[][2] = {
        { "ViT-B-16-plus-240", "hf download timm/vit_base_patch16_plus_clip_240.laion400m_e31" },
        { "org/model", "hf download org/model" },
        { "org/model@v1", "hf download org/model --revision v1" },
    };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        rw_hub_wanted wanted;
        char          command[RW_HUB_COMMAND_MAX];

        assert_true(rw_hub_names_read(&wanted, cases[i][0]));
        rw_hub_fetch_command(command, cases[i][0], &wanted);
        assert_string_equal(command, cases[i][1]);
    }
}

static void nothing_is_downloaded(void **state)
{
    rw_hub_download *download;
    rwda_error       err  = { 0 };
    int              file = -1;

    (void)state;
    assert_int_equal(rw_hub_download_open(&download, &file, "http://127.0.0.1:1/x.tar", &err), RWDA_EUNSUPPORTED);
    assert_null(download);
    assert_int_equal(file, -1);
    assert_int_equal(rw_hub_download_close(NULL, &err), RWDA_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(nothing_is_fetched), cmocka_unit_test(another_program_fetches),
                                        cmocka_unit_test(nothing_is_downloaded) };

    return cmocka_run_group_tests(tests, scratch_new, scratch_free);
}
