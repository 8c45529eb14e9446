// nodiscard|warn_unused_result
#include <kickmsg/Publisher.h>

void use(kickmsg::Publisher& publisher)
{
#if defined(wrong)
    publisher.send("x", 1);
#else
    (void)publisher.send("x", 1);
#endif
}

int main() {}
