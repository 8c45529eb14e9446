"""Topics recorded into files of MCAP, and played again. It needs the package `mcap`: `pip install kickmsg-shm[recording]`.

    kickmsg-record imu 'camera/*' -o run.mcap       until Ctrl-C
    kickmsg-play run.mcap --rate 2 --start 10
    kickmsg-bag info run.mcap

See RECORDING.md for what is in a file, and what a killed recorder and a full disk leave."""

from __future__ import annotations

from ._channels import made_of, metadata_of
from ._file import RecordingError
from ._patterns import Patterns
from ._player import Player
from ._reading import Reading, info, recover
from ._recorder import Recorder

__all__ = ["Patterns", "Player", "Reading", "Recorder", "RecordingError", "info", "made_of", "metadata_of", "recover"]
