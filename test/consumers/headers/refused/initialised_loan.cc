// kickmsg: loan_uninitialized\(\) is for types whose default constructor does nothing
#include <kickmsg/TypedPublisher.h>

struct Initialised {
    int value = 1;
};

void use(kickmsg::TypedPublisher<Initialised>& publisher)
{
#if defined(wrong)
    (void)publisher.loan_uninitialized();
#else
    (void)publisher.loan();
#endif
}

int main() {}
