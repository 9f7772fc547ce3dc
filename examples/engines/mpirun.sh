#!/bin/sh
# mpirun.sh IMAGES OUT.jsonl [PROCESSES] - Open MPI starts the processes, nothing more: each finds its shard in the environment that mpirun makes
#
# mpirun binds each of few processes to one core, which rwda takes for all there are; a process a machine: --map-by node --bind-to none.
# It ends all of them when one has another exit code than 0, but 1 says only that some images could not be read.
set -eu
parts=$2.parts
# shellcheck disable=SC2016 # each process's own
mpirun -n "${3:-2}" sh -c 'rwda score --quiet -o "$1" "$2" || [ $? -eq 1 ]' rwda "$parts" "$1"
rwda status "$parts"
rwda merge "$parts" -o "$2"
