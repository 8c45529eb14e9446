// nodiscard|warn_unused_result
#include <kickmsg/TypedPublisher.h>

void use(kickmsg::TypedPublisher<int>& publisher)
{
#if defined(wrong)
    publisher.send(1);
#else
    (void)publisher.send(1);
#endif
}

int main() {}
