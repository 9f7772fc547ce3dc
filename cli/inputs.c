/* inputs.c - which pictures were meant? */
#include "cli.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define DEPTH_MAX 32 /* folders in folders */

bool cli_grow(void **array, size_t *capacity, size_t count, size_t element)
{
    size_t more;
    void  *grown;

    if (count < *capacity)
        return true;
    more  = *capacity != 0 ? 2 * *capacity : 256;
    grown = realloc(*array, more * element);
    if (grown == NULL)
        return false;
    *array    = grown;
    *capacity = more;
    return true;
}

bool cli_inputs_add(cli_inputs *inputs, const char *path)
{
    if (!cli_grow((void **)&inputs->paths, &inputs->capacity, inputs->count, sizeof *inputs->paths))
        return false;
    inputs->paths[inputs->count] = strdup(path);
    return inputs->paths[inputs->count++] != NULL;
}

bool cli_named_like_a_picture(const char *name)
{
    static const char *const endings[] = { ".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff",
                                           ".bmp", ".ppm",  ".pgm", ".pbm",  ".pnm" };
    size_t                   len       = strlen(name);

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t tail = strlen(endings[i]);

        if (len > tail && strcasecmp(name + len - tail, endings[i]) == 0)
            return true;
    }
    return false;
}

bool cli_path(char out[CLI_PATH_MAX], const char *format, ...)
{
    va_list args;
    int     len;

    va_start(args, format);
    len = vsnprintf(out, CLI_PATH_MAX, format, args);
    va_end(args);
    if (len < 0 || len >= CLI_PATH_MAX)
        out[0] = '\0';
    return out[0] != '\0';
}

static int not_dots(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* A directory that cannot be read is an input that fails later, by name: it is added as it is.  Links to directories are not
 * followed inside a directory: they may lead back. */
static bool add_directory(cli_inputs *inputs, const char *path, int depth)
{
    struct dirent **entries = NULL;
    int             n       = depth < DEPTH_MAX ? scandir(path, &entries, not_dots, alphasort) : -1;
    bool            fine    = n >= 0 || cli_inputs_add(inputs, path);

    for (int i = 0; i < n; i++) {
        char        child[CLI_PATH_MAX];
        struct stat info;

        if (fine && cli_path(child, "%s/%s", path, entries[i]->d_name)) {
            if (lstat(child, &info) == 0 && S_ISDIR(info.st_mode))
                fine = add_directory(inputs, child, depth + 1);
            else if (cli_named_like_a_picture(child))
                fine = cli_inputs_add(inputs, child);
            else
                inputs->skipped++;
        }
        free(entries[i]);
    }
    free(entries);
    return fine;
}

/* 0, or an exit code. */
static int add_list(cli_inputs *inputs, int separator)
{
    char   *line = NULL;
    size_t  room = 0;
    ssize_t len;
    bool    fine = true;

    while (fine && (len = getdelim(&line, &room, separator, stdin)) > 0) {
        if (line[len - 1] == separator)
            line[--len] = '\0';
        if (strlen(line) != (size_t)len) {
            cli_error(
                "standard input holds NUL bytes: a list needs --null then, and a picture itself must be named by its path");
            free(line);
            return EXIT_USAGE;
        }
        if (len > 0)
            fine = cli_inputs_add(inputs, line);
    }
    free(line);
    return fine ? 0 : EXIT_SOME_FAILED;
}

int cli_inputs_read(cli_inputs *inputs, char **arguments, int n, bool nul_separated)
{
    bool fine = true;
    int  code;

    *inputs = (cli_inputs){ NULL, 0, 0, 0 };
    for (int i = 0; i < n && fine; i++) {
        struct stat info;
        size_t      len = strlen(arguments[i]);

        if (strcmp(arguments[i], "-") == 0) {
            code = add_list(inputs, nul_separated ? '\0' : '\n');
            if (code == EXIT_USAGE)
                return code;
            fine = code == 0;
        } else if (stat(arguments[i], &info) == 0 && S_ISDIR(info.st_mode)) {
            size_t before = inputs->count;

            while (len > 1 && arguments[i][len - 1] == '/')
                arguments[i][--len] = '\0';
            fine = add_directory(inputs, arguments[i], 0);
            if (inputs->count == before)
                cli_error("%s: no picture in this directory", arguments[i]);
        } else {
            fine = cli_inputs_add(inputs, arguments[i]);
        }
    }
    if (!fine) {
        cli_error("no memory for the list of %zu inputs", inputs->count);
        return EXIT_SOME_FAILED;
    }
    if (inputs->count == 0) {
        cli_error("no pictures: name files, directories, or '-' for a list on standard input");
        return EXIT_USAGE;
    }
    return 0;
}

void cli_inputs_free(cli_inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++)
        free(inputs->paths[i]);
    free(inputs->paths);
}
