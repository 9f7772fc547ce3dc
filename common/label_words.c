#include "common/label_words.h"

#include <stddef.h>
#include <strings.h>

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcasecmp(word, *words) == 0)
            return true;
    return false;
}

bool rw_label_is_normal(const char *folder)
{
    return is_one_of(folder, (const char *const[]){ "good", "ok", "normal", NULL });
}

int rw_label_of_word(const char *word)
{
    static const char *const normal[]    = { "0", "normal", "good", "ok", "false", NULL };
    static const char *const anomalous[] = { "1",   "anomalous", "anomaly", "abnormal", "defect", "defective",
                                             "bad", "ko",        "ng",      "true",     NULL };

    return is_one_of(word, normal) ? 0 : is_one_of(word, anomalous) ? 1 : -1;
}
