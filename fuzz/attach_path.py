"""The attach path: the functions that make an open region of a file's bytes, or refuse them. fuzz/coverage.py requires that the
corpora run each of their lines, but for those that are argued here."""

# As the demangler names them, without template arguments, parameters and unnamed namespaces. Recovery, which open() runs at its
# end, is not among them: its lines are part of the figure for lib/.
FUNCTIONS = (
    # the name and the file
    "kickmsg::SharedMemory::checked_name",
    "kickmsg::SharedMemory::open",
    "kickmsg::SharedMemory::is_linked",
    "kickmsg::SharedMemory::Native::named",
    "kickmsg::SharedMemory::Native::examine",
    "kickmsg::map",
    "kickmsg::keep_descriptor",
    "kickmsg::SharedMemory::Native::~Native",
    "kickmsg::SharedMemory::Native::is_mine",
    # the header
    "kickmsg::detail::examine",
    "kickmsg::detail::refuse",
    "kickmsg::detail::without_remedy",
    "kickmsg::detail::load_text",
    "kickmsg::detail::identity_of",
    # the geometry
    "kickmsg::detail::Geometry::of",
    "kickmsg::detail::Geometry::config",
    "kickmsg::detail::Geometry::operator==",
    "kickmsg::detail::check",
    "kickmsg::detail::check_range",
    "kickmsg::detail::check_power_of_two",
    "kickmsg::detail::Checked::add",
    "kickmsg::detail::Checked::align",
    "kickmsg::detail::Checked::set",
    # the region
    "kickmsg::SharedRegion::open",
    "kickmsg::SharedRegion::open_as",
    "kickmsg::detail::open_region",
    "kickmsg::detail::open_by",
    "kickmsg::detail::map_region",
    "kickmsg::detail::may_stay",
    "kickmsg::detail::collision",
    "kickmsg::detail::enroll_region",
    "kickmsg::detail::Attempts::refuse",
    "kickmsg::detail::Identity::same_name",
    "kickmsg::detail::Identity::readable",
    "kickmsg::detail::Identity::kind_name",
    "kickmsg::core::Replacement::occupy",
    "kickmsg::detail::is_being_replaced",
    "kickmsg::core::Replacement::change",
    "kickmsg::detail::RegionState::recover",
    "kickmsg::detail::RegionState::recover_if_automatic",
    "kickmsg::detail::recover_if_needed",
    # the participant
    "kickmsg::detail::Participant::Participant",
    "kickmsg::detail::Participant::~Participant",
    "kickmsg::detail::Participant::draw",
    "kickmsg::detail::Participant::enroll",
    "kickmsg::detail::Participant::adopt",
    "kickmsg::detail::Participant::describe",
    "kickmsg::detail::Participant::refuse",
    "kickmsg::detail::records_of",
    "kickmsg::detail::LivingText::add",
    "kickmsg::detail::LivingText::all",
    "kickmsg::detail::living_participants",
    "kickmsg::detail::kind_name",
    "kickmsg::core::Registry::draw_incarnation",
    "kickmsg::core::Registry::enroll",
    "kickmsg::core::Registry::adopt",
    "kickmsg::core::Registry::leave",
    "kickmsg::core::Registry::clear_notes",
    "kickmsg::core::Registry::owe_sweep",
)

SYSTEM = "a failure of the system: no bytes of the file bring it about"
KIND = "takes a file of another kind than one with bytes in it; lib/test/OtherFiles_test.cc makes them"
RANGES = "check() has bounded every number: the largest region allowed has less than 2^58 bytes"
OTHERS = "takes another process that replaces the region at the same time; crash/ and models/creation_*.cc bring it about"

# (function, line without indentation): why no bytes lead there. The brace that ends a block goes with the line before it.
ARGUED = {
    ("kickmsg::SharedMemory::Native::examine", "os::refuse(Call::Examine, name, errno);"): SYSTEM,
    (
        "kickmsg::SharedMemory::Native::examine",
        'throw Error(ErrorCode::Corrupt, name, "what has this name is not a region: a pipe or a device",',
    ): KIND,
    ("kickmsg::SharedMemory::Native::examine", 'Remedy{"remove " + path + ", or choose another name"});'): KIND,
    ("kickmsg::map", 'os::refuse(Call::MapRegion, native.name, errno, "cannot map " + std::to_string(native.size) + " bytes");'): SYSTEM,
    ("kickmsg::keep_descriptor", "native.descriptor = file.release();"): SYSTEM,
    ("kickmsg::keep_descriptor", "os::refuse(Call::OpenAgain, native, reopened.ways());"): SYSTEM,
    ("kickmsg::SharedMemory::Native::~Native", "::unlink(waiting.c_str());"): "only what is created waits for its name",
    ("kickmsg::detail::Checked::add", "return set(limit + 1);"): RANGES,
    ("kickmsg::detail::Checked::set", 'throw Error(ErrorCode::InvalidConfig, "Config",'): RANGES,
    ("kickmsg::detail::Checked::set", '"the region would be larger than " + std::to_string(limit) + " bytes",'): RANGES,
    ("kickmsg::detail::Checked::set", 'Remedy{"choose a smaller pool_size or max_payload_size"});'): RANGES,
    ("kickmsg::core::Replacement::occupy", "return false; // not to be disarmed; or the word has just been changed by another"): OTHERS,
    (
        "kickmsg::detail::open_by",
        "throw *other;",
    ): "the second: takes a raw region of another type than a node asks for; lib/test/Node_test.cc makes them",
    ("kickmsg::detail::Attempts::refuse", "{"): OTHERS,
    ("kickmsg::detail::Attempts::refuse", "if (failure) {"): OTHERS,
    ("kickmsg::detail::Attempts::refuse", "std::rethrow_exception(failure);"): OTHERS,
    (
        "kickmsg::detail::Attempts::refuse",
        'throw Error(ErrorCode::InUse, name, "others have been replacing this region for about a second",',
    ): OTHERS,
    ("kickmsg::detail::Attempts::refuse", 'Remedy{"let them go on, or end the one that is stopped, and call again"});'): OTHERS,
    (
        "kickmsg::detail::LivingText::all",
        'return list_ + " and " + std::to_string(count_ - named_limit) + " more";',
    ): "takes eleven living participants; lib/test/Handle_test.cc has them",
    ("kickmsg::detail::Participant::draw", "throw;"): SYSTEM,
}
