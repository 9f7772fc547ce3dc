/* scratch.h - a folder of a test's own, and files in it. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include "base/file.h"
#include "tests/unit/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

static char scratch[RW_PATH_MAX]; /* its path, from scratch_new() on */

static inline int scratch_new(void **state)
{
    (void)state;
    (void)snprintf(scratch, sizeof scratch, "/tmp/rwda-test-XXXXXX");
    return mkdtemp(scratch) == NULL;
}

static inline int scratch_remove_one(const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void)info;
    (void)type;
    (void)where;
    return remove(path);
}

static inline int scratch_free(void **state)
{
    (void)state;
    return nftw(scratch, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The path of a name in the folder; one of 8 buffers in turn. */
static inline const char *in_scratch(const char *name)
{
    static char paths[8][RW_PATH_MAX];
    static int  turn;
    char       *path = paths[turn++ % 8];

    assert_true(rw_path_join(path, RW_PATH_MAX, scratch, name));
    return path;
}

static inline const char *make_file(const char *name, const void *bytes, size_t len)
{
    const char *path = in_scratch(name);
    FILE       *out  = fopen(path, "wb");

    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, len, out), len);
    assert_int_equal(fclose(out), 0);
    return path;
}

static inline const char *make_text(const char *name, const char *text)
{
    return make_file(name, text, strlen(text));
}

static inline const char *make_folder(const char *name)
{
    const char *path = in_scratch(name);

    assert_int_equal(mkdir(path, 0777), 0);
    return path;
}

/* An image of one colour as a PPM file. */
static inline const char *make_image(const char *name, int width, int height, int colour)
{
    size_t      len   = 3 * (size_t)width * (size_t)height;
    char       *bytes = malloc(len + 32);
    size_t      head;
    const char *path;

    assert_non_null(bytes);
    head = (size_t)sprintf(bytes, "P6 %d %d 255\n", width, height);
    memset(bytes + head, colour, len);
    path = make_file(name, bytes, head + len);
    free(bytes);
    return path;
}

/* Fails unless the file holds exactly this text. */
static inline void assert_file_holds(const char *path, const char *text)
{
    uint8_t   *bytes = NULL;
    size_t     len   = 0;
    rwda_error err   = { 0 };

    assert_ok(rw_file_read(&bytes, &len, path, (size_t)64 << 20, &err), err);
    assert_int_equal(len, strlen(text));
    assert_memory_equal(bytes, text, len);
    free(bytes);
}

/* How many names the folder holds, hidden ones too. */
static inline int names_in(const char *folder)
{
    DIR *dir = opendir(folder);
    int  n   = -2; /* "." and ".." */

    assert_non_null(dir);
    while (readdir(dir) != NULL)
        n++;
    closedir(dir);
    return n;
}

#endif
