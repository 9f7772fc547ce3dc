#!/bin/sh
# parallel.sh IMAGES OUT.jsonl [SHARDS [JOBS]] - GNU parallel: a process a shard, JOBS at a time (--sshloginfile: on other machines that see the folders)
set -eu
shards=${3:-4} jobs=${4:-2}
parts=$2.parts
# An exit code that is not 0 says that some images could not be read too: what is missing is asked of `rwda status`.
seq 0 $((shards - 1)) | parallel --jobs "$jobs" --line-buffer rwda score --quiet --threads 1 --shard "{}/$shards" -o "$parts" "$1" || true
rwda status "$parts"
rwda merge "$parts" -o "$2"
