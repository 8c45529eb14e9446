/// Memory of a region that Python reads or writes in place, through its buffer protocol.
#pragma once

#include "Handle.h"

#include <cstddef>
#include <cstdint>

namespace kickmsg {
namespace python {

/// What has bytes to lend. It counts who has them: memoryviews and arrays keep the object alive, and while there is one the bytes stay.
class Pinned {
public:
    /// Errors: BufferError while somebody has the bytes.
    void refuse_if_lent(char const* what) const
    {
        if (lent_ != 0) {
            throw nb::buffer_error(
                ("kickmsg: " + std::string(what) + ": " + std::to_string(lent_) +
                 " memoryviews or arrays of it are still there (del them first, or copy what is to stay)")
                    .c_str());
        }
    }
    std::size_t lent() const noexcept
    {
        return lent_;
    }

private:
    template <class T>
    friend struct Lending;
    std::size_t lent_ = 0;
};

/// The bytes of a T: where they are, their number, and why there are none.
struct Bytes {
    void*       data   = nullptr;
    std::size_t length = 0;
    char const* none   = "kickmsg: there is nothing here"; ///< where data is null and length is 0
};

/// The buffer protocol of T, a Pinned with `Bytes bytes()` and `is_read_only`.
template <class T>
struct Lending {
    static int lend(PyObject* self, Py_buffer* buffer, int flags) noexcept
    {
        T&          owner = *nb::inst_ptr<T>(nb::handle(self));
        Bytes const bytes = owner.bytes();
        if (bytes.data == nullptr) {
            buffer->obj = nullptr;
            PyErr_SetString(PyExc_BufferError, bytes.none);
            return -1;
        }
        if (PyBuffer_FillInfo(buffer, self, bytes.data, static_cast<Py_ssize_t>(bytes.length), T::is_read_only ? 1 : 0,
                              flags) != 0) {
            return -1;
        }
        ++static_cast<Pinned&>(owner).lent_;
        return 0;
    }
    static void take_back(PyObject* self, Py_buffer* /*unused*/) noexcept
    {
        --static_cast<Pinned&>(*nb::inst_ptr<T>(nb::handle(self))).lent_;
    }

    inline static PyType_Slot slots[] = {{Py_bf_getbuffer, reinterpret_cast<void*>(&lend)},
                                         {Py_bf_releasebuffer, reinterpret_cast<void*>(&take_back)},
                                         {0, nullptr}};
};

/// The bytes of an argument: of whatever has the buffer protocol and lies in one piece.
/// Errors: TypeError, BufferError.
class Argument {
public:
    explicit Argument(nb::handle object)
    {
        if (PyObject_GetBuffer(object.ptr(), &buffer_, PyBUF_SIMPLE) != 0) {
            throw nb::python_error();
        }
    }
    Argument(Argument const&)            = delete;
    Argument& operator=(Argument const&) = delete;
    ~Argument()
    {
        PyBuffer_Release(&buffer_);
    }

    void const* data() const noexcept
    {
        return buffer_.buf;
    }
    std::size_t length() const noexcept
    {
        return static_cast<std::size_t>(buffer_.len);
    }

private:
    Py_buffer buffer_{};
};

/// Returns: a bytes object with a copy of the `length` bytes at `data`, which nobody changes meanwhile.
nb::object copied(void const* data, std::size_t length);
/// Returns: a bytes object with a copy of what `owner` lends, which nobody can release meanwhile.
nb::object copy_of(nb::handle owner);
/// Copies `length` bytes, without the interpreter's lock where they are many.
void copy(void* to, void const* from, std::size_t length);

/// Returns: the bytes of `owner` as a memoryview.
nb::object memory_view(nb::handle owner);
/// Returns: the bytes of `owner` as a NumPy array in place, of `type`, in the `shape`; None: one dimension.
nb::object array_of(nb::handle owner, nb::handle type, nb::handle shape);

} // namespace python
} // namespace kickmsg
