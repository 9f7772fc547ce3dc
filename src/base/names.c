/* names.c - what are the values of the public enumerations called, in options, records and files? */
#include "base/status.h"

#include <stdio.h>
#include <string.h>

#define VALUES_MAX 7 /* and a NULL */

/* Each in the order of its enumeration.  They are written into files: a name stays what it is. */
static const char *const names[][VALUES_MAX] = {
    [RWDA_ENUM_CPU]           = { "auto", "ref", "avx2", "avx512", "neon" },
    [RWDA_ENUM_PRECISION]     = { "auto", "f32", "f16", "bf16", "int8" },
    [RWDA_ENUM_RESIZE]        = { "config", "shortest", "squash", "tiles" },
    [RWDA_ENUM_CROPS]         = { "one", "5", "2x2", "3x3" },
    [RWDA_ENUM_TOWERS]        = { "both", "image", "text" },
    [RWDA_ENUM_WORD_POSITION] = { "after", "before", "both", "random" },
    [RWDA_ENUM_LOSS]          = { "bce", "ce" },
    [RWDA_ENUM_ACTIVATION]    = { "relu", "gelu" },
    [RWDA_ENUM_METHOD]        = { "fnn", "clip", "both", "lda", "paired", "winclip" },
    [RWDA_ENUM_PROMPTS]       = { "single", "ensemble" },
    [RWDA_ENUM_POOL]          = { "mean", "max", "logit" },
    [RWDA_ENUM_NAMES]         = { "spaces", "raw", "clean" },
    [RWDA_ENUM_LABEL]         = { "normal", "review", "anomalous" },
    [RWDA_ENUM_RULE]          = { "false-alarms", "f1" },
    [RWDA_ENUM_MAP_MODE]      = { "windows", "patches", "crops", "memory" },
    [RWDA_ENUM_ORIENTATION]   = { "turned", "stored" },
};

/* Other names that are understood, and never written. */
static const struct {
    rwda_enum   which;
    int         value;
    const char *name;
} aliases[] = {
    { RWDA_ENUM_METHOD, RWDA_METHOD_MEAN_DIFFERENCE, "mean-difference" },
    { RWDA_ENUM_RULE, RWDA_RULE_FALSE_ALARMS, "quantile" },
};

int rwda_enum_count(rwda_enum which)
{
    int count = 0;

    while ((unsigned)which < RW_COUNTOF(names) && names[which][count] != NULL)
        count++;
    return count;
}

const char *rwda_enum_name(rwda_enum which, int value)
{
    return value >= 0 && value < rwda_enum_count(which) ? names[which][value] : "none";
}

rwda_status rwda_enum_parse(int *value, rwda_enum which, const char *name, rwda_error *err)
{
    int    count = rwda_enum_count(which);
    char   list[128];
    size_t used = 0;

    for (int i = 0; i < count; i++)
        if (strcmp(name, names[which][i]) == 0) {
            *value = i;
            return RWDA_OK;
        }
    for (size_t i = 0; i < RW_COUNTOF(aliases); i++)
        if (aliases[i].which == which && strcmp(name, aliases[i].name) == 0) {
            *value = aliases[i].value;
            return RWDA_OK;
        }
    for (int i = 0; i < count; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "", names[which][i]);
    return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "\"%.40s\" is none of %s", name, count > 0 ? list : "nothing");
}

const char *rwda_precision_name(rwda_precision precision)
{
    return rwda_enum_name(RWDA_ENUM_PRECISION, (int)precision);
}

const char *rwda_label_name(rwda_label label)
{
    return rwda_enum_name(RWDA_ENUM_LABEL, (int)label);
}
