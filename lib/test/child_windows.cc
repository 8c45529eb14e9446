/// Child processes by starting this program anew, and the main() that knows what it was started for.
#include "RegionState.h"
#include "support.h"

#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>

#include <cstdio>
#include <stdexcept>

namespace kickmsg_test {

namespace {

constexpr char const* child_option = "--kickmsg-child=";
constexpr UINT        killed       = 137;

/// Its processes die with this one.
HANDLE job()
{
    static HANDLE const made = [] {
        HANDLE const                         one = CreateJobObjectA(nullptr, nullptr);
        JOBOBJECT_EXTENDED_LIMIT_INFORMATION limit{};
        limit.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
        SetInformationJobObject(one, JobObjectExtendedLimitInformation, &limit, sizeof(limit));
        return one;
    }();
    return made;
}

std::string number(void* handle)
{
    return std::to_string(reinterpret_cast<uintptr_t>(handle));
}

void* handle_of(char const* text)
{
    return reinterpret_cast<void*>(static_cast<uintptr_t>(std::strtoull(text, nullptr, 10)));
}

/// A pipe whose child's end is inherited, and this process's is not.
void make_pipe(void*& mine, void*& childs, bool child_writes)
{
    SECURITY_ATTRIBUTES inherited{sizeof(SECURITY_ATTRIBUTES), nullptr, TRUE};
    HANDLE              reads = nullptr, writes = nullptr;
    EXPECT_NE(CreatePipe(&reads, &writes, &inherited, 0), 0);
    mine   = child_writes ? reads : writes;
    childs = child_writes ? writes : reads;
    EXPECT_NE(SetHandleInformation(mine, HANDLE_FLAG_INHERIT, 0), 0);
}

bool read_byte(void* from)
{
    char  byte = 0;
    DWORD got  = 0;
    return ReadFile(from, &byte, 1, &got, nullptr) != 0 && got == 1;
}

bool write_byte(void* to)
{
    DWORD put = 0;
    return WriteFile(to, "x", 1, &put, nullptr) != 0 && put == 1;
}

/// Wine has been seen to fail once in some two thousand starts, with an internal error: that is asked for again.
PROCESS_INFORMATION start(char const* program, std::string const& line)
{
    STARTUPINFOA        startup{};
    PROCESS_INFORMATION made{};
    startup.cb = sizeof(startup);
    for (int tries = 1;; ++tries) {
        std::string words = line; // CreateProcess may write to it
        if (CreateProcessA(program, words.data(), nullptr, nullptr, TRUE, 0, nullptr, nullptr, &startup, &made) != 0) {
            return made;
        }
        DWORD const error = GetLastError();
        if (error != ERROR_INTERNAL_ERROR || tries == 3) {
            throw std::runtime_error("cannot start " + line + ": error " + std::to_string(error));
        }
    }
}

/// Ends this process as a kill does: no destructor runs.
[[noreturn]] void leave(int code)
{
    std::fflush(nullptr);
    TerminateProcess(GetCurrentProcess(), static_cast<UINT>(code));
    std::abort();
}

[[noreturn]] void live(int argc, char** argv)
{
    ChildBody const* const body = ChildBody::find(argv[1] + std::string(child_option).size());
    if (body == nullptr || argc < 5) {
        std::fprintf(stderr, "child: there is no body %s\n", argv[1]);
        leave(97);
    }
    Child self(handle_of(argv[2]), handle_of(argv[3]));
    kickmsg::detail::set_automatic_recovery(std::string(argv[4]) == "1"); // as the parent had it
    int code = 99;
    try {
        code = body->function()(self, Texts(argv + 5, argv + argc));
    } catch (std::exception const& error) {
        std::fprintf(stderr, "child: %s\n", error.what());
    }
    leave(code);
}

} // namespace

Child::Child(ChildBody const& body, Texts const& texts)
{
    char program[MAX_PATH] = {};
    EXPECT_NE(GetModuleFileNameA(nullptr, program, sizeof(program)), 0U);
    void *childs_write = nullptr, *childs_read = nullptr;
    make_pipe(read_, childs_write, true);
    make_pipe(write_, childs_read, false);
    std::string line = "\"" + std::string(program) + "\" " + child_option + body.name() + " " + number(childs_write) +
                       " " + number(childs_read) + (kickmsg::detail::automatic_recovery() ? " 1" : " 0");
    for (std::string const& text : texts) { // names and numbers: nothing in them needs an escape
        line += " \"" + text + "\"";
    }
    PROCESS_INFORMATION const made = start(program, line);
    EXPECT_NE(AssignProcessToJobObject(job(), made.hProcess), 0) << "error " << GetLastError();
    CloseHandle(made.hThread);
    CloseHandle(childs_write);
    CloseHandle(childs_read);
    process_ = made.hProcess;
    pid_     = static_cast<int>(made.dwProcessId);
}

Child::~Child()
{
    if (process_ != nullptr) {
        kill();
    }
    for (void* end : {write_, read_}) {
        CloseHandle(end);
    }
}

void Child::wait_ready()
{
    ASSERT_TRUE(read_byte(read_)) << "the child ended before it was ready";
}

void Child::go_on()
{
    ASSERT_TRUE(write_byte(write_));
}

bool Child::has_ended() const noexcept
{
    return WaitForSingleObject(process_, 0) == WAIT_OBJECT_0;
}

int Child::join()
{
    DWORD code = 0;
    WaitForSingleObject(process_, INFINITE);
    GetExitCodeProcess(process_, &code);
    CloseHandle(process_);
    process_ = nullptr;
    pid_     = -1;
    return static_cast<int>(code);
}

void Child::kill()
{
    TerminateProcess(process_, killed);
    join();
    Sleep(1); // Wine says so when it has sent the signal; Windows, when the last thread has ended
}

void Child::ready()
{
    if (!write_byte(write_)) {
        leave(98);
    }
}

void Child::pause()
{
    ready();
    if (!read_byte(read_)) {
        leave(98);
    }
}

} // namespace kickmsg_test

int main(int argc, char** argv)
{
    if (argc > 1 && std::string(argv[1]).rfind(kickmsg_test::child_option, 0) == 0) {
        kickmsg_test::live(argc, argv);
    }
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
