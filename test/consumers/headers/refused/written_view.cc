// read-only|const
#include <kickmsg/TypedSubscriber.h>

void use(kickmsg::TypedSubscriber<int>& subscriber)
{
#if defined(wrong)
    if (auto view = subscriber.try_receive_view()) {
        **view = 1;
    }
#else
    if (auto view = subscriber.try_receive_view()) {
        (void)**view;
    }
#endif
}

int main() {}
