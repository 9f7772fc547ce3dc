/* path_windows.h - paths in UTF-8 for Windows' wide calls, their errors as errno                    rank 0: base */
#ifndef RW_PATH_WINDOWS_H
#define RW_PATH_WINDOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

/* Absolute, with the prefix that lifts the limit of 260 characters and takes names as they are; the caller's to free.  A device ("NUL")
 * keeps its own prefix.  NULL: not UTF-8, or no memory (errno). */
wchar_t *rw_wide_path(const char *path);
/* Back, without the prefix and with '/' between the parts, into out [capacity]; false: it does not fit. */
bool rw_narrow_path(char *out, size_t capacity, const wchar_t *wide);
/* GetLastError() as the errno that POSIX has for it. */
void rw_errno_of_windows(void);

#endif
