"""The state behind the Generate workspace: a network, a session, and the path they make.

Whatever takes longer than a frame happens elsewhere: files and mapping in a pool thread of the
controller, pictures in the renderer. torch is imported there, the first time a network is opened.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QThreadPool, Signal

from studio.errors import StudioError
from studio.ui.background import Control, Task
from studio.ui.generate.open_network import open_any
from studio.ui.generate.path_renderer import PathRenderer
from studio.ui.generate.renderer import OpenedNetwork, RenderedImage, Renderer

if TYPE_CHECKING:
    from studio.generate.latent.path import LatentPath, PathSpacing
    from studio.generate.morphing import DirectionSet, ResolvedEndpoint
    from studio.generate.network import Network
    from studio.generate.session import Endpoint, MorphSession

# What of a session decides the path; the rest decides where on it one stands and what is written.
_PATH = (
    "source",
    "target",
    "truncation",
    "noise_mode",
    "noise_seed",
    "noise_strength",
    "via",
    "closed",
    "style_from",
    "moves",
    "path_reach",
)


class MorphController(QObject):
    """Keeps the session and the picture together; views change it by `update` and `move_to`."""

    opening = Signal(str)  # what is being done
    opened = Signal()
    closed = Signal()
    broken = Signal(str)  # rendering failed, and the network was let go
    failed = Signal(str)  # the network could not be opened
    swapped = Signal()  # the two ends took each other's place
    refused = Signal(str)  # an endpoint or a direction could not be used
    session_changed = Signal()
    moved = Signal()  # t changed
    path_changed = Signal()
    shown = Signal(object)  # RenderedImage; never one older than the one before

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.network: Network | None = None
        self.session: MorphSession | None = None
        self.document = object()  # another one for each network or session that is opened
        self._saved: tuple[str, MorphSession] | None = None  # a file, and what it holds
        self._kept: MorphSession | None = None  # what would not be missed: saved, or as it began
        self.path: LatentPath | None = None
        self.pictures: PathRenderer | None = None
        self.renderer: Renderer | None = None
        self._directions: dict[str | None, DirectionSet] = {}  # by class
        self.last: RenderedImage | None = None
        self.asked = 0  # stamp of the newest live request
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._opening = self._resolving = self._again = False
        self._ends: dict[str, ResolvedEndpoint] = {}

    # The network

    def open(self, path: str | Path, runs: Sequence[str] = ()) -> None:
        """Open a network file, ours or an official pickle, in a session of its own whose path the
        classifiers of `runs` judge."""
        if not self._opening:
            self._opening = True
            self._open(Path(path), None, "", runs)

    def _open(
        self, path: Path, session: "MorphSession | None", saved: str, runs: Sequence[str] = ()
    ) -> None:
        def work(_control: Control) -> "tuple[OpenedNetwork, MorphSession]":
            made, shown = open_any(path, session, self.opening.emit)
            return made, shown.model_copy(update={"runs": list(runs)}) if runs else shown

        self.opening.emit(path.name)
        task = Task(work)
        task.done.connect(lambda found: self._use_network(found[0], found[1], saved))
        task.failed.connect(lambda error: self.failed.emit(str(error)))
        task.ended.connect(self._not_opening)
        task.start(self._pool)

    def open_session(self, path: Path) -> None:
        """Open a session file and the network it names; everything comes back as it was saved."""

        def work(_control: Control) -> "MorphSession":
            from studio.generate.session import read_session

            return read_session(path)

        def go_on(session: "MorphSession") -> None:
            self._open(Path(session.network), session, str(path))

        def failed(error: Exception) -> None:
            self._not_opening()
            self.failed.emit(str(error))

        if self._opening:
            return
        self._opening = True  # until its network is open: no other is taken for it meanwhile
        self.opening.emit(path.name)
        task = Task(work)
        task.done.connect(go_on)
        task.failed.connect(failed)
        task.start(self._pool)

    def save_session(self, path: Path) -> None:
        """Write the session; StudioError where it cannot be written."""
        from studio.generate.session import write_session

        if self.session is None:
            return
        try:
            write_session(path, self.session)
        except OSError as error:
            raise StudioError(f"{path} cannot be written: {error.strerror}.") from None
        self._saved = str(path), self.session
        self._kept = self.session
        self.session_changed.emit()

    @property
    def unsaved(self) -> bool:
        """Whether closing this morph would lose something: the slider's place is nothing."""
        kept, session = self._kept, self.session
        return (
            session is not None
            and kept is not None
            and kept.model_copy(update={"t": session.t}) != session
        )

    def give_up(self) -> None:
        """Miss nothing of this morph as it is now."""
        self._kept = self.session

    @property
    def session_file(self) -> str:
        """Where the session was last saved or opened from, changed since or not."""
        return "" if self._saved is None else self._saved[0]

    @property
    def saved(self) -> str:
        """The file that holds this morph; empty once it is another than was saved.

        t may differ: what is exported is the whole path.
        """
        if self._saved is None or self.session is None:
            return ""
        path, session = self._saved
        return path if session.model_copy(update={"t": self.session.t}) == self.session else ""

    def close(self) -> None:
        """Let the network go and end the threads."""
        if self.pictures is not None:
            self.pictures.close()
        if self.renderer is not None:
            self.renderer.rendered.disconnect(self._show)
            self.renderer.close()
        self._pool.waitForDone()
        had = self.network is not None
        self.network = self.session = self.path = self.pictures = self.renderer = None
        self.last = None
        self._ends.clear()
        self._directions.clear()
        if had:
            self.closed.emit()

    @property
    def busy(self) -> bool:
        """Whether a network, a path or a picture is still to come."""
        waits = self.path is not None and (
            self.last is None or self.last.stamp < self.asked or not self.last.final
        )
        return self._opening or self._resolving or waits

    @property
    def directions(self) -> "DirectionSet | None":
        """The directions of the network, in units of the class that the source has now."""
        from studio.generate.morphing import DirectionSet

        if self.network is None or self.session is None:
            return None
        name = self.session.source.class_name
        if name not in self._directions:
            self._directions[name] = DirectionSet(self.network, name)
        return self._directions[name]

    @property
    def classes(self) -> list[str]:
        """The class names of a conditional network."""
        if self.network is None or self.network.config.c_dim == 0:
            return []
        known = self.network.card.get("classes", range(self.network.config.c_dim))
        return [str(name) for name in known]

    def _not_opening(self) -> None:
        self._opening = False

    def _use_network(self, made: "OpenedNetwork", session: "MorphSession", saved: str) -> None:
        self._not_opening()
        self.close()
        self.network = made.network
        self.session = session
        self._saved = (saved, self.session) if saved else None
        self._kept = self.session
        self.document = object()
        self.renderer = Renderer(made.engine, self)
        self.renderer.rendered.connect(self._show)
        self.renderer.failed.connect(self._render_failed)
        self.renderer.start()
        self.asked = 0
        directions = self.directions
        assert directions is not None
        self._aside(lambda: made.engine.fit_colours(_rows(directions, made.network)))
        self.opened.emit()
        self.session_changed.emit()
        self.moved.emit()
        self.resolve()

    def _aside(self, work: Any) -> None:
        Task(lambda _: work()).start(self._pool)

    # The session

    def update(self, **changes: Any) -> None:
        """Change the session and what follows from it."""
        if self.session is None:
            return
        before, after = self.session, self.session.model_copy(update=changes)
        if before == after:
            return
        self.session = after
        self.session_changed.emit()
        if any(getattr(before, name) != getattr(self.session, name) for name in _PATH):
            self.resolve()

    def set_end(self, which: str, **endpoint: Any) -> None:
        """Make `source` or `target` another endpoint."""
        from studio.generate.session import Endpoint

        self.update(**{which: Endpoint(**endpoint)})

    def swap(self) -> None:
        """Exchange the two ends."""
        if self.session is not None:
            self.update(source=self.session.target, target=self.session.source)
            self.swapped.emit()

    @property
    def t(self) -> float:
        """Where on the path one stands, 0 … 1."""
        return 0.0 if self.session is None else self.session.t

    def move_to(self, t: float) -> None:
        """To another t, 0 … 1."""
        if self.session is None:
            return
        t = min(max(t, 0.0), 1.0)
        if t != self.session.t:
            self.session = self.session.model_copy(update={"t": t})
            self.moved.emit()
            self.request_image()

    # The path

    def resolve(self) -> None:
        """Make the path of the session anew, off the Qt thread; the latest session wins."""
        if self._resolving:
            self._again = True
            return
        network, session, directions = self.network, self.session, self.directions
        if network is None or session is None or directions is None:
            return
        self._resolving = True
        ends = self._ends

        def work(_control: Control) -> "LatentPath":
            from studio.generate.morphing import path_of, resolve_endpoint

            keys = []
            for one in session.endpoints:
                keys.append(f"{one.model_dump_json()} {session.truncation} {_changed_at(one)}")
                if keys[-1] not in ends:
                    ends[keys[-1]] = resolve_endpoint(network, one, session.truncation)
            path = path_of(network, session, [ends[key] for key in keys], directions)
            for key in set(ends) - set(keys):
                del ends[key]
            return path

        task = Task(work)
        task.done.connect(lambda path: self._resolved(network, path))
        task.failed.connect(lambda error: self.refused.emit(str(error)))
        task.ended.connect(self._resolve_ended)
        task.start(self._pool)

    def _resolve_ended(self) -> None:
        self._resolving = False
        if self._again:
            self._again = False
            self.resolve()

    def _resolved(self, network: "Network", path: "LatentPath") -> None:
        if network is not self.network or self.renderer is None or self.session is None:
            return
        if self.pictures is not None:
            self.pictures.close()
        self.path = path
        self.pictures = PathRenderer(self.renderer.engine, path)
        self.request_image()
        self.path_changed.emit()

    # The picture

    def request_image(self) -> None:
        """Ask for the picture at the present t, previews first."""
        from studio.generate.render.engine import Latent, RenderRequest

        if self.path is None or self.renderer is None or self.session is None:
            return
        path, t = self.path, self.session.t
        latent = Latent(path.at(t), path.noise(t))
        self.asked = self.renderer.request(RenderRequest(latent, path.noise_mode))

    def _render_failed(self, sentence: str) -> None:
        if self.sender() is self.renderer:
            session, saved = self.session, self._saved
            self.close()
            # The morph can still be saved, and is asked about before another takes its place.
            self.session, self._saved = session, saved
            self.broken.emit(sentence)

    def _show(self, made: RenderedImage) -> None:
        if self.sender() is not self.renderer or (self.last and made.stamp < self.last.stamp):
            return
        self.last = made
        self.shown.emit(made)


def even() -> "PathSpacing":
    """Steps even in w."""
    from studio.generate.latent.path import even_in_w

    return even_in_w()


def _changed_at(endpoint: "Endpoint") -> int:
    """When the file of an end was last written: another projection may have its name."""
    try:
        return Path(endpoint.latent).stat().st_mtime_ns if endpoint.latent else 0
    except OSError:
        return 0


def _rows(directions: "DirectionSet", network: "Network") -> Any:
    """A few random latents `[N, L, W]`, somewhat truncated, as pictures mostly are."""
    few = directions.ws[:6]
    mean = directions.ws.mean(dim=0)
    return (mean + 0.8 * (few - mean))[:, None].expand(-1, network.config.num_ws, -1)
