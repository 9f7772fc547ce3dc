/* test_labelled_scores.c - which labels and scores does a CSV file hold, and which files are refused? */
#include "common/labelled_scores.h"

#include "tests/common/scratch.h"

/* labels: one letter a row, "n" or "a". */
static void assert_labels(const char *text, const char *labels, bool turned)
{
    labelled_scores scores;
    rwda_error      err = { 0 };

    assert_ok(labelled_scores_read(&scores, make_text("s.csv", text), &err), err);
    assert_int_equal(scores.n, strlen(labels));
    assert_int_equal(scores.turned, turned);
    for (size_t i = 0; i < scores.n; i++) {
        assert_int_equal(scores.labels[i], labels[i] == 'a');
        assert_true(scores.scores[i] == 0.25 * (double)(i + 1));
    }
    labelled_scores_free(&scores);
}

static void labels_are_read_as_people_write_them(void **state)
{
    (void)state;
    assert_labels("label,score\n0,0.25\n1,0.5\n", "na", false);
    assert_labels("path,label,score\na,False,0.25\nb,True,0.5\n", "na", false); /* pandas */
    assert_labels("label,score\nFALSE,0.25\nTRUE,0.5\n", "na", false);          /* Excel */
    assert_labels("label,score\n0.0,0.25\n1.0,0.5\n", "na", false);
    assert_labels("score,label\n0.25,good\n0.5,bad\n0.75,OK\n1.0,NOK\n", "nana", false);
    assert_labels("label,score\nno,0.25\nyes,0.5\n", "na", false);
    assert_labels("label;score\r\nnormal;0,25\r\nanomalous;0,5\r\n", "na", false);
    assert_labels("\xef\xbb\xbfsep=;\r\nlabel;score\r\n0,0;0,25\r\n1,0;0,5\r\n", "na", false);
    assert_labels("label\tscore\n0\t0.25\n1\t0.5\n", "na", false);
    assert_labels("label, score\n0, 0.25\n1, 0.5\n", "na", false);
    assert_labels("path,score,label,error,p_value\na,0.25,good,,\nb,0.5,anomalous,,\n", "na",
                  false);                                                           /* written over decisions */
    assert_labels("label,score\n1,0.25\n-1,0.5\n1.0,0.75\n-1.0,1\n", "nana", true); /* scikit-learn */
}

static void no_row_is_dropped(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = { { "label,score\n0,0.1\nscratch,0.2\n", "row 3: label \"scratch\", score \"0.2\"" },
                  { "label,score\n0,0.1\n,0.2\n", "row 3: label \"\", score \"0.2\"" },
                  { "label,score\n0,0.1\nnan,0.2\n", "row 3: label \"nan\"" },
                  { "label,score\n0,0.1\n1,\n", "row 3: label \"1\", score \"\"" },
                  { "label,score\n0,0.1\n1,\"0,2\"\n", "row 3: label \"1\", score \"0,2\"" },
                  { "label,score\n2,0.1\n", "row 2: label \"2\"" },
                  { "label,score\n0.5,0.1\n", "row 2: label \"0.5\"" },
                  { "label,score\n0,0.21\n1,0.8\n-1,0.99\n", "row 4: label -1 beside 0 and 1" },
                  { "label,score\n-1,0.21\n0,0.8\n", "row 2: label -1 beside 0" },
                  { "path,score,label,error,p_value\na,0.1,normal,,\nb,0.2,anomalous,,\n", "decisions of 'rwda score'" },
                  /* as the page saves it */
                  { "path,score,label,error\na,0.1,normal,\nb,0.2,anomalous,\n", "decisions of 'rwda score'" },
                  { "path,score,label,error,p_value\na,0.1,,,\nb,0.2,,,\n", "decisions of 'rwda score', or none" },
                  { "truth,score\n0,1\n", "expected the columns label, score" } };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        labelled_scores scores;
        rwda_error      err = { 0 };

        assert_refused(cases[i].text, labelled_scores_read(&scores, make_text("s.csv", cases[i].text), &err), RWDA_EFORMAT,
                       &err, cases[i].says);
        labelled_scores_free(&scores);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_read_as_people_write_them),
        cmocka_unit_test(no_row_is_dropped),
    };

    return cmocka_run_group_tests(tests, scratch_new, scratch_free);
}
