#include "Waiting.h"

namespace kickmsg {
namespace python {

bool is_main_thread()
{
    nb::object const main = nb::module_::import_("threading").attr("main_thread")().attr("ident");
    return nb::cast<unsigned long>(main) == PyThread_get_thread_ident();
}

} // namespace python
} // namespace kickmsg
