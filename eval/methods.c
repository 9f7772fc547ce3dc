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
    { "memory", "memory", RWDA_METHOD_FNN, RWDA_PROMPTS_ENSEMBLE, RWDA_RESIZE_CONFIG, 0, RWDA_EVAL_MEMORY, 0, 0.0f },
    { "memory+words", "memory + words", RWDA_METHOD_FNN, RWDA_PROMPTS_ENSEMBLE, RWDA_RESIZE_CONFIG, 0, RWDA_EVAL_MEMORY, 1,
      0.0f },
    { "mutual", "mutual", RWDA_METHOD_FNN, RWDA_PROMPTS_ENSEMBLE, RWDA_RESIZE_CONFIG, 0, RWDA_EVAL_MUTUAL, 0, 0.0f },
    { "mutual+words", "mutual + words", RWDA_METHOD_FNN, RWDA_PROMPTS_ENSEMBLE, RWDA_RESIZE_CONFIG, 0, RWDA_EVAL_MUTUAL, 1,
      0.0f },
    { "winclip+", "WinCLIP+", RWDA_METHOD_WINCLIP, RWDA_PROMPTS_ENSEMBLE, RWDA_RESIZE_SQUASH, 0, RWDA_EVAL_WINDOWS, 0,
      0.0f },
    { "class-nn", "class token", RWDA_METHOD_FNN, RWDA_PROMPTS_ENSEMBLE, RWDA_RESIZE_CONFIG, 0, RWDA_EVAL_MEMORY, 0, 1.0f },
};

static const rwda_eval_map maps[] = {
    { "windows", "WinCLIP windows", RWDA_MAP_WINDOWS, RWDA_METHOD_WINCLIP },
    { "patches", "patches, prompts", RWDA_MAP_PATCHES, RWDA_METHOD_WINCLIP },
    { "patches-fnn", "patches, network", RWDA_MAP_PATCHES, RWDA_METHOD_FNN },
    { "crops", "crops, prompts", RWDA_MAP_CROPS, RWDA_METHOD_WINCLIP },
    { "crops-fnn", "crops, network", RWDA_MAP_CROPS, RWDA_METHOD_FNN },
    { "memory", "memory", RWDA_MAP_MEMORY, RWDA_METHOD_FNN, RWDA_EVAL_MEMORY },
    { "mutual", "mutual", RWDA_MAP_MEMORY, RWDA_METHOD_FNN, RWDA_EVAL_MUTUAL },
    { "winclip+", "WinCLIP+", RWDA_MAP_WINDOWS, RWDA_METHOD_WINCLIP, RWDA_EVAL_WINDOWS },
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

static int uses_words(const rwda_eval_method *method)
{
    return !method->random &&
           (method->evidence == RWDA_EVAL_WORDS || method->evidence == RWDA_EVAL_WINDOWS || method->fused);
}

int rwda_eval_method_needs_detector(const rwda_eval_method *method)
{
    return uses_words(method) && rwda_method_needs_detector(method->method);
}

int rwda_eval_method_takes_object(const rwda_eval_method *method)
{
    return uses_words(method) && rwda_method_needs_prompts(method->method);
}

int rwda_eval_method_is_seeded(const rwda_eval_method *method)
{
    return method->random || (method->evidence == RWDA_EVAL_WORDS && rwda_method_needs_detector(method->method));
}

int rwda_eval_method_takes_shots(const rwda_eval_method *method)
{
    return method->evidence == RWDA_EVAL_MEMORY || method->evidence == RWDA_EVAL_WINDOWS;
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
    return map->evidence == RWDA_EVAL_WORDS && rwda_method_needs_detector(map->method);
}

const char *rwda_eval_object_name(rwda_eval_object object)
{
    return object == RWDA_EVAL_OBJECT_KNOWN ? "known" : "unknown";
}
