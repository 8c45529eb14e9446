# Builds the program in BUILD with CARGO, linking PAYLOAD. Never fails: what cargo said is in BUILD/cargo.log.
file(MAKE_DIRECTORY ${BUILD})
configure_file(${SOURCE}/Cargo.toml ${BUILD}/Cargo.toml COPYONLY)
file(COPY ${SOURCE}/src DESTINATION ${BUILD})
file(REMOVE ${BUILD}/kickmsg_peer_iceoryx2)
get_filename_component(folder ${PAYLOAD} DIRECTORY)
set(ENV{RUSTFLAGS} "-L native=${folder}")
set(ENV{CARGO_TARGET_DIR} ${BUILD}/target)
execute_process(
    COMMAND ${CARGO} build --release --manifest-path ${BUILD}/Cargo.toml
    RESULT_VARIABLE result
    OUTPUT_FILE ${BUILD}/cargo.log
    ERROR_FILE ${BUILD}/cargo.log)
if(result EQUAL 0)
    configure_file(${BUILD}/target/release/kickmsg_peer_iceoryx2 ${BUILD}/kickmsg_peer_iceoryx2 COPYONLY)
else()
    message(WARNING "the peer iceoryx2 is absent, cargo build failed: see ${BUILD}/cargo.log")
endif()
file(TOUCH ${BUILD}/built)
