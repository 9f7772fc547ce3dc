#include "eval/cache.h"

#include "common/paths.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

bool rw_eval_cache_path(char out[RW_PATH_MAX], const char *folder, const rwda_eval_category *category, const char *what,
                        const char *ending)
{
    char   name[64], sum[65];
    size_t n = 0;

    for (; category->name[n] != '\0' && n < sizeof name - 1; n++)
        name[n] = isalnum((unsigned char)category->name[n]) || category->name[n] == '-' ? category->name[n] : '_';
    name[n] = '\0';
    rw_sha256_hex(sum, category->name, strlen(category->name));
    return rw_path_format(out, "%s/%s-%.8s.%s.%s", folder, name, sum, what, ending);
}

void rw_eval_cache_stamp(FILE *out, const char *path)
{
    struct stat s     = { 0 };
    char      **names = rw_path_is_directory(path, "") ? rw_names_list(path) : NULL; /* of several masks */
    char        inside[RW_PATH_MAX];

    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        if (rw_path_format(inside, "%s/%s", path, names[i]) && rw_path_is_file(inside, ""))
            rw_eval_cache_stamp(out, inside);
    rw_names_free(names);
    (void)stat(path, &s);
    fprintf(out, "%s %lld %lld.%09ld", path, (long long)s.st_size, (long long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
}

rwda_status rw_eval_cache_write(const char *path, const char *text, rwda_error *err)
{
    return rw_file_write_own(path, text, strlen(text), err);
}
