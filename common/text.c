#include "common/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

json_t *rw_json_text(const char *text)
{
    json_t *string = text != NULL ? json_string(text) : json_null();

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

json_t *rw_json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

void rw_csv_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}
