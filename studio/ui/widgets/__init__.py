"""The small set of widgets that every workspace is composed of."""

from studio.ui.widgets.basics import (
    Button,
    Figure,
    FlatButton,
    IconButton,
    PrimaryButton,
    Separator,
    Spacer,
    column,
    demote,
    label,
    row,
    set_role,
)
from studio.ui.widgets.empty import EmptyState, ErrorState
from studio.ui.widgets.field import Choice, Field, PathField
from studio.ui.widgets.hint_bar import HintBar
from studio.ui.widgets.inputs import DropDown, FloatField, IntField, Segments, Slider, TabBar
from studio.ui.widgets.job_row import JobRow
from studio.ui.widgets.new_folder import choose_folder_to_write
from studio.ui.widgets.next_step import NextStep
from studio.ui.widgets.notice import Notice, Verdict
from studio.ui.widgets.panel import Panel, RememberedSplitter, ScrollPanel, fix_side
from studio.ui.widgets.rail import Rail
from studio.ui.widgets.section import Section
from studio.ui.widgets.table import Table, TableModel
from studio.ui.widgets.tile import ImageTile
from studio.ui.widgets.toast import ToastArea

__all__ = [
    "Button",
    "Choice",
    "DropDown",
    "EmptyState",
    "ErrorState",
    "Field",
    "Figure",
    "FlatButton",
    "FloatField",
    "HintBar",
    "IconButton",
    "ImageTile",
    "IntField",
    "JobRow",
    "NextStep",
    "Notice",
    "Panel",
    "PathField",
    "PrimaryButton",
    "Rail",
    "RememberedSplitter",
    "ScrollPanel",
    "Section",
    "Segments",
    "Separator",
    "Slider",
    "Spacer",
    "TabBar",
    "Table",
    "TableModel",
    "ToastArea",
    "Verdict",
    "choose_folder_to_write",
    "column",
    "demote",
    "fix_side",
    "label",
    "row",
    "set_role",
]
