# embed.cmake - how does a binary file become a C array?
# rwda_embed(OUT.c NAME FILE): const unsigned char NAME[] and const size_t NAME_size.
function(rwda_embed out name file)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
  get_filename_component(base ${file} NAME)
  file(CONFIGURE OUTPUT ${out} CONTENT
"/* Made from ${base} by cmake/embed.cmake. */
#include <stddef.h>
extern const unsigned char ${name}[];
extern const size_t ${name}_size;
const unsigned char ${name}[] = {
${bytes}
};
const size_t ${name}_size = sizeof ${name};
" @ONLY)
endfunction()
