/* memory_options.h - a memory as the verbs offer it: from a file, from images, of a batch.             layer: cli */
#ifndef MEMORY_OPTIONS_H
#define MEMORY_OPTIONS_H

#include "cli/map_options.h"

#include <rwda_memory.h>

/* Which memory a verb scores with. */
typedef struct {
    const char *memory, *normal, *references, *fuse;
    bool        mutual;
} memory_options;
/* clang-format off */
#define MEMORY_OPTIONS(o)                                                                                                   \
    { "memory", "FILE", "score by distance to the normal images in it, made by 'rwda remember'; no detector is needed",     \
      &(o).memory, NULL, 0 },                                                                                               \
    { "normal", "DIR", "the same, with a memory made of these images now; may be given again", &(o).normal, NULL, 0, '\n' },\
    { "fuse", "W", "beside a memory: weight of the words, 0..1 (0: the memory alone)", &(o).fuse, NULL, 0 }
#define MUTUAL_OPTIONS(o)                                                                                                   \
    { "mutual", NULL, "score each image by distance to the others of this call, most of which are normal", NULL,            \
      &(o).mutual, 0 },                                                                                                     \
    { "references", "N", "mutual: compare with N of them, evenly spaced (all up to 1,000, else 64)", &(o).references, NULL, 0 }
/* clang-format on */
bool memory_options_given(const memory_options *o); /* whether a memory is asked for */

/* Whether they go together; *fuse is the weight.  0, or EXIT_USAGE after a message. */
int memory_options_read(double *fuse, const memory_options *o);

/* Beside a memory maps->mode is memory where none was named; to be called before map_options_read().  0, or EXIT_USAGE after a message: the mode
 * needs words or a memory that play no part, or other tiles than the memory's are asked for. */
int memory_options_maps(map_options *maps, const memory_options *o, double fuse, const char *prefix);

/* common/memory_images.h and rwda_memory_builder_finish(), with what went wrong said.  0, or an exit code. */
int memory_options_add(rwda_memory_builder *builder, rw_image_source *images, rw_image_reading *reading, int threads,
                       size_t *added, size_t *failed);
int memory_options_finish(rwda_memory **out, rwda_memory_builder *builder);

/* The memory that the options ask for, of this session's model.  `made`: what a memory that is made now is like.  mutual [n]: paths of the
 * batch.  0, or an exit code after a message. */
int memory_options_open(rwda_memory **out, const memory_options *o, const rwda_model *model, rwda_session *session,
                        const rwda_memory_options *made, rw_image_reading *reading, char *const *mutual, size_t n);

#endif
