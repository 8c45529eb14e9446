// rc11: reported, imm: reported. Store buffering: each thread stores, and reads what the other has stored, with no order.
#include <assert.h>
#include <pthread.h>

static int x, y;

static int read_x, read_y;

static void* first(void* /*unused*/)
{
    __atomic_store_n(&x, 1, __ATOMIC_RELAXED);
    read_y = __atomic_load_n(&y, __ATOMIC_RELAXED);
    return nullptr;
}
static void* second(void* /*unused*/)
{
    __atomic_store_n(&y, 1, __ATOMIC_RELAXED);
    read_x = __atomic_load_n(&x, __ATOMIC_RELAXED);
    return nullptr;
}

int main()
{
    pthread_t one, other;
    pthread_create(&one, nullptr, first, nullptr);
    pthread_create(&other, nullptr, second, nullptr);
    pthread_join(one, nullptr);
    pthread_join(other, nullptr);
    assert(read_x != 0 || read_y != 0);
}
