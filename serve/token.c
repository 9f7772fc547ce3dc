#include "serve/token.h"

#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN_MIN        16
#define TOKEN_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/="

static rwda_status read_first_line(char **out, const char *path, rwda_error *err)
{
    FILE       *file   = fopen(path, "r");
    size_t      room   = 0;
    rwda_status status = RWDA_OK;

    if (file == NULL)
        status = rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: cannot be read: %s", path, strerror(errno));
    else if (getline(out, &room, file) < 0)
        status = rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: cannot be read: it is empty", path);
    else
        (*out)[strcspn(*out, "\r\n")] = '\0';
    if (file != NULL)
        (void)fclose(file);
    return status;
}

rwda_status token_read(char **out, const char *file, const char *given, rwda_error *err)
{
    rwda_status status = RWDA_OK;
    size_t      n;

    *out = NULL;
    if (file == NULL && (given == NULL || given[0] == '\0'))
        return RWDA_OK;
    if (file != NULL)
        RW_TRY(read_first_line(out, file, err));
    else if ((*out = rw_string_copy(given)) == NULL)
        RW_TRY(rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the token"));
    n = strlen(*out);
    if (n < TOKEN_MIN || strspn(*out, TOKEN_CHARACTERS) != n)
        status =
            rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                    "the token wants at least %d letters, digits or -._~+/= ('openssl rand -hex 32' makes one)", TOKEN_MIN);
done:
    if (status != RWDA_OK) {
        free(*out);
        *out = NULL;
    }
    return status;
}
