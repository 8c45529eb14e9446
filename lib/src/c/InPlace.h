/// Objects of the C interface that lie in a structure of the caller: kickmsg_view and its like.
#pragma once

#include "c/Answer.h"

#include <cstdint>
#include <new>

namespace kickmsg {
namespace c {

/// An `Object` in the words of a `Struct`. The first word says whether it is there: it is made of the structure's own address, so that a
/// copy of the structure holds nothing.
template <class Struct, class Object>
class InPlace {
    static constexpr uint64_t salt = 0x6b69636b6d736721;

public:
    static_assert(sizeof(Object) + sizeof(uint64_t) <= sizeof(Struct) && alignof(Object) <= alignof(Struct),
                  "the structure has room for the object");

    static bool is_held(Struct const* words) noexcept
    {
        return words != nullptr && words->opaque[0] == mark_of(*words);
    }
    /// Returns: the object; null where there is none.
    static Object* in(Struct const* words) noexcept
    {
        return is_held(words) ? std::launder(reinterpret_cast<Object*>(place(*words))) : nullptr;
    }
    /// Makes what `factory()` returns in `words`, which hold nothing, and keeps it where `keeps(object)`.
    /// Returns: whether it is held.
    template <class Factory, class Keeps>
    static bool fill(Struct& words, Factory&& factory, Keeps&& keeps) noexcept
    {
        auto* const object = new (place(words)) Object(factory());
        if (!keeps(*object)) {
            object->~Object();
            return false;
        }
        words.opaque[0] = mark_of(words);
        return true;
    }
    /// Ends the object of `words`.
    static kickmsg_status drop(Struct* words, char const* name) noexcept
    {
        Object* const object = in(words);
        if (object == nullptr) {
            return refuse_handle(name);
        }
        words->opaque[0] = 0;
        object->~Object();
        return KICKMSG_OK;
    }
    /// Returns: KICKMSG_OK where `words` can be filled.
    static kickmsg_status refuse_to_fill(Struct const* words, char const* name) noexcept
    {
        if (words == nullptr) {
            return refuse_null(name);
        }
        return is_held(words) ? refuse_held(name) : KICKMSG_OK;
    }

private:
    static uint64_t mark_of(Struct const& words) noexcept
    {
        return static_cast<uint64_t>(reinterpret_cast<uintptr_t>(&words)) ^ salt;
    }
    static void* place(Struct const& words) noexcept
    {
        return const_cast<uint64_t*>(&words.opaque[1]);
    }
};

} // namespace c
} // namespace kickmsg
