/* json_text.c - how does any file name become a JSON string? */
#include "json_text.h"

#include <stdlib.h>
#include <string.h>

json_t *json_text(const char *text)
{
    json_t *string = json_string(text);

    if (string == NULL) {
        char *copy = strdup(text);

        for (char *c = copy; c != NULL && *c != '\0'; c++)
            if ((unsigned char)*c >= 128)
                *c = '?';
        string = copy != NULL ? json_string(copy) : NULL;
        free(copy);
    }
    return string;
}
