/// Runs the tests; or, started by a generated trial, is one of its processes.
#include "generated/Trial.h"

#include <gtest/gtest.h>

#include <string>

int main(int argc, char** argv)
{
    if (argc == 4 && std::string(argv[1]) == kickmsg_stress::generated::take_part_flag) {
        return kickmsg_stress::generated::main_of_participant(argv[2], argv[3]);
    }
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
