"""What pydantic finds wrong, in words."""

from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from studio.opening import FileRefused
from studio.options import Option
from studio.validation import fault, first_fault, flag_of, read_model, sentence


class _Part(BaseModel):
    name: str = Field(min_length=1)


class _Job(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["a", "b", "c"]
    steps: Annotated[int, Option("Steps.", flag="--n")] = Field(3, ge=1, le=1000)
    rate: Annotated[float, Option("Rate.")] = Field(0.5, gt=0, lt=1)
    learning_rate: float = Field(0.5, gt=0)
    parts: list[_Part] = []

    @model_validator(mode="after")
    def _fits(self) -> "_Job":
        if self.kind == "c":
            raise ValueError("there is no c today.")
        return self


def _error(**values: Any) -> ValidationError:
    with pytest.raises(ValidationError) as refusal:
        _Job.model_validate({"kind": "a", **values})
    return refusal.value


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"kind": "d"}, "“kind” should be a, b or c, not d"),
        ({"kind": ["d"]}, "“kind” should be a, b or c"),
        ({"kind": "c"}, "there is no c today"),
        ({"steps": 0}, "“steps” should be a whole number from 1 to 1,000, not 0"),
        ({"steps": 2.5}, "“steps” should be a whole number from 1 to 1,000, not 2.5"),
        ({"steps": ""}, "“steps” should be a whole number from 1 to 1,000, not “”"),
        ({"rate": float("nan")}, "“rate” should be a number above 0 and below 1, not nan"),
        ({"learning_rate": 0}, "“learning_rate” should be a number above 0, not 0"),
        ({"shell": "rm"}, "“shell” is not known"),
        ({"parts": [{"name": "x"}, {}]}, "“parts.1.name” is needed"),
        ({"parts": [3]}, "“parts.0” should be a table of names and values, not 3"),
        ({"parts": [{"name": ""}]}, "“parts.0.name”: string should have at least 1 character"),
    ],
)
def test_a_fault_in_words(values: dict[str, Any], words: str) -> None:
    assert first_fault(_error(**values), model=_Job) == words


def test_names_are_those_of_who_asked() -> None:
    assert first_fault(_error(steps=0), flag_of(_Job), _Job).startswith("--n should be a whole")
    assert first_fault(_error(learning_rate=0), flag_of(_Job)).startswith("--learning-rate should")
    assert first_fault(_error(steps=0), lambda _: "this") == (
        "this should be greater than or equal to 1, not 0"
    )
    [details] = _error(steps="x" * 500).errors()
    assert len(fault(details)) < 200
    assert sentence("there is none") == "There is none."


def test_a_model_names_the_field_that_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "job.json"
    path.write_text('{"kind": "a", "steps": 3}')
    assert read_model(path, _Job, "a job file") == _Job(kind="a", steps=3)
    path.write_text('{"kind": "a", "steps": 1e999}')
    with pytest.raises(FileRefused, match=r"job.json is not a job file: “steps” should be "):
        read_model(path, _Job, "a job file")
