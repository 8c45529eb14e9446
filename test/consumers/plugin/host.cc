// Loads the module, has it send and receive, and lets it go again. The first argument names the region.
#include <dlfcn.h>

#include <cstdio>

int main(int argc, char** argv)
{
    void* const module = dlopen(PLUGIN, RTLD_NOW | RTLD_LOCAL);
    void* const found  = module != nullptr ? dlsym(module, "send_and_receive") : nullptr;
    if (found == nullptr) {
        std::puts(dlerror());
        return 1;
    }
    int const result = reinterpret_cast<int (*)(int, char**)>(found)(argc, argv);
    return dlclose(module) == 0 ? result : 1;
}
