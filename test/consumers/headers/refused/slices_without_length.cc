// advertise
#include <kickmsg/Node.h>

void use(kickmsg::Node& node)
{
#if defined(wrong)
    node.advertise<float[]>("scan");
#else
    node.advertise<float[]>("scan", 1000);
#endif
}

int main() {}
