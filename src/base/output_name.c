#include "base/output_name.h"

#include "base/entropy.h"
#include "base/file.h"

#include <string.h>

void rw_output_split(size_t *folder, size_t *stem, const char *path)
{
    const char *last = rw_last_separator(path);

    *folder = last != NULL ? (size_t)(last - path) + 1 : 0;
    *stem   = strlen(path + *folder);
    if (*stem + RW_OUTPUT_SUFFIX <= RW_NAME_BYTES)
        return;
    *stem = RW_NAME_BYTES - RW_OUTPUT_SUFFIX;
    while (*stem > 1 && ((unsigned char)path[*folder + *stem] & 0xC0) == 0x80) /* not within a character */
        --*stem;
}

bool rw_output_name(char *out, const char *path)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    uint8_t           drawn[RW_OUTPUT_SUFFIX - 1];
    size_t            folder, stem;

    if (!rw_entropy(drawn, sizeof drawn, true))
        return false;
    rw_output_split(&folder, &stem, path);
    memcpy(out, path, folder + stem);
    out += folder + stem;
    *out++ = '.';
    for (size_t i = 0; i < sizeof drawn; i++)
        *out++ = letters[drawn[i] % (sizeof letters - 1)];
    *out = '\0';
    return true;
}
