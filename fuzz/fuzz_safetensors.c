/* fuzz_safetensors.c - can any bytes make the tensor reader hand out a view that leaves the file? */
#include "format/safetensors.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    rw_safetensors *file = NULL;

    if (rw_safetensors_parse(&file, bytes, len, NULL) != RWDA_OK)
        return 0;
    for (size_t i = 0; i < rw_safetensors_count(file); i++) {
        const rw_tensor_view *view = rw_safetensors_at(file, i);

        if (view->data < bytes || view->nbytes > len || view->data + view->nbytes > bytes + len)
            abort();
    }
    rw_safetensors_close(file);
    return 0;
}
