#include "common/text.h"

#include "base/name_text.h"
#include "common/json_watch.h"

#include <math.h>
#include <stdlib.h>

json_t *rw_json_text(const char *text)
{
    char   *copy   = text != NULL ? rw_name_to_text(text, false) : NULL;
    json_t *string = copy != NULL ? json_string(copy) : text == NULL ? json_null() : NULL;

    if (text != NULL && copy == NULL)
        rw_json_lose();
    free(copy);
    return string;
}

json_t *rw_json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

void rw_csv_quoted(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

void rw_csv_text(FILE *out, const char *text)
{
    char *copy = rw_name_to_text(text, false);

    rw_csv_quoted(out, copy != NULL ? copy : text);
    free(copy);
}

const char *rw_s(size_t n)
{
    return n == 1 ? "" : "s";
}
