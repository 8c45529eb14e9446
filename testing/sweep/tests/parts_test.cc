/// The parts of kickmsg-sweep that need no program.
#include "Code.h"
#include "Options.h"
#include "Sweep.h"

#include <gtest/gtest.h>

#include <set>

namespace {

using namespace kickmsg_sweep;

Instruction bytes(std::initializer_list<unsigned char> list)
{
    Instruction all = {};
    std::copy(list.begin(), list.end(), all.begin());
    return all;
}

TEST(SweepChoice, ShardsTogetherAreTheWhole)
{
    Options options;
    options.shards = 3;
    std::multiset<uint64_t> all;
    for (options.shard = 1; options.shard <= options.shards; ++options.shard) {
        auto const part = Sweep::choose(100, 0, options);
        all.insert(part.begin(), part.end());
    }
    ASSERT_EQ(all.size(), 100U);
    EXPECT_EQ(*all.begin(), 0U);
    EXPECT_EQ(*all.rbegin(), 99U);
}

TEST(SweepChoice, ASampleHasTheFirstAndTheLastStateAndIsTheSameForASeed)
{
    Options options;
    options.seed     = 7;
    auto const one   = Sweep::choose(1000, 20, options);
    auto const again = Sweep::choose(1000, 20, options);
    options.seed     = 8;
    auto const other = Sweep::choose(1000, 20, options);
    EXPECT_EQ(one, again);
    EXPECT_NE(one, other);
    EXPECT_EQ(std::set<uint64_t>(one.begin(), one.end()).size(), 20U);
    EXPECT_EQ(one.front(), 0U);
    EXPECT_EQ(one.back(), 999U);
}

TEST(SweepChoice, ASampleOfMoreThanThereIsIsAll)
{
    EXPECT_EQ(Sweep::choose(5, 20, {}), (std::vector<uint64_t>{0, 1, 2, 3, 4}));
    EXPECT_EQ(Sweep::choose(1, 1, {}), (std::vector<uint64_t>{0}));
}

TEST(SweepChoice, OneInSoManyBeginsWhereTheSeedSays)
{
    Options options;
    options.every = 4;
    options.seed  = 6;
    EXPECT_EQ(Sweep::choose(12, 0, options), (std::vector<uint64_t>{2, 6, 10}));
}

TEST(SweepMarks, ANumberBehindTheNameIsItsPassing)
{
    EXPECT_EQ(MarkName::parse("turn:3").name, "turn");
    EXPECT_EQ(MarkName::parse("turn:3").nth, 3U);
    EXPECT_EQ(MarkName::parse("a:b").name, "a:b");
    EXPECT_EQ(MarkName::parse("a:b").nth, 1U);
    EXPECT_EQ(MarkName::parse("turn:").name, "turn:");
}

TEST(SweepInstructions, WhatMayStoreIsNeverPassedOver)
{
    EXPECT_FALSE(stores_nothing(bytes({0x48, 0x89, 0x07})));             // mov %rax,(%rdi)
    EXPECT_FALSE(stores_nothing(bytes({0xf0, 0x48, 0x0f, 0xb1, 0x0f}))); // lock cmpxchg %rcx,(%rdi)
    EXPECT_FALSE(stores_nothing(bytes({0x48, 0x0f, 0xb1, 0x0f})));       // cmpxchg %rcx,(%rdi)
    EXPECT_FALSE(stores_nothing(bytes({0x48, 0x87, 0x07})));             // xchg %rax,(%rdi)
    EXPECT_FALSE(stores_nothing(bytes({0xf3, 0xa4})));                   // rep movsb
    EXPECT_FALSE(stores_nothing(bytes({0xa4})));                         // movsb
    EXPECT_FALSE(stores_nothing(bytes({0xc7, 0x07, 1, 0, 0, 0})));       // movl $1,(%rdi)
    EXPECT_FALSE(stores_nothing(bytes({0x01, 0x07})));                   // add %eax,(%rdi)
    EXPECT_FALSE(stores_nothing(bytes({0x48, 0x83, 0x07, 0x01})));       // addq $1,(%rdi)
    EXPECT_FALSE(stores_nothing(bytes({0x0f, 0x11, 0x07})));             // movups %xmm0,(%rdi)
    EXPECT_FALSE(stores_nothing(bytes({0xc5, 0xfe, 0x7f, 0x07})));       // vmovdqu %ymm0,(%rdi)
    EXPECT_FALSE(stores_nothing(bytes({0x0f, 0x05})));                   // syscall
    EXPECT_FALSE(stores_nothing(bytes({0x0f, 0x94, 0x07})));             // sete (%rdi)
    EXPECT_FALSE(stores_nothing(bytes({0x8f, 0x07})));                   // pop (%rdi)
    EXPECT_FALSE(stores_nothing(bytes({0xf0, 0x01, 0x07})));             // lock add %eax,(%rdi)
}

TEST(SweepInstructions, WhatOnlyReadsIsPassedOver)
{
    EXPECT_TRUE(stores_nothing(bytes({0x48, 0x8b, 0x07})));       // mov (%rdi),%rax
    EXPECT_TRUE(stores_nothing(bytes({0x48, 0x89, 0xc7})));       // mov %rax,%rdi
    EXPECT_TRUE(stores_nothing(bytes({0x48, 0x39, 0x07})));       // cmp %rax,(%rdi)
    EXPECT_TRUE(stores_nothing(bytes({0x48, 0x8d, 0x47, 0x08}))); // lea 8(%rdi),%rax
    EXPECT_TRUE(stores_nothing(bytes({0x75, 0x10})));             // jne
    EXPECT_TRUE(stores_nothing(bytes({0x0f, 0x84, 0, 0, 0, 0}))); // je
    EXPECT_TRUE(stores_nothing(bytes({0xe8, 0, 0, 0, 0})));       // call
    EXPECT_TRUE(stores_nothing(bytes({0x41, 0x57})));             // push %r15
    EXPECT_TRUE(stores_nothing(bytes({0xc3})));                   // ret
    EXPECT_TRUE(is_call(bytes({0x0f, 0x05})));
    EXPECT_FALSE(is_call(bytes({0x0f, 0x84})));
}

TEST(SweepOptions, AWordIsQuotedForAShell)
{
    EXPECT_EQ(quoted("--from=a"), "--from=a");
    EXPECT_EQ(quoted("two words"), "'two words'");
    EXPECT_EQ(quoted("it's"), "'it'\\''s'");
    EXPECT_EQ(quoted(""), "''");
}

std::optional<Options> parsed(std::vector<std::string> words, int& exit)
{
    words.insert(words.begin(), "kickmsg-sweep");
    std::vector<char*> all;
    for (std::string& word : words) {
        all.push_back(word.data());
    }
    return parse(static_cast<int>(all.size()), all.data(), exit);
}

TEST(SweepOptions, WhatStandsBehindTheDashesIsTheProgramsOwn)
{
    int        exit = 0;
    auto const options =
        parsed({"--stop", "--before", "a b", "--before", "c", "--seed", "5", "--", "prog", "--", "--stop"}, exit);
    ASSERT_TRUE(options);
    EXPECT_EQ(options->program.words, (std::vector<std::string>{"prog", "--", "--stop"}));
    EXPECT_EQ(options->before, (std::vector<std::string>{"a b", "c"}));
    EXPECT_TRUE(options->stop);
    EXPECT_EQ(options->words, (std::vector<std::string>{"--stop", "--before", "a b", "--before", "c"}))
        << "not what chooses states";
}

TEST(SweepOptions, APairIsTwoPrograms)
{
    int        exit    = 0;
    auto const options = parsed({"--pairs", "--", "one", "1", "--", "two", "2"}, exit);
    ASSERT_TRUE(options && options->second);
    EXPECT_EQ(options->program.words, (std::vector<std::string>{"one", "1"}));
    EXPECT_EQ(options->second->words, (std::vector<std::string>{"two", "2"}));
    EXPECT_ANY_THROW(parsed({"--pairs", "--", "one"}, exit));
    EXPECT_ANY_THROW(parsed({"--shard", "4/3", "--", "one"}, exit));
    EXPECT_ANY_THROW(parsed({"--replay", "1+2", "--", "one"}, exit));
    EXPECT_ANY_THROW(parsed({}, exit));
    EXPECT_FALSE(parsed({"--unknown", "--", "one"}, exit));
    EXPECT_EQ(exit, 2);
}

} // namespace
