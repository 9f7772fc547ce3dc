#include "common/text.h"

#include "base/name_text.h"

#include <math.h>
#include <stdlib.h>

json_t *rw_json_text(const char *text)
{
    char   *copy   = text != NULL ? rw_name_to_text(text, false) : NULL;
    json_t *string = copy != NULL ? json_string(copy) : text == NULL ? json_null() : NULL;

    free(copy);
    return string;
}

json_t *rw_json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

void rw_csv_text(FILE *out, const char *text)
{
    char *copy = rw_name_to_text(text, false);

    fputc('"', out);
    for (const char *at = copy != NULL ? copy : text; *at != '\0'; at++) {
        if (*at == '"')
            fputc('"', out);
        fputc(*at, out);
    }
    fputc('"', out);
    free(copy);
}
