/* test_cpus_posix.c - are the quotas of control groups found, and the affinity mask? */
#include "base/cpus.h"

#include "tests/unit/check.h"

#include <sched.h>
#include <sys/stat.h>

static char folder[] = "/tmp/rwda-test-cpus-XXXXXX";

/* A file with its folders under the test's. */
static void put(const char *name, const char *text)
{
    char  path[256];
    FILE *out;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    for (char *slash = strchr(path + sizeof folder, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
    out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    assert_int_equal(fclose(out), 0);
}

static int clear(void **state)
{
    char command[128];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static int fresh(void **state)
{
    (void)clear(state);
    return mkdir(folder, 0700);
}

static int cpus(void)
{
    char groups[64], root[64];

    (void)snprintf(groups, sizeof groups, "%s/groups", folder);
    (void)snprintf(root, sizeof root, "%s/root", folder);
    return rw_quota_cpus(groups, root);
}

static void quotas_of_version_2(void **state)
{
    (void)state;
    assert_int_equal(cpus(), 0); /* nothing is there */
    put("groups", "0::/a/b\n");
    assert_int_equal(cpus(), 0);
    put("root/a/b/cpu.max", "max 100000\n");
    assert_int_equal(cpus(), 0);
    put("root/a/b/cpu.max", "150000 100000\n");
    assert_int_equal(cpus(), 2); /* rounded up */
    put("root/a/b/cpu.max", "400000 100000\n");
    assert_int_equal(cpus(), 4);
    put("root/a/cpu.max", "50000 100000\n"); /* the group above has less */
    assert_int_equal(cpus(), 1);
    put("groups", "0::/\n");
    put("root/cpu.max", "300000 100000\n"); /* a container's own: it sees no other */
    assert_int_equal(cpus(), 3);
    put("groups", "0::/not/mounted/here\n");
    assert_int_equal(cpus(), 3);
}

static void quotas_of_version_1(void **state)
{
    static const char *const folders[] = { "cpu", "cpu,cpuacct" };

    for (size_t i = 0; i < RW_COUNTOF(folders); i++) {
        char name[64];

        (void)fresh(state);
        put("groups", "5:memory:/m\n4:cpuset:/s\n3:cpuacct,cpu:/docker/1\n1:name=systemd:/\n");
        (void)snprintf(name, sizeof name, "root/%s/docker/1/cpu.cfs_quota_us", folders[i]);
        put(name, "-1\n");
        assert_int_equal(cpus(), 0);
        put(name, "250000\n");
        assert_int_equal(cpus(), 0); /* of what period? */
        (void)snprintf(name, sizeof name, "root/%s/docker/1/cpu.cfs_period_us", folders[i]);
        put(name, "100000\n");
        assert_int_equal(cpus(), 3);
        put("groups", "3:cpuset,cpuacct:/docker/1\n"); /* neither is cpu */
        assert_int_equal(cpus(), 0);
    }
}

static void nonsense_is_no_quota(void **state)
{
    static const char *const texts[] = { "",         "\n",     "max\n",
                                         "x 100000", "100000", "0 100000",
                                         "100000 0", "-5 -5",  "99999999999999999999 1" };

    (void)state;
    put("groups", "\n:\n0::\nx\n0::/a\n");
    for (size_t i = 0; i < RW_COUNTOF(texts); i++) {
        put("root/a/cpu.max", texts[i]);
        assert_int_equal(cpus(), 0);
    }
}

static void the_affinity_mask_bounds_them(void **state)
{
    cpu_set_t all, one;
    int       first = 0;

    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    assert_in_range(rw_usable_cpus(), 1, CPU_COUNT(&all));
    while (!CPU_ISSET((size_t)first, &all))
        first++;
    CPU_ZERO(&one);
    CPU_SET((size_t)first, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    assert_int_equal(rw_usable_cpus(), 1);
    assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(quotas_of_version_2, fresh, clear),
        cmocka_unit_test_setup_teardown(quotas_of_version_1, fresh, clear),
        cmocka_unit_test_setup_teardown(nonsense_is_no_quota, fresh, clear),
        cmocka_unit_test(the_affinity_mask_bounds_them),
    };

    if (mkdtemp(folder) == NULL)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
