/* test_part_file.c - do the lines of a part survive their process, and is what else lies there refused? */
#include "common/part_merge.h"

#include "common/part_file.h"
#include "common/part_lines.h"
#include "tests/common/scratch.h"

#include <signal.h>
#include <sys/wait.h>

static const rw_shard first = { 0, 2, "" }, second = { 1, 2, "" };

static json_t *settings(int value)
{
    return json_pack("{s:i}", "value", value);
}

static rwda_status try_open(rw_part **out, const rw_shard *shard, int value, bool overwrite, rwda_error *err)
{
    char        path[RW_PATH_MAX];
    json_t     *made = settings(value);
    rwda_status status;

    if (shard != NULL)
        assert_true(rw_part_path(path, in_scratch("parts"), shard));
    else
        (void)snprintf(path, sizeof path, "%s", in_scratch("alone.jsonl"));
    status = rw_part_open(out, path, made, shard, overwrite, err);
    json_decref(made);
    return status;
}

static rw_part *part_of(const rw_shard *shard)
{
    rw_part   *part;
    rwda_error err = { 0 };

    assert_ok(try_open(&part, shard, 1, false, &err), err);
    return part;
}

/* Adds n.png at a place, if the part wants it. */
static bool add_one(rw_part *part, int n, int place)
{
    char           name[32];
    rw_image_entry entry = { .name = name, .order = (uint64_t)place };
    rwda_error     err   = { 0 };
    json_t        *record;

    (void)snprintf(name, sizeof name, "%d.png", n);
    if (!rw_part_wants(part, &entry))
        return false;
    record = json_pack("{s:s, s:s}", "path", name, n % 3 == 0 ? "error" : "label", n % 3 == 1 ? "anomalous" : "normal");
    assert_ok(rw_part_add(part, (uint64_t)place, record, &err), err);
    return true;
}

/* Names 0..n-1, each `times` in a row; how many were wanted. */
static int add_repeated(rw_part *part, int n, int times)
{
    int added = 0;

    for (int i = 0; i < n * times; i++)
        added += add_one(part, i / times, i);
    return added;
}

static int add(rw_part *part, int n)
{
    return add_repeated(part, n, 1);
}

static void finish(rw_part *part)
{
    rwda_error err = { 0 };

    assert_ok(rw_part_finish(part, &err), err);
    rw_part_close(part);
}

static int fresh(void **state)
{
    (void)scratch_free(state);
    return mkdir(scratch, 0777);
}

/* All lines of a merge: names 0..n-1, each `times` in a row. */
static void assert_merged_repeated(int n, int times)
{
    rw_part_survey survey;
    rw_stream      out;
    rwda_error     err = { 0 };
    char           line[256], name[32];
    FILE          *in;

    assert_ok(rw_part_survey_read(&survey, in_scratch("parts"), &err), err);
    assert_ok(rw_stream_open(&out, in_scratch("merged"), true, &err), err);
    assert_ok(rw_part_merge(&out, &survey, &err), err);
    assert_ok(rw_stream_close(&out, true, &err), err);
    rw_part_survey_free(&survey);
    in = fopen(in_scratch("merged"), "r");
    assert_non_null(in);
    for (int i = 0; i < n * times; i++) {
        (void)snprintf(name, sizeof name, "\"%d.png\"", i / times);
        assert_non_null(fgets(line, sizeof line, in));
        assert_non_null(strstr(line, name));
    }
    assert_null(fgets(line, sizeof line, in));
    (void)fclose(in);
}

static void assert_merged(int n)
{
    assert_merged_repeated(n, 1);
}

static void shards_become_one_file_in_order(void **state)
{
    rw_part *part;
    int      n = 0;

    (void)state;
    part = part_of(&second);
    n += add(part, 40);
    finish(part);
    part = part_of(&first);
    n += add(part, 40);
    assert_int_equal(rw_part_get_counts(part).before, 0);
    finish(part);
    assert_int_equal(n, 40);
    assert_merged(40);
}

/* A process that ends at any line, in the middle of a line, or before the end. */
static void lines_survive_their_process(void **state)
{
    char partial[RW_PATH_MAX];

    (void)state;
    for (int killed = 0; killed < 12; killed++) {
        rw_part *part;
        FILE    *out;
        int      kept;

        (void)fresh(state);
        part = part_of(&first);
        kept = add(part, killed);
        rw_part_close(part);
        (void)snprintf(partial, sizeof partial, "%s", in_scratch("parts/part-00000-of-00002.jsonl.partial"));
        out = fopen(partial, "a");
        assert_non_null(out);
        (void)fputs("77\t{\"path\": \"to", out);
        (void)fclose(out);
        part = part_of(&first);
        assert_int_equal(rw_part_get_counts(part).before, kept);
        (void)add(part, 40);
        finish(part);
        assert_int_not_equal(access(partial, F_OK), 0);
        part = part_of(&second);
        (void)add(part, 40);
        finish(part);
        assert_merged(40);
    }
}

/* A list that has a name several times gets as many lines of it, whenever its process ended. */
static void names_may_repeat(void **state)
{
    for (int killed = 0; killed < 12; killed++) {
        rw_part *part;

        (void)fresh(state);
        part = part_of(&second);
        (void)add_repeated(part, 12, 3);
        finish(part);
        part = part_of(&first);
        (void)add_repeated(part, 4, 1);
        finish(part);
        part = part_of(&first);
        for (int i = 0, left = killed; i < 12 && left > 0; i++) /* the first `killed` that are wanted */
            left -= add_one(part, i / 3, i);
        rw_part_close(part);
        part = part_of(&first);
        (void)add_repeated(part, 12, 3);
        finish(part);
        assert_merged_repeated(12, 3);
        part = part_of(&first);
        assert_int_equal(add_repeated(part, 12, 3), 0);
        rw_part_close(part);
    }
}

/* New images go behind the old ones, and all find their places. */
static void images_that_were_added_are_taken(void **state)
{
    rw_part *part;

    (void)state;
    for (int n = 10; n <= 30; n += 10) {
        for (int i = 0; i < 2; i++) {
            part = part_of(i == 0 ? &first : &second);
            (void)add(part, n);
            finish(part);
        }
        assert_merged(n);
    }
    part = part_of(&first);
    assert_int_equal(add(part, 30), 0); /* there is nothing to do */
    assert_true(rw_part_get_counts(part).failed > 0 && rw_part_get_counts(part).anomalous > 0);
    finish(part);
    assert_merged(30);
}

/* The finished file stands, but the process ended before the partial one was removed. */
static void a_partial_file_that_was_joined_counts_once(void **state)
{
    rw_part *part = part_of(&first);
    int      n    = add(part, 20);
    char     command[2 * RW_PATH_MAX];

    (void)state;
    (void)snprintf(command, sizeof command, "cd '%s/parts' && cp part-00000-of-00002.jsonl.partial kept", scratch);
    assert_int_equal(system(command), 0);
    finish(part);
    (void)snprintf(command, sizeof command, "cd '%s/parts' && mv kept part-00000-of-00002.jsonl.partial", scratch);
    assert_int_equal(system(command), 0);
    part = part_of(&first);
    assert_int_equal(rw_part_get_counts(part).before, n);
    assert_int_equal(rw_part_get_counts(part).lines, n);
    finish(part);
    part = part_of(&second);
    (void)add(part, 20);
    finish(part);
    assert_merged(20);
}

static void what_does_not_belong_is_refused(void **state)
{
    rw_part       *part = part_of(&first), *other;
    rw_part_survey survey;
    rw_stream      out;
    rwda_error     err;
    pid_t          child;
    int            ended;

    (void)state;
    (void)add(part, 10);
    (void)fflush(NULL);
    child = fork(); /* locks are of processes */
    if (child == 0) {
        rwda_status status = try_open(&other, &first, 1, false, &err);

        _exit(status == RWDA_EEXIST && strstr(err.message, "another process") != NULL ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_int_equal(ended, 0);
    rw_part_close(part);
    assert_refused("settings", try_open(&other, &first, 2, false, &err), RWDA_EMISMATCH, &err, "--force");
    finish(part_of(&first));
    assert_refused("settings of a whole part", try_open(&other, &first, 2, false, &err), RWDA_EMISMATCH, &err, "--force");
    assert_ok(rw_part_survey_read(&survey, in_scratch("parts"), &err), err);
    assert_int_equal(survey.states[0], RW_PART_WHOLE);
    assert_int_equal(survey.states[1], RW_PART_MISSING);
    assert_ok(rw_stream_open(&out, in_scratch("merged"), true, &err), err);
    assert_refused("missing", rw_part_merge(&out, &survey, &err), RWDA_ENOTFOUND, &err, "1 of 2 parts");
    rw_part_survey_free(&survey);
    assert_ok(try_open(&other, &second, 2, true, &err), err); /* other settings */
    finish(other);
    assert_ok(rw_part_survey_read(&survey, in_scratch("parts"), &err), err);
    assert_refused("mixed", rw_part_merge(&out, &survey, &err), RWDA_EMISMATCH, &err, "different settings");
    rw_part_survey_free(&survey);
    assert_ok(try_open(&other, &second, 1, true, &err), err);
    (void)add(other, 10);
    finish(other);
    assert_merged(10);
    (void)make_text("parts/part-00001-of-00002.order", "0\n");
    assert_ok(rw_part_survey_read(&survey, in_scratch("parts"), &err), err);
    assert_refused("cut", rw_part_merge(&out, &survey, &err), RWDA_EFORMAT, &err, "00001-of-00002.order");
    rw_part_survey_free(&survey);
    (void)make_text("parts/part-00001-of-00002.json", "{}");
    assert_refused("no description", rw_part_survey_read(&survey, in_scratch("parts"), &err), RWDA_EFORMAT, &err,
                   "rwda.part/1");
    rw_part_survey_free(&survey);
    assert_int_equal(unlink(in_scratch("parts/part-00001-of-00002.json")), 0);
    (void)make_text("parts/part-00001-of-00003.jsonl.partial", "");
    assert_refused("two runs", rw_part_survey_read(&survey, in_scratch("parts"), &err), RWDA_EMISMATCH, &err, "shards");
    rw_part_survey_free(&survey);
    (void)make_folder("empty");
    assert_refused("none", rw_part_survey_read(&survey, in_scratch("empty"), &err), RWDA_ENOTFOUND, &err, "no part");
    rw_part_survey_free(&survey);
    (void)rw_stream_close(&out, false, NULL);
}

/* What is no regular file is no part, and is never waited for. */
static void pipes_are_no_parts(void **state)
{
    static const char *const names[] = { "parts/part-00000-of-00001.jsonl", "parts/part-00000-of-00001.order" };
    static const rw_shard    only    = { 0, 1, "" };
    rw_part                 *part;
    rw_part_survey           survey;
    rw_part_manifest         manifest;
    rw_stream                out;
    rwda_error               err;
    bool                     there;

    (void)state;
    (void)alarm(60); /* not for ever */
    for (size_t i = 0; i < RW_COUNTOF(names); i++) {
        assert_ok(try_open(&part, &only, 1, true, &err), err);
        (void)add(part, 10);
        finish(part);
        assert_int_equal(unlink(in_scratch(names[i])), 0);
        assert_int_equal(mkfifo(in_scratch(names[i]), 0600), 0);
        assert_ok(rw_part_survey_read(&survey, in_scratch("parts"), &err), err);
        assert_int_equal(survey.states[0], RW_PART_MISSING);
        assert_ok(rw_stream_open(&out, in_scratch("merged"), true, &err), err);
        assert_refused("merged", rw_part_merge(&out, &survey, &err), RWDA_ENOTFOUND, &err, "0 of 1 parts");
        rw_part_survey_free(&survey);
        (void)rw_stream_close(&out, false, NULL);
        assert_ok(rw_part_manifest_read(&manifest, &there, in_scratch(names[0]), &err), err);
        assert_refused("lines", rw_part_lines(&manifest, in_scratch(names[0]), NULL, NULL, &err), RWDA_EIO, &err,
                       "not a regular file");
        rw_part_manifest_clear(&manifest);
        assert_refused("taken up", try_open(&part, &only, 1, false, &err), RWDA_EIO, &err, "not a regular file");
        assert_int_equal(unlink(in_scratch(names[i])), 0);
    }
    (void)unlink(in_scratch("parts/part-00000-of-00001.json"));
    (void)unlink(in_scratch("parts/part-00000-of-00001.jsonl"));
    (void)unlink(in_scratch("parts/part-00000-of-00001.jsonl.partial"));
    assert_int_equal(mkfifo(in_scratch("parts/part-00000-of-00001.jsonl.partial"), 0600), 0);
    assert_refused("partial", try_open(&part, &only, 1, false, &err), RWDA_EIO, &err, "not a regular file");
    (void)alarm(0);
}

/* Their names are longer. */
static void the_most_shards_are_found(void **state)
{
    const rw_shard last = { RW_SHARD_MAX - 1, RW_SHARD_MAX, "" };
    rw_part_survey survey;
    rwda_error     err  = { 0 };
    rw_part       *part = part_of(&last);

    (void)state;
    assert_ok(rw_part_survey_read(&survey, in_scratch("parts"), &err), err);
    assert_int_equal(survey.count, RW_SHARD_MAX);
    assert_int_equal(survey.states[last.index], RW_PART_RUNNING);
    rw_part_survey_free(&survey);
    finish(part);
    assert_ok(rw_part_survey_read(&survey, in_scratch("parts"), &err), err);
    assert_int_equal(survey.states[last.index], RW_PART_WHOLE);
    assert_int_equal(survey.states[0], RW_PART_MISSING);
    rw_part_survey_free(&survey);
}

/* 'rwda status' at the wrong moment must not end a job. */
static void who_looks_keeps_nobody_out(void **state)
{
    pid_t child;
    int   ended;

    (void)state;
    rw_part_close(part_of(&first));
    (void)fflush(NULL);
    child = fork();
    while (child == 0) {
        rw_part_survey survey;

        (void)rw_part_survey_read(&survey, in_scratch("parts"), NULL);
        rw_part_survey_free(&survey);
    }
    assert_true(child > 0);
    for (int i = 0; i < 20000; i++) {
        rw_part    *part;
        rwda_error  err    = { 0 };
        rwda_status status = try_open(&part, &first, 1, false, &err);

        rw_part_close(part);
        if (status != RWDA_OK)
            (void)kill(child, SIGKILL);
        assert_ok(status, err);
    }
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &ended, 0), child);
}

/* Else what was written to it meanwhile would get a sum of its own. */
static void a_finished_part_that_was_changed_is_not_taken_up(void **state)
{
    static const char *const commands[] = {
        "sed -i s/anomalous/abnormal/ part-00000-of-00002.jsonl",
        "sed -i '$d' part-00000-of-00002.jsonl",
        "sed -i 1s/^/1/ part-00000-of-00002.order",
        "sed -i '$d' part-00000-of-00002.order",
        "echo 99 >>part-00000-of-00002.order",
        "sed -i 1s/^/x/ part-00000-of-00002.order",
    };
    rw_part   *part;
    rwda_error err;
    char       command[2 * RW_PATH_MAX];

    for (size_t i = 0; i < RW_COUNTOF(commands); i++) {
        (void)fresh(state);
        part = part_of(&first);
        (void)add(part, 20);
        finish(part);
        (void)snprintf(command, sizeof command, "cd '%s/parts' && %s", scratch, commands[i]);
        assert_int_equal(system(command), 0);
        assert_refused(commands[i], try_open(&part, &first, 1, false, &err), RWDA_EFORMAT, &err, "--force");
        assert_int_not_equal(access(in_scratch("parts/part-00000-of-00002.jsonl.partial"), F_OK), 0);
    }
}

static void damaged_partial_files_are_refused(void **state)
{
    static const char *const texts[] = {
        "{\"value\":1}\nno number\t{\"path\":\"a\"}\n", "{\"value\":1}\n5 {\"path\":\"a\"}\n",
        "{\"value\":1}\n5\t{\"no\":\"path\"}\n",        "{\"value\":1}\n5\t{\"path\":\"a\",\"path\":\"b\"}\n",
        "{\"value\":1}\n-5\t{\"path\":\"a\"}\n",        "{\"value\":1}\n99999999999999999999999\t{\"path\":\"a\"}\n",
    };
    rw_part   *part;
    rwda_error err;

    (void)state;
    (void)make_folder("parts");
    for (size_t i = 0; i < RW_COUNTOF(texts); i++) {
        (void)make_text("parts/part-00000-of-00002.jsonl.partial", texts[i]);
        assert_refused(texts[i], try_open(&part, &first, 1, false, &err), RWDA_EFORMAT, &err, "line 2");
    }
    (void)make_text("parts/part-00000-of-00002.jsonl.partial", "no JSON\n");
    assert_refused("no settings", try_open(&part, &first, 1, false, &err), RWDA_EMISMATCH, &err, "--force");
    (void)make_text("parts/part-00000-of-00002.jsonl.partial", "torn in the first li");
    finish(part_of(&first));
}

static void a_file_by_itself_has_no_description(void **state)
{
    rw_part   *part = part_of(NULL);
    rwda_error err;

    (void)state;
    assert_int_equal(add(part, 7), 7);
    rw_part_close(part);
    part = part_of(NULL);
    assert_int_equal(add(part, 9), 2);
    finish(part);
    assert_int_not_equal(access(in_scratch("alone.json"), F_OK), 0);
    assert_int_not_equal(access(in_scratch("alone.order"), F_OK), 0);
    assert_refused("whole", try_open(&part, NULL, 1, false, &err), RWDA_EEXIST, &err, "nothing to resume");
    assert_ok(try_open(&part, NULL, 2, true, &err), err);
    assert_int_equal(add(part, 3), 3);
    finish(part);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(shards_become_one_file_in_order, fresh),
        cmocka_unit_test_setup(lines_survive_their_process, fresh),
        cmocka_unit_test_setup(names_may_repeat, fresh),
        cmocka_unit_test_setup(images_that_were_added_are_taken, fresh),
        cmocka_unit_test_setup(a_partial_file_that_was_joined_counts_once, fresh),
        cmocka_unit_test_setup(what_does_not_belong_is_refused, fresh),
        cmocka_unit_test_setup(pipes_are_no_parts, fresh),
        cmocka_unit_test_setup(the_most_shards_are_found, fresh),
        cmocka_unit_test_setup(who_looks_keeps_nobody_out, fresh),
        cmocka_unit_test_setup(a_finished_part_that_was_changed_is_not_taken_up, fresh),
        cmocka_unit_test_setup(damaged_partial_files_are_refused, fresh),
        cmocka_unit_test_setup(a_file_by_itself_has_no_description, fresh),
    };

    return cmocka_run_group_tests(tests, scratch_new, scratch_free);
}
