#include "machine.h"

#include "clock.h"

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

#include <sys/utsname.h>
#include <unistd.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

namespace kickmsg_testkit {

namespace {

std::string first_line(std::string const& path)
{
    std::ifstream in(path);
    std::string   line;
    std::getline(in, line);
    return line;
}

/// The value of a key of /proc/cpuinfo's first processor.
std::string cpuinfo(std::string const& key)
{
    std::ifstream in("/proc/cpuinfo");
    for (std::string line; std::getline(in, line);) {
        auto const colon = line.find(':');
        if (line.compare(0, key.size(), key) == 0 && colon != std::string::npos && colon + 2 < line.size()) {
            return line.substr(colon + 2);
        }
    }
    return "";
}

/// Returns: "none", the hypervisor's own signature, or "unknown".
std::string virtualisation()
{
#if defined(__x86_64__) || defined(__i386__)
    unsigned int a = 0;
    unsigned int b = 0;
    unsigned int c = 0;
    unsigned int d = 0;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & (1U << 31)) == 0) {
        return "none";
    }
    char signature[13] = {};
    __cpuid(0x40000000, a, b, c, d);
    std::memcpy(signature, &b, 4);
    std::memcpy(signature + 4, &c, 4);
    std::memcpy(signature + 8, &d, 4);
    return signature[0] != '\0' ? signature : "unknown";
#else
    return "unknown";
#endif
}

std::string cpu_model()
{
    std::string const model = cpuinfo("model name");
    if (model.empty()) {
        return "unknown";
    }
    return model + " (family " + cpuinfo("cpu family") + ", model " + cpuinfo("model\t") + ", stepping " +
           cpuinfo("stepping") + ")";
}

std::string compiler()
{
#if defined(__clang__)
    return std::string("clang ") + __clang_version__;
#elif defined(__GNUC__)
    return std::string("gcc ") + __VERSION__;
#else
    return "unknown";
#endif
}

std::string governor()
{
    std::string const name = first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
    return name.empty() ? "none visible" : name;
}

nlohmann::ordered_json caches()
{
    auto list = nlohmann::ordered_json::array();
    for (int i = 0; i < 8; ++i) {
        std::string const at   = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(i) + "/";
        std::string const size = first_line(at + "size");
        if (!size.empty()) {
            list.push_back("L" + first_line(at + "level") + " " + first_line(at + "type") + " " + size);
        }
    }
    return list;
}

#if defined(__x86_64__) || defined(__i386__)
constexpr char foreign_key[] = "CPU implementer"; // of ARM
#else
constexpr char foreign_key[] = "cpu family"; // of x86
#endif

} // namespace

std::string emulator()
{
    // User emulation shows the host's /proc/cpuinfo; x86 on x86 gives itself away by the hypervisor's signature.
    bool const emulated = !cpuinfo(foreign_key).empty() || virtualisation() == "TCGTCGTCGTCG";
    return emulated ? "qemu" : "";
}

nlohmann::ordered_json describe_machine(Placement const& placement)
{
    utsname system = {};
    uname(&system);
    nlohmann::ordered_json machine;
    machine["cpu"]            = cpu_model();
    machine["processors"]     = sysconf(_SC_NPROCESSORS_ONLN);
    machine["caches"]         = caches();
    machine["placement"]      = placement.text;
    machine["oversubscribed"] = placement.oversubscribed;
    machine["architecture"]   = system.machine;
    machine["kernel"]         = std::string(system.sysname) + " " + system.release;
    machine["virtualisation"] = virtualisation();
    machine["governor"]       = governor();
    machine["compiler"]       = compiler();
    machine["build_type"]     = KICKMSG_BENCH_BUILD_TYPE;
    machine["flags"]          = KICKMSG_BENCH_FLAGS;
    machine["clock"]          = describe_clock();
    return machine;
}

std::string commit()
{
    char const* const given = std::getenv("KICKMSG_COMMIT");
    std::string const known = given != nullptr && *given != '\0' ? given : KICKMSG_BENCH_COMMIT;
    return known.empty() ? "unknown" : known;
}

} // namespace kickmsg_testkit
