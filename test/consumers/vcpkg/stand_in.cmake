# Runs a portfile without vcpkg: its functions, as far as ports of CMake projects use them, for one triplet and its two configurations.
#   cmake -DPORT_DIR=... -DWORK=... -P stand_in.cmake     the package comes into WORK/packages
cmake_minimum_required(VERSION 3.15)
get_filename_component(CURRENT_PORT_DIR "${PORT_DIR}" ABSOLUTE)
get_filename_component(PORT "${CURRENT_PORT_DIR}" NAME)
get_filename_component(WORK "${WORK}" ABSOLUTE)
set(CURRENT_PACKAGES_DIR "${WORK}/packages")
set(CMAKE_CURRENT_LIST_DIR "${CURRENT_PORT_DIR}")

function(run)
    execute_process(COMMAND ${ARGN} RESULT_VARIABLE result)
    if(NOT result EQUAL 0)
        message(FATAL_ERROR "${result}: ${ARGN}")
    endif()
endfunction()

function(vcpkg_cmake_configure)
    cmake_parse_arguments(arg "" "SOURCE_PATH" "OPTIONS" ${ARGN})
    foreach(kind IN ITEMS Release Debug)
        set(prefix "${CURRENT_PACKAGES_DIR}")
        if(kind STREQUAL "Debug")
            string(APPEND prefix /debug)
        endif()
        run(${CMAKE_COMMAND} -G Ninja -S "${arg_SOURCE_PATH}" -B "${WORK}/${kind}" -DCMAKE_BUILD_TYPE=${kind} "-DCMAKE_INSTALL_PREFIX=${prefix}"
            -DCMAKE_INSTALL_LIBDIR=lib -DBUILD_SHARED_LIBS=OFF ${arg_OPTIONS})
    endforeach()
endfunction()

function(vcpkg_cmake_install)
    foreach(kind IN ITEMS Release Debug)
        run(${CMAKE_COMMAND} --build "${WORK}/${kind}" --target install)
    endforeach()
endfunction()

# One set of CMake files for both configurations, in share/<package>: the debug targets point into debug/.
function(vcpkg_cmake_config_fixup)
    cmake_parse_arguments(arg "" "PACKAGE_NAME;CONFIG_PATH" "" ${ARGN})
    set(share "${CURRENT_PACKAGES_DIR}/share/${arg_PACKAGE_NAME}")
    file(COPY "${CURRENT_PACKAGES_DIR}/${arg_CONFIG_PATH}/" DESTINATION "${share}")
    file(GLOB debug_targets "${CURRENT_PACKAGES_DIR}/debug/${arg_CONFIG_PATH}/*-debug.cmake")
    foreach(path IN LISTS debug_targets)
        file(READ "${path}" text)
        string(REPLACE "\${_IMPORT_PREFIX}/lib" "\${_IMPORT_PREFIX}/debug/lib" text "${text}")
        get_filename_component(name "${path}" NAME)
        file(WRITE "${share}/${name}" "${text}")
    endforeach()
    file(GLOB texts "${share}/*Targets.cmake")
    foreach(path IN LISTS texts) # the prefix is two folders up, no longer three or more
        file(READ "${path}" text)
        string(REGEX REPLACE "(get_filename_component\\(_IMPORT_PREFIX \"\\$\\{_IMPORT_PREFIX\\}\" PATH\\)\n)+"
            "get_filename_component(_IMPORT_PREFIX \"\${_IMPORT_PREFIX}\" PATH)\nget_filename_component(_IMPORT_PREFIX \"\${_IMPORT_PREFIX}\" PATH)\n"
            text "${text}")
        file(WRITE "${path}" "${text}")
    endforeach()
    file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/lib/cmake" "${CURRENT_PACKAGES_DIR}/debug/lib/cmake")
endfunction()

function(vcpkg_fixup_pkgconfig)
endfunction()

function(vcpkg_copy_pdbs)
endfunction()

function(vcpkg_install_copyright)
    cmake_parse_arguments(arg "" "" "FILE_LIST" ${ARGN})
    file(INSTALL ${arg_FILE_LIST} DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}" RENAME copyright)
endfunction()

include("${CURRENT_PORT_DIR}/portfile.cmake")
