# iceoryx2: a program of its own in Rust, built by cargo where there is one. Cargo.toml names the exact version; the lock
# file is made in the build folder. It links the payload code of this suite, so both are the same instructions.
#
# A build that fails (no network, an old compiler) fails nothing else: the peer is reported as absent.
if(KICKMSG_BENCHMARK_PEERS)
    find_program(KICKMSG_CARGO cargo HINTS $ENV{HOME}/.cargo/bin)
endif()
if(KICKMSG_BENCHMARK_PEERS AND KICKMSG_CARGO AND CMAKE_SYSTEM_NAME STREQUAL "Linux")
    set(iceoryx2_source ${CMAKE_CURRENT_LIST_DIR})
    set(iceoryx2_build ${CMAKE_CURRENT_BINARY_DIR}/peers/iceoryx2)
    set(iceoryx2_program ${iceoryx2_build}/kickmsg_peer_iceoryx2)
    file(GLOB iceoryx2_program_sources CONFIGURE_DEPENDS ${iceoryx2_source}/src/*.rs)
    file(STRINGS ${iceoryx2_source}/Cargo.toml iceoryx2_line REGEX "^iceoryx2 = ")
    string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" iceoryx2_version "${iceoryx2_line}")
    add_library(kickmsg_bench_payload STATIC payload.cc)
    target_compile_features(kickmsg_bench_payload PRIVATE cxx_std_17)
    add_custom_command(
        OUTPUT ${iceoryx2_build}/built
        COMMAND ${CMAKE_COMMAND} -DSOURCE=${iceoryx2_source} -DBUILD=${iceoryx2_build} -DCARGO=${KICKMSG_CARGO}
                -DPAYLOAD=$<TARGET_FILE:kickmsg_bench_payload> -P ${iceoryx2_source}/build.cmake
        DEPENDS kickmsg_bench_payload ${iceoryx2_source}/Cargo.toml ${iceoryx2_program_sources} ${iceoryx2_source}/build.cmake
        COMMENT "cargo build of the peer iceoryx2"
        VERBATIM)
    add_custom_target(kickmsg_peer_iceoryx2 DEPENDS ${iceoryx2_build}/built)
    kickmsg_peer_source(iceoryx2.cc)
    list(APPEND kickmsg_peers_definitions
        KICKMSG_ICEORYX2_VERSION="${iceoryx2_version}"
        KICKMSG_ICEORYX2_PROGRAM="${iceoryx2_program}")
    list(APPEND kickmsg_peers_targets kickmsg_peer_iceoryx2)
    kickmsg_peer(peer_iceoryx2)
else()
    kickmsg_peer_absent(iceoryx2 "cargo was not found")
endif()
