/* owner_windows.h - files that only this process's user can write, by Windows' access lists          rank 0: base */
#ifndef RW_OWNER_WINDOWS_H
#define RW_OWNER_WINDOWS_H

#include <stdbool.h>
#include <windows.h>

/* For CreateFileW() and CreateDirectoryW(): all for this user, the system and administrators, to whom nothing is closed anyway; others
 * may read it or not.  false: the system gave none.  Release with LocalFree(attributes->lpSecurityDescriptor). */
bool rw_own_attributes(SECURITY_ATTRIBUTES *out, bool readable);
/* Owned by this user, or by what owns the files of this process (an administrator's may be the group's), and written by nobody else. */
bool rw_is_own(HANDLE file);

#endif
