import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import StudioError
from studio.project import BoxState, Project
from studio.review import Filter, ReviewPosition, load_position, save_position

filters = st.builds(
    Filter,
    states=st.none() | st.frozensets(st.sampled_from(BoxState)),
    labels=st.none() | st.frozensets(st.none() | st.integers(1, 9)),
    origins=st.none() | st.frozensets(st.text(max_size=9)),
    min_score=st.none() | st.floats(0, 1),
    max_score=st.none() | st.floats(0, 1),
    text=st.text(max_size=20),
    needs_box=st.booleans(),
    order=st.sampled_from(["image", "score", "random"]),
    seed=st.integers(0, 1 << 62),
)


@given(filters)
def test_a_filter_comes_back_from_json(chosen: Filter) -> None:
    assert Filter.from_dict(chosen.to_dict()) == chosen


@pytest.mark.parametrize("fields", [{}, {"states": 3}, {"states": ["lost"]}, {"colour": "red"}])
def test_a_filter_of_another_version_is_a_sentence(fields: dict[str, object]) -> None:
    with pytest.raises(StudioError, match="saved filter"):
        Filter.from_dict(fields)


def test_each_reviewer_returns_to_the_exact_item(project: Project) -> None:
    chosen = Filter(states=frozenset({BoxState.UNDECIDED}), labels=frozenset({None, 1}))
    assert load_position(project, "Ana") is None
    save_position(project, "Ana", chosen, 7, 31)
    save_position(project, "Ben", Filter(), 8)
    save_position(project, "Ana", chosen, 9, None)
    path = project.path
    project.close()
    with Project.open(path) as again:
        assert load_position(again, "Ana") == ReviewPosition(chosen, 9, None)
        assert load_position(again, "Ben") == ReviewPosition(Filter(), 8, None)


def test_a_reader_keeps_no_position_and_hears_nothing(project: Project) -> None:
    with Project.open(project.path) as second:
        save_position(second, "Ben", Filter(), 1)
        assert load_position(second, "Ben") is None


def test_a_position_that_cannot_be_read_is_none(project: Project) -> None:
    project.set_setting("review.position/Ana", {"filter": {"states": 3}})
    assert load_position(project, "Ana") is None
