"""The build folder that the runs of a checkout share, one at a time."""

import contextlib
import fcntl


@contextlib.contextmanager
def locked(run):
    """Held while the build folder changes. Programs that run are not disturbed: the linker replaces files, it does not rewrite."""
    folder = run.root / "build"
    folder.mkdir(exist_ok=True)
    with open(folder / ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def configure(stage):
    """The gate measures without the peers that need more than the system: they would take longer to build than all else."""
    peers = "OFF" if stage.run.quick else "ON"
    return stage.check_command("configure", ["cmake", "--preset", "release", f"-DKICKMSG_BENCHMARK_PEERS={peers}"])


def preset(stage, name, options=(), targets=("all",), prefix=""):
    """Configures and builds a preset. Returns: whether both succeeded."""
    env = uncached(name)
    with locked(stage.run):
        return stage.check_command(f"{prefix}configure", ["cmake", "--preset", name, *options], env=env) and stage.check_command(
            f"{prefix}compile", ["cmake", "--build", "--preset", name, "--target", *targets], env=env
        )


def uncached(preset):
    """What counts lines names the files of this very checkout."""
    return {"CCACHE_DISABLE": "1"} if "coverage" in preset else None


def benchmarks(stage, folder, target, options=(), prefix=""):
    """Configures the benchmarks in a folder of their own, and builds one target there. Returns: whether both succeeded."""
    configure = ["cmake", "-S", stage.run.root, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release"]
    with locked(stage.run):
        return stage.check_command(f"{prefix}configure", [*configure, "-DKICKMSG_BUILD_BENCHMARKS=ON", *options]) and stage.check_command(
            f"{prefix}compile", ["cmake", "--build", folder, "--target", target]
        )
