#include "base/output_parts.h"

#include "base/entropy.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

rwda_status rw_output_blank(rw_output **out, const char *path, bool overwrite, rwda_error *err)
{
    size_t     len    = strlen(path);
    rw_output *output = calloc(1, sizeof *output);

    *out = NULL;
    if (output == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for an output handle", path);
    output->fd        = -1;
    output->overwrite = overwrite;
    output->path      = rw_string_copy(path);
    output->temporary = calloc(1, len + RW_OUTPUT_SUFFIX + 1);
    if (output->path != NULL && output->temporary != NULL) {
        *out = output;
        return RWDA_OK;
    }
    free(output->path);
    free(output->temporary);
    free(output);
    return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for a path of %zu bytes", path, len);
}

rwda_status rw_output_fail_exists(const rw_output *output, rwda_error *err)
{
    return rw_fail(err, RWDA_EEXIST, RWDA_NO_OFFSET, "%.300s: was made by somebody else meanwhile", output->path);
}

int rw_output_fd(const rw_output *output)
{
    return output->fd;
}

const char *rw_output_temporary(const rw_output *output)
{
    return output->temporary;
}

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
