/* mman.h - pages of memory that cannot be touched, for guarded_copy() on Windows */
#ifndef WINDOWS_MMAN_H
#define WINDOWS_MMAN_H

#include "tests/windows/posix.h"

#define PROT_NONE     PAGE_NOACCESS
#define PROT_READ     0
#define PROT_WRITE    PAGE_READWRITE
#define MAP_PRIVATE   0
#define MAP_ANONYMOUS 0
#define MAP_FAILED    NULL

#define mmap(at, len, protection, flags, fd, offset) VirtualAlloc(at, len, MEM_COMMIT | MEM_RESERVE, protection)
#define munmap(at, len)                              VirtualFree(at, 0, MEM_RELEASE)

static inline int mprotect(void *at, size_t len, DWORD protection)
{
    DWORD before;

    return VirtualProtect(at, len, protection, &before) ? 0 : -1;
}

#endif
