"""The two panels beside the morph, section by section."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

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
from studio.ui.widgets import Button, FlatButton, ScrollPanel, Separator, label, row

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
        self.name = label("", "strong", wrap=True)
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
        self.left.add(
            row(self.name, self.network_button),
            self.facts,
            Separator(),
            self.ends["source"],
            Separator(),
            self.ends["target"],
            row(self.swap, self.seeds_button, None),
            Separator(),
            label(tr("Between A and B"), "heading"),
            self.keyframes,
            Separator(),
            label(tr("Look"), "heading"),
            self.look,
            Separator(),
            label(tr("Directions"), "heading"),
            self.directions,
        )
        self.left.panel.body.addStretch(1)
        self.right = ScrollPanel()
        self.right.setAccessibleName(tr("Path and measurements"))
        self._fill_right(
            (tr("Classifiers along the path"), self.runs),
            (tr("Path"), self.path),
            (tr("Layers"), self.layers),
            (tr("Export"), self.export),
        )

    def _fill_right(self, *sections: tuple[str, QWidget]) -> None:
        for number, (title, section) in enumerate(sections):
            if number:
                self.right.add(Separator())
            self.right.add(label(title, "heading"), section)
        self.right.panel.body.addStretch(1)

    def show_network(self, session: "MorphSession", network: "Network") -> None:
        """What network is open."""
        config = network.config
        self.name.setText(Path(session.network).name)
        self.name.setToolTip(session.network)
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


def _trained_on(card: "dict[str, Any]") -> str:
    """What a network learned from: the name alone, or our own cards' source of so many pictures."""
    found = card.get("trained_on") or ""
    if isinstance(found, dict):
        pictures, source = found.get("pictures"), found.get("source") or "?"
        return f"{source} ({pictures:,})" if isinstance(pictures, int) else str(source)
    return str(found)
