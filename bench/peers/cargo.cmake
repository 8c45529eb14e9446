# Peers that are a program of their own in Rust, built by cargo where there is one. Each one's Cargo.toml names the exact version; the lock
# file is made in the build folder. They link the payload code of this suite, so all are the same instructions; what their ends share is
# the crate in ends/.
#
# A build that fails (no network, an old compiler) fails nothing else: the peer is reported as absent.
if(KICKMSG_BENCHMARK_PEERS)
    find_program(KICKMSG_CARGO cargo HINTS $ENV{HOME}/.cargo/bin)
endif()
if(KICKMSG_BENCHMARK_PEERS AND KICKMSG_CARGO AND CMAKE_SYSTEM_NAME STREQUAL "Linux")
    set(kickmsg_has_cargo TRUE)
    add_library(kickmsg_bench_payload STATIC payload.cc)
    target_compile_features(kickmsg_bench_payload PRIVATE cxx_std_17)
else()
    set(kickmsg_has_cargo FALSE)
endif()

# A crate that compiles C of its own may need a newer CMake than this one; scripts/bootstrap.sh --peers gets one where it must.
file(GLOB kickmsg_newer_cmake $ENV{HOME}/.cache/kickmsg/cmake-*/bin/cmake $ENV{XDG_CACHE_HOME}/kickmsg/cmake-*/bin/cmake)
list(APPEND kickmsg_newer_cmake ${CMAKE_COMMAND})
list(GET kickmsg_newer_cmake 0 kickmsg_newer_cmake)

# The program kickmsg_peer_NAME of the folder NAME, whose Cargo.toml names the version of NAME; NAME.cc starts it. Defines
# KICKMSG_<NAME>_VERSION and _PROGRAM.
macro(kickmsg_cargo_peer name)
    set(kickmsg_cargo_source ${CMAKE_CURRENT_SOURCE_DIR}/peers/${name})
    set(kickmsg_cargo_build ${CMAKE_CURRENT_BINARY_DIR}/peers/${name})
    file(GLOB kickmsg_cargo_sources CONFIGURE_DEPENDS
        ${kickmsg_cargo_source}/src/*.rs ${kickmsg_cargo_source}/../ends/Cargo.toml ${kickmsg_cargo_source}/../ends/src/*.rs)
    file(STRINGS ${kickmsg_cargo_source}/Cargo.toml kickmsg_cargo_line REGEX "^${name} = ")
    string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" kickmsg_cargo_version "${kickmsg_cargo_line}")
    add_custom_command(
        OUTPUT ${kickmsg_cargo_build}/built
        COMMAND ${CMAKE_COMMAND} -DNAME=${name} -DSOURCE=${kickmsg_cargo_source} -DBUILD=${kickmsg_cargo_build} -DCARGO=${KICKMSG_CARGO} -DNEWER_CMAKE=${kickmsg_newer_cmake}
                -DPAYLOAD=$<TARGET_FILE:kickmsg_bench_payload> -P ${CMAKE_CURRENT_SOURCE_DIR}/peers/cargo_build.cmake
        DEPENDS kickmsg_bench_payload ${kickmsg_cargo_source}/Cargo.toml ${kickmsg_cargo_sources}
                ${CMAKE_CURRENT_SOURCE_DIR}/peers/cargo_build.cmake
        COMMENT "cargo build of the peer ${name}"
        VERBATIM)
    add_custom_target(kickmsg_peer_${name} DEPENDS ${kickmsg_cargo_build}/built)
    kickmsg_peer_source(${name}.cc)
    string(TOUPPER ${name} kickmsg_cargo_upper)
    list(APPEND kickmsg_peers_definitions
        KICKMSG_${kickmsg_cargo_upper}_VERSION="${kickmsg_cargo_version}"
        KICKMSG_${kickmsg_cargo_upper}_PROGRAM="${kickmsg_cargo_build}/kickmsg_peer_${name}")
    list(APPEND kickmsg_peers_targets kickmsg_peer_${name})
endmacro()
