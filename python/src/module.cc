/// kickmsg._core: the library as the package kickmsg needs it.
#include "binding.h"
#include "kickmsg/Region.h"
#include "kickmsg/Version.h"
#include "kickmsg/os/Time.h"

using namespace kickmsg::python; // NOLINT(google-build-using-namespace)

NB_MODULE(_core, module)
{
    module.doc() = "The library as the package kickmsg needs it: no interface for programs.";
    nb::set_leak_warnings(false); // an interpreter that ends need not end each handle: the process's end does
    bind_errors(module);
    bind_schema(module);
    bind_config(module);
    bind_reports(module);
    bind_discovery(module);
    bind_publisher(module);
    bind_view(module);
    bind_subscriber(module);
    bind_region(module);
    bind_service(module);
    bind_server(module);
    bind_client(module);
    bind_wait_set(module);
    bind_blackboard(module);
    bind_node(module);
    module.def("monotonic_ns", &kickmsg::monotonic_ns, "Returns: ns of the clock of SampleInfo.sent_ns.");
    module.def("set_core_dumps", &kickmsg::set_core_dumps, nb::arg("included"),
               "Whether regions that this process maps from now on are included in its core dumps.");
    module.attr("version") = KICKMSG_VERSION;
}
