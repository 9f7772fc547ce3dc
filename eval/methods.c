/* methods.c - tables of the methods and the maps that can be evaluated. */
#include "base/status.h"

#include <rwda_eval.h>

#include <string.h>

static const rwda_eval_method methods[] = {
    { "fnn", "RWDA FNN", RWDA_METHOD_FNN, RWDA_PROMPTS_ENSEMBLE, RWDA_RESIZE_CONFIG, 0 },
    { "both", "RWDA FNN + CLIP", RWDA_METHOD_BOTH, RWDA_PROMPTS_ENSEMBLE, RWDA_RESIZE_CONFIG, 0 },
    { "clip-ac", "CLIP, two prompts", RWDA_METHOD_CLIP, RWDA_PROMPTS_SINGLE, RWDA_RESIZE_CONFIG, 0 },
    { "clip", "CLIP, ensemble", RWDA_METHOD_CLIP, RWDA_PROMPTS_ENSEMBLE, RWDA_RESIZE_CONFIG, 0 },
    { "lda", "LDA", RWDA_METHOD_LDA, RWDA_PROMPTS_ENSEMBLE, RWDA_RESIZE_CONFIG, 0 },
    { "paired", "mean difference", RWDA_METHOD_MEAN_DIFFERENCE, RWDA_PROMPTS_ENSEMBLE, RWDA_RESIZE_CONFIG, 0 },
    { "winclip", "WinCLIP", RWDA_METHOD_WINCLIP, RWDA_PROMPTS_ENSEMBLE, RWDA_RESIZE_SQUASH, 0 },
    { "random", "random numbers", RWDA_METHOD_CLIP, RWDA_PROMPTS_SINGLE, RWDA_RESIZE_CONFIG, 1 },
};

static const rwda_eval_map maps[] = {
    { "windows", "WinCLIP windows", RWDA_MAP_WINDOWS, RWDA_METHOD_WINCLIP },
    { "patches", "patches, prompts", RWDA_MAP_PATCHES, RWDA_METHOD_WINCLIP },
    { "patches-fnn", "patches, network", RWDA_MAP_PATCHES, RWDA_METHOD_FNN },
    { "crops", "crops, prompts", RWDA_MAP_CROPS, RWDA_METHOD_WINCLIP },
    { "crops-fnn", "crops, network", RWDA_MAP_CROPS, RWDA_METHOD_FNN },
};

size_t rwda_eval_method_count(void)
{
    return RW_COUNTOF(methods);
}

const rwda_eval_method *rwda_eval_method_at(size_t i)
{
    return i < RW_COUNTOF(methods) ? &methods[i] : NULL;
}

const rwda_eval_method *rwda_eval_method_named(const char *name)
{
    for (size_t i = 0; i < RW_COUNTOF(methods); i++)
        if (strcmp(methods[i].name, name) == 0)
            return &methods[i];
    return NULL;
}

int rwda_eval_method_needs_detector(const rwda_eval_method *method)
{
    return !method->random && rwda_method_needs_detector(method->method);
}

int rwda_eval_method_takes_object(const rwda_eval_method *method)
{
    return !method->random && rwda_method_needs_prompts(method->method);
}

int rwda_eval_method_is_seeded(const rwda_eval_method *method)
{
    return method->random || rwda_method_needs_detector(method->method);
}

size_t rwda_eval_map_count(void)
{
    return RW_COUNTOF(maps);
}

const rwda_eval_map *rwda_eval_map_at(size_t i)
{
    return i < RW_COUNTOF(maps) ? &maps[i] : NULL;
}

const rwda_eval_map *rwda_eval_map_named(const char *name)
{
    for (size_t i = 0; i < RW_COUNTOF(maps); i++)
        if (strcmp(maps[i].name, name) == 0)
            return &maps[i];
    return NULL;
}

int rwda_eval_map_needs_detector(const rwda_eval_map *map)
{
    return rwda_method_needs_detector(map->method);
}

const char *rwda_eval_object_name(rwda_eval_object object)
{
    return object == RWDA_EVAL_OBJECT_KNOWN ? "known" : "unknown";
}
