// kickmsg: a message has to be trivially copyable
#include <kickmsg/TypedPublisher.h>

#include <string>

#if defined(wrong)
using Message = std::string;
#else
using Message = char;
#endif

void join(kickmsg::SharedRegion const& region)
{
    kickmsg::TypedPublisher<Message> const end(region);
}

int main() {}
