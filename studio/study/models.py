"""The files of a study: `study.json`, which reading screens load, and `key.json`, which none does.

Nothing in `study.json` says which picture is real: tokens are random, the hashes are those of the
re-encoded copies, and blocks are dealt by the salt of the key, each in the order of the alphabet.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

STUDY_FILE, KEY_FILE = "study.json", "key.json"
PICTURES, ANSWERS = "pictures", "answers"

SMALLEST_MARGIN = 0.01
"""Below it a claim would need more answers of one reader than anybody gives."""

Kind = Literal["real", "synthetic"]
Token = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=200)]

RATINGS = {
    1: "surely real",
    2: "probably real",
    3: "rather real",
    4: "rather synthetic",
    5: "probably synthetic",
    6: "surely synthetic",
}
"""What the six ratings mean. 4 to 6 is the answer "synthetic"."""


class StrictModel(BaseModel):
    """Frozen, and no field that the studio does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Question(StrictModel):
    """A second question about each picture, such as the diagnosis."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,29}$")]
    text: Words
    choices: Annotated[tuple[Words, ...], Field(min_length=2, max_length=9)]


class Encoding(StrictModel):
    """What every picture went through. Synthetic ones that were never compressed got the traces of
    a JPEG of `first_quality` at `first_side` pixels (None in studies made before it was kept)."""

    size: Annotated[int, Field(ge=16, le=4096)]
    quality: Annotated[int, Field(ge=30, le=100)]
    first_quality: Annotated[int, Field(ge=1, le=100)] | None
    first_side: Annotated[int, Field(ge=1)] | None = None
    upscaling: bool


class StudySource(StrictModel):
    """Where one kind came from, by name and not by path."""

    name: str
    pictures: int


class StudyFile(StrictModel):
    """`study.json`. `margin` is what counts as equivalent to chance, said before anybody reads.

    `pictures` gives the SHA-256 of each copy; `blocks` partition the tokens.
    """

    version: Literal[1] = 1
    id: Token
    title: Words
    created: str
    seed: int
    per_kind: Annotated[int, Field(ge=1)]
    margin: Annotated[float, Field(ge=SMALLEST_MARGIN, lt=0.5)] = 0.10
    encoding: Encoding
    questions: tuple[Question, ...] = ()
    sources: dict[Kind, StudySource]
    classes: dict[str, int] = {}
    pictures: dict[Token, Sha256]
    blocks: tuple[tuple[Token, ...], ...]
    key_sha256: Sha256
    notes: tuple[str, ...] = ()


class KeyEntry(StrictModel):
    """The truth about one picture: its kind, its class where there are any, and its origin."""

    kind: Kind
    label: str = ""
    file: str
    sha256: Sha256


class KeyFile(StrictModel):
    """`key.json`. `salt` keeps the hash in `study.json` from being guessed."""

    version: Literal[1] = 1
    study: Token
    salt: str
    pictures: dict[Token, KeyEntry]
