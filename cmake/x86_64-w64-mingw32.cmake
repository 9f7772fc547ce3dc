# x86_64-w64-mingw32.cmake - cross build for 64-bit Windows: Debian's MinGW with POSIX threads, libraries of RWDA_SYSROOT, programs run by Wine
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES RWDA_SYSROOT)

set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc-posix)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)
find_program(RWDA_WINE NAMES wine64 wine PATHS /usr/lib/wine) # Debian's wine64 is in no PATH
if(RWDA_WINE)
  set(CMAKE_CROSSCOMPILING_EMULATOR ${RWDA_WINE})
endif()

set(CMAKE_FIND_ROOT_PATH ${RWDA_SYSROOT} /usr/x86_64-w64-mingw32)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} ${RWDA_SYSROOT}/lib/pkgconfig)
