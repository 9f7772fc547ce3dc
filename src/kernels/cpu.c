/* cpu.c - CPU detection and choice of the kernel set (compiled without instruction-set flags: it must run everywhere) */
#include "kernels/int8.h"
#include "kernels/kernel_sets.h"

#if RW_SETS_X86
#include <cpuid.h>

/* Features that not every compiler's builtin knows; the check of AVX2 beside them covers the saving of registers. */
static bool has_f16c(void)
{
    unsigned a, b, c = 0, d;

    return __get_cpuid(1, &a, &b, &c, &d) && (c >> 29 & 1);
}

static bool has_avxvnni(void)
{
    unsigned a = 0, b, c, d;

    return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4 & 1);
}
#endif

/* GCC's builtin checks CPUID and that the operating system saves wide registers (XGETBV). */
static const rw_kernels *find(rwda_cpu cpu)
{
    if (cpu == RWDA_CPU_REF)
        return &rw_kernels_ref;
#if RW_SETS_X86
    __builtin_cpu_init();
    if ((cpu == RWDA_CPU_AVX512 || cpu == RWDA_CPU_AUTO) && __builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
        return &rw_kernels_avx512;
    if ((cpu == RWDA_CPU_AVX2 || cpu == RWDA_CPU_AUTO) && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
        has_f16c())
        return &rw_kernels_avx2;
#elif RW_SETS_ARM
    if (cpu == RWDA_CPU_NEON || cpu == RWDA_CPU_AUTO)
        return &rw_kernels_neon; /* part of every 64-bit ARM */
#endif
    return cpu == RWDA_CPU_AUTO ? &rw_kernels_ref : NULL;
}

rwda_status rw_kernels_find(const rw_kernels **out, rwda_cpu cpu, rwda_error *err)
{
    if ((unsigned)cpu > RWDA_CPU_NEON)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "kernel set %d: not in 0..%d", (int)cpu, (int)RWDA_CPU_NEON);
    *out = find(cpu);
    if (*out == NULL)
        return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                       "this machine or build has no %s kernels; the best here is %s",
                       rwda_enum_name(RWDA_ENUM_CPU, (int)cpu), find(RWDA_CPU_AUTO)->name);
    return RWDA_OK;
}

const char *rwda_cpu_name(rwda_cpu cpu)
{
    const rw_kernels *set = find(cpu);

    return set != NULL ? set->name : "none";
}

const rw_int8_kernels *rw_int8_find(const rw_kernels *kernels)
{
#if RW_SETS_X86
    __builtin_cpu_init();
    if (kernels == &rw_kernels_avx512 && __builtin_cpu_supports("avx512vnni"))
        return &rw_int8_avx512vnni;
    if (kernels == &rw_kernels_avx2 || kernels == &rw_kernels_avx512)
        return has_avxvnni() ? &rw_int8_avxvnni : &rw_int8_avx2;
#endif
    (void)kernels;
    return &rw_int8_ref;
}

rwda_precision rw_precision_default(const rw_kernels *kernels)
{
#if RW_SETS_X86
    const rw_int8_kernels *int8 = rw_int8_find(kernels);

    if (int8 == &rw_int8_avx512vnni || int8 == &rw_int8_avxvnni)
        return RWDA_PRECISION_INT8;
#endif
    (void)kernels;
    return RWDA_PRECISION_F32;
}

const char *rwda_int8_name(rwda_cpu cpu)
{
    const rw_kernels *set = find(cpu);

    return set != NULL ? rw_int8_find(set)->name : "none";
}
