/* test_names.c - which names are harmless as a path, and what does a person's name for a checkpoint mean? */
#include "hub/names.h"

#include "tests/unit/check.h"

static void nothing_leads_out_of_the_cache(void **state)
{
    static const char *const bad[] = { "",       ".",     "..",    "../x",   "x/..",   "a/../b", "/a",
                                       "a/",     "a//b",  ".a/b",  "a/.b",   "a..b/c", "a b/c",  "a\nb/c",
                                       "a/b\\c", "a/b?c", "a/b#c", "a/b%2e", "-a/b",   "a/b\x80" };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(bad); i++) {
        assert_false(rw_hub_is_repository(bad[i]));
        assert_false(rw_hub_is_file(bad[i]));
        if (strcmp(bad[i], "") != 0)
            assert_false(rw_hub_is_revision(bad[i]));
    }
    assert_true(rw_hub_is_repository("timm/vit_base_patch16_plus_clip_240.laion400m_e31"));
    assert_false(rw_hub_is_repository("gpt2"));
    assert_false(rw_hub_is_repository("a/b--c")); /* the cache's folder could not be read back */
    assert_false(rw_hub_is_repository("a/b/c"));
    assert_true(rw_hub_is_revision("refs/pr/1"));
    assert_false(rw_hub_is_revision("refs/../main"));
    assert_true(rw_hub_is_file("model-00001-of-00002.safetensors"));
    assert_false(rw_hub_is_file("sub/model.safetensors"));
}

static void digests_and_commits_are_lower_hex(void **state)
{
    char text[128] = "";

    (void)state;
    memset(text, 'a', 64);
    assert_true(rw_hub_is_digest(text));
    text[63] = 'A';
    assert_false(rw_hub_is_digest(text));
    text[63] = '\0';
    assert_false(rw_hub_is_digest(text));
    text[40] = '\0';
    assert_true(rw_hub_is_digest(text));
    assert_true(rw_hub_is_commit(text));
    text[0] = '.';
    assert_false(rw_hub_is_commit(text));
}

static void what_a_name_means(void **state)
{
    rw_hub_wanted w;
    char          long_name[600] = "org/";

    (void)state;
    assert_true(rw_hub_names_read(&w, "vit-b-16-plus-240")); /* in any case */
    assert_string_equal(w.repository, "timm/vit_base_patch16_plus_clip_240.laion400m_e31");
    assert_string_equal(w.revision, "main");
    assert_true(w.pinned);
    assert_true(rw_hub_names_read(&w, "ViT-B-16-plus-240@v2"));
    assert_string_equal(w.revision, "v2");
    assert_false(w.pinned);
    assert_true(rw_hub_names_read(&w, "hf-hub:timm/vit_base_patch16_plus_clip_240.laion400m_e31"));
    assert_non_null(w.model);
    assert_false(w.pinned); /* whatever the repository has */
    assert_true(rw_hub_names_read(&w, "someone/thing@refs/pr/1"));
    assert_null(w.model);
    assert_string_equal(w.repository, "someone/thing");
    assert_string_equal(w.revision, "refs/pr/1");
    assert_false(rw_hub_names_read(&w, "ViT-B-17"));
    assert_false(rw_hub_names_read(&w, "a/b@"));
    assert_false(rw_hub_names_read(&w, "a/b@c@d"));
    memset(long_name + 4, 'x', sizeof long_name - 5);
    assert_false(rw_hub_names_read(&w, long_name));
}

/* A row that could not be fetched, or says something of a sha256 that nobody saw, is noticed here. */
static void the_catalog_is_sound(void **state)
{
    size_t              n;
    const rw_hub_model *models = rw_hub_catalog(&n);

    (void)state;
    assert_true(n >= 20);
    for (size_t i = 0; i < n; i++) {
        const rw_hub_model *m = &models[i];

        assert_true(rw_hub_is_repository(m->repository));
        assert_true(rw_hub_is_revision(m->revision));
        assert_true(rw_hub_is_file(m->name)); /* not a path, so that a directory here is not meant by it */
        assert_true(m->weights == NULL || rw_hub_is_file(m->weights));
        assert_true(m->sha256 == NULL || (strlen(m->sha256) == 64 && rw_hub_is_digest(m->sha256) && m->weights != NULL));
        assert_true(m->family != NULL && m->licence != NULL && m->limits != NULL && m->use != NULL);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(m->name, models[j].name);
            assert_string_not_equal(m->repository, models[j].repository);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_leads_out_of_the_cache),
        cmocka_unit_test(digests_and_commits_are_lower_hex),
        cmocka_unit_test(what_a_name_means),
        cmocka_unit_test(the_catalog_is_sound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
