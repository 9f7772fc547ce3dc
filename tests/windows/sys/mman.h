/* mman.h - pages of memory that cannot be touched, for guarded_copy() on Windows */
#ifndef WINDOWS_MMAN_H
#define WINDOWS_MMAN_H

#include <stddef.h>

#define PROT_NONE     1 /* PAGE_NOACCESS */
#define PROT_READ     0
#define PROT_WRITE    4 /* PAGE_READWRITE */
#define MAP_PRIVATE   0
#define MAP_ANONYMOUS 0
#define MAP_FAILED    NULL

void *mmap(void *at, size_t len, int protection, int flags, int fd, long offset);
int   munmap(void *at, size_t len);
int   mprotect(void *at, size_t len, int protection);

#endif
