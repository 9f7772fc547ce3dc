/* cpus_windows.c - affinity of a process */
#include "base/cpus.h"

#include <windows.h>

/* The affinity mask is of the thread's group of at most 64 processors: a process of several groups has one of them, and so have its threads
 * unless it moves them.  What a job object allows of them is not asked for. */
int rw_usable_cpus(void)
{
    DWORD_PTR process = 0, whole = 0;
    int       cpus = 0;

    if (GetProcessAffinityMask(GetCurrentProcess(), &process, &whole))
        for (; process != 0; process &= process - 1)
            cpus++;
    if (cpus == 0) /* of several groups at once */
        cpus = (int)GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);
    return cpus > 0 ? cpus : 1;
}
