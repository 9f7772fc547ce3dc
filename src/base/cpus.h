/* cpus.h - the CPUs that this process may use                                                       rank 0: base */
#ifndef RW_CPUS_H
#define RW_CPUS_H

/* Those in the calling thread's affinity mask, and no more than the quotas of the process's control groups pay for, rounded up; at
 * least 1. */
int rw_usable_cpus(void);

/* What the quotas pay for: of the groups that `groups` ("/proc/self/cgroup") names and those above them, in the hierarchies mounted
 * under `root` ("/sys/fs/cgroup"), of version 1 or 2.  0: there is no quota. */
int rw_quota_cpus(const char *groups, const char *root);

#endif
