#include "Program.h"

#include <algorithm>

namespace kickmsg_models {

std::string readable(Program const& program)
{
    std::string text;
    for (std::size_t i = 0; i < program.processes.size(); ++i) {
        text += i == 0 ? "[" : " || [";
        text += program.joined[i] ? "(joined)" : "";
        for (Op op : program.processes[i]) {
            text += text.back() == '[' ? "" : text.back() == ')' ? " " : ", ";
            text += op_names[static_cast<unsigned>(op)];
        }
        text += "]";
    }
    return text + "  pool " + std::to_string(program.pool) + ", rings " + std::to_string(program.rings) +
           (program.kept != 0 ? ", kept " + std::to_string(program.kept) : "");
}

std::ostream& operator<<(std::ostream& out, Program const& program)
{
    return out << readable(program);
}

namespace {

template <class T>
T any_of(std::vector<T> const& choices)
{
    return *rc::gen::elementOf(choices);
}

/// What a process may do next, if all that it did before worked out.
class Likely {
public:
    explicit Likely(bool joined) : joined_(joined) {}

    Op any_next()
    {
        std::vector<Op> choices = {Op::Send, Op::Send, Op::SendUnderPressure, Op::Recover, Op::Sweep, Op::Die};
        auto const      offer   = [&](bool sensible, std::vector<Op> const& more) {
            choices.insert(choices.end(), more.begin(), sensible ? more.end() : more.begin());
        };
        offer(held_, {Op::Publish, Op::Publish, Op::Abandon, Op::Abandon});
        offer(!held_, {Op::Allocate});
        offer(joined_, {Op::Receive, Op::Receive, Op::ReceiveView, Op::ReceiveView, Op::Leave});
        offer(!joined_ && views_ == 0, {Op::Join, Op::Join});
        offer(views_ != 0, {Op::Drop, Op::Drop});
        Op const next = any_of(choices);
        note(next);
        return next;
    }

private:
    void note(Op op)
    {
        held_ = op == Op::Allocate ||
                (held_ && op != Op::Publish && op != Op::Abandon && op != Op::Send && op != Op::SendUnderPressure);
        joined_ = op == Op::Join || (joined_ && op != Op::Leave);
        views_ += op == Op::ReceiveView ? 1 : 0;
        views_ -= op == Op::Drop ? 1 : 0;
    }

    bool     joined_;
    bool     held_  = false;
    unsigned views_ = 0;
};

Program any_program(unsigned most_operations)
{
    std::vector<unsigned> lengths;
    for (unsigned n = 1; n <= most_operations; ++n) {
        lengths.push_back(n);
    }
    Program program;
    program.rings = any_of<uint32_t>({1, 2});
    program.pool  = any_of<uint32_t>({1, 2, 3, 4});
    program.kept  = any_of<uint32_t>({0, 0, 1, 2});
    program.processes.resize(any_of<unsigned>({2, 2, 3}));
    for (auto& process : program.processes) {
        program.joined.push_back(any_of<int>({0, 1}) != 0);
        Likely likely(program.joined.back());
        for (unsigned left = any_of(lengths); left != 0; --left) {
            process.push_back(likely.any_next());
        }
    }
    return program;
}

/// Smaller programs: a process less, an operation less, a plainer setting.
std::vector<Program> smaller(Program const& program)
{
    std::vector<Program> all;
    for (std::size_t i = 0; i < program.processes.size(); ++i) {
        if (program.processes.size() > 2) {
            all.push_back(program);
            all.back().processes.erase(all.back().processes.begin() + static_cast<std::ptrdiff_t>(i));
            all.back().joined.erase(all.back().joined.begin() + static_cast<std::ptrdiff_t>(i));
        }
    }
    for (std::size_t i = 0; i < program.processes.size(); ++i) {
        for (std::size_t k = 0; k < program.processes[i].size(); ++k) {
            all.push_back(program);
            all.back().processes[i].erase(all.back().processes[i].begin() + static_cast<std::ptrdiff_t>(k));
        }
        if (program.joined[i]) {
            all.push_back(program);
            all.back().joined[i] = false;
        }
    }
    if (program.kept != 0) {
        all.push_back(program);
        --all.back().kept;
    }
    if (program.rings > 1) {
        all.push_back(program);
        all.back().rings = 1;
    }
    if (program.pool > 1) {
        all.push_back(program);
        --all.back().pool;
    }
    return all;
}

} // namespace

rc::Gen<Program> programs(unsigned most_operations)
{
    auto const plain = rc::gen::exec([=] { return any_program(most_operations); });
    return [plain](rc::Random const& random, int size) {
        return rc::shrinkable::shrinkRecur(plain(random, size).value(),
                                           [](Program const& from) { return rc::seq::fromContainer(smaller(from)); });
    };
}

} // namespace kickmsg_models
