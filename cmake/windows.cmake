# windows.cmake - what the build for Windows has beside the library: an installed tree, an example, the unit tests
# Neither `visibility` nor __declspec(dllexport) is in the headers: the DLL exports what cmake/rwda.map names, as librwda.so does.

set_target_properties(rwda_shared PROPERTIES RUNTIME_OUTPUT_NAME rwda-${PROJECT_VERSION_MAJOR} RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/bin)
target_link_options(rwda_shared PRIVATE -s -Wl,--no-insert-timestamp -Wl,--output-def,${CMAKE_CURRENT_BINARY_DIR}/rwda.def) # from which other compilers make their import library

install(TARGETS rwda_shared)
install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp" PATTERN "rwda_eval.h" EXCLUDE)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/rwda.def DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY models/demo DESTINATION ${CMAKE_INSTALL_DATADIR}/rwda/models)

# As a user's program: the public headers and the DLL, nothing else.
add_executable(score_image examples/score_image.c)
target_link_libraries(score_image PRIVATE rwda_shared)
set_target_properties(score_image PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/bin)

if(RWDA_BUILD_TESTS)
  enable_testing()
  add_subdirectory(tests/windows)
endif()
