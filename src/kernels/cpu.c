/* cpu.c - which table does this machine get?  (no instruction-set flags here: the check must run everywhere) */
#include "kernels/int8.h"
#include "kernels/tables.h"

const rw_int8_kernels *rw_int8_find(const rw_kernels *kernels)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (kernels == &rw_kernels_avx512 && __builtin_cpu_supports("avx512vnni"))
        return &rw_int8_avx512vnni;
    if (kernels == &rw_kernels_avx2 || kernels == &rw_kernels_avx512)
        return has_avxvnni() ? &rw_int8_avxvnni : &rw_int8_avx2;
#endif
    (void)kernels;
    return &rw_int8_ref;
}

const char *rwda_int8_name(rwda_cpu cpu)
{
    const rw_kernels *table = find(cpu);

    return table != NULL ? rw_int8_find(table)->name : "none";
}
