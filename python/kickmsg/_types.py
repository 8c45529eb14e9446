"""What a message is in Python, and what C++ calls the same: bytes, a number, a dataclass, a structure of ctypes, a NumPy dtype; or any
number of them."""

from __future__ import annotations

import ctypes
import dataclasses
import sys
import typing
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

from ._core import Config, SchemaInfo, describe_type

T = TypeVar("T")

if typing.TYPE_CHECKING:
    from typing_extensions import Buffer

    Encode = Callable[[Any], Buffer]
    Decode = Callable[[Any], Any]

_NUMBERS: dict[type, type[Any]] = {float: ctypes.c_double, int: ctypes.c_int64, bool: ctypes.c_bool}
_NAMES = {
    "f": {4: "float32", 8: "float64"},
    "i": {1: "int8", 2: "int16", 4: "int32", 8: "int64"},
    "u": {1: "uint8", 2: "uint16", 4: "uint32", 8: "uint64"},
    "b": {1: "bool"},
}
_CTYPES_KINDS = {**dict.fromkeys("bhilq", "i"), **dict.fromkeys("BHILQ", "u"), **dict.fromkeys("fd", "f"), "?": "b"}


@dataclasses.dataclass(frozen=True)
class Slice(Generic[T]):
    """Messages of any number of `element`s, as `T[]` in C++: `node.advertise("scan", Slice(numpy.float32), elements=1000)`."""

    element: Any


@dataclasses.dataclass(frozen=True)
class Codec:
    """How values of a type become bytes and back, and what the region's schema says of it."""

    name: str
    version: int
    size: int
    alignment: int
    is_slice: bool
    encode: Encode
    decode: Decode

    @property
    def schema(self) -> SchemaInfo:
        return describe_type(self.name, self.version, self.size, self.alignment, self.is_slice)

    def fits(self, length: int) -> bool:
        return length % self.size == 0 if self.is_slice else length == self.size

    def config(self, elements: int | None) -> Config:
        """Of messages with room for just the type."""
        if self.is_slice and elements is None:
            raise TypeError("a slice has no size of its own: give config, or elements")
        return Config(max_payload_size=max(1, self.size * (elements or 1)), payload_alignment=max(32, self.alignment))


def codec_of(kind: Any, *, name: str | None = None, version: int | None = None) -> Codec:
    """Returns: how messages of `kind` are written and read.

    Errors: TypeError for what has no fixed size."""
    if isinstance(kind, Slice):
        return _slice_of(kind.element, name, version)
    kind = _number(kind)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _named(kind, name, version, _dataclass(kind))
    if _is_ctype(kind):
        return _named(kind, name, version, _ctype(kind))
    return _named(kind, name, version, _dtype(kind))


def _named(kind: Any, name: str | None, version: int | None, codec: Codec) -> Codec:
    """With the name and version that are given, else those that the type has as `schema_name` and `schema_version`."""
    named = name if name is not None else getattr(kind, "schema_name", codec.name)
    versioned = version if version is not None else getattr(kind, "schema_version", codec.version)
    if not isinstance(named, str) or len(named.encode()) > 125:
        raise TypeError(f"schema_name of {kind!r}: expected a text of at most 125 bytes, found {named!r}")
    return dataclasses.replace(codec, name=named, version=int(versioned))


def _number(kind: Any) -> Any:
    return _NUMBERS.get(kind, kind) if isinstance(kind, type) else kind


def _is_ctype(kind: Any) -> bool:
    simple = ctypes.c_int.__mro__[1]
    return isinstance(kind, type) and issubclass(kind, (ctypes.Structure, ctypes.Union, simple))


def _ctype(kind: Any) -> Codec:
    """A structure is its own value; a number is a number of Python."""
    simple = not issubclass(kind, (ctypes.Structure, ctypes.Union))
    name = _NAMES.get(_CTYPES_KINDS.get(kind._type_, ""), {}).get(ctypes.sizeof(kind), "") if simple else ""

    def encode(value: Any) -> Buffer:
        made: Any = kind(value) if simple else value
        if not isinstance(made, kind):
            raise TypeError(f"expected {kind.__name__}, found {type(value).__name__}")
        if simple:
            _refuse_other(value, getattr(made, "value", value), kind)
        return cast("Buffer", made)

    def decode(data: Any) -> Any:
        made = kind.from_buffer_copy(data)
        return made.value if simple else made

    return Codec(name, 0, ctypes.sizeof(kind), ctypes.alignment(kind), False, encode, decode)


def _refuse_other(given: Any, kept: Any, kind: Any) -> None:
    """ctypes keeps of a whole number what there is room for."""
    if isinstance(given, int) and given != kept:
        raise OverflowError(f"{given} does not fit {kind.__name__}")


# --- dataclasses


def structure_of(kind: type[Any]) -> type[ctypes.Structure]:
    """Returns: the structure whose fields are those of a dataclass, laid out as C++ lays them out.

    A field is a float (double), an int (int64_t), a bool, a number or array of ctypes, or another dataclass."""
    hints = typing.get_type_hints(kind, include_extras=True)
    fields = [(field.name, _field(kind, field.name, hints[field.name])) for field in dataclasses.fields(kind)]
    if not fields:
        raise TypeError(f"{kind.__name__}: a message needs at least one field")
    return type(kind.__name__, (ctypes.Structure,), {"_fields_": fields})


def _field(kind: type[Any], name: str, hint: Any) -> Any:
    if _number(hint) is not hint:
        return _number(hint)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return structure_of(hint)
    if isinstance(hint, type) and (_is_ctype(hint) or issubclass(hint, ctypes.Array)):
        return hint
    for said in getattr(hint, "__metadata__", ()):
        return _field(kind, name, said)
    raise TypeError(
        f"{kind.__name__}.{name}: expected float, int, bool, a type of ctypes, Annotated[..., such a type] or a dataclass of these, "
        f"found {hint!r}"
    )


def _dataclass(kind: type[Any]) -> Codec:
    structure = structure_of(kind)

    def encode(value: Any) -> Buffer:
        if not isinstance(value, kind):
            raise TypeError(f"expected {kind.__name__}, found {type(value).__name__}")
        made = structure()
        _fill(made, value)
        return made

    def decode(data: Any) -> Any:
        return _read(kind, structure.from_buffer_copy(data))

    return Codec("", 0, ctypes.sizeof(structure), ctypes.alignment(structure), False, encode, decode)


def _fill(made: ctypes.Structure, value: Any) -> None:
    for field in dataclasses.fields(value):
        given, place = getattr(value, field.name), getattr(made, field.name)
        if dataclasses.is_dataclass(given):
            _fill(place, given)
        elif isinstance(place, ctypes.Array):
            filled = given if isinstance(given, (bytes, type(place))) else type(place)(*given)
            setattr(made, field.name, filled)
            for one, kept in zip(given, filled, strict=False) if filled is not given else ():
                _refuse_other(one, kept, place._type_)
        else:
            setattr(made, field.name, given)
            _refuse_other(given, getattr(made, field.name), type(value))


def _read(kind: type[Any], made: ctypes.Structure) -> Any:
    hints = typing.get_type_hints(kind, include_extras=True)
    values = {}
    for field in dataclasses.fields(kind):
        found, hint = getattr(made, field.name), hints[field.name]
        if isinstance(hint, type) and dataclasses.is_dataclass(hint):
            found = _read(hint, found)
        elif isinstance(found, ctypes.Array):
            found = list(found)
        values[field.name] = found
    return kind(**values)


# --- NumPy


def _numpy(kind: Any) -> Any:
    """Who has a dtype has imported it."""
    if "numpy" not in sys.modules:
        raise TypeError(f"expected bytes, float, int, bool, a dataclass, a type of ctypes or a NumPy dtype, found {kind!r}")
    return sys.modules["numpy"]


def _array(values: Any, dtype: Any) -> Any:
    """Errors: TypeError where an array of another type would lose what it says."""
    numpy = sys.modules["numpy"]
    given = getattr(values, "dtype", dtype)
    if given != dtype and not (given.kind == dtype.kind == "f" or numpy.can_cast(given, dtype, "safe")):
        raise TypeError(f"expected values of {dtype}, found {given} (convert them by astype())")
    return numpy.asarray(values, dtype, order="C")


def _dtype(kind: Any) -> Codec:
    numpy = _numpy(kind)
    dtype = numpy.dtype(kind)
    if dtype.hasobject or dtype.itemsize == 0:
        raise TypeError(f"{dtype}: a message has to be bytes that mean the same in every process")

    def encode(value: Any) -> Buffer:
        made: Buffer = _array(value, dtype).reshape(1)
        return made

    def decode(data: Any) -> Any:
        return numpy.frombuffer(data, dtype)[0]

    name = _NAMES.get(dtype.kind, {}).get(dtype.itemsize, "") if dtype.isnative else ""
    return Codec(name, 0, dtype.itemsize, dtype.alignment, False, encode, decode)


def _slice_of(element: Any, name: str | None, version: int | None) -> Codec:
    one = codec_of(element, name=name, version=version)
    plain = _number(element)
    if isinstance(plain, type) and dataclasses.is_dataclass(plain):
        return _slice_of_each(one)
    return _slice_of_ctype(one, plain) if _is_ctype(plain) else _slice_of_dtype(one, plain)


def _slice_of_each(one: Codec) -> Codec:
    def encode(values: Any) -> Buffer:
        return b"".join(bytes(one.encode(value)) for value in values)

    def decode(data: Any) -> Any:
        view = memoryview(data)
        return [one.decode(view[at : at + one.size]) for at in range(0, len(view), one.size)]

    return dataclasses.replace(one, is_slice=True, encode=encode, decode=decode)


def _slice_of_ctype(one: Codec, kind: Any) -> Codec:
    def encode(values: Any) -> Buffer:
        if isinstance(values, ctypes.Array) and values._type_ is kind:
            return values
        made: Buffer = (kind * len(values))(*values)
        for one, kept in zip(values, cast("ctypes.Array[Any]", made), strict=True):
            _refuse_other(one, kept, kind)
        return made

    def decode(data: Any) -> Any:
        return list((kind * (len(memoryview(data)) // one.size)).from_buffer_copy(data))

    return dataclasses.replace(one, is_slice=True, encode=encode, decode=decode)


def _slice_of_dtype(one: Codec, kind: Any) -> Codec:
    numpy = _numpy(kind)
    dtype = numpy.dtype(kind)

    def encode(values: Any) -> Buffer:
        made: Buffer = _array(values, dtype).reshape(-1)
        return made

    def decode(data: Any) -> Any:
        return numpy.frombuffer(data, dtype) if len(memoryview(data)) else numpy.empty(0, dtype)

    return dataclasses.replace(one, is_slice=True, encode=encode, decode=decode)
