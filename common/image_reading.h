/* image_reading.h - how a run reads images, and what their files say that its user should know.       layer: common */
#ifndef RW_IMAGE_READING_H
#define RW_IMAGE_READING_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/* Start with RW_IMAGE_READING_INIT.  One thread at a time counts; the options may be read by all. */
typedef struct {
    rwda_image_options options;
    size_t             images;      /* that were decoded */
    size_t             dark, paged; /* with samples of few of their 16 bits; with further pages, which are not read */
    size_t             clipped;     /* with samples of more bits than the depth says */
    int                largest, largest_clipped; /* sample of the dark ones, of the clipped ones */
    char               first_dark[256], first_paged[256], first_clipped[256]; /* names, cut */
} rw_image_reading;
#define RW_IMAGE_READING_INIT                                                                                               \
    {                                                                                                                       \
        .options = RWDA_IMAGE_OPTIONS_INIT                                                                                  \
    }

/* Nothing counted yet; options of size 0 stand for the defaults. */
rw_image_reading rw_image_reading_of(const rwda_image_options *options);

/* Counts an image that was decoded with these options; the first name of each kind is kept. */
void rw_image_reading_count(rw_image_reading *reading, const rwda_image *image, const char *name);

/* One warning of each kind that there was. */
void rw_image_reading_warn(const rw_image_reading *reading, const rwda_events *events);
/* The same as one sentence, for those who have no events; false: there is nothing to say. */
#define RW_READING_SENTENCE 640
bool rw_image_reading_dark(char out[RW_READING_SENTENCE], const rw_image_reading *reading);

/* Added to a message: a mask does not fit the image, but would fit it with its sides exchanged. */
#define RW_STORED_SIZE                                                                                                      \
    ", which it has before it is turned as EXIF says; with --orientation stored images are read as they are stored"

/* Warns that `name` was made by another version of the preprocessing (rwda_thresholds_info, rwda_memory_info). */
void rw_warn_preprocessing(const rwda_events *events, const char *name, int version);

/* "stored", "turned" with the depth: what a cache's key says of how images are read. */
#define RW_READING_KEY 64
void rw_image_reading_key(char out[RW_READING_KEY], const rwda_image_options *options);

#endif
