/* test_open_clip_configs.c - which of the open_clip package's configs are read, and does docs/models.md say so?
 *
 * tests/golden/open_clip_configs.txt has them all.  docs/models.md names each under one of two headings, in backquotes. */
#include "base/file.h"
#include "clip/clip_config.h"

#include "tests/unit/check.h"

#include <stdlib.h>

enum { CONFIGS = 144, READ_LEAST = 69 };

static char *read_text(const char *name)
{
    char       path[RW_PATH_MAX];
    uint8_t   *bytes = NULL;
    size_t     len   = 0;
    rwda_error err   = { 0 };
    char      *text;

    (void)snprintf(path, sizeof path, RWDA_TEST_DIR "/%s", name);
    assert_ok(rw_file_read(&bytes, &len, path, (size_t)1 << 20, &err), err);
    text = realloc(bytes, len + 1);
    assert_non_null(text);
    text[len] = '\0';
    return text;
}

static size_t quoted(const char *from, const char *end, const char *name)
{
    char   word[128];
    size_t n   = 0;
    int    len = snprintf(word, sizeof word, "`%s`", name);

    for (const char *at = from; at != NULL && (at = strstr(at, word)) != NULL && (end == NULL || at < end); at += len)
        n++;
    return n;
}

static void every_config_is_read_or_refused_as_the_page_says(void **state)
{
    char       *configs = read_text("golden/open_clip_configs.txt"), *page = read_text("../docs/models.md"), *rest = configs;
    const char *read_from    = strstr(page, "\n## Configurations of open_clip that are read"),
               *refused_from = strstr(page, "\n## Configurations of open_clip that are refused");
    size_t n = 0, n_read = 0;

    (void)state;
    assert_true(read_from != NULL && refused_from > read_from);
    for (char *line = strtok_r(configs, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        char          *json = strchr(line, ' '), *whole;
        size_t         len;
        rw_clip_config config;
        rwda_error     err = { 0 };
        rwda_status    status;

        if (line[0] == '#')
            continue;
        assert_non_null(json);
        *json++ = '\0';
        len     = strlen(json) + 32;
        whole   = rw_new_array(len, 1);
        (void)snprintf(whole, len, "{\"model_cfg\":%s}", json);
        status = rw_clip_config_openclip(&config, whole, strlen(whole), line, &err);
        free(whole);
        n++;
        n_read += status == RWDA_OK;
        if (status != RWDA_OK) { /* by what it is, and with what to use instead */
            assert_int_equal(status, RWDA_EUNSUPPORTED);
            if (strstr(err.message, "; use ") == NULL)
                fail_msg("%s: %s", line, err.message);
        }
        if (quoted(read_from, refused_from, line) != (status == RWDA_OK) ||
            quoted(refused_from, NULL, line) != (status != RWDA_OK))
            fail_msg("docs/models.md does not say once that %s is %s", line, status == RWDA_OK ? "read" : err.message);
    }
    print_message("%zu of %zu configs are read\n", n_read, n);
    assert_int_equal(n, CONFIGS);
    assert_true(n_read >= READ_LEAST);
    free(configs);
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_config_is_read_or_refused_as_the_page_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
