#include "cli/shard_options.h"

bool shard_options_given(const shard_options *given)
{
    return given->shard != NULL || given->shards != NULL;
}

int shard_options_read(rw_shard *out, const shard_options *given)
{
    rwda_error err;

    if (rw_shard_find(out, given->shard, given->shards, &err) != RWDA_OK)
        return cli_fail(&err, EXIT_USAGE);
    if (out->count > 1)
        cli_note("shard %d of %d (%s)", out->index, out->count, out->origin);
    return 0;
}

bool shard_wants(void *shard, const rw_image_entry *entry)
{
    return rw_shard_takes(shard, entry->name + entry->below);
}

int shard_images(rw_image_source **images, rw_image_wanted wanted, void *user)
{
    rw_image_source *some = rw_image_source_filter(*images, wanted, user);

    if (some == NULL) {
        cli_error("no memory for the list of inputs");
        return EXIT_SOME_FAILED;
    }
    *images = some;
    return 0;
}
