/* cache.h - names and texts of what an evaluation stores to go on after an interruption.                layer: eval
 *
 * Numbers lie beside, or behind, a text that says all they depend on; they are taken when that text is the same to the byte. */
#ifndef EVAL_CACHE_H
#define EVAL_CACHE_H

#include "base/file.h"

#include <rwda_eval.h>

#include <stdio.h>

/* FOLDER/<category>-<digits>.<what>.<ending>: of the name's SHA-256, which tell "a b" from "a_b".  By the name alone: processes that take some
 * categories each share a folder.  false: it does not fit. */
bool rw_eval_cache_path(char out[RW_PATH_MAX], const char *folder, const rwda_eval_category *category, const char *what,
                        const char *ending);

/* A file's path, size and date, without an end of line. */
void rw_eval_cache_stamp(FILE *out, const char *path);

/* Replaces a file, and removes what a killed run left beside it. */
rwda_status rw_eval_cache_write(const char *path, const char *text, rwda_error *err);

#endif
