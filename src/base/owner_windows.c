#include "base/owner_windows.h"

#include <aclapi.h>
#include <sddl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define WRITES (FILE_WRITE_DATA | FILE_APPEND_DATA | WRITE_DAC | WRITE_OWNER | GENERIC_WRITE | GENERIC_ALL)

/* TokenUser or TokenOwner of this process; both begin with the pointer to a SID.  The caller's to free; NULL: none. */
static void *token_sid(TOKEN_INFORMATION_CLASS which)
{
    HANDLE token;
    DWORD  len  = 0;
    void  *info = NULL;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return NULL;
    (void)GetTokenInformation(token, which, NULL, 0, &len);
    info = len > 0 ? malloc(len) : NULL;
    if (info != NULL && !GetTokenInformation(token, which, info, len, &len)) {
        free(info);
        info = NULL;
    }
    CloseHandle(token);
    return info;
}

bool rw_own_attributes(SECURITY_ATTRIBUTES *out, bool readable)
{
    TOKEN_USER *user = token_sid(TokenUser);
    wchar_t    *sid  = NULL, text[256];
    bool        made = false;

    *out = (SECURITY_ATTRIBUTES){ sizeof *out, NULL, FALSE };
    if (user != NULL && ConvertSidToStringSidW(user->User.Sid, &sid) && wcslen(sid) < 190) {
        wcscpy(text, L"D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;");
        wcscat(text, sid);
        wcscat(text, readable ? L")(A;;FR;;;WD)" : L")");
        made = ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1, &out->lpSecurityDescriptor, NULL);
    }
    if (sid != NULL)
        LocalFree(sid);
    free(user);
    return made;
}

/* Whoever has these may write every file. */
static bool is_almighty(PSID sid)
{
    return IsWellKnownSid(sid, WinLocalSystemSid) || IsWellKnownSid(sid, WinBuiltinAdministratorsSid);
}

static bool others_write(ACL *list, PSID user, PSID owner)
{
    if (list == NULL) /* no list at all: everybody may do everything */
        return true;
    for (DWORD i = 0; i < list->AceCount; i++) {
        void *entry;
        PSID  sid;

        if (!GetAce(list, i, &entry))
            return true;
        if (((ACE_HEADER *)entry)->AceType == ACCESS_DENIED_ACE_TYPE ||
            (((ACE_HEADER *)entry)->AceFlags & INHERIT_ONLY_ACE) != 0)
            continue;
        if (((ACE_HEADER *)entry)->AceType != ACCESS_ALLOWED_ACE_TYPE) /* one whose SID lies elsewhere */
            return true;
        sid = &((ACCESS_ALLOWED_ACE *)entry)->SidStart;
        if ((((ACCESS_ALLOWED_ACE *)entry)->Mask & WRITES) != 0 && !EqualSid(sid, user) && !EqualSid(sid, owner) &&
            !is_almighty(sid))
            return true;
    }
    return false;
}

bool rw_is_own(HANDLE file)
{
    TOKEN_USER          *user       = token_sid(TokenUser);
    TOKEN_OWNER         *usual      = token_sid(TokenOwner);
    PSID                 owner      = NULL;
    ACL                 *list       = NULL;
    PSECURITY_DESCRIPTOR descriptor = NULL;
    bool                 own        = false;

    if (user != NULL && usual != NULL &&
        GetSecurityInfo(file, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner, NULL, &list,
                        NULL, &descriptor) == ERROR_SUCCESS &&
        owner != NULL)
        own =
            (EqualSid(owner, user->User.Sid) || EqualSid(owner, usual->Owner)) && !others_write(list, user->User.Sid, owner);
    if (descriptor != NULL)
        LocalFree(descriptor);
    free(user);
    free(usual);
    return own;
}
