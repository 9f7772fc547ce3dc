#include "common/text_file.h"

#include "base/memory.h"
#include "common/text_lines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX ((size_t)1 << 20) /* bytes; the library takes 16,384 words of 32 characters */

rwda_status rw_text_file_lines(char ***lines, size_t *n, const char *path, rwda_error *err)
{
    FILE       *in   = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    char       *line = NULL;
    size_t      room = 0, capacity = 0;
    ssize_t     len;
    rwda_status status = RWDA_OK;

    *lines = NULL;
    *n     = 0;
    if (in == NULL)
        return rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET, "%s: cannot be opened: %s", path, strerror(errno));
    while (status == RWDA_OK && (len = getline(&line, &room, in)) >= 0) {
        size_t kept = 0;

        if (*n == 0 && rw_text_is_utf16(line, (size_t)len)) {
            status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%s: is UTF-16: save it as UTF-8", path);
            break;
        }
        for (ssize_t i = 0; i < len; i++) /* NUL is dropped, as every control character is: it would end the text */
            if (line[i] != '\0')
                line[kept++] = line[i];
        line[kept - (kept > 0 && line[kept - 1] == '\n')] = '\0';
        if (rw_array_reserve((void **)lines, &capacity, *n, 1, sizeof **lines) &&
            ((*lines)[*n] = rw_string_copy(line)) != NULL)
            ++*n;
        else
            status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%s: no memory for its lines", path);
    }
    if (status == RWDA_OK && ferror(in))
        status = rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%s: %s", path, strerror(errno));
    free(line);
    if (in != stdin)
        (void)fclose(in);
    return status;
}

/* One space between words, none around them: the same words, the same recipe. */
static void join_words(char *text, size_t len)
{
    size_t used = 0;

    for (size_t i = rw_text_mark(text, len); i < len; i++) {
        bool space = strchr(" \n\r\t", text[i]) != NULL;

        if (!space)
            text[used++] = text[i];
        else if (used > 0 && text[used - 1] != ' ')
            text[used++] = ' ';
    }
    text[used - (used > 0 && text[used - 1] == ' ')] = '\0';
}

rwda_status rw_text_file_words(char **words, const char *path, rwda_error *err)
{
    FILE       *in     = fopen(path, "rb");
    char       *text   = in != NULL ? calloc(WORDS_MAX + 1, 1) : NULL;
    size_t      len    = text != NULL ? fread(text, 1, WORDS_MAX + 1, in) : 0;
    rwda_status status = RWDA_OK;

    if (in == NULL || (text != NULL && ferror(in)))
        status = rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%s: cannot be read", path);
    else if (text == NULL)
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%s: no memory", path);
    else if (len > WORDS_MAX)
        status = rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%s: over 1 MiB", path);
    else if (memchr(text, '\0', len) != NULL)
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%s: is not text", path);
    else
        join_words(text, len);
    if (in != NULL)
        (void)fclose(in);
    if (status != RWDA_OK) {
        free(text);
        text = NULL;
    }
    *words = text;
    return status;
}
