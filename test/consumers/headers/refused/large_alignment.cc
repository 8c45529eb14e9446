// kickmsg: a message may be aligned to 4096 bytes at most
#include <kickmsg/TypedPublisher.h>

template <int N>
struct alignas(N) Aligned {
    char byte;
};

#if defined(wrong)
using Message = Aligned<8192>;
#else
using Message = Aligned<4096>;
#endif

void join(kickmsg::SharedRegion const& region)
{
    kickmsg::TypedPublisher<Message> const end(region);
}

int main() {}
