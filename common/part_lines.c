#include "common/part_lines.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

bool rw_part_order(uint64_t *out, const char *text, char **end)
{
    errno = 0;
    *out  = strtoull(text, end, 10);
    return *end != text && text[0] >= '0' && text[0] <= '9' && errno == 0;
}

static rwda_status changed(const char *path, rwda_error *err)
{
    return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                   "%.300s: is not what its description says: changed, or cut; 'rwda score --force' makes it anew", path);
}

rwda_status rw_part_lines(const rw_part_manifest *manifest, const char *part, rw_part_take take, void *user, rwda_error *err)
{
    char              order_path[RW_PATH_MAX], sum[65], order_sum[65], *end;
    FILE             *lines = NULL, *orders = NULL;
    char             *line = NULL, *number = NULL;
    size_t            room = 0, number_room = 0, n = 0;
    ssize_t           len, digits;
    uint64_t          order = 0;
    struct sha256_ctx line_sum, order_sum_so_far;
    rwda_status       status = RWDA_OK;

    sha256_init(&line_sum);
    sha256_init(&order_sum_so_far);
    RW_TRY(rw_part_sibling(order_path, part, ".order", err));
    RW_TRY(rw_file_stream(&lines, part, err));
    RW_TRY(rw_file_stream(&orders, order_path, err));
    while ((len = getline(&line, &room, lines)) > 0) {
        digits = getline(&number, &number_room, orders);
        if ((size_t)len > RW_PART_LINE_MAX)
            RW_TRY(changed(part, err));
        if (digits <= 0 || !rw_part_order(&order, number, &end) || strcmp(end, "\n") != 0)
            RW_TRY(changed(order_path, err));
        sha256_update(&line_sum, (size_t)len, (const uint8_t *)line);
        sha256_update(&order_sum_so_far, (size_t)digits, (const uint8_t *)number);
        RW_TRY(take(user, line, (size_t)len, order, err));
        n++;
    }
    if (!feof(lines))
        RW_TRY(rw_fail_errno(err, part, "cannot be read"));
    rw_sha256_finish(sum, &line_sum);
    rw_sha256_finish(order_sum, &order_sum_so_far);
    if (n != manifest->lines || strcmp(sum, manifest->sha256) != 0)
        status = changed(part, err);
    else if (getline(&number, &number_room, orders) > 0 || strcmp(order_sum, manifest->order_sha256) != 0)
        status = changed(order_path, err);
done:
    free(line);
    free(number);
    if (lines != NULL)
        (void)fclose(lines);
    if (orders != NULL)
        (void)fclose(orders);
    return status;
}
