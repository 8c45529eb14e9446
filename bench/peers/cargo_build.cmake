# Builds the program kickmsg_peer_NAME from the folder SOURCE in BUILD with CARGO, linking PAYLOAD; what a crate
# builds by CMake itself, by NEWER_CMAKE. Never fails: what cargo said is in
# BUILD/cargo.log.
set(program kickmsg_peer_${NAME})
file(MAKE_DIRECTORY ${BUILD}/${NAME})
configure_file(${SOURCE}/Cargo.toml ${BUILD}/${NAME}/Cargo.toml COPYONLY)
file(COPY ${SOURCE}/src DESTINATION ${BUILD}/${NAME})
file(COPY ${SOURCE}/../ends DESTINATION ${BUILD})
file(REMOVE ${BUILD}/${program})
get_filename_component(folder ${PAYLOAD} DIRECTORY)
set(ENV{RUSTFLAGS} "-L native=${folder}")
set(ENV{CMAKE} ${NEWER_CMAKE})
set(ENV{CARGO_TARGET_DIR} ${BUILD}/target)
execute_process(
    COMMAND ${CARGO} build --release --manifest-path ${BUILD}/${NAME}/Cargo.toml
    RESULT_VARIABLE result
    OUTPUT_FILE ${BUILD}/cargo.log
    ERROR_FILE ${BUILD}/cargo.log)
if(result EQUAL 0)
    configure_file(${BUILD}/target/release/${program} ${BUILD}/${program} COPYONLY)
else()
    message(WARNING "the peer ${NAME} is absent, cargo build failed: see ${BUILD}/cargo.log")
endif()
file(TOUCH ${BUILD}/built)
