#include "c/Handles.h"

#include "Guarded.h"

namespace kickmsg {
namespace c {

namespace {

constexpr std::size_t cells_per_chunk = 15;

/// Never given back: an ended handle leads into one.
struct Chunk {
    Chunk* next = nullptr; ///< made earlier
    Cell   cells[cells_per_chunk];
};

std::atomic<Chunk*> chunks{nullptr};

/// Makes the word of `cell` busy, if it is free and has a use left.
bool take(Cell& cell) noexcept
{
    uint64_t expected = cell_is_free;
    // acquire: the count of uses of whoever let go of it; relaxed: another one is looked at
    if (cell.word.load(std::memory_order_relaxed) != cell_is_free ||
        !cell.word.compare_exchange_strong(expected, cell_is_busy, std::memory_order_acquire,
                                           std::memory_order_relaxed)) {
        return false;
    }
    if (cell.uses == Cell::use_mask) {
        return false; // it stays busy, for ever
    }
    ++cell.uses;
    return true;
}

Cell* take_any() noexcept
{
    for (Chunk* chunk = chunks.load(std::memory_order_acquire); chunk != nullptr; chunk = chunk->next) {
        for (Cell& cell : chunk->cells) {
            if (take(cell)) {
                return &cell;
            }
        }
    }
    return nullptr;
}

void add_chunk()
{
    auto* const chunk = detail::guarded("handle", [] { return new Chunk; });
    chunk->next       = chunks.load(std::memory_order_relaxed);
    // release: the cells, to whoever finds them; relaxed: looked at again
    while (!chunks.compare_exchange_weak(chunk->next, chunk, std::memory_order_release, std::memory_order_relaxed)) {
    }
}

} // namespace

Cell& take_cell()
{
    for (;;) {
        if (Cell* const cell = take_any()) {
            return *cell;
        }
        add_chunk();
    }
}

void give_back(Cell& cell) noexcept
{
    cell.word.store(cell_is_free, std::memory_order_release);
}

} // namespace c
} // namespace kickmsg
