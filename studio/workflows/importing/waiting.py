"""Images that arrive later: the boxes of all rows that waited for them are placed."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import exists, select

from studio.project import Project, Source, SourceStatus, schema
from studio.workflows.importing import box_list, can_list
from studio.workflows.importing.job import ImportJob
from studio.workflows.importing.report import ImportReport
from studio.workflows.importing.rows import recall_wish


def place_waiting(job: ImportJob) -> None:
    """Place the boxes of the rows, of any list, whose URL is that of an image that is there.

    What fails is named in the report of `job`, boxes are counted, and each list is noted. The frame
    and unit that the user gave for a list hold for its later images too. On a stop, the rows that
    are not placed wait on, and the next import places them.
    """
    for name, urls in _arrived(job.project).items():
        if job.stop():
            job.report.stopped = True
            return
        sources = [
            one
            for one in job.project.sources.of_list(name)
            if one.image_id is not None or (one.status is SourceStatus.WAITING and one.url in urls)
        ]
        frame, unit = recall_wish(job.project, name)
        later = replace(job, report=ImportReport(), frame=frame, unit=unit)
        place = can_list.place_kept if sources[0].origin == can_list.ORIGIN else box_list.place_kept
        place(later, name, sources)
        waited = {one.id for one in sources if one.image_id is None}
        now = job.project.sources.of_list(name)
        became = Counter(one.status for one in now if one.id in waited)
        still = {one.url for one in now if one.id in waited and one.status is SourceStatus.WAITING}
        job.report.add(later.report)
        job.report.needs_review += became[SourceStatus.NEEDS_REVIEW]
        _count_again(job, name, now, len(urls - still), len(waited) - became[SourceStatus.WAITING])
        placed = became[SourceStatus.IMAGE]
        rows = "1 row" if placed == 1 else f"{placed:,} rows"
        if placed > 0:
            job.report.note(f"{rows} of {name} had waited for images that are here now.")


def _count_again(job: ImportJob, name: str, now: Sequence[Source], urls: int, rows: int) -> None:
    """Bring the counts of a list of this import up to date: `urls` and `rows` wait no longer."""
    for summary in job.report.lists:
        if summary.name == name:
            states = Counter(one.status for one in now)
            summary.placed = states[SourceStatus.IMAGE]
            summary.waiting = states[SourceStatus.WAITING]
            summary.failed = states[SourceStatus.FAILED]
            summary.needs_review = states[SourceStatus.NEEDS_REVIEW]
            job.report.waiting_rows -= rows
            job.report.waiting -= urls


def _arrived(project: Project) -> dict[str, set[str]]:
    """The URLs of waiting rows whose image another row has, by the list of the waiting ones."""
    waiting, here = schema.source.alias(), schema.source.alias()
    query = (
        select(waiting.c.list_name, waiting.c.url)
        .where(waiting.c.status == SourceStatus.WAITING.value, waiting.c.url.is_not(None))
        .where(exists().where(here.c.url == waiting.c.url, here.c.image_id.is_not(None)))
    )
    found: dict[str, set[str]] = defaultdict(set)
    with project.connect() as connection:
        for name, url in connection.execute(query):
            found[name].add(url)
    return dict(found)
