"""Conan 2 recipe: conan create . [-o kickmsg/*:shared=True] [-o kickmsg/*:unit_tests=True] [-o kickmsg/*:tools=True]"""

import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir


class Kickmsg(ConanFile):
    name = "kickmsg"
    description = "Lock-free publish/subscribe between processes over shared memory"
    license = "Apache-2.0"
    topics = ("ipc", "shared-memory", "lock-free", "publish-subscribe", "zero-copy")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "fPIC": [True, False], "unit_tests": [True, False], "tools": [True, False]}
    default_options = {"shared": False, "fPIC": True, "unit_tests": False, "tools": False}
    exports_sources = "CMakeLists.txt", "cmake/*", "lib/*", "tools/*", "LICENSE"

    def set_version(self):
        """kickmsg/Version.h has the version."""
        text = load(self, f"{self.recipe_folder}/lib/include/kickmsg/Version.h")
        self.version = ".".join(re.findall(r"^#define KICKMSG_VERSION_[A-Z]+ (\d+)$", text, re.MULTILINE))

    def config_options(self):
        if self.settings.os == "Windows":
            del self.options.fPIC
        if self.settings.os != "Linux":
            del self.options.tools  # it reads /proc and /dev/shm

    def build_requirements(self):
        if self.options.get_safe("tools"):  # headers that only the program itself is built of
            self.test_requires("cli11/[>=2.1]")
            self.test_requires("nlohmann_json/[>=3.11]")

    def configure(self):
        if self.options.shared:
            self.options.rm_safe("fPIC")

    def validate(self):
        if self.settings.get_safe("compiler.cppstd"):
            check_min_cppstd(self, 17)
        if self.settings.os not in ("Linux", "Macos", "Windows"):
            raise ConanInvalidConfiguration(f"kickmsg has no platform layer for {self.settings.os} (it has: Linux, Macos, Windows)")

    def package_id(self):
        del self.info.options.unit_tests  # they are built and run, and are no part of the package

    def layout(self):
        cmake_layout(self)

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["KICKMSG_BUILD_UNIT_TESTS"] = bool(self.options.unit_tests)
        toolchain.cache_variables["KICKMSG_BUILD_TOOLS"] = bool(self.options.get_safe("tools"))
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()
        if self.options.unit_tests:
            cmake.ctest(["--output-on-failure"])

    def package(self):
        copy(self, "LICENSE", self.source_folder, f"{self.package_folder}/licenses")
        CMake(self).install()
        rmdir(self, f"{self.package_folder}/lib/cmake")
        rmdir(self, f"{self.package_folder}/lib/pkgconfig")

    def package_info(self):
        self.cpp_info.libs = ["kickmsg"]
        self.cpp_info.set_property("cmake_file_name", "kickmsg")
        self.cpp_info.set_property("cmake_target_name", "kickmsg::kickmsg")
        self.cpp_info.set_property("pkg_config_name", "kickmsg")
        if not self.options.shared:
            self.cpp_info.defines = ["KICKMSG_STATIC"]
        if self.settings.os == "Linux":
            self.cpp_info.system_libs = ["pthread", "rt"]
