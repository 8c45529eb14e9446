// rc11: clean, imm: reported. Load buffering: C++ has it, RC11 does without, compilers and processors do it.
#include <assert.h>
#include <pthread.h>

static int x, y;

static int read_x, read_y;

static void* first(void* /*unused*/)
{
    read_x = __atomic_load_n(&x, __ATOMIC_RELAXED);
    __atomic_store_n(&y, 1, __ATOMIC_RELAXED);
    return nullptr;
}
static void* second(void* /*unused*/)
{
    read_y = __atomic_load_n(&y, __ATOMIC_RELAXED);
    __atomic_store_n(&x, 1, __ATOMIC_RELAXED);
    return nullptr;
}

int main()
{
    pthread_t one, other;
    pthread_create(&one, nullptr, first, nullptr);
    pthread_create(&other, nullptr, second, nullptr);
    pthread_join(one, nullptr);
    pthread_join(other, nullptr);
    assert(read_x == 0 || read_y == 0);
}
