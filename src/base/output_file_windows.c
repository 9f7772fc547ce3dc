/* output_file_windows.c - output that appears whole or not at all: a temporary name beside it, flushed and moved into place. */
#include "base/output_parts.h"
#include "base/owner_windows.h"
#include "base/path_windows.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <windows.h>

#define WRITE_MOST  ((size_t)1 << 30)    /* bytes in one call, which counts in 32 bits */
#define STALE_TICKS (3600 * 10000000ull) /* an hour, of 100 ns */

static rwda_status open_output(rw_output *output, SECURITY_ATTRIBUTES *attributes, rwda_error *err)
{
    for (int i = 0; i < 100; i++) {
        wchar_t *wide   = rw_output_name(output->temporary, output->path) ? rw_wide_path(output->temporary) : NULL;
        HANDLE   handle = INVALID_HANDLE_VALUE;

        if (wide == NULL)
            break;
        handle = CreateFileW(wide, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_DELETE, attributes, CREATE_NEW,
                             FILE_ATTRIBUTE_NORMAL, NULL);
        if (handle == INVALID_HANDLE_VALUE)
            rw_errno_of_windows();
        free(wide);
        if (handle != INVALID_HANDLE_VALUE) {
            output->fd = _open_osfhandle((intptr_t)handle, _O_WRONLY | _O_BINARY | _O_NOINHERIT);
            if (output->fd < 0) /* its file is removed by its name */
                CloseHandle(handle);
            return output->fd >= 0 ? RWDA_OK : rw_fail_errno(err, output->path, "cannot be created");
        }
        if (errno != EEXIST)
            break;
    }
    output->temporary[0] = '\0';
    return rw_fail_errno(err, output->path, "cannot be created");
}

/* What is at the path already, links followed: RWDA_OK where an output may go there. */
static rwda_status check_place(const char *path, bool overwrite, rwda_error *err)
{
    wchar_t    *wide   = rw_wide_path(path);
    rwda_status status = RWDA_OK;
    DWORD       attributes;
    HANDLE      there;

    if (wide == NULL)
        return rw_fail_errno(err, path, "cannot be created");
    attributes = GetFileAttributesW(wide);
    there      = CreateFileW(wide, 0, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                             FILE_FLAG_BACKUP_SEMANTICS, NULL);
    if (there != INVALID_HANDLE_VALUE && GetFileType(there) != FILE_TYPE_DISK)
        status = rw_fail_not_regular(err, path, S_IFCHR);
    else if (attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0)
        status = rw_fail_not_regular(err, path, S_IFDIR);
    else if (attributes != INVALID_FILE_ATTRIBUTES && !overwrite)
        status =
            rw_fail(err, RWDA_EEXIST, RWDA_NO_OFFSET, "%.300s: exists already%s", path,
                    there == INVALID_HANDLE_VALUE && GetLastError() == ERROR_FILE_NOT_FOUND ? ", a link to nothing" : "");
    if (there != INVALID_HANDLE_VALUE)
        CloseHandle(there);
    free(wide);
    return status;
}

static rwda_status new_output(rw_output **out, const char *path, bool overwrite, SECURITY_ATTRIBUTES *attributes,
                              rwda_error *err)
{
    rwda_status status;
    rw_output  *output = NULL;

    *out   = NULL;
    status = check_place(path, overwrite, err);
    if (status == RWDA_OK)
        status = rw_output_blank(&output, path, overwrite, err);
    if (status == RWDA_OK)
        status = open_output(output, attributes, err);
    if (status != RWDA_OK)
        rw_output_free(output);
    else
        *out = output;
    return status;
}

rwda_status rw_output_new(rw_output **out, const char *path, bool overwrite, rwda_error *err)
{
    return new_output(out, path, overwrite, NULL, err); /* the folder's access list, as for every file made there */
}

rwda_status rw_output_new_own(rw_output **out, const char *path, bool readable, rwda_error *err)
{
    SECURITY_ATTRIBUTES own;
    rwda_status         status;

    *out = NULL;
    if (!rw_own_attributes(&own, readable)) {
        rw_errno_of_windows();
        return rw_fail_errno(err, path, "cannot be this user's alone");
    }
    status = new_output(out, path, true, &own, err);
    LocalFree(own.lpSecurityDescriptor);
    return status;
}

rwda_status rw_output_write(rw_output *output, const void *bytes, size_t len, rwda_error *err)
{
    HANDLE         handle = (HANDLE)_get_osfhandle(output->fd);
    const uint8_t *from   = bytes;

    while (len > 0) {
        DWORD put = 0;

        if (!WriteFile(handle, from, (DWORD)(len < WRITE_MOST ? len : WRITE_MOST), &put, NULL)) {
            rw_errno_of_windows();
            return rw_fail_errno(err, output->path, "cannot be written");
        }
        from += put;
        len -= put;
    }
    return RWDA_OK;
}

static rwda_status move_into_place(const rw_output *output, rwda_error *err)
{
    wchar_t    *from = rw_wide_path(output->temporary), *to = rw_wide_path(output->path);
    DWORD       flags  = MOVEFILE_WRITE_THROUGH | (output->overwrite ? MOVEFILE_REPLACE_EXISTING : 0);
    rwda_status status = RWDA_OK;

    if (from == NULL || to == NULL) {
        status = rw_fail_errno(err, output->path, "cannot be put in place");
    } else if (!MoveFileExW(from, to, flags)) {
        rw_errno_of_windows();
        status = errno == EEXIST && !output->overwrite ? rw_output_fail_exists(output, err)
                                                       : rw_fail_errno(err, output->path, "cannot be put in place");
    }
    free(from);
    free(to);
    return status;
}

rwda_status rw_output_commit(rw_output *output, rwda_error *err)
{
    int         fd = output->fd;
    rwda_status status;

    if (!FlushFileBuffers((HANDLE)_get_osfhandle(fd))) {
        rw_errno_of_windows();
        return rw_fail_errno(err, output->path, "cannot write to disk");
    }
    output->fd = -1;
    if (_close(fd) != 0)
        return rw_fail_errno(err, output->path, "cannot close");
    status = move_into_place(output, err);
    if (status == RWDA_OK)
        output->temporary[0] = '\0';
    return status;
}

static void remove_file(const char *path)
{
    wchar_t *wide = rw_wide_path(path);

    if (wide != NULL)
        (void)DeleteFileW(wide);
    free(wide);
}

void rw_output_free(rw_output *output)
{
    if (output == NULL)
        return;
    if (output->fd >= 0)
        _close(output->fd);
    if (output->temporary != NULL && output->temporary[0] != '\0')
        remove_file(output->temporary);
    free(output->temporary);
    free(output->path);
    free(output);
}

static unsigned long long ticks(FILETIME time)
{
    return (unsigned long long)time.dwHighDateTime << 32 | time.dwLowDateTime;
}

void rw_output_remove_stale(const char *path)
{
    char             pattern[RW_PATH_MAX], name[4 * MAX_PATH], other[RW_PATH_MAX];
    size_t           folder, stem;
    wchar_t         *wide;
    WIN32_FIND_DATAW entry;
    FILETIME         now;
    HANDLE           entries;

    rw_output_split(&folder, &stem, path);
    if (folder + 2 > sizeof pattern)
        return;
    memcpy(pattern, path, folder);
    memcpy(pattern + folder, "*", 2);
    wide    = rw_wide_path(pattern);
    entries = wide != NULL ? FindFirstFileW(wide, &entry) : INVALID_HANDLE_VALUE;
    free(wide);
    if (entries == INVALID_HANDLE_VALUE)
        return;
    GetSystemTimeAsFileTime(&now);
    do {
        if ((entry.dwFileAttributes & (FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT)) == 0 &&
            rw_narrow_path(name, sizeof name, entry.cFileName) && strncmp(name, path + folder, stem) == 0 &&
            name[stem] == '.' && strlen(name + stem) == RW_OUTPUT_SUFFIX &&
            (size_t)snprintf(other, sizeof other, "%.*s%s", (int)folder, path, name) < sizeof other &&
            ticks(entry.ftLastWriteTime) + STALE_TICKS < ticks(now))
            remove_file(other);
    } while (FindNextFileW(entries, &entry));
    FindClose(entries);
}
