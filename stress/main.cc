/// Runs the tests; or, started by a drawn trial, is one of its processes.
#include "DrawnTrial.h"

#include <gtest/gtest.h>

#include <string>

int main(int argc, char** argv)
{
    if (argc == 4 && std::string(argv[1]) == kickmsg_stress::drawn::take_part_flag) {
        return kickmsg_stress::drawn::main_of_participant(argv[2], argv[3]);
    }
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
