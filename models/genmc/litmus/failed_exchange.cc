// rc11: clean, imm: clean. An exchange that fails reads with the order of success, though its failure is relaxed.
#include <assert.h>
#include <pthread.h>

static int x, y;

static void* first(void* /*unused*/)
{
    x = 1;
    __atomic_store_n(&y, 1, __ATOMIC_RELEASE);
    return nullptr;
}
static void* second(void* /*unused*/)
{
    int seen = 7;
    __atomic_compare_exchange_n(&y, &seen, 2, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
    if (seen == 1) {
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
