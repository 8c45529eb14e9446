// rc11: reported, imm: reported. A relaxed store after a release, by the same thread, is no part of its release sequence: C++20, not C++11.
#include <assert.h>
#include <pthread.h>

static int x, y;

static void* first(void* /*unused*/)
{
    x = 1;
    __atomic_store_n(&y, 1, __ATOMIC_RELEASE);
    __atomic_store_n(&y, 2, __ATOMIC_RELAXED);
    return nullptr;
}
static void* second(void* /*unused*/)
{
    if (__atomic_load_n(&y, __ATOMIC_ACQUIRE) == 2) {
        assert(x == 1);
    }
    return nullptr;
}

int main()
{
    pthread_t one, other;
    pthread_create(&one, nullptr, first, nullptr);
    pthread_create(&other, nullptr, second, nullptr);
    pthread_join(one, nullptr);
    pthread_join(other, nullptr);
}
