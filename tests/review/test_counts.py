"""One count for Collect, Review and Datasets: images done, strong boxes, weak and hidden."""

from studio.imaging import Square
from studio.project import BoxState, ImageRow, NewBox, Project
from studio.review import Filter, ReviewCounts, Reviewer, count_review, weak_by_label


def test_counts_follow_the_decisions(project: Project, images: list[ImageRow]) -> None:
    def propose(image: ImageRow, n: int, label_id: int | None) -> list[int]:
        square = Square(50, 50, 20)
        return project.boxes.add([NewBox(image.id, square, label_id, "blob", "0")] * n)

    assert count_review(project) == ReviewCounts(images=len(images))
    many = propose(images[0], 5, 1)  # two of them weak
    few = propose(images[1], 2, None)
    listed = project.boxes.add([NewBox(images[2].id, Square(50, 50, 20), 2, "can")] * 4)
    assert count_review(project) == ReviewCounts(images=len(images), strong=9, weak=2)
    assert weak_by_label(project) == {1: 2}

    reviewer = Reviewer(project, "Ana")
    for box_id in few:
        reviewer.reject(box_id)
    reviewer.accept(many[0])
    reviewer.unsure(listed[0])
    counts = count_review(project)
    assert (counts.images_done, counts.strong_done, counts.left) == (1, 4, 5)
    assert (counts.kept, counts.rejected, counts.unsure) == (1, 2, 1)

    undecided = Filter(states=frozenset({BoxState.UNDECIDED}))
    assert count_review(project, undecided) == counts  # states are left aside
    of_label = count_review(project, Filter(labels=frozenset({1})))
    assert (of_label.images, of_label.strong, of_label.weak) == (1, 3, 2)
    named = count_review(project, Filter(text=images[1].file))
    assert (named.images, named.images_done, named.strong) == (1, 1, 2)
    reviewer.reject(many[4])  # a weak one that somebody decided is a box like any other
    assert (count_review(project).strong, count_review(project).weak) == (10, 1)
