# manual.cmake - manual pages and completions, which the program writes from the tables of its options.
# Section 3 is made of the public headers' comments, where Python is there.
set(MANUAL ${CMAKE_CURRENT_BINARY_DIR}/manual)
file(MAKE_DIRECTORY ${MANUAL})

# rwda_manual_file(NAME DESTINATION [RENAME NAME]): the file that 'rwda --generate NAME' prints.
function(rwda_manual_file name destination)
  add_custom_command(OUTPUT ${MANUAL}/${name} COMMAND rwda --generate ${name} > ${MANUAL}/${name} DEPENDS rwda VERBATIM)
  install(FILES ${MANUAL}/${name} DESTINATION ${destination} ${ARGN})
  set(MANUAL_FILES ${MANUAL_FILES} ${MANUAL}/${name} PARENT_SCOPE)
endfunction()

rwda_manual_file(rwda.1 ${CMAKE_INSTALL_MANDIR}/man1)
foreach(source ${CLI_SOURCES})
  if(source MATCHES "/verb_([a-z]+)\\.c$")
    rwda_manual_file(rwda-${CMAKE_MATCH_1}.1 ${CMAKE_INSTALL_MANDIR}/man1)
  endif()
endforeach()
rwda_manual_file(_rwda ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
rwda_manual_file(rwda.fish ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
rwda_manual_file(rwda.bash ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME rwda)

# rwda_library_page(NAME HEADER...)
function(rwda_library_page name)
  list(TRANSFORM ARGN PREPEND ${PROJECT_SOURCE_DIR}/include/ OUTPUT_VARIABLE headers)
  add_custom_command(OUTPUT ${MANUAL}/${name}.3
    COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/tools/manual/headers.py mdoc ${name} ${headers} > ${MANUAL}/${name}.3
    DEPENDS ${headers} ${PROJECT_SOURCE_DIR}/tools/manual/headers.py VERBATIM)
  install(FILES ${MANUAL}/${name}.3 DESTINATION ${CMAKE_INSTALL_MANDIR}/man3)
  set(MANUAL_FILES ${MANUAL_FILES} ${MANUAL}/${name}.3 PARENT_SCOPE)
endfunction()

find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND)
  rwda_library_page(librwda rwda.h rwda_memory.h rwda_drift.h rwda_kinds.h rwda_winclip_plus.h)
  rwda_library_page(librwda-eval rwda_eval.h)
endif()
add_custom_target(manual ALL DEPENDS ${MANUAL_FILES})
