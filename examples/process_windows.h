/// The examples' second process, where there is no fork(): the program is started anew and told which of its Process objects it
/// is to be.
#pragma once

#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>

namespace example {

/// A second process that runs `body` from start() on. Construct it before any Kickmsg handle: the new process comes by
/// here, too, and goes no further.
class Process {
public:
    explicit Process(std::function<void(Process&)> const& body)
    {
        static int constructed = 0;
        int const  place       = ++constructed;
        char       role[64];
        if (GetEnvironmentVariableA(variable, role, sizeof(role)) == 0) {
            launch(place);
            return;
        }
        unsigned long long read = 0, write = 0;
        int                me = 0;
        if (std::sscanf(role, "%d %llu %llu", &me, &read, &write) == 3 && me == place) {
            from_other_    = reinterpret_cast<HANDLE>(static_cast<uintptr_t>(read));
            to_other_      = reinterpret_cast<HANDLE>(static_cast<uintptr_t>(write));
            int const code = hear() ? run([&] { body(*this); }) : 1;
            std::fflush(nullptr);
            ExitProcess(static_cast<UINT>(code));
        }
    }
    Process(Process const&)            = delete;
    Process& operator=(Process const&) = delete;
    ~Process()
    {
        if (process_ != nullptr) {
            kill();
        }
        CloseHandle(to_other_);
        CloseHandle(from_other_);
    }

    void start()
    {
        require(tell(), "cannot start the other process");
    }
    /// In the other process: lets the first one return from wait_until_there(), and stops here until it is killed.
    void stay_there()
    {
        require(tell(), "cannot tell the first process");
        Sleep(INFINITE);
    }
    void wait_until_there()
    {
        require(hear(), "the other process ended early");
    }
    void kill()
    {
        TerminateProcess(process_, 1);
        wait_for_end();
    }
    /// Waits for its end, which must be a success.
    void join()
    {
        require(wait_for_end() == 0, "the other process failed");
    }

private:
    static constexpr char const* variable = "KICKMSG_EXAMPLE_PROCESS";

    void launch(int place)
    {
        SECURITY_ATTRIBUTES inherited{sizeof(SECURITY_ATTRIBUTES), nullptr, TRUE};
        HANDLE              others_read = nullptr, others_write = nullptr;
        char                program[MAX_PATH];
        if (CreatePipe(&others_read, &to_other_, &inherited, 0) == 0 ||
            CreatePipe(&from_other_, &others_write, &inherited, 0) == 0 ||
            SetHandleInformation(to_other_, HANDLE_FLAG_INHERIT, 0) == 0 ||
            SetHandleInformation(from_other_, HANDLE_FLAG_INHERIT, 0) == 0 ||
            GetModuleFileNameA(nullptr, program, sizeof(program)) == 0) {
            throw std::runtime_error("cannot prepare a process");
        }
        std::string const role = std::to_string(place) + " " +
                                 std::to_string(reinterpret_cast<uintptr_t>(others_read)) + " " +
                                 std::to_string(reinterpret_cast<uintptr_t>(others_write));
        SetEnvironmentVariableA(variable, role.c_str());
        STARTUPINFOA        startup{};
        PROCESS_INFORMATION made{};
        startup.cb = sizeof(startup);
        bool const launched =
            CreateProcessA(program, nullptr, nullptr, nullptr, TRUE, 0, nullptr, nullptr, &startup, &made) != 0;
        SetEnvironmentVariableA(variable, nullptr);
        CloseHandle(others_read);
        CloseHandle(others_write);
        if (!launched) {
            throw std::runtime_error("cannot start a process");
        }
        CloseHandle(made.hThread);
        process_ = made.hProcess;
    }

    bool tell() const
    {
        DWORD count = 0;
        return WriteFile(to_other_, "x", 1, &count, nullptr) != 0 && count == 1;
    }
    bool hear() const
    {
        char  byte  = 0;
        DWORD count = 0;
        return ReadFile(from_other_, &byte, 1, &count, nullptr) != 0 && count == 1;
    }
    DWORD wait_for_end()
    {
        DWORD code = 1;
        WaitForSingleObject(process_, INFINITE);
        GetExitCodeProcess(process_, &code);
        CloseHandle(process_);
        process_ = nullptr;
        return code;
    }

    HANDLE process_    = nullptr; ///< null in the other process
    HANDLE to_other_   = nullptr;
    HANDLE from_other_ = nullptr;
};

} // namespace example
