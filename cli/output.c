/* output.c - how does an output appear whole or not at all? */
#include "cli.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Temporary files under way, opened by one thread.  A signal handler reads them: fixed memory, and a name stands before it counts. */
static struct {
    atomic_bool under_way;
    char        path[CLI_PATH_MAX];
} unfinished[8];
#define N_UNFINISHED (sizeof unfinished / sizeof unfinished[0])

static void remember(const char *temporary)
{
    for (size_t i = 0; i < N_UNFINISHED; i++)
        if (!unfinished[i].under_way && cli_path(unfinished[i].path, "%s", temporary)) {
            unfinished[i].under_way = true;
            return;
        }
}

static void forget(const char *temporary)
{
    for (size_t i = 0; i < N_UNFINISHED; i++)
        if (temporary != NULL && strcmp(unfinished[i].path, temporary) == 0)
            unfinished[i].under_way = false;
}

static void on_signal(int number)
{
    for (size_t i = 0; i < N_UNFINISHED; i++)
        if (unfinished[i].under_way)
            (void)unlink(unfinished[i].path);
    (void)raise(number); /* SA_RESETHAND: it now does what it does by default, and a shell sees 128 + number */
}

void cli_clean_up_on_signals(void)
{
    static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct sigaction action, before;

        memset(&action, 0, sizeof action);
        action.sa_handler = on_signal;
        action.sa_flags   = (int)SA_RESETHAND;
        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN) /* nohup stays in force */
            (void)sigaction(numbers[i], &action, NULL);
    }
}

int cli_output_open(cli_output *out, const char *path, bool force)
{
    struct stat info;
    size_t      room;
    int         fd;
    mode_t      mask;

    *out = (cli_output){ stdout, NULL, NULL, force };
    if (path == NULL || strcmp(path, "-") == 0)
        return 0;
    if (stat(path, &info) == 0) {
        if (!S_ISREG(info.st_mode)) { /* renaming onto /dev/null would replace it */
            out->path   = strdup(path);
            out->stream = out->path != NULL ? fopen(path, "wb") : NULL;
            if (out->stream == NULL) {
                cli_error("%s: cannot be opened: %s", path, strerror(errno));
                (void)cli_output_close(out, false);
                return EXIT_OUTPUT;
            }
            return 0;
        }
        if (!force) {
            cli_error("%s: exists already; --force overwrites it", path);
            return EXIT_OUTPUT;
        }
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
    remember(out->temporary);
    mask = umask(0);
    (void)umask(mask);
    (void)fchmod(fd, 0666 & ~mask);
    return 0;
}

/* link() fails where rename() would replace: a file that somebody else made meanwhile is not lost. */
static bool put_in_place(const cli_output *out)
{
    if (!out->force && link(out->temporary, out->path) == 0)
        return unlink(out->temporary) == 0;
    if (!out->force && errno == EEXIST)
        return false;
    return rename(out->temporary, out->path) == 0; /* also where there are no hard links */
}

int cli_output_check(const char *path, bool force)
{
    cli_output  out;
    struct stat info;
    int         code;

    if (strcmp(path, "-") == 0 || (stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode)))
        return 0; /* opening a pipe would be noticed at its other end */
    code = cli_output_open(&out, path, force);
    return code != 0 ? code : cli_output_close(&out, false);
}

int cli_output_close(cli_output *out, bool keep)
{
    int code = 0;

    if (out->path == NULL)
        return out->stream != NULL && fflush(out->stream) != 0 ? EXIT_OUTPUT : 0;
    keep = keep && out->stream != NULL;
    if (out->stream != NULL) {
        bool fine = fflush(out->stream) == 0 && !ferror(out->stream);

        fine = fine && (!keep || out->temporary == NULL || fsync(fileno(out->stream)) == 0);
        fine = fclose(out->stream) == 0 && fine;
        if (keep && (!fine || (out->temporary != NULL && !put_in_place(out)))) {
            cli_error("%s: cannot be written: %s", out->path, strerror(errno));
            code = EXIT_OUTPUT;
            keep = false;
        }
    }
    if (!keep && out->temporary != NULL)
        (void)unlink(out->temporary);
    forget(out->temporary);
    free(out->path);
    free(out->temporary);
    *out = (cli_output){ NULL, NULL, NULL, false };
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

int cli_write_bytes(const char *path, bool force, const void *bytes, size_t len)
{
    cli_output out;
    int        code = cli_output_open(&out, path, force);

    if (code != 0)
        return code;
    fwrite(bytes, 1, len, out.stream);
    return cli_output_close(&out, true);
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
