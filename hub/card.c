#include "hub/card.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CARD_MAX ((size_t)8 << 20)

/* The rest of a line "key: value", without quotes; false: another line. */
static bool value_of(char *out, size_t room, const char *line, const char *key)
{
    size_t len = strlen(key);

    if (strncmp(line, key, len) != 0 || line[len] != ':')
        return false;
    line += len + 1;
    line += strspn(line, " \t'\"");
    len = strcspn(line, "\r\n'\"");
    while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t'))
        len--;
    if (len == 0 || len >= room)
        return false;
    memcpy(out, line, len);
    out[len] = '\0';
    return true;
}

void rw_hub_card_licence(char *out, size_t room, const char *path)
{
    uint8_t *text = NULL;
    size_t   len;
    char     name[128] = "";

    out[0] = '\0';
    if (rw_file_read(&text, &len, path, CARD_MAX, NULL) != RWDA_OK)
        return;
    if (strncmp((char *)text, "---", 3) == 0)
        for (char *line = strchr((char *)text, '\n'); line != NULL && strncmp(line + 1, "---", 3) != 0;
             line       = strchr(line + 1, '\n')) {
            (void)value_of(out, room, line + 1, "license");
            (void)value_of(name, sizeof name, line + 1, "license_name");
        }
    if (name[0] != '\0' && (out[0] == '\0' || strcmp(out, "other") == 0))
        (void)snprintf(out, room, "%s", name);
    free(text);
}
