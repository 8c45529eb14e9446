#include "Screen.h"

#include "Output.h"
#include "Stop.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <sys/ioctl.h>
#include <unistd.h>

namespace kickmsg_tools {

namespace {

void size_has_changed(int /*signal*/) noexcept {}

} // namespace

Screen::Screen()
{
    has_keys_   = tcgetattr(STDIN_FILENO, &before_) == 0;
    termios raw = before_;
    raw.c_lflag &= static_cast<tcflag_t>(~(ICANON | ECHO));
    raw.c_cc[VMIN]  = 0;
    raw.c_cc[VTIME] = 0;
    raw.c_cc[VSUSP] = _POSIX_VDISABLE; // one that is stopped, or quits, would leave the terminal as it is
    raw.c_cc[VQUIT] = _POSIX_VDISABLE;
    if (has_keys_) {
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
    struct sigaction action {};
    action.sa_handler = size_has_changed; // ends the wait for a key
    action.sa_flags   = SA_RESTART;       // and no writing
    (void)sigaction(SIGWINCH, &action, nullptr);
    write("\033[?1049h\033[?25l");
    flush();
}

Screen::~Screen()
{
    write("\033[?25h\033[?1049l");
    flush();
    if (has_keys_) {
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &before_);
    }
}

Screen::Size Screen::size() noexcept
{
    winsize found{};
    Size    size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &found) == 0 && found.ws_row > 0 && found.ws_col > 0) {
        size.rows    = found.ws_row;
        size.columns = found.ws_col;
    }
    return size;
}

void Screen::draw(std::vector<std::string> const& lines)
{
    std::string text = "\033[H";
    for (std::size_t i = 0; i < lines.size(); ++i) {
        text += (i == 0 ? "" : "\r\n") + lines[i] + "\033[K";
    }
    write(text + "\033[J");
    flush();
}

int Screen::key(std::chrono::milliseconds time) const noexcept
{
    if (!has_keys_) {
        pause_for(time);
        return None;
    }
    if (!wait_for_input(time)) {
        return None;
    }
    char          bytes[8] = {};
    ssize_t const got      = ::read(STDIN_FILENO, bytes, sizeof(bytes) - 1);
    if (got == 0) {
        return End; // nobody types any more
    }
    if (got < 0) {
        return None;
    }
    struct Sequence {
        char const* bytes;
        int         key;
    };
    static constexpr Sequence sequences[] = {{"\033[A", Up},   {"\033OA", Up},      {"\033[B", Down},
                                             {"\033OB", Down}, {"\033[5~", PageUp}, {"\033[6~", PageDown},
                                             {"\n", Enter},    {"\r", Enter}};
    for (Sequence const& sequence : sequences) {
        if (std::strcmp(bytes, sequence.bytes) == 0) {
            return sequence.key;
        }
    }
    return bytes[0] == '\033' ? static_cast<int>(None) : static_cast<int>(static_cast<unsigned char>(bytes[0]));
}

} // namespace kickmsg_tools
