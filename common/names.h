/* names.h - what are the values of rwda.h called, in options, records and requests? */
#ifndef NAMES_H
#define NAMES_H

/* Each in the order of its enumeration in rwda.h. */
extern const char *const names_cpu[5];
extern const char *const names_precision[5];
extern const char *const names_method[6];
extern const char *const names_names[3];
extern const char *const names_prompts[2];
extern const char *const names_crops[4];
extern const char *const names_pool[3];
extern const char *const names_resize[4];
extern const char *const names_map_kind[3];

#endif
