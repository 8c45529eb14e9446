// kickmsg: the name of a schema may have 125 bytes at most
#include <kickmsg/TypedPublisher.h>

struct Text {
    char text[200];
};

constexpr Text letters(int count)
{
    Text result{};
    for (int i = 0; i < count; ++i) {
        result.text[i] = 'n';
    }
    return result;
}

template <int N>
struct Named {
    static constexpr Text        text        = letters(N);
    static constexpr char const* schema_name = text.text;

    int value;
};

#if defined(wrong)
using Message = Named<126>;
#else
using Message = Named<125>;
#endif

void join(kickmsg::SharedRegion const& region)
{
    kickmsg::TypedPublisher<Message> const end(region);
}

int main() {}
