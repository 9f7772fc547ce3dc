/* contact_sheet.h - many scored images at one glance, as a PNG.                                       layer: report */
#ifndef RW_CONTACT_SHEET_H
#define RW_CONTACT_SHEET_H

#include <rwda.h>

typedef struct contact_sheet contact_sheet;

/* Collects thumbnails; up to `most` images are shown, the rest is left out.  NULL: no memory. */
contact_sheet *contact_sheet_new(size_t most);
void           contact_sheet_add(contact_sheet *sheet, const rwda_image *image, const char *label, float score);
/* A PNG file in memory, the caller's to free(): images by falling score, each in a frame from green (lowest) to red (highest).
 * RWDA_EINVAL: there is no image; RWDA_ENOMEM. */
rwda_status contact_sheet_png(uint8_t **png, size_t *len, contact_sheet *sheet, rwda_error *err);
void        contact_sheet_free(contact_sheet *sheet);

#endif
