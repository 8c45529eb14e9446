// kickmsg: a message has to be trivially copyable
#include <kickmsg/TypedSubscriber.h>

#include <string>

#if defined(wrong)
using Message = std::string[];
#else
using Message = char[];
#endif

void join(kickmsg::SharedRegion const& region)
{
    kickmsg::TypedSubscriber<Message> const end(region);
}

int main() {}
