/* int8_avxvnni.c - INT8 kernels for AVX-VNNI (compiled with its own flags; cpu.c checks the CPU before any call) */
#if defined(__x86_64__)
#include "kernels/int8.h"

#include "kernels/int8_ymm.inc.h"

#define INT8_KERNEL_SET   rw_int8_avxvnni
#define INT8_NAME         "avxvnni"
#define NV                2
#define i_dot4(sum, a, b) _mm256_dpbusd_avx_epi32(sum, a, b)

#include "kernels/int8_dot4.inc.h"
#include "kernels/int8.inc.h"
#else
typedef int rw_int8_avxvnni_is_not_for_this_machine;
#endif
