#include "format/exif.h"

#include "format/byte_order.h"

#include <string.h>

/* Source: CIPA DC-008 "Exif", 4.6; TIFF 6.0, section 2. */

enum { TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3, TYPE_LONG = 4 };

int rw_exif_orientation(const uint8_t *bytes, size_t len)
{
    uint64_t at, entries;
    bool     big;

    if (len >= 6 && memcmp(bytes, "Exif\0\0", 6) == 0) {
        bytes += 6;
        len -= 6;
    }
    if (len > RW_EXIF_MAX)
        len = RW_EXIF_MAX;
    if (len < 10 || (memcmp(bytes, "II*\0", 4) != 0 && memcmp(bytes, "MM\0*", 4) != 0))
        return 0;
    big = bytes[0] == 'M';
    at  = rw_number(bytes + 4, 4, big);
    if (at > len - 2)
        return 0;
    entries = rw_number(bytes + at, 2, big);
    for (at += 2; entries > 0 && at + 12 <= len; entries--, at += 12) {
        uint64_t type = rw_number(bytes + at + 2, 2, big), value;

        if (rw_number(bytes + at, 2, big) != TAG_ORIENTATION)
            continue;
        if ((type != TYPE_SHORT && type != TYPE_LONG) || rw_number(bytes + at + 4, 4, big) != 1)
            return 0;
        value = rw_number(bytes + at + 8, type == TYPE_SHORT ? 2 : 4, big);
        return value >= 1 && value <= 8 ? (int)value : 0;
    }
    return 0;
}
