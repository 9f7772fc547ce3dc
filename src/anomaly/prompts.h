/* prompts.h - which sentences are normal, which anomalous?                                        rank 3: anomaly */
#ifndef RW_PROMPTS_H
#define RW_PROMPTS_H

#include "base/random.h"
#include "clip/tokenizer.h"

#include <stdbool.h>

/* texts [2 * pairs]: 2i is normal, 2i + 1 anomalous; both share template, random words and their place, only the state differs.
 * One allocation holds them all. */
typedef struct {
    char **texts;
    char  *storage;
    size_t count;
} rw_prompts;

#define RW_PROMPT_MAX 512 /* bytes with NUL */

#define RW_WORDS_MAX 16384 /* words of a word list */
#define RW_WORD_MAX  32    /* characters of one */

/* A word of min..max letters, each drawn from `alphabet` (ASCII), into out [max + 1]. */
void rw_random_word(char *out, rw_random *random, const char *alphabet, int min, int max);

/* Draws options->pairs pairs from stream (seed, 0).  A pair that the model would cut (more than `context` tokens) is drawn again.
 * RWDA_EINVAL: lists, templates or ranges that make no prompt; the message names the field. */
rwda_status rw_prompts_draw(rw_prompts *out, const rwda_train_options *options, const rw_tokenizer *tokenizer,
                            size_t context, rwda_error *err);

/* A data set's folder name as a word of a sentence, in place: "metal_nut" -> "metal nut"; CLEAN also "pcb1" -> "pcb". */
void rw_prompt_name(char *name, rwda_names names);

/* Zero-shot prompts: SINGLE "a photo of a normal NAME", ENSEMBLE WinCLIP's 7 + 4 states x 22 templates (arXiv:2303.14814).
 * anomalous: which of the two classes.  names: how the object's name is written (rwda.h). */
rwda_status rw_prompts_zero_shot(rw_prompts *out, bool anomalous, rwda_prompts kind, const char *object, rwda_names names,
                                 rwda_error *err);

void rw_prompts_free(rw_prompts *prompts);

#endif
