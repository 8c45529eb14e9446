/// The whole terminal, for a table that lives.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <termios.h>
#include <vector>

namespace kickmsg_tools {

/// Takes the terminal's other screen and its keys, and gives both back at the end.
class Screen {
public:
    Screen();
    Screen(Screen const&)            = delete;
    Screen& operator=(Screen const&) = delete;
    ~Screen();

    struct Size {
        std::size_t rows = 24, columns = 80;
    };
    static Size size() noexcept;

    /// Draws `lines`, each of which is no wider than the terminal.
    static void draw(std::vector<std::string> const& lines);

    enum Key : int { None = 0, Up = 256, Down, PageUp, PageDown, Enter, End };
    /// Waits that long for a key, a signal or another size. Returns: a character, or one of Key.
    int key(std::chrono::milliseconds time) const noexcept;

private:
    termios before_{};
    bool    has_keys_ = false; ///< whether the input is a terminal
};

} // namespace kickmsg_tools
