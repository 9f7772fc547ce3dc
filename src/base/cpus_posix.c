/* cpus_posix.c - affinity and control groups */
#include "base/cpus.h"

#include "base/file.h"

#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

static const char *const v1_folders[] = { "cpu", "cpu,cpuacct", "cpuacct,cpu" };

/* Two numbers of a file, "max" and what is missing as -1. */
static void read_numbers(long long out[2], const char *path)
{
    char  text[64] = "", *at = text, *end;
    FILE *in = fopen(path, "re");

    out[0] = out[1] = -1;
    if (in == NULL)
        return;
    if (fgets(text, sizeof text, in) != NULL)
        for (int i = 0; i < 2; i++, at = end) {
            long long value = strtoll(at, &end, 10);

            if (end == at && strncmp(at, "max", 3) == 0)
                end = at + 3;
            else if (end != at)
                out[i] = value;
        }
    (void)fclose(in);
}

static void take_quota(int *least, long long quota, long long period)
{
    long long cpus;

    if (quota <= 0 || period <= 0)
        return;
    cpus = quota / period + (quota % period != 0);
    if (cpus < INT_MAX && (*least == 0 || cpus < *least))
        *least = (int)cpus;
}

/* A group and those above it; where a container sees its group under another name, the mount's root is that group. */
static void take_groups(int *least, const char *mount, const char *group, int version)
{
    char folder[RW_PATH_MAX], file[RW_PATH_MAX + 32];

    if (snprintf(folder, sizeof folder, "%s%s", mount, group) >= (int)sizeof folder)
        return;
    for (size_t top = strlen(mount); strlen(folder) >= top;) {
        long long quota[2], period[2];
        char     *slash;

        (void)snprintf(file, sizeof file, "%s/%s", folder, version == 2 ? "cpu.max" : "cpu.cfs_quota_us");
        read_numbers(quota, file);
        if (version == 1) {
            (void)snprintf(file, sizeof file, "%s/cpu.cfs_period_us", folder);
            read_numbers(period, file);
            quota[1] = period[0];
        }
        take_quota(least, quota[0], quota[1]);
        slash = strrchr(folder, '/');
        if (slash == NULL)
            return;
        *slash = '\0';
    }
}

static bool has_cpu(const char *controllers)
{
    for (const char *c = controllers; c != NULL; c = strchr(c, ','), c = c != NULL ? c + 1 : NULL)
        if (strncmp(c, "cpu", 3) == 0 && (c[3] == ',' || c[3] == '\0'))
            return true;
    return false;
}

int rw_quota_cpus(const char *groups, const char *root)
{
    char   mount[RW_PATH_MAX];
    char  *line  = NULL;
    size_t room  = 0;
    int    least = 0;
    FILE  *in    = fopen(groups, "re");

    while (in != NULL && getline(&line, &room, in) > 0) { /* "number:controllers:/path" */
        char *controllers = strchr(line, ':'), *path = controllers != NULL ? strchr(controllers + 1, ':') : NULL;

        if (path == NULL)
            continue;
        *path++                   = '\0';
        path[strcspn(path, "\n")] = '\0';
        if (strcmp(path, "/") == 0)
            path[0] = '\0';
        if (controllers[1] == '\0') {
            take_groups(&least, root, path, 2);
            if (rw_path_join(mount, sizeof mount, root, "unified"))
                take_groups(&least, mount, path, 2);
        }
        for (size_t i = 0; i < RW_COUNTOF(v1_folders) && has_cpu(controllers + 1); i++)
            if (rw_path_join(mount, sizeof mount, root, v1_folders[i]))
                take_groups(&least, mount, path, 1);
    }
    free(line);
    if (in != NULL)
        (void)fclose(in);
    return least;
}

int rw_usable_cpus(void)
{
    int       quota = rw_quota_cpus("/proc/self/cgroup", "/sys/fs/cgroup"), cpus = 1;
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
        cpus = CPU_COUNT(&set);
    return quota > 0 && quota < cpus ? quota : cpus;
}
