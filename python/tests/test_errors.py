import inspect
import subprocess
import sys

import kickmsg
import pytest
from kickmsg import _errors

IN_USE = (kickmsg.InUseError, kickmsg.MismatchError)
KINDS = [kind for _name, kind in inspect.getmembers(_errors, inspect.isclass) if issubclass(kind, kickmsg.KickmsgError)]


def test_each_code_has_one_class():
    codes = [kind.code for kind in KINDS if kind.code is not None]
    assert sorted(code.name for code in codes) == sorted(code.name for code in kickmsg.ErrorCode)


def test_all_are_public_and_documented():
    assert all(getattr(kickmsg, kind.__name__) is kind and kind.__name__ in kickmsg.__all__ and kind.__doc__ for kind in KINDS)


def test_the_text_is_that_of_cpp(node):
    with pytest.raises(kickmsg.NotFoundError) as found:
        node.subscribe("none")
    error = found.value
    assert str(error).startswith("kickmsg: ") and "use create_or_open" in str(error)
    assert error.code is kickmsg.ErrorCode.NOT_FOUND and error.object in str(error) and isinstance(error.os_error, int)


@pytest.mark.parametrize(
    "act, kind",
    [
        (lambda node: kickmsg.Node(""), kickmsg.InvalidNameError),
        (lambda node: node.advertise("t", config=kickmsg.Config(max_views=9999)), kickmsg.InvalidConfigError),
        (
            lambda node: [node.advertise("t"), node.advertise("t", config=kickmsg.Config(pool_size=3))],
            (kickmsg.InUseError, kickmsg.MismatchError),
        ),
        (lambda node: [node.advertise("t"), node.subscribe_or_create("t", config=kickmsg.Config(pool_size=3))], kickmsg.MismatchError),
        (lambda node: [node.advertise("a/b"), node.advertise("a_b")], kickmsg.NameCollisionError),
        (lambda node: [node.advertise("t", config=kickmsg.Config(max_subscribers=1)), node.subscribe("t"), node.subscribe("t")], None),
    ],
)
def test_what_is_refused_is_of_the_family(node, act, kind):
    kept = []
    with pytest.raises(kind or kickmsg.KickmsgError):
        kept.append(act(node))


def test_a_handle_is_closed_once_and_says_so(node):
    with node.advertise("t") as pub, node.subscribe("t") as sub:
        assert not pub.closed and "publisher of topic t" in repr(pub)
    assert pub.closed and sub.closed and "closed" in repr(sub)
    pub.close()
    for act in (lambda: pub.send(b"x"), lambda: sub.receive(), lambda: pub.sent, lambda: sub.stale()):
        with pytest.raises(kickmsg.InvalidHandleError, match=r"it is closed \(make another one\)"):
            act()
    sub.interrupt()


def test_elements_and_config_are_one_or_the_other(node):
    for options in ({"elements": 3}, {"elements": 3, "config": kickmsg.Config()}):
        with pytest.raises(TypeError):
            node.advertise("t", **options)
    with pytest.raises(TypeError, match="a slice has no size of its own"):
        node.advertise("t", kickmsg.Slice(float))


def test_without_the_lock_of_the_interpreter_it_is_no_module(start):
    child = start("")
    assert child.end()[0] == 0
    child = start(
        "del sys.modules['kickmsg']; sys._is_gil_enabled = lambda: False\ntry:\n    import kickmsg\nexcept ImportError as e: print(e)"
    )
    assert "relies on the interpreter's lock" in child.end()[1]


def test_an_interpreter_without_its_lock_is_refused():
    """Free-threaded builds; CMakeLists.txt refuses to build for them."""
    text = "import sys; sys._is_gil_enabled = lambda: False; import kickmsg"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "ImportError: kickmsg relies on the interpreter's lock" in done.stderr
