/* file_windows.c - files and paths of Windows */
#include "base/file.h"
#include "base/owner_windows.h"
#include "base/path_windows.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <windows.h>

#define READ_MOST ((size_t)1 << 30) /* bytes in one call, which counts in 32 bits */

/* FILETIME counts 100 ns since 1601. */
static int64_t nanoseconds(int64_t ticks)
{
    return (ticks - 116444736000000000) * 100;
}

/* false: errno. */
static bool describe(rw_file_stamp *stamp, DWORD *attributes, HANDLE handle)
{
    BY_HANDLE_FILE_INFORMATION info;
    FILE_BASIC_INFO            times;

    if (!GetFileInformationByHandle(handle, &info) ||
        !GetFileInformationByHandleEx(handle, FileBasicInfo, &times, sizeof times)) {
        rw_errno_of_windows();
        return false;
    }
    *attributes = info.dwFileAttributes;
    *stamp      = (rw_file_stamp){ (uint64_t)info.nFileIndexHigh << 32 | info.nFileIndexLow,
                                   (uint64_t)info.nFileSizeHigh << 32 | info.nFileSizeLow,
                                   nanoseconds(times.LastWriteTime.QuadPart), nanoseconds(times.ChangeTime.QuadPart) };
    return true;
}

/* INVALID_HANDLE_VALUE: errno.  Others may write, rename and remove the file meanwhile, as everywhere else. */
static HANDLE open_handle(const char *path, DWORD access, DWORD more_flags)
{
    wchar_t *wide   = rw_wide_path(path);
    HANDLE   handle = INVALID_HANDLE_VALUE;

    if (wide == NULL)
        return handle;
    handle =
        CreateFileW(wide, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                    FILE_FLAG_BACKUP_SEMANTICS | more_flags, NULL); /* without these semantics a folder is "access denied" */
    if (handle == INVALID_HANDLE_VALUE)
        rw_errno_of_windows();
    free(wide);
    return handle;
}

static mode_t kind_of(HANDLE handle, DWORD attributes)
{
    return GetFileType(handle) != FILE_TYPE_DISK              ? S_IFCHR
           : (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0     ? S_IFDIR
           : (attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 ? S_IFCHR
                                                              : S_IFREG;
}

static rwda_status open_file(rw_file *out, const char *path, bool own, rwda_error *err)
{
    HANDLE        handle;
    rw_file_stamp stamp;
    DWORD         attributes = 0;
    mode_t        kind;
    int           fd;

    *out   = RW_FILE_CLOSED;
    handle = open_handle(path, GENERIC_READ, own ? FILE_FLAG_OPEN_REPARSE_POINT : 0);
    if (handle == INVALID_HANDLE_VALUE)
        return rw_fail_errno(err, path, "cannot open");
    if (GetFileType(handle) == FILE_TYPE_DISK && !describe(&stamp, &attributes, handle)) {
        CloseHandle(handle);
        return rw_fail_errno(err, path, "cannot stat");
    }
    kind = kind_of(handle,
                   own ? attributes : attributes & ~(DWORD)FILE_ATTRIBUTE_REPARSE_POINT); /* a file in the cloud has one */
    if (kind != S_IFREG) {
        CloseHandle(handle);
        return rw_fail_not_regular(err, path, kind);
    }
    if (own && !rw_is_own(handle)) {
        CloseHandle(handle);
        return rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: others may have written it", path);
    }
    fd = _open_osfhandle((intptr_t)handle, _O_RDONLY | _O_BINARY | _O_NOINHERIT);
    if (fd < 0) {
        CloseHandle(handle);
        return rw_fail_errno(err, path, "cannot open");
    }
    *out = (rw_file){ fd, stamp };
    return RWDA_OK;
}

bool rw_file_stamp_of(rw_file_stamp *out, const char *path)
{
    HANDLE        handle = open_handle(path, FILE_READ_ATTRIBUTES, 0);
    rw_file_stamp stamp;
    DWORD         attributes;
    bool          good;

    if (handle == INVALID_HANDLE_VALUE)
        return false;
    good = GetFileType(handle) == FILE_TYPE_DISK && describe(&stamp, &attributes, handle) &&
           (attributes & FILE_ATTRIBUTE_DIRECTORY) == 0;
    CloseHandle(handle);
    if (good)
        *out = stamp;
    return good;
}

rwda_status rw_file_open(rw_file *out, const char *path, rwda_error *err)
{
    return open_file(out, path, false, err);
}

bool rw_file_open_own(rw_file *out, const char *path)
{
    return open_file(out, path, true, NULL) == RWDA_OK;
}

rwda_status rw_file_get(const rw_file *file, void *out, size_t len, uint64_t offset, const char *path, rwda_error *err)
{
    HANDLE   handle = (HANDLE)_get_osfhandle(file->fd);
    uint8_t *to     = out;

    while (len > 0) {
        OVERLAPPED at  = { 0 };
        DWORD      got = 0;

        at.Offset     = (DWORD)offset;
        at.OffsetHigh = (DWORD)(offset >> 32);
        if (!ReadFile(handle, to, (DWORD)(len < READ_MOST ? len : READ_MOST), &got, &at) &&
            GetLastError() != ERROR_HANDLE_EOF) {
            rw_errno_of_windows();
            return rw_fail_errno(err, path, "cannot read");
        }
        if (got == 0)
            return rw_fail_shorter(err, path, offset, file->stamp.size);
        to += got;
        len -= got;
        offset += got;
    }
    return RWDA_OK;
}

rwda_status rw_file_check_same(const rw_file *file, const char *path, rwda_error *err)
{
    rw_file_stamp now;
    DWORD         attributes;

    if (!describe(&now, &attributes, (HANDLE)_get_osfhandle(file->fd)))
        return rw_fail_errno(err, path, "cannot stat");
    if (now.size == file->stamp.size && now.modified == file->stamp.modified)
        return RWDA_OK;
    return rw_fail_written_to(err, path, file->stamp.size, now.size);
}

void rw_file_close(rw_file *file)
{
    if (file->fd >= 0)
        _close(file->fd);
    *file = RW_FILE_CLOSED;
}

static DWORD attributes_of(const char *path)
{
    wchar_t *wide       = rw_wide_path(path);
    DWORD    attributes = wide != NULL ? GetFileAttributesW(wide) : INVALID_FILE_ATTRIBUTES;

    free(wide);
    return attributes;
}

bool rw_is_directory(const char *path)
{
    DWORD attributes = attributes_of(path);

    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

bool rw_path_exists(const char *path)
{
    return attributes_of(path) != INVALID_FILE_ATTRIBUTES;
}

bool rw_real_path(char out[RW_PATH_MAX], const char *path)
{
    HANDLE   handle = open_handle(path, FILE_READ_ATTRIBUTES, 0);
    wchar_t *wide   = handle != INVALID_HANDLE_VALUE ? malloc(RW_PATH_MAX * sizeof *wide) : NULL;
    DWORD    units  = wide != NULL ? GetFinalPathNameByHandleW(handle, wide, RW_PATH_MAX, FILE_NAME_NORMALIZED) : 0;
    bool     good;

    if (wide != NULL && units == 0) { /* some file systems cannot say, nor can Wine of long ones: links stay then */
        free(wide);
        wide  = rw_wide_path(path);
        units = wide != NULL ? 1 : 0;
    }
    good = units > 0 && units < RW_PATH_MAX && rw_narrow_path(out, RW_PATH_MAX, wide);
    if (handle != INVALID_HANDLE_VALUE)
        CloseHandle(handle);
    free(wide);
    return good;
}

bool rw_make_own_folder(const char *path)
{
    wchar_t            *wide = rw_wide_path(path);
    SECURITY_ATTRIBUTES own;
    bool                made = false;

    if (wide != NULL && rw_own_attributes(&own, false)) {
        made = CreateDirectoryW(wide, &own);
        LocalFree(own.lpSecurityDescriptor);
    }
    free(wide);
    return made;
}

const char *rw_last_separator(const char *path)
{
    const char *last = NULL;

    for (const char *c = path; *c != '\0'; c++)
        if (*c == '/' || *c == '\\' || (*c == ':' && c == path + 1)) /* "C:name" is in the drive's current folder */
            last = c;
    return last;
}

void rw_path_to_folder(char path[RW_PATH_MAX])
{
    size_t len = rw_last_separator(path) != NULL ? (size_t)(rw_last_separator(path) - path) : 0;

    if (rw_last_separator(path) == NULL)
        strcpy(path, ".");
    else /* "C:/", "C:" and "/" end with theirs */
        path[len == 0 || path[len] == ':' || path[len - 1] == ':' ? len + 1 : len] = '\0';
}

bool rw_is_name(const char *name)
{
    return name[0] != '\0' && strpbrk(name, "/\\:") == NULL; /* "file:stream" is another stream of the file */
}
