/// kickmsg top: a live table.
#include "Regions.h"
#include "Screen.h"
#include "Stop.h"
#include "TopModel.h"
#include "TopTable.h"

#include <algorithm>
#include <chrono>

namespace kickmsg_tools {

namespace {

struct Wanted {
    double      interval = 1;
    uint64_t    count    = 0;
    std::string sort     = "rate";
    bool        expanded = false;
};

class Top {
public:
    Top(Context const& context, Wanted const& wanted)
        : context_(context), model_(context), table_{wanted.sort, false, wanted.expanded}, interval_(wanted.interval)
    {
    }

    /// On the terminal, until a key ends it.
    void live(uint64_t count)
    {
        Screen const screen;
        auto         next = std::chrono::steady_clock::now();
        for (uint64_t looks = 0; !is_stopped() && !done_ && (count == 0 || looks <= count);) {
            auto const now = std::chrono::steady_clock::now();
            if (now >= next) {
                if (!paused_) {
                    model_.look();
                }
                ++looks;
                next = now + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                 std::chrono::duration<double>(interval_));
            }
            draw();
            auto const left =
                std::chrono::duration_cast<std::chrono::milliseconds>(next - std::chrono::steady_clock::now());
            press(screen.key(std::max(left, std::chrono::milliseconds(0)) + std::chrono::milliseconds(1)));
        }
    }

    /// Into a pipe: a table, or a document, for each look but the first, which knows no rates.
    void print(uint64_t count)
    {
        model_.look();
        for (uint64_t looks = 0; !is_stopped() && !is_reader_gone() && (count == 0 || looks < count); ++looks) {
            pause_for(std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(interval_)));
            model_.look();
            context_.json ? print_json() : print_text();
            flush();
        }
    }

    bool is_empty() const noexcept
    {
        return model_.rows().empty();
    }

private:
    std::string summary() const
    {
        uint32_t dead_ones = 0;
        double   rate = 0, bandwidth = 0;
        for (TopRow const& row : model_.rows()) {
            dead_ones += row.dead;
            rate += std::max(0.0, row.rate);
            bandwidth += std::max(0.0, row.bandwidth);
        }
        return "kickmsg top: " + std::to_string(model_.rows().size()) + " regions, " + rate_text(rate) +
               " messages/s, " + bytes_text(bandwidth) + "/s, " + std::to_string(dead_ones) + " dead" +
               (paused_ ? ", paused" : "");
    }

    void draw()
    {
        auto const               size  = Screen::size();
        auto const               width = size.columns;
        std::vector<std::string> screen;
        screen.push_back(fitted(summary(), width));
        screen.push_back(toned(fitted(table_.heading(width), width), Tone::Bold));
        auto const        all  = table_.places(model_.rows());
        std::size_t const room = size.rows > 3 ? size.rows - 3 : 1;
        offset_                = std::min(offset_, all.size() > room ? all.size() - room : 0);
        for (std::size_t i = offset_; i < all.size() && i < offset_ + room; ++i) {
            auto const line = TopTable::line(all[i], width);
            screen.push_back(toned(line.text, line.tone));
        }
        screen.resize(room + 2);
        screen.push_back(
            toned(fitted("q quit  s sort  r reverse  e participants  p pause  +/- interval  arrows scroll", width),
                  Tone::Dim));
        screen.resize(std::min(screen.size(), size.rows)); // of a terminal with fewer the lowest are not seen
        Screen::draw(screen);
    }

    void press(int key)
    {
        std::size_t const page = Screen::size().rows > 4 ? Screen::size().rows - 4 : 1;
        switch (key) {
        case 'q':
        case Screen::End:
            done_ = true;
            break;
        case 's': {
            auto const at = std::find(top_sorts.begin(), top_sorts.end(), table_.sort);
            table_.sort   = at == top_sorts.end() || at + 1 == top_sorts.end() ? top_sorts[0] : *(at + 1);
            break;
        }
        case 'r':
            table_.reversed = !table_.reversed;
            break;
        case 'e':
        case Screen::Enter:
            table_.expanded = !table_.expanded;
            break;
        case 'p':
            paused_ = !paused_;
            break;
        case '+':
            interval_ = std::min(60.0, interval_ * 2);
            break;
        case '-':
            interval_ = std::max(0.1, interval_ / 2);
            break;
        case 'k':
        case Screen::Up:
            offset_ -= offset_ > 0 ? 1 : 0;
            break;
        case 'j':
        case Screen::Down:
            ++offset_;
            break;
        case Screen::PageUp:
            offset_ -= std::min(offset_, page);
            break;
        case Screen::PageDown:
            offset_ += page;
            break;
        default:
            break;
        }
    }

    void print_text() const
    {
        constexpr std::size_t width = 120;
        write(summary() + "\n" + table_.heading(width) + "\n");
        for (TopTable::Place const& place : table_.places(model_.rows())) {
            std::string const text = TopTable::line(place, width).text;
            write(text.substr(0, text.find_last_not_of(' ') + 1) + "\n");
        }
    }

    void print_json() const
    {
        Json json       = document("top");
        json["regions"] = table_.json(model_.rows());
        write_json(json);
    }

    Context const& context_;
    TopModel       model_;
    TopTable       table_;
    bool           paused_ = false, done_ = false;
    double         interval_;
    std::size_t    offset_ = 0;
};

void top(Context& context, Wanted const& wanted)
{
    catch_signals();
    Top top(context, wanted);
    if (is_terminal() && !context.json) {
        top.live(wanted.count);
    } else {
        top.print(wanted.count);
    }
    context.exit = top.is_empty() ? Findings : Done;
}

} // namespace

void declare_top(CLI::App& app, Context& context)
{
    static Wanted wanted;
    Command       command =
        declare(app, context, "top",
                "A live table: rates, bandwidth, unread, lost, views, kept and free slots, and their history",
                [&context] { top(context, wanted); });
    command.group(seeing);
    command.add_option("--interval", wanted.interval, "Seconds between two looks")->type_name("SECONDS")->positive();
    command.add_option("-n,--count", wanted.count, "Ends after COUNT looks")->type_name("COUNT");
    command.add_option("--sort", wanted.sort, "By rate, bytes, unread, lost, evicted, views, kept, free, dead or name")
        ->type_name("COLUMN")
        ->one_of(top_sorts);
    command.add_flag("--participants", wanted.expanded, "Also a line for each publisher (>) and subscriber (<)");
    command.footer("Keys: q quit, s sort, r reverse, e participants, p pause, + and - interval, arrows and page keys "
                   "scroll. A subscriber's rate is what it receives; "
                   "BYTES/s counts every message as long as the last one. VIEWS, KEPT and FREE are of the "
                   "regions in turn, some thousand slots a look. In a "
                   "pipe it writes a table for each look.");
}

} // namespace kickmsg_tools
