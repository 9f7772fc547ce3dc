/* posix.c - what posix.h promises */
#include "tests/windows/posix.h"

#include "base/owner_windows.h"

#include <aclapi.h>
#include <sddl.h>
#include <stdbool.h>
#include <sys/mman.h>

#define EPOCH 116444736000000000ll /* 1970 in FILETIME, which counts 100 ns since 1601 */

static struct timespec time_of(FILETIME t)
{
    long long ticks = ((long long)t.dwHighDateTime << 32 | t.dwLowDateTime) - EPOCH;

    return (struct timespec){ ticks / 10000000, (long)(ticks % 10000000) * 100 };
}

static FILETIME filetime_of(struct timespec t)
{
    long long ticks = t.tv_sec * 10000000ll + t.tv_nsec / 100 + EPOCH;

    return (FILETIME){ (DWORD)ticks, (DWORD)(ticks >> 32) };
}

static HANDLE open_for(const char *path, DWORD access)
{
    return CreateFileA(path, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                       FILE_FLAG_BACKUP_SEMANTICS, NULL);
}

int windows_stat(const char *path, struct windows_stat *out)
{
    HANDLE                     file = open_for(path, READ_CONTROL | FILE_READ_ATTRIBUTES);
    BY_HANDLE_FILE_INFORMATION info;
    bool                       good = file != INVALID_HANDLE_VALUE && GetFileInformationByHandle(file, &info);

    if (good)
        *out = (struct windows_stat){ ((info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0 ? S_IFDIR : S_IFREG) |
                                          (rw_is_own(file) ? 0700 : 0777),
                                      (off_t)((uint64_t)info.nFileSizeHigh << 32 | info.nFileSizeLow),
                                      time_of(info.ftLastAccessTime), time_of(info.ftLastWriteTime) };
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    return good ? 0 : -1;
}

char *mkdtemp(char *name)
{
    return _mktemp(name) != NULL && _mkdir(name) == 0 ? name : NULL;
}

int windows_mkdir(const char *path, int mode)
{
    (void)mode;
    return _mkdir(path);
}

int windows_remove(const char *path)
{
    return _unlink(path) == 0 || _rmdir(path) == 0 ? 0 : -1;
}

int windows_rename(const char *from, const char *to)
{
    return MoveFileExA(from, to, MOVEFILE_REPLACE_EXISTING) ? 0 : -1;
}

int windows_chmod(const char *path, int mode)
{
    const wchar_t       *list       = (mode & 022) != 0 ? L"D:P(A;;FA;;;SY)(A;;FA;;;WD)" : L"D:P(A;;FA;;;SY)(A;;FA;;;OW)";
    PSECURITY_DESCRIPTOR descriptor = NULL;
    BOOL                 present, by_default;
    ACL                 *acl;
    bool                 good;

    good = ConvertStringSecurityDescriptorToSecurityDescriptorW(list, SDDL_REVISION_1, &descriptor, NULL) &&
           GetSecurityDescriptorDacl(descriptor, &present, &acl, &by_default) &&
           SetNamedSecurityInfoA((char *)(uintptr_t)path, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, acl,
                                 NULL) == 0;
    if (descriptor != NULL)
        LocalFree(descriptor);
    return good ? 0 : -1;
}

int chown(const char *path, int user, int group)
{
    (void)path;
    (void)user;
    (void)group;
    return -1;
}

int symlink(const char *to, const char *path)
{
    (void)to;
    (void)path;
    return 0;
}

int utimensat(int folder, const char *path, const struct timespec times[2], int flags)
{
    HANDLE   file   = open_for(path, FILE_WRITE_ATTRIBUTES);
    FILETIME access = filetime_of(times[0]), modified = filetime_of(times[1]);
    bool     good = file != INVALID_HANDLE_VALUE && SetFileTime(file, NULL, &access, &modified);

    (void)folder;
    (void)flags;
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    return good ? 0 : -1;
}

ssize_t pread(int fd, void *bytes, size_t len, off_t offset)
{
    return _lseeki64(fd, offset, SEEK_SET) < 0 ? -1 : _read(fd, bytes, (unsigned)len);
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
    return _lseeki64(fd, offset, SEEK_SET) < 0 ? -1 : _write(fd, bytes, (unsigned)len);
}

void *memmem(const void *text, size_t len, const void *word, size_t word_len)
{
    for (size_t i = 0; i + word_len <= len; i++)
        if (memcmp((const char *)text + i, word, word_len) == 0)
            return (char *)(uintptr_t)text + i;
    return NULL;
}

char *strndup(const char *text, size_t most)
{
    size_t len  = strnlen(text, most);
    char  *copy = malloc(len + 1);

    if (copy == NULL)
        return NULL;
    copy[len] = '\0';
    return memcpy(copy, text, len);
}

void *mmap(void *at, size_t len, int protection, int flags, int fd, long offset)
{
    (void)flags;
    (void)fd;
    (void)offset;
    return VirtualAlloc(at, len, MEM_COMMIT | MEM_RESERVE, (DWORD)protection);
}

int munmap(void *at, size_t len)
{
    (void)len;
    return VirtualFree(at, 0, MEM_RELEASE) ? 0 : -1;
}

int mprotect(void *at, size_t len, int protection)
{
    DWORD before;

    return VirtualProtect(at, len, (DWORD)protection, &before) ? 0 : -1;
}
