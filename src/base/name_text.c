#include "base/name_text.h"

#include "base/memory.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

#define ESCAPE 4 /* bytes of "\xHH" */

static bool is_escape(const char *text)
{
    return text[0] == '\\' && text[1] == 'x' && isxdigit((unsigned char)text[2]) && isxdigit((unsigned char)text[3]);
}

/* What steers a terminal or turns the order of its letters: C1, the ends of lines and paragraphs, overrides and isolates. */
static bool is_control(utf8proc_int32_t c)
{
    return c < 32 || (c >= 127 && c < 160) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* Bytes at `at` that stand for themselves; 0: the first must be escaped. */
static size_t plain(const char *at, bool controls)
{
    unsigned char    byte = (unsigned char)at[0];
    utf8proc_int32_t character;
    utf8proc_ssize_t len;

    if (byte < 0x80)
        return !is_escape(at) && !(controls && is_control(byte));
    len = utf8proc_iterate((const utf8proc_uint8_t *)at, -1, &character);
    return len > 0 && !(controls && is_control(character)) ? (size_t)len : 0;
}

char *rw_name_to_text(const char *name, bool controls)
{
    size_t n = strlen(name), used = 0;
    char  *text = rw_new_array(n + 1, ESCAPE);

    for (size_t i = 0; text != NULL && i < n;) {
        size_t len = plain(name + i, controls);

        if (len > 0) {
            memcpy(text + used, name + i, len);
            used += len;
            i += len;
        } else {
            used += (size_t)sprintf(text + used, "\\x%02x", (unsigned)(unsigned char)name[i++]);
        }
    }
    return text;
}

static char hex_value(char digit)
{
    return (char)(digit <= '9' ? digit - '0' : tolower((unsigned char)digit) - 'a' + 10);
}

bool rw_name_from_text(char *text)
{
    char *to      = text;
    bool  changed = false;

    while (*text != '\0') {
        char byte = is_escape(text) ? (char)(hex_value(text[2]) * 16 + hex_value(text[3])) : '\0';

        changed |= byte != '\0'; /* a name holds no NUL */
        *to++ = byte != '\0' ? byte : *text;
        text += byte != '\0' ? ESCAPE : 1;
    }
    *to = '\0';
    return changed;
}
