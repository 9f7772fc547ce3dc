/* output.c - how does an output appear whole or not at all? */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int cli_output_open(cli_output *out, const char *path, bool force)
{
    size_t room;
    int    fd;
    mode_t mask;

    *out = (cli_output){ stdout, NULL, NULL };
    if (path == NULL || strcmp(path, "-") == 0)
        return 0;
    if (!force && access(path, F_OK) == 0) {
        cli_error("%s: exists already; --force overwrites it", path);
        return EXIT_OUTPUT;
    }
    room           = strlen(path) + 8;
    out->path      = strdup(path);
    out->temporary = malloc(room);
    if (out->path == NULL || out->temporary == NULL) {
        cli_error("%s: no memory", path);
        (void)cli_output_close(out, false);
        return EXIT_OUTPUT;
    }
    (void)snprintf(out->temporary, room, "%s.XXXXXX", path);
    fd          = mkstemp(out->temporary);
    out->stream = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (out->stream == NULL) {
        cli_error("%s: cannot be created: %s", path, strerror(errno));
        (void)cli_output_close(out, false);
        return EXIT_OUTPUT;
    }
    mask = umask(0);
    (void)umask(mask);
    (void)fchmod(fd, 0666 & ~mask);
    return 0;
}

int cli_output_close(cli_output *out, bool keep)
{
    int code = 0;

    if (out->path == NULL)
        return fflush(stdout) != 0 ? EXIT_OUTPUT : 0;
    if (out->stream != NULL) {
        bool fine = fflush(out->stream) == 0 && !ferror(out->stream) && (!keep || fsync(fileno(out->stream)) == 0);

        fine = fclose(out->stream) == 0 && fine;
        if (keep && (!fine || rename(out->temporary, out->path) != 0)) {
            cli_error("%s: cannot be written: %s", out->path, strerror(errno));
            code = EXIT_OUTPUT;
            keep = false;
        }
    } else {
        keep = false;
    }
    if (!keep && out->temporary != NULL)
        (void)unlink(out->temporary);
    free(out->path);
    free(out->temporary);
    *out = (cli_output){ NULL, NULL, NULL };
    return code;
}

void cli_csv_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

/* NumPy's .npy 1.0: magic, version, header length, a Python dictionary padded to 64 bytes, the data. */
int cli_write_npy(const char *path, bool force, const float *data, const size_t *shape, int ndim)
{
    cli_output out;
    char       header[256], dims[128] = "";
    size_t     count = 1, len;
    int        code  = cli_output_open(&out, path, force);

    if (code != 0)
        return code;
    for (int i = 0; i < ndim; i++) {
        (void)snprintf(dims + strlen(dims), sizeof dims - strlen(dims), "%zu,%s", shape[i], i + 1 < ndim ? " " : "");
        count *= shape[i];
    }
    len = (size_t)snprintf(header, sizeof header, "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }", dims);
    while ((10 + len + 1) % 64 != 0)
        header[len++] = ' ';
    header[len++] = '\n';
    fwrite("\x93NUMPY\x01\x00", 1, 8, out.stream);
    fputc((int)(len & 255), out.stream);
    fputc((int)(len >> 8), out.stream);
    fwrite(header, 1, len, out.stream);
    fwrite(data, sizeof *data, count, out.stream);
    return cli_output_close(&out, true);
}

bool cli_read_npy(float *out, size_t count, const char *path)
{
    FILE *in   = fopen(path, "rb");
    bool  fine = in != NULL && count < SIZE_MAX / 8 && fseek(in, -(long)(count * sizeof *out), SEEK_END) == 0 &&
                ftell(in) >= 64 && ftell(in) <= 256 && fread(out, sizeof *out, count, in) == count;

    if (in != NULL)
        fclose(in);
    return fine;
}
