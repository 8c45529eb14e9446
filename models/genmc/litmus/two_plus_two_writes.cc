// rc11: reported, imm: reported. 2+2W: each word keeps the first of its two stores.
#include <assert.h>
#include <pthread.h>

static int x, y;

static void* first(void* /*unused*/)
{
    __atomic_store_n(&x, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&y, 2, __ATOMIC_RELAXED);
    return nullptr;
}
static void* second(void* /*unused*/)
{
    __atomic_store_n(&y, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&x, 2, __ATOMIC_RELAXED);
    return nullptr;
}

int main()
{
    pthread_t one, other;
    pthread_create(&one, nullptr, first, nullptr);
    pthread_create(&other, nullptr, second, nullptr);
    pthread_join(one, nullptr);
    pthread_join(other, nullptr);
    assert(x == 2 || y == 2);
}
