// nodiscard|warn_unused_result
#include <kickmsg/Region.h>

void use(kickmsg::SharedRegion& region)
{
#if defined(wrong)
    region.try_claim_schema({});
#else
    (void)region.try_claim_schema({});
#endif
}

int main() {}
