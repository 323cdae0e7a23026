"""The two panels beside the morph, section by section."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.ui.context import StudioContext
from studio.ui.generate.appearance_panel import AppearancePanel, DirectionsPanel
from studio.ui.generate.classifier_runs_panel import ClassifierRunsPanel
from studio.ui.generate.controller import MorphController
from studio.ui.generate.endpoint_panel import EndpointPanel
from studio.ui.generate.export_panel import ExportPanel
from studio.ui.generate.keyframes_panel import KeyframesPanel
from studio.ui.generate.layers_panel import LayersPanel
from studio.ui.generate.path_analysis import PathAnalysis
from studio.ui.generate.path_panel import PathPanel
from studio.ui.widgets import (
    Button,
    FlatButton,
    ScrollPanel,
    Section,
    Separator,
    fix_side,
    label,
    row,
)
from studio.ui.widgets.elided import ElidedLabel
from studio.wording import count, number

if TYPE_CHECKING:
    from studio.generate.network import Network
    from studio.generate.session import MorphSession


class EndpointsPanel:
    """Left: network, ends, look, directions. Right: classifiers, path, layers, export."""

    def __init__(
        self, context: StudioContext, controller: MorphController, analyst: PathAnalysis
    ) -> None:
        tr = controller.tr
        theme = context.theme
        self.name = ElidedLabel(role="strong", middle=True)
        self.facts = label("", "small", wrap=True)
        self.network_button = FlatButton(tr("Another…"))
        self.network_button.setAccessibleName(tr("Open another network"))
        self.ends = {
            "source": EndpointPanel(controller, theme, "source", tr("A, the source")),
            "target": EndpointPanel(controller, theme, "target", tr("B, the target")),
        }
        self.keyframes = KeyframesPanel(controller, theme)
        self.swap = Button(tr("Swap A and B"), controller.swap)
        self.seeds_button = Button(tr("Walk the seeds"))
        self.look = AppearancePanel(controller)
        self.runs = ClassifierRunsPanel(context, controller)
        self.path = PathPanel(controller, analyst)
        self.layers = LayersPanel(controller, analyst)
        self.directions = DirectionsPanel(controller, analyst, theme)
        self.export = ExportPanel(context, controller)
        self.left = ScrollPanel()
        self.left.setAccessibleName(tr("Network and ends"))
        folded = {
            "between": (tr("Between A and B"), self.keyframes),
            "look": (tr("Look"), self.look),
            "directions": (tr("Directions"), self.directions),
            "layers": (tr("Layers"), self.layers),
            "export": (tr("Export"), self.export),
            "session": (tr("Session and command"), self.export.session),
        }
        self.sections: dict[str, Section] = {}
        for name, (title, part) in folded.items():
            made = Section(title, settings=context.settings, key=f"morph.{name}")
            made.add(part)
            self.sections[name] = made
        self._used: set[str] = set()
        self.left.add(
            row(self.name, self.network_button),
            self.facts,
            Separator(),
            self.ends["source"],
            Separator(),
            self.ends["target"],
            row(self.swap, self.seeds_button, None),
            Separator(),
            *(self.sections[name] for name in ("between", "look", "directions")),
        )
        self.right = ScrollPanel()
        self.right.setAccessibleName(tr("Path and measurements"))
        self.right.add(
            label(tr("Classifiers along the path"), "heading"),
            self.runs,
            Separator(),
            label(tr("Path"), "heading"),
            self.path,
            Separator(),
            *(self.sections[name] for name in ("layers", "export", "session")),
        )
        for panel in (self.left, self.right):
            panel.panel.body.addStretch(1)
            fix_side(panel)
        self._controller, self._analyst = controller, analyst
        controller.session_changed.connect(self._open_used)
        self.export.refused.connect(lambda: self.sections["export"].set_open(True))
        analyst.changed.connect(self._show_probabilities)

    def _open_used(self) -> None:
        """Open what the session has begun to use, so that nothing that changes the path is out of
        sight; what a person folds after that stays folded."""
        session = self._controller.session
        used = set() if session is None else _used(session)
        for name in used - self._used:
            self.sections[name].set_open(True)
        self._used = used

    def _show_probabilities(self, what: str) -> None:
        """What the first classifier makes of both ends."""
        if what not in {"curves", "scorers"}:
            return
        session, found = self._controller.session, self._analyst.found
        runs = [] if session is None else session.runs
        curve = found.curves.get(runs[0]) if runs else None
        for panel in self.ends.values():
            words = ""
            if curve is not None:
                nearest = min(curve.ts, key=lambda t: abs(t - panel.t))
                p = curve.probabilities[list(curve.ts).index(nearest)]
                template = self._controller.tr("p {0} of {1}")  # the figure before a long name
                words = template.format(number(p), self._analyst.positive)
            panel.show_probability(words)

    def show_network(self, session: "MorphSession", network: "Network") -> None:
        """What network is open."""
        config = network.config
        self.name.set_text(Path(session.network).name, session.network)
        words = [f"{config.resolution} px"]
        trained_on = _trained_on(network.card)
        if trained_on:
            words.append(self.left.tr("trained on {0}").format(trained_on))
        note = str(network.card.get("note") or "")
        self.facts.setText(" · ".join([*words, *([note] if note else [])]))

    def show_refusal(self, sentence: str) -> bool:
        """Say at the ends what is wrong with one of them; False when it is about neither."""
        shown = False
        for panel in self.ends.values():
            endpoint = panel.endpoint
            file = None if endpoint is None else endpoint.latent or endpoint.photograph
            mine = file is not None and Path(file).name in sentence
            panel.set_error(sentence if mine else "")
            shown = shown or mine
        return shown

    def clear_errors(self) -> None:
        """The path is there: both ends are right."""
        for panel in self.ends.values():
            panel.set_error("")


def _used(session: "MorphSession") -> set[str]:
    """The sections in which something is not as it is at first."""
    looks = {"truncation": 1.0, "noise_mode": "const", "noise_strength": 1.0, "style_from": None}
    found = {
        "between": bool(session.via) or session.closed,
        "look": any(getattr(session, name) != usual for name, usual in looks.items()),
        "directions": any(move.amount for move in session.moves),
        "layers": session.groups_apart,
        "export": session.film is not None,
    }
    return {name for name, used in found.items() if used}


def _trained_on(card: "dict[str, Any]") -> str:
    """What a network learned from: the name alone, or our own cards' source of so many pictures."""
    found = card.get("trained_on") or ""
    if isinstance(found, dict):
        pictures, source = found.get("pictures"), found.get("source") or "?"
        return f"{source} ({count(pictures)})" if isinstance(pictures, int) else str(source)
    return str(found)
