/// kickmsg-sweep as its users run it, on a program that does right and on some that do not.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using Json = nlohmann::json;

std::string folder()
{
    return std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
}

std::string sample(std::string const& arguments)
{
    return "'" + folder() + "/kickmsg_sweep_sample' " + arguments;
}

std::string prefix()
{
    char const* const given = std::getenv("KICKMSG_TEST_PREFIX");
    return given != nullptr ? given : "kmsweeptest";
}

/// One run of the sweep.
struct Ran {
    int         exit = -1;
    std::string text; ///< of both outputs
    Json        json;

    std::set<uint64_t> states() const
    {
        std::set<uint64_t> all;
        for (Json const& round : json.at("rounds")) {
            all.insert(round.at("state").get<uint64_t>());
        }
        return all;
    }
    /// Those in which something was found that contains `text`.
    std::set<uint64_t> failed(std::string const& part) const
    {
        std::set<uint64_t> all;
        for (Json const& round : json.at("rounds")) {
            for (Json const& what : round.at("found")) {
                if (what.get<std::string>().find(part) != std::string::npos) {
                    all.insert(round.at("state").get<uint64_t>());
                }
            }
        }
        return all;
    }
    /// The number of the first change of a word that contains `part`; 0 when there is none.
    uint64_t change_of(std::string const& part) const
    {
        for (Json const& word : json.at("words")) {
            if (word.at("word").get<std::string>().find(part) != std::string::npos) {
                return word.at("state").get<uint64_t>();
            }
        }
        return 0;
    }
};

class SweepProgram : public testing::Test {
protected:
    SweepProgram() : scratch_(std::filesystem::temp_directory_path() / (prefix() + "_" + std::to_string(getpid())))
    {
        std::filesystem::create_directories(scratch_);
    }
    ~SweepProgram() override
    {
        std::filesystem::remove_all(scratch_);
        std::string left;
        for (auto const& file : std::filesystem::directory_iterator("/dev/shm")) {
            if (file.path().filename().string().rfind(own_prefix() + "_", 0) == 0) {
                left += file.path().string() + " ";
            }
        }
        EXPECT_EQ(left, "") << "was left behind";
    }
    std::string file(std::string const& name) const
    {
        return (scratch_ / name).string();
    }
    static std::string own_prefix()
    {
        return prefix() + "_" + std::to_string(getpid());
    }
    static std::string content(std::string const& path)
    {
        std::ifstream      in(path);
        std::ostringstream text;
        text << in.rdbuf();
        return text.str();
    }

    Ran run(std::string const& options, std::string const& program) const
    {
        std::string const json = file("sweep.json");
        std::filesystem::remove(json);
        std::string const command = "'" + folder() + "/kickmsg-sweep' --quiet --prefix " + own_prefix() + " --json '" +
                                    json + "' " + options + " -- " + program + " 2>&1";
        std::unique_ptr<FILE, int (*)(FILE*)> out(popen(command.c_str(), "r"), pclose);
        Ran                                   ran;
        std::array<char, 4096>                part = {};
        while (std::fgets(part.data(), part.size(), out.get()) != nullptr) {
            ran.text += part.data();
        }
        int const status = pclose(out.release());
        ran.exit         = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        ran.json         = std::filesystem::exists(json) ? Json::parse(content(json)) : Json();
        return ran;
    }

private:
    std::filesystem::path scratch_;
};

/// The program as a user's shell starts it.
std::string const relay = "relay";

TEST_F(SweepProgram, ARightProgramPassesAllItsStates)
{
    auto const ran = run("--from ready --to done", sample(relay));
    ASSERT_EQ(ran.exit, 0) << ran.text;
    EXPECT_EQ(ran.json["failed"], 0);
    EXPECT_EQ(ran.json["not_reproducible"], 0) << ran.json["rounds"].dump(1);
    EXPECT_EQ(ran.json["rounds"].size(), ran.json["states"].get<std::size_t>());
    EXPECT_EQ(ran.json["states"], ran.json["words"].size() + 1);
    EXPECT_NE(ran.change_of("entry"), 0U) << "a message sent and received changes entries";
    EXPECT_NE(ran.change_of("hold"), 0U);
}

TEST_F(SweepProgram, WithoutMarksCreationBelongsToIt)
{
    auto const ran = run("--sample 12", sample("create"));
    ASSERT_EQ(ran.exit, 0) << ran.text;
    EXPECT_NE(ran.change_of("it gets its name"), 0U) << ran.json["words"].dump(1);
    EXPECT_EQ(ran.json["rounds"].size(), 12U);
}

TEST_F(SweepProgram, RecoveryLeftOutIsFound)
{
    auto const ran = run("--from ready --to done --without-recovery", sample(relay));
    ASSERT_EQ(ran.exit, 1) << ran.text;
    EXPECT_EQ(ran.failed("dead participants").size(), ran.states().size()) << "the victim always has records";
    EXPECT_FALSE(ran.failed("slots").empty());
}

TEST_F(SweepProgram, ItStopsAndItContinues)
{
    auto const ran = run("--stop --from ready --to done", sample(relay));
    ASSERT_EQ(ran.exit, 0) << ran.text;
    EXPECT_EQ(ran.json["mode"], "stop");
    EXPECT_EQ(ran.json["failed"], 0);
}

/// A shell ends before the companion that it has started: whose participants are alive for a moment more.
TEST_F(SweepProgram, WhatAShellHasStartedIsWaitedFor)
{
    std::string const shell = "\"" + sample("listen") + " & wait\"";
    auto const ran = run("--stop --from ready --to done --beside " + shell + " --beside " + shell, sample(relay));
    ASSERT_EQ(ran.exit, 0) << ran.text;
}

/// What the library's own sweeps (crash/) do not have, for they know one region: a call goes through two.
TEST_F(SweepProgram, CallsOfAServiceLoseNothingInEitherRegion)
{
    for (char const* const what : {"answers", "cancels", "refuses"}) {
        bool const whole  = std::string(what) == "answers";
        auto const killed = run(std::string("--from ready --to done") + (whole ? "" : " --sample 16"), sample(what));
        ASSERT_EQ(killed.exit, 0) << what << ": " << killed.text;
        EXPECT_GT(killed.json["states"], 10) << what;
        EXPECT_EQ(killed.json["not_reproducible"], 0) << what;
        auto const stopped = run("--stop --from ready --to done --sample 12", sample(what));
        ASSERT_EQ(stopped.exit, 0) << what << ": " << stopped.text;
    }
    auto const ends = run("--from ready --to done --sample 24", sample("ends"));
    ASSERT_EQ(ends.exit, 0) << ends.text;
}

TEST_F(SweepProgram, AWaitForManyTopicsLosesNothing)
{
    auto const killed = run("--from ready --to done", sample("waits"));
    ASSERT_EQ(killed.exit, 0) << killed.text;
    EXPECT_GT(killed.json["states"], 8);
    auto const stopped = run("--stop --from ready --to done", sample("waits"));
    ASSERT_EQ(stopped.exit, 0) << stopped.text;
}

TEST_F(SweepProgram, ACompanionLivesBesideIt)
{
    auto const ran = run("--from ready --to done --beside \"" + sample("listen") + "\" --sample 10", sample(relay));
    ASSERT_EQ(ran.exit, 0) << ran.text;
    EXPECT_NE(ran.json["rounds"][0]["beside"].dump().find("has received 0, and 1 after the kill; 0 unread"),
              std::string::npos)
        << "the observer's message: " << ran.json["rounds"][0]["beside"];
}

TEST_F(SweepProgram, WhatALivingOneHoldsForEverIsNotMissed)
{
    auto const ran = run("--from ready --to done --beside \"" + sample("hold") + "\" --sample 10", sample(relay));
    ASSERT_EQ(ran.exit, 0) << ran.text;
}

TEST_F(SweepProgram, ACompanionThatEndsByItselfIsReported)
{
    auto const ran = run("--from ready --to done --observer none --beside \"" + sample("leave") + "\"", sample(relay));
    ASSERT_EQ(ran.exit, 1) << ran.text;
    auto const failed = ran.failed("ended by itself: exit code 3");
    EXPECT_EQ(failed.count(ran.json["words"].size()), 1U) << "its message was sent";
    EXPECT_EQ(failed.count(0), 0U) << "its message was not sent yet";
}

TEST_F(SweepProgram, TheUsersOwnCheckIsReportedWithWhatItWrote)
{
    auto const ran =
        run("--from ready --to done --observer none --check \"" + sample("was-sent") + "\"", sample("many"));
    EXPECT_EQ(ran.exit, 2) << "there are no such marks: " << ran.text;
    auto const of_relay =
        run("--from ready --to done --observer none --check \"" + sample("was-sent") + "\"", sample(relay));
    ASSERT_EQ(of_relay.exit, 1) << of_relay.text;
    auto const failed = of_relay.failed("the check ended with exit code 1");
    EXPECT_EQ(failed.count(0), 1U);
    EXPECT_EQ(failed.count(of_relay.json["words"].size()), 0U);
    EXPECT_EQ(of_relay.json["rounds"][0]["output"], "0 messages were sent");
}

TEST_F(SweepProgram, TheCheckKnowsItsState)
{
    auto const ran = run("--from ready --to done --check 'test \"$KICKMSG_SWEEP_STATE\" != 3'", sample(relay));
    ASSERT_EQ(ran.exit, 1) << ran.text;
    EXPECT_EQ(ran.failed(""), (std::set<uint64_t>{3}));
    EXPECT_NE(ran.text.find("FAILED state 3: killed after"), std::string::npos) << ran.text;
    EXPECT_NE(ran.text.find("--replay 3 --"), std::string::npos) << ran.text;
}

TEST_F(SweepProgram, AWildWriteIsReported)
{
    auto const ran = run("--from ready --to done --observer none", sample("wild"));
    ASSERT_EQ(ran.exit, 1) << ran.text;
    EXPECT_EQ(ran.failed("").count(ran.json["words"].size()), 1U) << ran.text;
    EXPECT_EQ(ran.failed("").count(0), 0U) << ran.text;
}

TEST_F(SweepProgram, AMarkHasPassings)
{
    auto const one = run("--from turn:3 --to turn:4", sample("many"));
    auto const two = run("--from turn:3 --to turn:5 --sample 2", sample("many"));
    ASSERT_EQ(one.exit, 0) << one.text;
    ASSERT_EQ(two.exit, 0) << two.text;
    EXPECT_GT(one.json["words"].size(), 0U);
    EXPECT_LT(one.json["words"].size(), two.json["words"].size());
}

TEST_F(SweepProgram, AMarkThatIsNotThereIsNamedWithThoseThatAre)
{
    auto const ran = run("--from nowhere", sample("many"));
    EXPECT_EQ(ran.exit, 2);
    EXPECT_NE(ran.text.find("'nowhere'"), std::string::npos) << ran.text;
    EXPECT_NE(ran.text.find("'turn'"), std::string::npos) << ran.text;
    EXPECT_EQ(run("--from turn --to nowhere", sample("many")).exit, 2);
}

TEST_F(SweepProgram, AReplayNamesTheInstructionAndTheWords)
{
    auto const ran = run("--from ready --to done --replay 2", sample(relay));
    ASSERT_EQ(ran.exit, 0) << ran.text;
    EXPECT_EQ(ran.states(), (std::set<uint64_t>{2}));
    EXPECT_NE(ran.text.find("state 2: killed after "), std::string::npos) << ran.text;
    EXPECT_NE(ran.text.find("<--"), std::string::npos) << ran.text;
    EXPECT_NE(ran.text.find("kickmsg::"), std::string::npos) << "the function: " << ran.text;
    EXPECT_EQ(run("--from ready --to done --replay 100000", sample(relay)).exit, 2);
}

TEST_F(SweepProgram, ShardsTogetherAreTheWhole)
{
    std::set<uint64_t> all;
    std::size_t        rounds = 0, states = 0;
    for (std::string const shard : {"1/3", "2/3", "3/3"}) {
        auto const ran = run("--from ready --to done --observer none --shard " + shard, sample(relay));
        ASSERT_EQ(ran.exit, 0) << ran.text;
        states = ran.json["states"];
        for (uint64_t const state : ran.states()) {
            all.insert(state);
        }
        rounds += ran.json["rounds"].size();
    }
    EXPECT_EQ(all.size(), states);
    EXPECT_EQ(rounds, states);
}

TEST_F(SweepProgram, PairsOfTwoPrograms)
{
    auto const ran = run("--pairs --sample 10 --from ready --to done", sample(relay) + " -- " + sample("second"));
    ASSERT_EQ(ran.exit, 0) << ran.text;
    EXPECT_EQ(ran.json["mode"], "pairs");
    EXPECT_EQ(ran.json["rounds"].size(), 10U);
    EXPECT_GT(ran.json["states"], ran.json["words"].size() + 1);
    auto const with = run("--with \"" + sample("second") + "\" --from ready --to done --replay 1+2", sample(relay));
    EXPECT_EQ(with.exit, 0) << with.text;
}

TEST_F(SweepProgram, ThreadsTakeTurns)
{
    auto const ran = run("--from ready --to done --sample 20", sample("threads"));
    ASSERT_EQ(ran.exit, 0) << ran.text;
    EXPECT_EQ(ran.json["failed"], 0);
}

TEST_F(SweepProgram, ChildrenBelongToIt)
{
    auto const ran = run("--from ready --to done --sample 6", sample("forks"));
    ASSERT_EQ(ran.exit, 0) << ran.text;
    EXPECT_NE(ran.change_of("entry"), 0U) << "the child sends";
}

TEST_F(SweepProgram, AProgramThatTakesAnotherWayEachTimeIsReportedAsNotReproducible)
{
    std::string const counter = file("runs");
    std::string const options = "--from ready --to done --observer none ";
    auto const        ran     = run(options, sample("fickle '" + counter + "'"));
    ASSERT_EQ(ran.exit, 0) << ran.text;
    EXPECT_GT(ran.json["not_reproducible"], 0) << ran.text;
    std::ofstream(counter, std::ios::trunc).close();
    EXPECT_EQ(run(options + "--strict", sample("fickle '" + counter + "'")).exit, 1);
}

TEST_F(SweepProgram, ReportsAreWellFormed)
{
    auto const ran =
        run("--from ready --to done --sample 5 --check 'echo \"<&>\"; test \"$KICKMSG_SWEEP_STATE\" != 0' --junit '" +
                file("j.xml") + "' --markdown '" + file("m.md") + "'",
            sample(relay));
    ASSERT_EQ(ran.exit, 1) << ran.text;
    EXPECT_EQ(ran.json["schema"], "kickmsg.sweep");
    EXPECT_EQ(ran.json["version"], 1);
    std::string const junit = content(file("j.xml"));
    EXPECT_NE(junit.find("tests=\"5\" failures=\"1\""), std::string::npos) << junit;
    EXPECT_NE(junit.find("&lt;&amp;&gt;"), std::string::npos) << junit;
    std::string const parse =
        "python3 -c \"import sys, xml.dom.minidom as x; x.parse(sys.argv[1])\" '" + file("j.xml") + "'";
    if (std::system("python3 --version > /dev/null 2>&1") == 0) {
        EXPECT_EQ(std::system(parse.c_str()), 0) << junit;
    }
    EXPECT_NE(content(file("m.md")).find("| 0 | killed before its first change"), std::string::npos)
        << content(file("m.md"));
}

TEST_F(SweepProgram, WhatCannotBeRunSaysWhatToDo)
{
    auto const crash = run("--from ready", sample("crash"));
    EXPECT_EQ(crash.exit, 2);
    EXPECT_NE(crash.text.find("signal 6"), std::string::npos) << crash.text;
    auto const silent = run("", sample("silent"));
    EXPECT_EQ(silent.exit, 2);
    EXPECT_NE(silent.text.find("never used a region"), std::string::npos) << silent.text;
    auto const foreign = run("", sample("foreign"));
    EXPECT_EQ(foreign.exit, 2);
    EXPECT_NE(foreign.text.find("KICKMSG_PREFIX"), std::string::npos) << foreign.text;
    auto const missing = run("", "/there/is/none");
    EXPECT_EQ(missing.exit, 2);
    EXPECT_NE(missing.text.find("/there/is/none"), std::string::npos) << missing.text;
    auto const waits = run("--limit 1", sample("wait"));
    EXPECT_EQ(waits.exit, 2);
    EXPECT_NE(waits.text.find("--beside"), std::string::npos) << waits.text;
    auto const before = run("--before 'echo no; exit 4'", sample(relay));
    EXPECT_EQ(before.exit, 2);
    EXPECT_NE(before.text.find("exit code 4"), std::string::npos) << before.text;
}

TEST_F(SweepProgram, WhatWasRunBeforeItIsThere)
{
    auto const ran = run("--from ready --to done --sample 6 --before \"" + sample("second") + "\"", sample(relay));
    ASSERT_EQ(ran.exit, 0) << ran.text;
}

} // namespace
