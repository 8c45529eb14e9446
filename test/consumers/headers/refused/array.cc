// kickmsg: a message is an object, and neither a pointer nor an array
#include <kickmsg/TypedSubscriber.h>

#if defined(wrong)
using Message = char[4];
#else
using Message = char[];
#endif

void join(kickmsg::SharedRegion const& region)
{
    kickmsg::TypedSubscriber<Message> const end(region);
}

int main() {}
