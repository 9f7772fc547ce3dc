/* object_word.h - a category's name as the object of prompts.                                          layer: eval */
#ifndef EVAL_OBJECT_WORD_H
#define EVAL_OBJECT_WORD_H

#include <string.h>

/* NULL, as if the object were unknown, where it has no letter: "01" is not a word. */
static inline const char *object_word(const char *category)
{
    return category[strspn(category, "0123456789_ ")] != '\0' ? category : NULL;
}

#endif
