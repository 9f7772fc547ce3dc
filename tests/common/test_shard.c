/* test_shard.c - which share does the environment say this process takes, and which images are in it? */
#include "common/shard.h"

#include "tests/common/scratch.h"

static const char *const variables[] = { "SLURM_ARRAY_TASK_ID",
                                         "SLURM_ARRAY_TASK_COUNT",
                                         "SLURM_ARRAY_TASK_MIN",
                                         "SLURM_ARRAY_TASK_MAX",
                                         "SLURM_PROCID",
                                         "SLURM_STEP_NUM_TASKS",
                                         "OMPI_COMM_WORLD_RANK",
                                         "OMPI_COMM_WORLD_SIZE",
                                         "PMI_RANK",
                                         "PMI_SIZE",
                                         "JOB_COMPLETION_INDEX",
                                         "RANK",
                                         "WORLD_SIZE" };

static int nothing_is_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(variables); i++)
        unsetenv(variables[i]);
    return 0;
}

/* "A=1 B=2" into the environment. */
static void say(const char *text)
{
    char  copy[256];
    char *rest = copy;

    (void)nothing_is_said(NULL);
    (void)snprintf(copy, sizeof copy, "%s", text);
    for (char *word; (word = strtok_r(rest, " ", &rest)) != NULL;) {
        char *value = strchr(word, '=');

        *value++ = '\0';
        assert_int_equal(setenv(word, value, 1), 0);
    }
}

static void the_environment_says_it(void **state)
{
    static const struct {
        const char *environment, *shard, *shards;
        int         index, count;
        const char *origin;
    } cases[] = {
        { "", NULL, NULL, 0, 1, "" },
        { "", "3/16", NULL, 3, 16, "--shard" },
        { "", "0/1", "1", 0, 1, "--shard" },
        { "RANK=1 WORLD_SIZE=4", "3/16", NULL, 3, 16, "--shard" },
        { "SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=3", NULL, NULL, 2, 4,
          "$SLURM_ARRAY_TASK_ID" },
        { "SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_COUNT=2 SLURM_ARRAY_TASK_MIN=3 SLURM_ARRAY_TASK_MAX=7", NULL, "16", 7, 16,
          "$SLURM_ARRAY_TASK_ID" },
        { "SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=3 SLURM_PROCID=0 "
          "SLURM_STEP_NUM_TASKS=1",
          NULL, NULL, 2, 4, "$SLURM_ARRAY_TASK_ID" },
        { "SLURM_PROCID=0 SLURM_NTASKS=8", NULL, NULL, 0, 1, "" }, /* a batch script is alone */
        { "SLURM_PROCID=5 SLURM_STEP_NUM_TASKS=8", NULL, NULL, 5, 8, "$SLURM_PROCID" },
        { "SLURM_PROCID=5 SLURM_STEP_NUM_TASKS=8 PMI_RANK=5 PMI_SIZE=8", NULL, NULL, 5, 8, "$SLURM_PROCID" },
        { "OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2", NULL, "2", 1, 2, "$OMPI_COMM_WORLD_RANK" },
        { "OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=1", NULL, NULL, 0, 1, "" },
        { "PMI_RANK=1 PMI_SIZE=2", NULL, NULL, 1, 2, "$PMI_RANK" },
        { "JOB_COMPLETION_INDEX=9", NULL, "10", 9, 10, "$JOB_COMPLETION_INDEX" },
        { "JOB_COMPLETION_INDEX=9", "0/1", NULL, 0, 1, "--shard" },
        { "RANK=3 WORLD_SIZE=4", NULL, NULL, 3, 4, "$RANK" },
        { "RANK=3", NULL, NULL, 0, 1, "" }, /* many programs call something so */
    };
    rw_shard   shard;
    rwda_error err = { 0 };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        say(cases[i].environment);
        assert_ok(rw_shard_find(&shard, cases[i].shard, cases[i].shards, &err), err);
        assert_int_equal(shard.index, cases[i].index);
        assert_int_equal(shard.count, cases[i].count);
        assert_string_equal(shard.origin, cases[i].origin);
    }
}

static void what_is_not_clear_is_refused(void **state)
{
    static const struct {
        const char *environment, *shard, *shards, *says;
    } cases[] = {
        { "", "3", NULL, "I/N" },
        { "", "3/3", NULL, "I/N" },
        { "", "-1/3", NULL, "I/N" },
        { "", "1/3x", NULL, "I/N" },
        { "", "1/9999999", NULL, "I/N" },
        { "", "/3", NULL, "I/N" },
        { "", "0000000001/3", NULL, "I/N" },
        { "", "1/3", "4", "--shards 4" },
        { "", NULL, "0", "--shards 0" },
        { "", NULL, "4", "--shard I/4" },
        { "SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_COUNT=2 SLURM_ARRAY_TASK_MIN=3 SLURM_ARRAY_TASK_MAX=4", NULL, NULL,
          "--shards N" },
        { "SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_COUNT=1 SLURM_ARRAY_TASK_MIN=5 SLURM_ARRAY_TASK_MAX=5", NULL, NULL,
          "--shards N" },
        { "SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_COUNT=2 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=2", NULL, NULL,
          "--shards N" },
        { "SLURM_ARRAY_TASK_ID=16 SLURM_ARRAY_TASK_COUNT=1", NULL, "16", "of 16 shards" },
        { "SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_COUNT=2 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=1 SLURM_PROCID=0 "
          "SLURM_STEP_NUM_TASKS=4",
          NULL, NULL, "--shard I/N decides" },
        { "SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=2 OMPI_COMM_WORLD_RANK=3 OMPI_COMM_WORLD_SIZE=8", NULL, NULL,
          "--shard I/N decides" },
        { "OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2", NULL, "4", "$OMPI_COMM_WORLD_SIZE is 2" },
        { "OMPI_COMM_WORLD_RANK=2 OMPI_COMM_WORLD_SIZE=2", NULL, NULL, "of 2 shards" },
        { "JOB_COMPLETION_INDEX=9", NULL, NULL, "--shards N" },
        { "RANK=first WORLD_SIZE=4", NULL, NULL, "\"first\"" },
        { "RANK=1 WORLD_SIZE=-4", NULL, NULL, "\"-4\"" },
    };
    rw_shard   shard;
    rwda_error err;

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        say(cases[i].environment);
        assert_refused(cases[i].says, rw_shard_find(&shard, cases[i].shard, cases[i].shards, &err), RWDA_EINVAL, &err,
                       cases[i].says);
    }
}

/* Each name has one shard, whatever else is in the list; the first eight bytes of SHA-256 say which. */
static void each_image_has_one_shard(void **state)
{
    enum { NAMES = 10000, SHARDS = 16 };
    int taken[SHARDS] = { 0 };

    (void)state;
    for (int n = 0; n < NAMES; n++) {
        char name[32];
        int  owners = 0;

        (void)snprintf(name, sizeof name, "line/%d.png", n);
        for (int i = 0; i < SHARDS; i++) {
            bool takes = rw_shard_takes(&(rw_shard){ i, SHARDS, "" }, name);

            owners += takes;
            taken[i] += takes;
        }
        assert_int_equal(owners, 1);
    }
    for (int i = 0; i < SHARDS; i++)
        assert_in_range(taken[i], NAMES / SHARDS - 100, NAMES / SHARDS + 100);
    assert_true(rw_shard_takes(&(rw_shard){ 2, 10, "" }, "")); /* e3b0c44298fc1c14 is 16406829232824261652 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_environment_says_it, nothing_is_said),
        cmocka_unit_test_setup(what_is_not_clear_is_refused, nothing_is_said),
        cmocka_unit_test(each_image_has_one_shard),
    };

    return cmocka_run_group_tests(tests, NULL, nothing_is_said);
}
