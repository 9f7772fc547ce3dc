#include "common/shard.h"

#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *rank, *size; /* variables; size NULL: the scheduler does not tell */
} schedulers[] = {
    { "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT" },
    { "SLURM_PROCID", "SLURM_STEP_NUM_TASKS" }, /* of srun alone: a batch script has no such number of tasks */
    { "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE" },
    { "PMI_RANK", "PMI_SIZE" },
    { "JOB_COMPLETION_INDEX", NULL },
    { "RANK", "WORLD_SIZE" },
};
#define ARRAY 0 /* of schedulers */

static bool read_number(int *out, const char *text)
{
    char *end;
    long  value;

    errno = 0;
    value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || text[0] < '0' || text[0] > '9' || errno != 0 || value > RW_SHARD_MAX)
        return false;
    *out = (int)value;
    return true;
}

/* A variable's number; *there: it is set, and not empty. */
static rwda_status read_variable(int *out, bool *there, const char *name, rwda_error *err)
{
    const char *text = getenv(name);

    *there = text != NULL && text[0] != '\0';
    return !*there || read_number(out, text)
               ? RWDA_OK
               : rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "$%s is \"%.40s\", no number from 0 to %d: --shard I/N says it",
                         name, text, RW_SHARD_MAX);
}

static rwda_status parse(rw_shard *out, const char *text, rwda_error *err)
{
    const char *slash    = strchr(text, '/');
    char        first[8] = "";

    if (slash != NULL && (size_t)(slash - text) < sizeof first)
        memcpy(first, text, (size_t)(slash - text));
    if (slash == NULL || !read_number(&out->index, first) || !read_number(&out->count, slash + 1) ||
        out->index >= out->count)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "--shard %.60s: not I/N with 0 <= I < N <= %d", text, RW_SHARD_MAX);
    return RWDA_OK;
}

/* Tasks of an array are its shards where they are 0 to N-1; an array of the missing ones alone would look like a smaller job. */
static rwda_status check_array(int count, rwda_error *err)
{
    rwda_status status = RWDA_OK;
    int         least = -1, most = -1;
    bool        there;

    RW_TRY(read_variable(&least, &there, "SLURM_ARRAY_TASK_MIN", err));
    RW_TRY(read_variable(&most, &there, "SLURM_ARRAY_TASK_MAX", err));
    if (least != 0 || most != count - 1)
        return rw_fail(
            err, RWDA_EINVAL, RWDA_NO_OFFSET,
            "the Slurm array has %d tasks, from %d to %d: where they are not 0 to N-1, --shards N must say how many "
            "shards there are in all (--shard 0/1: no shards)",
            count, least, most);
done:
    return status;
}

/* What one scheduler says; out->count 0: nothing, or that the process is alone. */
static rwda_status ask(rw_shard *out, size_t which, int given, rwda_error *err)
{
    const char *rank = schedulers[which].rank, *size = schedulers[which].size;
    rwda_status status = RWDA_OK;
    bool        there, sized = false;
    int         count = 0;

    *out = (rw_shard){ 0, 0, "" };
    RW_TRY(read_variable(&out->index, &there, rank, err));
    if (there && size != NULL)
        RW_TRY(read_variable(&count, &sized, size, err));
    if (!there || (size != NULL && !sized))
        goto done;
    if (which == ARRAY && given == 0)
        RW_TRY(check_array(count, err));
    if (size == NULL && given == 0)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                       "$%s is %d, but nothing says how many there are: --shards N (--shard 0/1: no shards)", rank,
                       out->index);
    if (which != ARRAY && size != NULL && given != 0 && count != given && count != 1)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "--shards %d, but $%s is %d", given, size, count);
    if (which != ARRAY && size != NULL && count <= 1)
        goto done;
    out->count = given != 0 ? given : count;
    if (out->index >= out->count)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "$%s is %d, of %d shards from 0", rank, out->index, out->count);
    (void)snprintf(out->origin, sizeof out->origin, "$%s", rank);
done:
    return status;
}

rwda_status rw_shard_find(rw_shard *out, const char *shard, const char *shards, rwda_error *err)
{
    rwda_status status = RWDA_OK;
    rw_shard    found;
    int         given = 0;

    *out = (rw_shard){ 0, 1, "" };
    if (shards != NULL && (!read_number(&given, shards) || given == 0))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "--shards %.40s: not a number from 1 to %d", shards, RW_SHARD_MAX);
    if (shard != NULL) {
        RW_TRY(parse(out, shard, err));
        if (given != 0 && given != out->count)
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "--shard %s, but --shards %d", shard, given);
        (void)snprintf(out->origin, sizeof out->origin, "--shard");
        goto done;
    }
    for (size_t i = 0; i < RW_COUNTOF(schedulers); i++) {
        RW_TRY(ask(&found, i, given, err));
        if (found.count == 0)
            continue;
        if (out->origin[0] == '\0')
            *out = found;
        else if (found.index != out->index || found.count != out->count)
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%s says shard %d of %d, %s %d of %d: --shard I/N decides",
                           out->origin, out->index, out->count, found.origin, found.index, found.count);
    }
    if (given > 1 && out->origin[0] == '\0')
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                       "--shards %d, but no scheduler says which of them this is: --shard I/%d", given, given);
done:
    return status;
}

bool rw_shard_takes(const rw_shard *shard, const char *name)
{
    char sum[65];

    if (shard->count == 1)
        return true;
    rw_sha256_hex(sum, name, strlen(name));
    sum[16] = '\0';
    return strtoull(sum, NULL, 16) % (unsigned long long)shard->count == (unsigned long long)shard->index;
}
