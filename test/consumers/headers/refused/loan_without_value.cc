// kickmsg: loan\(\) needs a constructor without arguments
#include <kickmsg/TypedPublisher.h>

struct Made {
    explicit Made(int given) noexcept : value(given) {}
    int value;
};

void use(kickmsg::TypedPublisher<Made>& publisher)
{
#if defined(wrong)
    (void)publisher.loan();
#else
    (void)publisher.loan(Made(1));
#endif
}

int main() {}
