"""What the window and the command line both do, composed once from the rooms.

Names are imported when they are first used: neither the window nor `can-studio --help` waits for
what it may never need.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from studio.workflows.demo import DemoReport, run_demo
    from studio.workflows.evaluate import evaluate_here, evaluate_run, start_evaluation
    from studio.workflows.export import export_project, export_record, start_export
    from studio.workflows.importing import Failure, ImportReport, import_source
    from studio.workflows.projects import decide_from_table, list_boxes, new_project, open_project
    from studio.workflows.propose import (
        ProposeReport,
        propose_as_job,
        propose_project,
        start_proposing,
    )
    from studio.workflows.sample_project import make_sample_project, photos_folder
    from studio.workflows.train import check_model, class_counts, create_training, start_training
    from studio.workflows.training_data import LeakageError, SnapshotSource
    from studio.workflows.watching import follow

_HOME = {
    "DemoReport": "demo",
    "Failure": "importing",
    "ImportReport": "importing",
    "LeakageError": "training_data",
    "ProposeReport": "propose",
    "SnapshotSource": "training_data",
    "check_model": "train",
    "class_counts": "train",
    "create_training": "train",
    "decide_from_table": "projects",
    "evaluate_here": "evaluate",
    "evaluate_run": "evaluate",
    "export_project": "export",
    "export_record": "export",
    "follow": "watching",
    "import_source": "importing",
    "list_boxes": "projects",
    "make_sample_project": "sample_project",
    "new_project": "projects",
    "open_project": "projects",
    "photos_folder": "sample_project",
    "propose_as_job": "propose",
    "propose_project": "propose",
    "run_demo": "demo",
    "start_evaluation": "evaluate",
    "start_export": "export",
    "start_proposing": "propose",
    "start_training": "train",
}

__all__ = [
    "DemoReport",
    "Failure",
    "ImportReport",
    "LeakageError",
    "ProposeReport",
    "SnapshotSource",
    "check_model",
    "class_counts",
    "create_training",
    "decide_from_table",
    "evaluate_here",
    "evaluate_run",
    "export_project",
    "export_record",
    "follow",
    "import_source",
    "list_boxes",
    "make_sample_project",
    "new_project",
    "open_project",
    "photos_folder",
    "propose_as_job",
    "propose_project",
    "run_demo",
    "start_evaluation",
    "start_export",
    "start_proposing",
    "start_training",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
