# kickmsg_add_sweep(NAME name COMMAND program [argument...]
#                   [BEFORE command...] [BESIDE command...] [CHECK command...] [WITH program [argument...]]
#                   [FROM mark] [TO mark] [STOP] [SHARDS n] [SAMPLE n] [EVERY n] [SEED n] [TIMEOUT seconds] [LABELS label...]
#                   [OPTIONS option...])
#
# Tests for ctest, `name` or `name-1of4` to `name-4of4`: kickmsg-sweep runs the program and kills it (STOP: stops it) at each change of
# shared memory that it makes. `program` may be a target; so may the first word of the commands. A test writes name.xml (JUnit) and
# name.json into the current binary directory. SHARDS: so many tests, which run side by side under `ctest -j`. WITH: a second program,
# pairs of states. OPTIONS: anything else that kickmsg-sweep understands. Each test is labelled kickmsg-sweep, by which packaging/ci/gate.sh
# knows it, and writes name.sweep.md for the page of a workflow.
#
# It needs nothing but this file and the program kickmsg-sweep: a target of this build, beside this file's installation, or in the PATH.
if(NOT COMMAND kickmsg_add_sweep)
    set(KICKMSG_SWEEP_FILE_DIR ${CMAKE_CURRENT_LIST_DIR})

    # The path of a target, of a program otherwise; in quotes where a shell reads it.
    function(kickmsg_sweep_program result word)
        if(TARGET ${word})
            set(${result} $<TARGET_FILE:${word}> PARENT_SCOPE)
        else()
            set(${result} ${word} PARENT_SCOPE)
        endif()
    endfunction()

    # A command as one word for a shell. One word alone is a shell's command already.
    function(kickmsg_sweep_command result first)
        kickmsg_sweep_program(program "${first}")
        if("${ARGN}" STREQUAL "" AND NOT TARGET ${first})
            set(${result} "${first}" PARENT_SCOPE)
            return()
        endif()
        set(line "'${program}'")
        foreach(word IN LISTS ARGN)
            string(REPLACE "'" "'\\''" word "${word}")
            string(APPEND line " '${word}'")
        endforeach()
        set(${result} "${line}" PARENT_SCOPE)
    endfunction()

    function(kickmsg_add_sweep)
        cmake_parse_arguments(PARSE_ARGV 0 SWEEP "STOP" "NAME;FROM;TO;SHARDS;SAMPLE;EVERY;SEED;TIMEOUT" "COMMAND;BEFORE;BESIDE;CHECK;WITH;LABELS;OPTIONS")
        if(SWEEP_UNPARSED_ARGUMENTS OR NOT SWEEP_NAME OR NOT SWEEP_COMMAND)
            message(FATAL_ERROR "kickmsg_add_sweep: NAME and COMMAND are needed, and '${SWEEP_UNPARSED_ARGUMENTS}' is not understood")
        endif()
        if(TARGET kickmsg_sweep)
            set(sweep $<TARGET_FILE:kickmsg_sweep>)
        else()
            find_program(KICKMSG_SWEEP_PROGRAM kickmsg-sweep
                HINTS ${KICKMSG_SWEEP_FILE_DIR}/../../../bin ${KICKMSG_SWEEP_FILE_DIR}/../../../../bin)
            if(NOT KICKMSG_SWEEP_PROGRAM)
                message(FATAL_ERROR "kickmsg_add_sweep: kickmsg-sweep was not found (install Kickmsg with KICKMSG_BUILD_SWEEP, or set KICKMSG_SWEEP_PROGRAM)")
            endif()
            set(sweep ${KICKMSG_SWEEP_PROGRAM})
        endif()

        set(options)
        foreach(one IN ITEMS FROM TO SAMPLE EVERY SEED)
            if(DEFINED SWEEP_${one})
                string(TOLOWER ${one} option)
                list(APPEND options --${option} ${SWEEP_${one}})
            endif()
        endforeach()
        if(SWEEP_STOP)
            list(APPEND options --stop)
        endif()
        foreach(one IN ITEMS BEFORE BESIDE CHECK WITH)
            if(SWEEP_${one})
                string(TOLOWER ${one} option)
                kickmsg_sweep_command(command ${SWEEP_${one}})
                list(APPEND options --${option} ${command})
            endif()
        endforeach()
        list(POP_FRONT SWEEP_COMMAND first)
        kickmsg_sweep_program(program ${first})

        if(NOT SWEEP_SHARDS)
            set(SWEEP_SHARDS 1)
        endif()
        if(NOT SWEEP_TIMEOUT)
            set(SWEEP_TIMEOUT 1500)
        endif()
        foreach(shard RANGE 1 ${SWEEP_SHARDS})
            set(name ${SWEEP_NAME})
            set(part)
            if(SWEEP_SHARDS GREATER 1)
                set(name ${SWEEP_NAME}-${shard}of${SWEEP_SHARDS})
                set(part --shard ${shard}/${SWEEP_SHARDS})
            endif()
            add_test(NAME ${name} COMMAND ${sweep} ${options} ${part} ${SWEEP_OPTIONS}
                --markdown ${CMAKE_CURRENT_BINARY_DIR}/${name}.sweep.md
                --junit ${CMAKE_CURRENT_BINARY_DIR}/${name}.xml --json ${CMAKE_CURRENT_BINARY_DIR}/${name}.json
                -- ${program} ${SWEEP_COMMAND})
            set_tests_properties(${name} PROPERTIES TIMEOUT ${SWEEP_TIMEOUT} LABELS "kickmsg-sweep;${SWEEP_LABELS}")
        endforeach()
    endfunction()
endif()
