// send
#include <kickmsg/TypedPublisher.h>

struct Pose {
    double x;
};
struct Twist {
    double x;
};

void use(kickmsg::TypedPublisher<Twist>& publisher)
{
#if defined(wrong)
    (void)publisher.send(Pose{});
#else
    (void)publisher.send(Twist{});
#endif
}

int main() {}
