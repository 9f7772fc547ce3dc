/* fuzz_tar.c - can any bytes make a tar archive of which an entry is neither an image nor refused, or that does not end? */
#include "common/image_source_tar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    int              file = memfd_create("fuzz", MFD_CLOEXEC);
    char             path[64];
    char            *paths[] = { path };
    rw_image_source *source;
    rw_image_entry   entry;

    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (file < 0 || write(file, bytes, len) != (ssize_t)len || (source = rw_image_source_tar(paths, 1, NULL, NULL)) == NULL)
        abort();
    while (rw_image_source_next(source, &entry, NULL) == RWDA_OK && entry.name != NULL) {
        if ((entry.bytes == NULL) == (entry.refused.code == RWDA_OK) || entry.below > strlen(entry.name) ||
            (entry.given != NULL && !json_is_object(entry.given)))
            abort();
        rw_image_entry_clear(&entry);
    }
    rw_image_source_free(source);
    close(file);
    return 0;
}
