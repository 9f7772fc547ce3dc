/* test_word_lists.c - can every list be drawn from, and is the made-up one the same every time? */
#include "studies/word_lists.h"

#include "base/file.h"
#include "tests/unit/check.h"

#include <ctype.h>

#define WORDS_MAX 16384 /* rwda_train_options.word_list */
#define LONGEST   32

/* How many words, after each was looked at. */
static size_t count_words(const char *list)
{
    size_t words = 0, len = 0;

    for (const char *at = list;; at++) {
        if (*at == ' ' || *at == '\0') {
            assert_in_range(len, 1, LONGEST);
            words++;
            len = 0;
        } else {
            assert_true(isgraph((unsigned char)*at));
            len++;
        }
        if (*at == '\0')
            return words;
    }
}

static bool has_word(const char *list, const char *word, size_t len)
{
    for (const char *at = strstr(list, word); at != NULL; at = strstr(at + 1, word))
        if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
            return true;
    return false;
}

static void lists_fit_the_training(void **state)
{
    char *made_up = word_list_english_like();

    (void)state;
    assert_non_null(made_up);
    assert_int_equal(count_words(made_up), 2000);
    assert_in_range(count_words(word_list_nouns), 100, WORDS_MAX);
    assert_in_range(count_words(word_list_dictionary), 100, WORDS_MAX);
    free(made_up);
}

static void made_up_words_are_the_same_every_time(void **state)
{
    char *made_up = word_list_english_like(), sum[65];

    (void)state;
    rw_sha256_hex(sum, made_up, strlen(made_up));
    assert_string_equal(
        sum, "5a266166c1436a8f7295e044acb37cc9172a845c974a16c061163ee04323c975"); /* other words would be another study */
    free(made_up);
}

static void things_are_in_one_list_alone(void **state)
{
    (void)state;
    for (const char *word = word_list_nouns; *word != '\0';) {
        size_t len = strcspn(word, " ");
        char   one[LONGEST + 1];

        memcpy(one, word, len);
        one[len] = '\0';
        assert_false(has_word(word_list_dictionary, one, len));
        word += len + (word[len] == ' ');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_fit_the_training),
        cmocka_unit_test(made_up_words_are_the_same_every_time),
        cmocka_unit_test(things_are_in_one_list_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
