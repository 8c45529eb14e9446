// kickmsg: name the type of a message without const
#include <kickmsg/TypedSubscriber.h>

#if defined(wrong)
using Message = int const;
#else
using Message = int;
#endif

void join(kickmsg::SharedRegion const& region)
{
    kickmsg::TypedSubscriber<Message> const end(region);
}

int main() {}
