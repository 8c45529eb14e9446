/// rapidcheck's check() with this program's seed and share; it would read them once, for all of its properties alike.
#pragma once

#include "Settings.h"

#include <rapidcheck.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>

namespace kickmsg_stress {

/// Whether RC_PARAMS says what to generate, or which stream to show again: then the counts say nothing.
inline bool is_told_by_user()
{
    return std::getenv("RC_PARAMS") != nullptr;
}

/// `full`: streams in the main job. Returns: whether the property held for all of them.
template <class Testable>
bool check_streams(std::string const& property, uint64_t full, Testable&& testable)
{
    rc::detail::TestParams   parameters = rc::detail::configuration().testParams;
    rc::detail::TestMetadata metadata;
    metadata.id = metadata.description = property; // what RC_PARAMS="reproduce=..." is found by
    if (!is_told_by_user()) {
        parameters.seed       = seed();
        parameters.maxSuccess = static_cast<int>(share_of(full));
    }
    std::printf("%s: seed %llu, %d streams\n", property.c_str(), static_cast<unsigned long long>(parameters.seed),
                parameters.maxSuccess);
    auto const result = rc::detail::checkTestable(std::forward<Testable>(testable), metadata, parameters);
    rc::detail::printResultMessage(result, std::cerr);
    std::cerr << std::endl;
    return result.template is<rc::detail::SuccessResult>();
}

/// Does a stream of operations to a trial; what differs from the model fails the property.
template <class Trial, class Stream>
void run_stream(Trial& trial, Stream const& stream)
{
    for (auto const& op : stream) {
        std::string const wrong = trial.run(op);
        if (!wrong.empty()) {
            RC_LOG() << op << ": " << wrong << std::endl;
            RC_FAIL("the model says otherwise");
        }
    }
}

} // namespace kickmsg_stress
