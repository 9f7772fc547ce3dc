#include "base/path_windows.h"

#include "base/status.h"

#include <errno.h>
#include <stdlib.h>
#include <windows.h>

static const struct {
    DWORD windows;
    int   posix;
} meanings[] = {
    { ERROR_FILE_NOT_FOUND, ENOENT },
    { ERROR_PATH_NOT_FOUND, ENOENT },
    { ERROR_INVALID_NAME, ENOENT },
    { ERROR_BAD_PATHNAME, ENOENT },
    { ERROR_INVALID_DRIVE, ENOENT },
    { ERROR_BAD_NETPATH, ENOENT },
    { ERROR_BAD_NET_NAME, ENOENT },
    { ERROR_DIRECTORY, ENOTDIR },
    { ERROR_ACCESS_DENIED, EACCES },
    { ERROR_SHARING_VIOLATION, EACCES },
    { ERROR_LOCK_VIOLATION, EACCES },
    { ERROR_WRITE_PROTECT, EROFS },
    { ERROR_ALREADY_EXISTS, EEXIST },
    { ERROR_FILE_EXISTS, EEXIST },
    { ERROR_DISK_FULL, ENOSPC },
    { ERROR_HANDLE_DISK_FULL, ENOSPC },
    { ERROR_NOT_ENOUGH_MEMORY, ENOMEM },
    { ERROR_OUTOFMEMORY, ENOMEM },
    { ERROR_TOO_MANY_OPEN_FILES, EMFILE },
    { ERROR_FILENAME_EXCED_RANGE, ENAMETOOLONG },
    { ERROR_NO_UNICODE_TRANSLATION, EILSEQ },
};

void rw_errno_of_windows(void)
{
    DWORD error = GetLastError();

    errno = EIO;
    for (size_t i = 0; i < RW_COUNTOF(meanings); i++)
        if (meanings[i].windows == error)
            errno = meanings[i].posix;
}

static bool begins(const wchar_t *text, const wchar_t *with)
{
    return wcsncmp(text, with, wcslen(with)) == 0;
}

wchar_t *rw_wide_path(const char *path)
{
    static const wchar_t prefix[] = L"\\\\?\\", share[] = L"\\\\?\\UNC";
    int                  units = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, NULL, 0);
    wchar_t             *given = units > 0 ? malloc((size_t)units * sizeof *given) : NULL, *out = NULL, *full;
    DWORD                room, written;

    if (units <= 0) {
        errno = EILSEQ;
        return NULL;
    }
    if (given == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    (void)MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, given, units);
    room = GetFullPathNameW(given, 0, NULL, NULL); /* the NUL included; 0 for an empty path */
    if (room == 0) {
        errno = ENOENT;
        goto done;
    }
    out = malloc((wcslen(share) + room) * sizeof *out);
    if (out == NULL) {
        errno = ENOMEM;
        goto done;
    }
    full    = out + wcslen(share);
    written = GetFullPathNameW(given, room, full, NULL);
    if (written == 0 || written >= room) { /* the process has gone to another folder meanwhile */
        errno = ENOENT;
        free(out);
        out = NULL;
        goto done;
    }
    if (begins(full, L"\\\\?\\") || begins(full, L"\\\\.\\")) {
        wmemmove(out, full, wcslen(full) + 1);
    } else if (begins(full, L"\\\\")) {
        wmemmove(out + wcslen(share), full + 1, wcslen(full));
        wmemcpy(out, share, wcslen(share));
    } else {
        wmemmove(out + wcslen(prefix), full, wcslen(full) + 1);
        wmemcpy(out, prefix, wcslen(prefix));
    }
done:
    free(given);
    return out;
}

bool rw_narrow_path(char *out, size_t capacity, const wchar_t *wide)
{
    static const wchar_t share[] = L"\\\\?\\UNC\\";
    int                  skip    = begins(wide, share) ? (int)wcslen(share) - 2 : begins(wide, L"\\\\?\\") ? 4 : 0;

    if (capacity == 0 || WideCharToMultiByte(CP_UTF8, 0, wide + skip, -1, out, (int)capacity, NULL, NULL) == 0)
        return false;
    for (char *c = out; *c != '\0'; c++)
        if (*c == '\\')
            *c = '/';
    if (begins(wide, share)) /* "C\\host": what is left of "UNC\\" before the host */
        out[0] = '/';
    return true;
}
