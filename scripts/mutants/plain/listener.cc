/// Writes to the file KICKMSG_MUTANTS_LOG, a line for each test: its name, its milliseconds, whether it failed, and the mutants that it came
/// to, its children with it. The first line, of no name, has those of before the tests.
#include "switch.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/stat.h>

namespace {

class Listener : public testing::EmptyTestEventListener {
public:
    Listener(std::string log, std::size_t mutants) : log_(std::move(log)), mutants_(mutants) {}

    void OnTestProgramStart(testing::UnitTest const& /*all*/) override
    {
        write("", 0, "passed");
    }
    void OnTestStart(testing::TestInfo const& /*test*/) override
    {
        std::memset(kickmsg_mutants::reached, 0, mutants_);
    }
    void OnTestEnd(testing::TestInfo const& test) override
    {
        testing::TestResult const& result = *test.result();
        write(std::string(test.test_suite_name()) + "." + test.name(), static_cast<long>(result.elapsed_time()),
              result.Failed()    ? "failed"
              : result.Skipped() ? "skipped"
                                 : "passed");
    }

private:
    void write(std::string const& name, long milliseconds, char const* outcome)
    {
        std::FILE* const file = std::fopen(log_.c_str(), "a");
        if (file == nullptr) {
            std::abort();
        }
        std::fprintf(file, "%s\t%ld\t%s\t", name.c_str(), milliseconds, outcome);
        for (std::size_t number = 1; number < mutants_; ++number) {
            if (kickmsg_mutants::reached[number] != 0) {
                std::fprintf(file, "%zu ", number);
            }
        }
        std::fputc('\n', file);
        std::fclose(file);
    }

    std::string log_;
    std::size_t mutants_;
};

bool listen()
{
    char const* const log  = std::getenv("KICKMSG_MUTANTS_LOG");
    char const* const path = std::getenv("KICKMSG_MUTANTS_REACHED");
    struct stat       status {};
    if (log != nullptr && path != nullptr && kickmsg_mutants::reached != nullptr && stat(path, &status) == 0) {
        testing::UnitTest::GetInstance()->listeners().Append(
            new Listener(log, static_cast<std::size_t>(status.st_size)));
    }
    return true;
}

[[maybe_unused]] bool const listens = listen();

} // namespace
