// kickmsg: a message is an object, and neither a pointer nor an array
#include <kickmsg/TypedPublisher.h>

#if defined(wrong)
using Message = char const*;
#else
using Message = char;
#endif

void join(kickmsg::SharedRegion const& region)
{
    kickmsg::TypedPublisher<Message> const end(region);
}

int main() {}
