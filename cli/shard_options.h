/* shard_options.h - --shard and --shards: which share of the images this process takes.                  layer: cli */
#ifndef SHARD_OPTIONS_H
#define SHARD_OPTIONS_H

#include "cli/cli.h"
#include "common/shard.h"

typedef struct {
    const char *shard, *shards;
} shard_options;
/* clang-format off */
#define SHARD_OPTIONS(s, what)                                                                                               \
    { "shard", "I/N", "take the images that fall to shard I (from 0) of N, by their paths; found from Slurm, MPI, Kubernetes "  \
      "and RANK when left out; " what, &(s).shard, NULL, 0 },                                                                \
    { "shards", "N", "how many shards there are, where the scheduler tells the process's number alone", &(s).shards, NULL, 0 }
/* clang-format on */

bool shard_options_given(const shard_options *given);
/* 0, or EXIT_USAGE after a message.  Says which share it is where there are several. */
int shard_options_read(rw_shard *out, const shard_options *given);

/* *images, filtered (common/image_source.h); 0, or an exit code after a message. */
int shard_images(rw_image_source **images, rw_image_wanted wanted, void *user);
/* For rw_image_source_filter(), user: an rw_shard. */
bool shard_wants(void *shard, const rw_image_entry *entry);

#endif
