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
        nb::list names;
        for (char const* name : names_) {
            names.append(name);
        }
        made_.attr("__match_args__") = nb::tuple(names);
        made_.def("__repr__", &Fields::show);
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
    static std::string show(nb::handle self)
    {
        std::string     text = nb::cast<std::string>(self.type().attr("__name__")) + "(";
        nb::tuple const names(self.attr("__match_args__"));
        char const*     gap = "";
        for (nb::handle name : names) {
            text += gap + nb::cast<std::string>(name) + "=" + nb::cast<std::string>(nb::repr(self.attr(name)));
            gap = ", ";
        }
        return text + ")";
    }

    nb::class_<T>            made_;
    std::vector<char const*> names_;
};

} // namespace python
} // namespace kickmsg
