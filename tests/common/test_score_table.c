/* test_score_table.c - which scores do files hold, which files are refused, and what do folders say about images? */
#include "common/score_table.h"

#include "tests/common/scratch.h"

#define HEAD    "{\"schema\":\"rwda.score/1\","
#define SCORING "\"scoring\":{\"method\":\"clip\"},\"model\":\"sha256:m\"}\n"

static const char *const good_lines = HEAD "\"path\":\"a/good/1.png\",\"score\":0.25,\"threshold\":0.5," SCORING
                                           "\r\n  \n" HEAD "\"path\":\"b.png\",\"error\":{\"message\":\"damaged\"}}\n" HEAD
                                           "\"path\":\"c.png\",\"score\":1,\"label\":null," SCORING;

static rwda_status read_as(score_table *out, const char *name, const char *text, const char *column, rwda_error *err)
{
    return score_table_read(out, make_text(name, text), column, err);
}

static void json_lines_are_read(void **state)
{
    score_table table;
    rwda_error  err = { 0 };

    (void)state;
    assert_ok(read_as(&table, "s.jsonl", good_lines, NULL, &err), err);
    assert_int_equal(table.count, 3);
    assert_string_equal(table.items[0].path, "a/good/1.png");
    assert_true(table.items[0].score == 0.25 && table.items[0].truth == -1 && table.items[0].error == NULL);
    assert_string_equal(table.items[0].category, "");
    assert_string_equal(table.items[1].error, "damaged");
    assert_true(isnan(table.items[1].score));
    assert_true(table.items[2].score == 1.0);
    assert_true(table.threshold == 0.5);
    assert_string_equal(table.column, "");
    assert_null(table.recipe);
    assert_string_equal(table.scoring, "{\"method\":\"clip\",\"detector\":null,\"model\":\"sha256:m\"}");
    score_table_free(&table);
    assert_int_equal(table.count, 0);
    assert_true(isnan(table.threshold));
    score_table_free(&table);
    assert_ok(read_as(&table, "plain.jsonl", HEAD "\"path\":\"x\",\"score\":0.1}", NULL, &err), err); /* no end of line */
    assert_null(table.scoring);
    score_table_free(&table);
}

/* What the text tower thought is for people: the first five words, whatever they are. */
static void opinions_are_kept_as_text(void **state)
{
    static const char lines[] =
        HEAD "\"path\":\"a\",\"score\":1,\"kinds\":[{\"kind\":\"a b\",\"score\":0.5},{\"kind\":\"<i>\",\"score\":0.25},"
             "{\"kind\":\"c\",\"score\":0.1},{\"kind\":\"d\",\"score\":0.1},{\"kind\":\"e\",\"score\":0.05},{\"kind\":\"f\","
             "\"score\":0}]," SCORING HEAD "\"path\":\"b\",\"score\":1," SCORING HEAD
             "\"path\":\"c\",\"score\":1,\"kinds\":\"odd\"," SCORING;
    score_table table;
    rwda_error  err = { 0 };

    (void)state;
    assert_ok(read_as(&table, "o.jsonl", lines, NULL, &err), err);
    assert_string_equal(table.items[0].opinion, "a b 0.50, <i> 0.25, c 0.10, d 0.10, e 0.05");
    assert_null(table.items[1].opinion);
    assert_null(table.items[2].opinion);
    score_table_free(&table);
    assert_ok(read_as(&table, "o.csv", "path,opinion,x\na,\"a b\",0.5\nb,,0.25\n", NULL, &err),
              err); /* no column of scores */
    assert_true(table.items[0].score == 0.5);
    assert_string_equal(table.items[0].opinion, "a b");
    assert_null(table.items[1].opinion);
    score_table_free(&table);
}

static void broken_lines_are_refused(void **state)
{
    static const struct {
        const char *text;
        rwda_status code;
        const char *says;
    } cases[] = {
        { "", RWDA_EFORMAT, "no score in this file" },
        { "\n\n", RWDA_EFORMAT, "no score in this file" },
        { "path,score\n", RWDA_EFORMAT, "line 1: not JSON" },
        { "[]\n", RWDA_EFORMAT, "line 1: the schema is not rwda.score/1" },
        { "{\"schema\":\"rwda.score/2\",\"path\":\"a\",\"score\":1}", RWDA_EFORMAT, "line 1: the schema" },
        { HEAD "\"score\":1}", RWDA_EFORMAT, "path or score is missing" },
        { HEAD "\"path\":7,\"score\":1}", RWDA_EFORMAT, "path or score is missing" },
        { HEAD "\"path\":\"a\"}", RWDA_EFORMAT, "path or score is missing" },
        { HEAD "\"path\":\"a\",\"score\":\"1\"}", RWDA_EFORMAT, "path or score is missing" },
        { HEAD "\"path\":\"a\",\"score\":null}", RWDA_EFORMAT, "path or score is missing" },
        { HEAD "\"path\":\"a\",\"score\":1e39}", RWDA_EFORMAT, "the score is not finite" },
        { HEAD "\"path\":\"a\",\"score\":1e999}", RWDA_EFORMAT, "not JSON" },
        { HEAD "\"path\":\"a\",\"score\":1,\"score\":2}", RWDA_EFORMAT, "not JSON" },
        { HEAD "\"path\":\"a\",\"score\":1}}\n", RWDA_EFORMAT, "not JSON" },
        { "\n" HEAD "\"path\":\"\xff\",\"score\":1}\n", RWDA_EFORMAT, "line 2: not JSON" },
        { HEAD "\"path\":\"a\",\"error\":{\"message\":5}}", RWDA_EFORMAT, "path or score is missing" },
    };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        score_table table;
        rwda_error  err = { 0 };

        assert_refused(cases[i].text, read_as(&table, "broken.jsonl", cases[i].text, NULL, &err), cases[i].code, &err,
                       cases[i].says);
        assert_non_null(strstr(err.message, "broken.jsonl"));
        score_table_free(&table);
    }
}

static void mixed_scorings_are_refused(void **state)
{
    static const char *const seconds[] = { "\"scoring\":{\"method\":\"winclip\"},\"model\":\"sha256:m\"}",
                                           "\"scoring\":{\"method\":\"clip\"},\"model\":\"sha256:n\"}",
                                           "\"scoring\":{\"method\":\"clip\",\"crops\":\"5\"},\"model\":\"sha256:m\"}",
                                           "\"scoring\":5}", "\"model\":\"sha256:m\"}" };
    char                     text[1024];

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(seconds); i++)
        for (int swapped = 0; swapped < 2; swapped++) { /* whichever comes first */
            score_table table;
            rwda_error  err = { 0 };

            (void)snprintf(text, sizeof text,
                           HEAD "\"path\":\"a\",\"score\":0.1,%s\n" HEAD "\"path\":\"b\",\"score\":0.2,%s\n",
                           swapped ? seconds[i] : SCORING, swapped ? SCORING : seconds[i]);
            assert_refused(text, read_as(&table, "mixed.jsonl", text, NULL, &err), RWDA_EMISMATCH, &err,
                           "another detector, model or options than the ones before it");
            score_table_free(&table);
        }
}

static void long_lines_are_refused_from_the_cap_on(void **state)
{
    char *text = malloc(70000);

    (void)state;
    assert_non_null(text);
    for (size_t len = 65533; len <= 65536; len++) { /* of the line, without its end */
        score_table table;
        rwda_error  err  = { 0 };
        size_t      used = (size_t)sprintf(text, HEAD "\"score\":0.5,\"path\":\"");

        memset(text + used, 'p', len - used - 2);
        memcpy(text + len - 2, "\"}\n", 4);
        if (len <= 65534) {
            assert_ok(read_as(&table, "long.jsonl", text, NULL, &err), err);
            assert_int_equal(strlen(table.items[0].path), len - used - 2);
        } else {
            assert_refused("long", read_as(&table, "long.jsonl", text, NULL, &err), RWDA_ELIMIT, &err,
                           "line 1: the line is over");
        }
        score_table_free(&table);
    }
    free(text);
}

static void csv_tables_are_read(void **state)
{
    static const char text[] = "path,kind,Score,label,category,error,other\n"
                               "\"a,1.png\",good,0.5,0,nut,,9\n"
                               "b.png,scratch,0.75,1,nut,,8\n"
                               "c.png,,,,bolt,cannot be read,7\n"
                               "d.png,,,,,,6\n"
                               "e.png,,1e-3,anomalous,,,5\n";
    score_table       table;
    rwda_error        err = { 0 };

    (void)state;
    assert_ok(read_as(&table, "s.csv", text, NULL, &err), err);
    assert_int_equal(table.count, 5);
    assert_string_equal(table.column, "Score");
    assert_string_equal(table.items[0].path, "a,1.png");
    assert_string_equal(table.items[0].defect_type, "good");
    assert_string_equal(table.items[1].category, "nut");
    assert_true(table.items[0].truth == 0 && table.items[1].truth == 1 && table.items[2].truth == -1);
    assert_int_equal(table.items[4].truth, 1); /* a word says the same */
    assert_int_equal(table.labels, SCORE_LABELS_TRUTH);
    assert_string_equal(table.items[2].error, "cannot be read");
    assert_string_equal(table.items[3].error, "no score");
    assert_true(isnan(table.items[3].score));
    assert_true(table.items[4].score == (double)1e-3f);
    assert_int_equal(score_table_labelled(&table, 0), 1);
    assert_int_equal(score_table_labelled(&table, 1), 2);
    assert_int_equal(score_table_labelled(&table, -1), 0); /* those without a score do not count */
    score_table_free(&table);
    assert_ok(read_as(&table, "s.csv", text, "OTHER", &err), err);
    assert_true(table.items[2].score == 7 && table.items[2].error == NULL);
    assert_string_equal(table.column, "other");
    score_table_free(&table);
    assert_ok(read_as(&table, "s.csv", "label,fnn,clip\n1,0.5,0.25\n", NULL, &err), err); /* the first that may be scores */
    assert_string_equal(table.column, "fnn");
    assert_string_equal(table.items[0].path, "row 2"); /* as an editor counts */
    score_table_free(&table);
}

static void broken_tables_are_refused(void **state)
{
    static const struct {
        const char *text, *column;
        rwda_status code;
        const char *says;
    } cases[] = {
        { "path,score\na,x\n", NULL, RWDA_EFORMAT, "row 2: score \"x\" is not a number" },
        { "path,score\na,1\nb,nan\n", NULL, RWDA_EFORMAT, "row 3: score \"nan\" is not a number" },
        { "path,score\na,1e39\n", NULL, RWDA_EFORMAT, "row 2: score" },
        { "path,score\na,0.5s\n", NULL, RWDA_EFORMAT, "row 2: score" },
        { "path,label,category\na,1,x\n", NULL, RWDA_EFORMAT, "no column of scores; there are path label category" },
        { "image,label\nIMG_1.jpg,good\n", NULL, RWDA_EFORMAT, "no column of scores; there are image label" },
        { "image,clip\na.jpg,1\nb.jpg,x\n", NULL, RWDA_EFORMAT, "row 3: score \"x\" is not a number" },
        { "image,clip\n1,x\n", "clip", RWDA_EFORMAT, "row 2: score \"x\" is not a number" },
        { "path,score\na,1\n", "clip", RWDA_EFORMAT, "no column clip; there are path score" },
        { "path,score\n", NULL, RWDA_EFORMAT, "no score in this file" },
        { "path,score\na\n", NULL, RWDA_EFORMAT, "row 2" },
        { "", NULL, RWDA_EFORMAT, "no row" },
    };
    score_table table;
    rwda_error  err = { 0 };
    char        wide[8192];
    size_t      used = 0;

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        assert_refused(cases[i].text, read_as(&table, "broken.csv", cases[i].text, cases[i].column, &err), cases[i].code,
                       &err, cases[i].says);
        score_table_free(&table);
    }
    for (int i = 0; i < 200; i++) /* more names than a message holds */
        used += (size_t)snprintf(wide + used, sizeof wide - used, "%sa rather long name of a column", i > 0 ? "," : "");
    assert_refused("wide", read_as(&table, "wide.csv", wide, "x", &err), RWDA_EFORMAT, &err,
                   "no column x; there are a rather");
    score_table_free(&table);
    assert_refused("column", read_as(&table, "s.jsonl", good_lines, "score", &err), RWDA_EINVAL, &err, "--column score: ");
    score_table_free(&table);
    assert_refused("missing", score_table_read(&table, in_scratch("none.jsonl"), NULL, &err), RWDA_EIO, &err,
                   "cannot be opened");
    score_table_free(&table);
    assert_refused("missing", score_table_read(&table, in_scratch("none.csv"), NULL, &err), RWDA_EIO, &err,
                   "cannot be opened");
    score_table_free(&table);
    assert_refused("memory", score_table_read(&table, "/proc/self/mem", NULL, &err), RWDA_EIO, &err, "cannot be read");
    score_table_free(&table);
}

static void a_folder_of_results_is_read(void **state)
{
    char        long_path[5000];
    score_table table;
    rwda_error  err = { 0 };

    (void)state;
    make_folder("run");
    assert_false(score_table_is_in(in_scratch("run")));
    assert_refused("empty", score_table_read(&table, in_scratch("run"), NULL, &err), RWDA_EIO, &err,
                   "scores.csv: cannot be");
    score_table_free(&table);
    make_text("run/scores.csv", "path,score,label\na.png,0.5,1\n");
    assert_ok(score_table_read(&table, in_scratch("run"), NULL, &err), err);
    assert_null(table.recipe);
    score_table_free(&table);
    make_text("run/results.json",
              "{\"recipe\":{\"seed\":1},\"rows\":[1],\"mean\":{},\"kinds\":[],\"problems\":[],\"x\":0.1}");
    assert_ok(score_table_read(&table, in_scratch("run"), NULL, &err), err);
    assert_string_equal(table.recipe, "{\"recipe\":{\"seed\":1},\"x\":0.1}");
    score_table_free(&table);
    make_text("run/results.json", "[not json");
    assert_ok(score_table_read(&table, in_scratch("run"), NULL, &err), err);
    assert_null(table.recipe);
    score_table_free(&table);
    assert_true(score_table_is_in(in_scratch("run")));
    assert_true(score_table_is_in(make_text("S.JSONL", "")));
    assert_true(score_table_is_in(make_text("x.csv", "")));
    assert_false(score_table_is_in(make_text("x.png", "")));
    assert_false(score_table_is_in(in_scratch("no.csv")));
    memset(long_path, 'x', sizeof long_path - 1);
    long_path[sizeof long_path - 1] = '\0';
    assert_false(score_table_is_in(long_path));
}

static void tables_are_filled_while_scoring(void **state)
{
    score_table table  = SCORE_TABLE_INIT;
    char        path[] = "x/1.png";

    (void)state;
    for (int i = 0; i < 1000; i++)
        score_table_add(&table, path, i / 1000.0, i % 10 == 0 ? "broken" : NULL);
    path[0] = 'y'; /* it was copied */
    assert_int_equal(table.count, 1000);
    assert_false(table.no_memory);
    assert_string_equal(table.items[999].path, "x/1.png");
    assert_true(table.items[999].score == 0.999);
    assert_true(isnan(table.items[990].score));
    assert_int_equal(score_table_labelled(&table, -1), 900);
    score_table_free(&table);
}

static void add_all(score_table *table, const char *const *paths, size_t n)
{
    *table = (score_table)SCORE_TABLE_INIT;
    for (size_t i = 0; i < n; i++)
        score_table_add(table, paths[i], 0.5, NULL);
}

static void folders_label_images(void **state)
{
    static const char *const paths[] = {
        "d/nut/test/GOOD/1.png", "d/nut/test/scratch/2.png", "d/pin/Data/Images/good/3.png", "good/4.png", "5.png", "/6.png"
    };
    static const struct {
        int         truth;
        const char *defect_type, *category;
    } wanted[] = { { 0, "good", "nut" }, { 1, "scratch", "nut" }, { 0, "good", "pin" },
                   { 0, "good", "" },    { -1, "", "" },          { -1, "", "" } };
    score_table table;

    (void)state;
    add_all(&table, paths, RW_COUNTOF(paths));
    score_table_label_by_folder(&table);
    for (size_t i = 0; i < RW_COUNTOF(paths); i++) {
        assert_int_equal(table.items[i].truth, wanted[i].truth);
        assert_string_equal(table.items[i].defect_type, wanted[i].defect_type);
        assert_string_equal(table.items[i].category, wanted[i].category);
    }
    score_table_free(&table);
}

static void folders_without_a_good_one_name_categories_only(void **state)
{
    static const char *const paths[] = { "nut/scratch/1.png", "pin/2.png", "3.png" };
    score_table              table;

    (void)state;
    add_all(&table, paths, 3);
    score_table_label_by_folder(&table);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(table.items[i].truth, -1);
        assert_string_equal(table.items[i].defect_type, "");
        assert_string_equal(table.items[i].category, ((const char *const[]){ "scratch", "pin", "" })[i]);
    }
    score_table_free(&table);
    add_all(&table, (const char *const[]){ "good/1.png", "bad/2.png" }, 2);
    table.items[1].truth = 0; /* the file knows better than folders */
    score_table_label_by_folder(&table);
    assert_int_equal(table.items[0].truth, -1);
    assert_int_equal(table.items[1].truth, 0);
    assert_string_equal(table.items[1].category, "");
    score_table_free(&table);
}

/* labels: one letter an image: "n", "a", or "-" for none. */
static void assert_truths(const char *name, const char *text, score_labels what, const char *labels)
{
    score_table table;
    rwda_error  err = { 0 };

    assert_ok(read_as(&table, name, text, NULL, &err), err);
    assert_int_equal(table.count, strlen(labels));
    assert_int_equal(table.labels, what);
    for (size_t i = 0; i < table.count; i++)
        assert_int_equal(table.items[i].truth, labels[i] == 'n' ? 0 : labels[i] == 'a' ? 1 : -1);
    score_table_free(&table);
}

static void labels_are_truth_or_decisions(void **state)
{
    (void)state;
    assert_truths("s.csv", "path,label,score\na,False,0.2\nb,True,0.8\n", SCORE_LABELS_TRUTH, "na");
    assert_truths("s.csv", "path,label,score\na,0.0,0.2\nb,1.0,0.8\nc,,0.9\n", SCORE_LABELS_TRUTH, "na-");
    assert_truths("s.csv", "path;label;score\r\na;good;0,2\r\nb;bad;0,8\r\n", SCORE_LABELS_TRUTH, "na");
    assert_truths("s.csv", "path,label,score\na,1,0.2\nb,-1,0.8\n", SCORE_LABELS_TURNED, "na");
    assert_truths("s.csv", "path,label,score\na,,0.2\n", SCORE_LABELS_NONE, "-");
    assert_truths("s.csv", "path,score,label,error,p_value\na,0.2,normal,,0.5\nb,0.8,anomalous,,\nc,0.7,review,,\n",
                  SCORE_LABELS_DECISIONS, "---"); /* of 'rwda score' */
    assert_truths("s.csv", "path,score,label,error,p_value\na,0.2,,,\n", SCORE_LABELS_NONE, "-");
    assert_truths("s.csv", "path,score,label,error,p_value\na,0.2,0,,\nb,0.8,1,,\n", SCORE_LABELS_TRUTH,
                  "na"); /* filled in */
    assert_truths("s.csv", "path,score,label,error,p_value\na,0.2,good,,\nb,0.8,anomalous,,\n", SCORE_LABELS_TRUTH, "na");
    assert_truths("s.jsonl", HEAD "\"path\":\"a\",\"score\":1,\"label\":\"normal\"}\n", SCORE_LABELS_DECISIONS, "-");
    assert_truths("s.jsonl",
                  HEAD "\"path\":\"a\",\"score\":1,\"label\":0.0}\n" HEAD "\"path\":\"b\",\"score\":1,\"label\":true}\n" HEAD
                       "\"path\":\"c\",\"score\":1,\"label\":\"bad\"}\n" HEAD "\"path\":\"d\",\"score\":1,\"label\":null}\n",
                  SCORE_LABELS_TRUTH, "naa-");
    assert_truths("s.jsonl",
                  "\xef\xbb\xbf" HEAD "\"path\":\"a\",\"score\":1,\"label\":1}\r\n" HEAD
                  "\"path\":\"b\",\"score\":1,\"label\":-1}\r\n",
                  SCORE_LABELS_TURNED, "na");
}

static void labels_that_are_none_are_refused(void **state)
{
    static const struct {
        const char *name, *text, *says;
    } cases[] = {
        { "s.csv", "path,label,score\na,0,0.2\nb,scratch,0.8\n", "row 3: label \"scratch\" is none that is known" },
        { "s.csv", "path,label,score\na,0.5,0.2\n", "row 2: label \"0.5\"" },
        { "s.csv", "path,label,score\na,review,0.2\n", "row 2: label \"review\"" },
        { "s.csv", "path,label,score\na,0,0.21\nb,1,0.8\nu,-1,0.99\n", "row 4: label -1 beside 0 and 1" },
        { "s.jsonl", HEAD "\"path\":\"a\",\"score\":1,\"label\":2}\n", "row 1: label \"2\"" },
        { "s.jsonl",
          HEAD "\"path\":\"a\",\"score\":1,\"label\":\"review\"}\n" HEAD "\"path\":\"b\",\"score\":1,\"label\":0}\n",
          "row 1: label \"review\"" }
    };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        score_table table;
        rwda_error  err = { 0 };

        assert_refused(cases[i].text, read_as(&table, cases[i].name, cases[i].text, NULL, &err), RWDA_EFORMAT, &err,
                       cases[i].says);
        score_table_free(&table);
    }
}

static void paths_are_what_lies_there(void **state)
{
    score_table table;
    rwda_error  err = { 0 };
    char        text[RW_PATH_MAX];

    (void)state;
    make_folder("p");
    make_text("p/\xfc.png", "");
    (void)snprintf(text, sizeof text, "path,score\n%s,0.5\n%s,0.5\n", in_scratch("p\\\\xfc.png"), in_scratch("p/\\xfc.png"));
    assert_ok(read_as(&table, "p.csv", text, NULL, &err), err);
    assert_string_equal(table.items[0].path, in_scratch("p\\\\xfc.png")); /* not there: as it is written */
    assert_string_equal(table.items[1].path, in_scratch("p/\xfc.png"));
    score_table_free(&table);
}

static void assert_labelled(const char *const *paths, size_t n, const char *labels, const char *const *types)
{
    score_table table;

    add_all(&table, paths, n);
    score_table_label_by_folder(&table);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(table.items[i].truth, labels[i] == 'n' ? 0 : labels[i] == 'a' ? 1 : -1);
        if (types != NULL)
            assert_string_equal(table.items[i].defect_type, types[i]);
    }
    score_table_free(&table);
}
#define PATHS(...)                                                                                                          \
    (const char *const[])                                                                                                   \
    {                                                                                                                       \
        __VA_ARGS__                                                                                                         \
    }

static void nested_folders_label_images(void **state)
{
    (void)state;
    assert_labelled(PATHS("d/good/day1/1.png", "d/good/day2/shift1/2.png", "d/bad/day1/3.png", "d/4.png"), 4, "nna-",
                    PATHS("good", "good", "bad", ""));
    assert_labelled(PATHS("bagel/train/good/rgb/1.png", "bagel/test/good/rgb/1.png", "bagel/test/hole/rgb/1.png"), 3, "nna",
                    PATHS("good", "good", "hole"));
    /* A folder above all of them says nothing about one. */
    assert_labelled(PATHS("/home/ok/d/hole/1.png", "/home/ok/d/cut/2.png"), 2, "--", NULL);
    assert_labelled(PATHS("/home/ok/d/hole/1.png", "/home/ok/d/good/a/2.png"), 2, "an", PATHS("hole", "good"));
    assert_labelled(PATHS("d/good/1.png", "d/good/2.png"), 2, "nn", NULL);
    /* Beside a set with normal images, one without. */
    assert_labelled(PATHS("a/test/good/1.png", "b/test/cut/2.png"), 2, "na", PATHS("good", "cut"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_lines_are_read),
        cmocka_unit_test(broken_lines_are_refused),
        cmocka_unit_test(mixed_scorings_are_refused),
        cmocka_unit_test(long_lines_are_refused_from_the_cap_on),
        cmocka_unit_test(csv_tables_are_read),
        cmocka_unit_test(broken_tables_are_refused),
        cmocka_unit_test(a_folder_of_results_is_read),
        cmocka_unit_test(tables_are_filled_while_scoring),
        cmocka_unit_test(folders_label_images),
        cmocka_unit_test(folders_without_a_good_one_name_categories_only),
        cmocka_unit_test(opinions_are_kept_as_text),
        cmocka_unit_test(labels_are_truth_or_decisions),
        cmocka_unit_test(labels_that_are_none_are_refused),
        cmocka_unit_test(paths_are_what_lies_there),
        cmocka_unit_test(nested_folders_label_images),
    };

    return cmocka_run_group_tests(tests, scratch_new, scratch_free);
}
