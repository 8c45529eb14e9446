/// A region with a typed end on either side.
#pragma once

#include "support.h"
#include "typed.h"

#include "kickmsg/TypedPublisher.h"
#include "kickmsg/TypedSubscriber.h"

#include <vector>

namespace kickmsg_test {

/// A region, and both ends of it.
template <class T>
struct Ends {
    explicit Ends(kickmsg::channel::Config const& cfg = small_config())
        : region(make(name, cfg)), pub(region), sub(region)
    {
    }

    Name const                  name{"typed"};
    kickmsg::SharedRegion       region;
    kickmsg::TypedPublisher<T>  pub;
    kickmsg::TypedSubscriber<T> sub;
};

template <class T>
std::vector<T> as_vector(kickmsg::Span<T const> elements)
{
    return {elements.begin(), elements.end()};
}

} // namespace kickmsg_test
