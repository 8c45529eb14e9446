/// The two lenses compared: each shared write that the counting policy saw in an operation of the library's sources is a
/// state of that operation when the shipped library is run step by step.
#include "Stepping.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <libgen.h>
#include <memory>
#include <sstream>
#include <unistd.h>

using namespace kickmsg_crash;

namespace {

/// Runs the test of the portable sweep that names an operation's words.
std::vector<std::string> words_counted(std::string const& operation)
{
    char       here[4096] = {};
    bool const known      = readlink("/proc/self/exe", here, sizeof(here) - 1) > 0;
    EXPECT_TRUE(known);
    std::string const command = "'" + std::string(dirname(here)) +
                                "/kickmsg_crash_portable_test' "
                                "--gtest_filter='Sweep/Counted.NamesTheWordsThatItChanges/" +
                                operation + "'";
    std::unique_ptr<FILE, int (*)(FILE*)> const output(popen(command.c_str(), "r"), pclose);
    std::vector<std::string>                    words;
    char                                        text[65536];
    while (output && fgets(text, sizeof(text), output.get()) != nullptr) {
        std::istringstream line(text);
        std::string        word;
        if (line >> word && word == "words") {
            while (line >> word) {
                words.push_back(word);
            }
        }
    }
    return words;
}

std::string joined(std::vector<std::string> const& words)
{
    std::string all;
    for (std::string const& word : words) {
        all += " " + word;
    }
    return all;
}

class Lenses : public testing::TestWithParam<char const*> {};

} // namespace

TEST_P(Lenses, EachWriteThatIsCountedIsAState)
{
    auto const counted = words_counted(GetParam());
    auto const stepped =
        SteppedSweep::kill(operation(GetParam()), [](kickmsg::SharedRegion& region) { region.recover(); });
    ASSERT_FALSE(counted.empty()) << "is kickmsg_crash_portable_test beside this program?";
    std::vector<std::string> only_stepped;
    auto                     next = counted.begin();
    for (std::string const& word : stepped.words) {
        if (next != counted.end() && *next == word) {
            ++next;
        } else {
            only_stepped.push_back(word);
        }
    }
    EXPECT_EQ(next, counted.end()) << "counted:" << joined(counted) << "\nstepped:" << joined(stepped.words);
    for (std::string const& word : only_stepped) {
        EXPECT_TRUE(word == "payload" || word == "schema") << word << " is changed behind the policy's back";
    }
    std::printf("both  %-24s %3zu writes counted, %3zu states stepped\n", GetParam(), counted.size(),
                stepped.words.size());
}

INSTANTIATE_TEST_SUITE_P(Sweep, Lenses,
                         testing::Values("send_to_one", "send_evicting", "send_reusing_kept", "send_letting_go",
                                         "leave_with_kept", "receive", "drop_view", "join", "leave_unread", "open",
                                         "schema_claim", "recover", "reset_retired_rings"),
                         [](auto const& info) { return std::string(info.param); });
