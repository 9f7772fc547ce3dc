#include "common/image_reading.h"

#include "common/events.h"

#include <stdio.h>

#define DARK 4096 /* largest sample of 16 bits below which 16 of the 256 levels, or fewer, are left */

rw_image_reading rw_image_reading_of(const rwda_image_options *options)
{
    rw_image_reading r = RW_IMAGE_READING_INIT;

    if (options->size > 0)
        r.options = *options;
    return r;
}

void rw_image_reading_count(rw_image_reading *r, const rwda_image *image, const char *name)
{
    const rwda_image_info *info = rwda_image_get_info(image);

    r->images++;
    if (r->options.depth == 0 && info->bits == 16 && info->largest > 0 && info->largest < DARK) {
        if (r->dark++ == 0)
            (void)snprintf(r->first_dark, sizeof r->first_dark, "%s", name);
        r->largest = info->largest > r->largest ? info->largest : r->largest;
    }
    if (r->options.depth > 8 && info->bits == 16 && info->largest >> r->options.depth != 0) {
        if (r->clipped++ == 0)
            (void)snprintf(r->first_clipped, sizeof r->first_clipped, "%s", name);
        r->largest_clipped = info->largest > r->largest_clipped ? info->largest : r->largest_clipped;
    }
    if (info->pages > 1 && r->paged++ == 0)
        (void)snprintf(r->first_paged, sizeof r->first_paged, "%s", name);
}

static const char *have(size_t n)
{
    return n == 1 ? "has" : "have";
}

bool rw_image_reading_dark(char out[RW_READING_SENTENCE], const rw_image_reading *r)
{
    int bits = 8;

    while (r->largest >> bits != 0)
        bits++;
    if (r->images == 1 && r->dark == 1)
        (void)snprintf(
            out, RW_READING_SENTENCE,
            "%s has 16-bit samples of at most %d and is almost black as it is; --depth %d, or --depth auto, reads it "
            "in full brightness",
            r->first_dark, r->largest, bits);
    else if (r->dark > 0)
        (void)snprintf(out, RW_READING_SENTENCE,
                       "%zu of %zu images %s 16-bit samples of at most %d, almost black as they are (the first: %s); "
                       "--depth %d, or --depth auto for each by itself, reads them in full brightness",
                       r->dark, r->images, have(r->dark), r->largest, r->first_dark, bits);
    return r->dark > 0;
}

void rw_image_reading_warn(const rw_image_reading *r, const rwda_events *events)
{
    char sentence[RW_READING_SENTENCE];

    if (rw_image_reading_dark(sentence, r))
        rw_warn(events, "%s", sentence);
    if (r->clipped > 0)
        rw_warn(events, "%zu of %zu image%s %s samples of up to %d; with --depth %d all above %d are white (the first: %s)",
                r->clipped, r->images, r->images == 1 ? "" : "s", have(r->clipped), r->largest_clipped, r->options.depth,
                (1 << r->options.depth) - 1, r->first_clipped);
    if (r->paged > 0)
        rw_warn(events, "%zu of %zu image%s %s several pages or frames, of which the first is read (the first: %s)",
                r->paged, r->images, r->images == 1 ? "" : "s", have(r->paged), r->first_paged);
}

void rw_warn_preprocessing(const rwda_events *events, const char *name, int version)
{
    if (version < RWDA_PREPROCESSING)
        rw_warn(events,
                "%s: made with preprocessing %d, this is %d: tall images may score a little differently, and turned photos "
                "(EXIF) were taken as stored; make it again to be exact",
                name, version, RWDA_PREPROCESSING);
    else if (version > RWDA_PREPROCESSING)
        rw_warn(events, "%s: made with preprocessing %d of a later rwda, this is %d: scores may differ a little", name,
                version, RWDA_PREPROCESSING);
}

void rw_image_reading_key(char out[RW_READING_KEY], const rwda_image_options *o)
{
    (void)snprintf(out, RW_READING_KEY, "preprocessing %d %s depth %d", RWDA_PREPROCESSING,
                   rwda_enum_name(RWDA_ENUM_ORIENTATION, (int)o->orientation), o->depth);
}
