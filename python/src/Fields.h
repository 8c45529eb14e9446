/// Plain structs of the library as classes of Python: fields that can be read, and a text that shows them.
#pragma once

#include "binding.h"

#include <nanobind/stl/string.h>

#include <string>
#include <vector>

namespace kickmsg {
namespace python {

template <class T>
class Fields {
public:
    Fields(nb::module_& module, char const* name, char const* documentation) : made_(module, name, documentation) {}
    Fields(Fields const&)            = delete;
    Fields& operator=(Fields const&) = delete;
    ~Fields()
    {
        made_.def("__repr__", [names = names_](nb::handle self) { return show(self, names); });
    }

    template <class Member>
    Fields& field(char const* name, Member T::*member, char const* documentation)
    {
        made_.def_ro(name, member, documentation);
        names_.push_back(name);
        return *this;
    }
    nb::class_<T>& made() noexcept
    {
        return made_;
    }

private:
    static std::string show(nb::handle self, std::vector<char const*> const& names)
    {
        std::string text = nb::cast<std::string>(self.type().attr("__name__")) + "(";
        char const* gap  = "";
        for (char const* name : names) {
            text += gap + std::string(name) + "=" + nb::cast<std::string>(nb::repr(self.attr(name)));
            gap = ", ";
        }
        return text + ")";
    }

    nb::class_<T>            made_;
    std::vector<char const*> names_;
};

} // namespace python
} // namespace kickmsg
