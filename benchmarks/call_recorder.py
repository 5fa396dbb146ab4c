"""Recorder of the functions of a package that are called, by module."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
import sys
from types import FrameType, ModuleType


@dataclass(slots=True)
class CallRecorder:
    """Modules of the functions called in this thread, in order.

    Each resumption of a generator counts as a call.
    """

    folder: str
    called: list[str] = field(default_factory=list)

    @property
    def calls(self) -> int:
        """Number of calls."""
        return len(self.called)

    @property
    def modules(self) -> int:
        """Number of different modules."""
        return len(set(self.called))

    @property
    def module_changes(self) -> int:
        """Number of calls in another module than the call before."""
        return sum(before != after for before, after in pairwise(self.called))

    def _on_event(self, frame: FrameType, event: str, _arg: object) -> None:
        if event == "call" and (file := frame.f_code.co_filename).startswith(
            self.folder
        ):
            self.called.append(file)


@contextmanager
def record_calls(package: ModuleType) -> Iterator[CallRecorder]:
    """Record the calls of functions that a package defines."""
    assert package.__file__ is not None
    recorder = CallRecorder(f"{Path(package.__file__).parent}/")
    sys.setprofile(recorder._on_event)
    try:
        yield recorder
    finally:
        sys.setprofile(None)
