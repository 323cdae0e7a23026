"""What answers come to, and what may be said of it."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from studio.errors import StudioError
from studio.stats import Auc, cohen_kappa, equivalence, wilson
from studio.study import (
    BuildPlan,
    ReadingSession,
    Study,
    StudyKey,
    build_study,
    evaluate_study,
    read_key,
)
from studio.study.export import export_answers, result_document
from studio.study.pooled import pool_readers
from studio.study.verdicts import (
    NO_EVIDENCE,
    WORDS,
    Evidence,
    Finding,
    finding,
    headline,
    pooled_verdict,
    reader_verdict,
    reasons,
    summary,
    tally,
    verdict,
)
from studio.study.words import question_lines, report_lines, result_rows

BLIND = Auc(0.5, 0.43, 0.57, 0.001, True)
Scripted = Callable[..., None]


def test_nobody_has_finished(study: Study, key: StudyKey, scripted: Scripted) -> None:
    scripted(study, key, "Ana", 0.9, 1, finish=False)
    result = evaluate_study(study, key)
    assert result.readers == []
    assert [(one.reader, one.answered) for one in result.unfinished] == [("Ana", 40)]
    assert summary(result) == "Nobody has finished reading yet."
    assert headline(result) == ""
    assert result_document(study, result)["pooled"] is None


def test_one_reader(study: Study, key: StudyKey) -> None:
    reading = ReadingSession(study, "Ana")
    while (token := reading.current) is not None:
        hit = reading.answered % 4 != 0
        reading.answer(6 if key.synthetic(token) == hit else 1, 2000 if hit else 5000)
    reading.finish()
    reading.close()
    (ana,) = evaluate_study(study, key).readers
    assert ana.accuracy == wilson(30, 40)
    assert ana.sensitivity.n == ana.specificity.n == 20
    assert ana.sensitivity.k + ana.specificity.k == 30
    assert (ana.times.right, ana.times.wrong) == (2000, 5000)
    assert ana.detection.d_prime > 0
    assert ana.auc.value == pytest.approx(0.75, abs=0.03)
    assert reader_verdict(ana).startswith("The kinds could be told apart: accuracy 75.0 %")


def test_several_readers(study: Study, key: StudyKey, scripted: Scripted) -> None:
    for number, name in enumerate(("Ana", "Ben", "Chen")):
        scripted(study, key, name, 0.8, number)
    result = evaluate_study(study, key)
    assert result.pooled is not None
    assert result.agreement is not None
    assert result.agreement.cohen is None
    means = np.mean([reader.accuracy.value for reader in result.readers])
    assert result.pooled.accuracy.value == pytest.approx(means)
    d = np.mean([reader.detection.d_prime for reader in result.readers])
    assert result.pooled.d_prime.value == pytest.approx(d)
    auc = np.mean([reader.auc.value for reader in result.readers])
    assert result.pooled.auc.value == pytest.approx(auc)
    assert result.pooled.auc.low < auc < result.pooled.auc.high
    assert result.pooled.these_readers.value == result.pooled.accuracy.value
    assert headline(result) == "Told apart"
    assert reasons(result)[1] == (
        "Each alone: 3 of 3 told the kinds apart, 0 could not, 0 undecided."
    )
    assert summary(result) == " ".join(reasons(result))
    columns, rows = result_rows(result)
    assert [row[0] for row in rows] == ["Ana", "Ben", "Chen", "all 3 readers"]
    assert all(len(row) == len(columns) for row in rows)
    document = result_document(study, result)
    assert document["answers_needed"]["normal_approximation"] == 215
    assert document["pooled"]["method"].startswith("Intervals over readers: Dorfman")
    assert "Research use" in document["notice"]


def test_two_readers_have_cohens_kappa(study: Study, key: StudyKey, scripted: Scripted) -> None:
    for number, name in enumerate(("Ana", "Ben")):
        scripted(study, key, name, 0.8, number)
    result = evaluate_study(study, key)
    assert result.agreement is not None
    assert result.agreement.cohen is not None
    said = [
        [
            ReadingSession(study, name).log.answers[token].synthetic
            for token in sorted(study.file.pictures)
        ]
        for name in ("Ana", "Ben")
    ]
    assert result.agreement.cohen == cohen_kappa(*said)


def test_pooled_figures_of_readers_without_any_variance() -> None:
    truth = np.arange(20) % 2 == 0
    perfect = np.where(truth, 6, 1)[None, :].repeat(3, axis=0)
    pool = pool_readers(perfect, truth, 0.1, 0.05)
    assert pool.accuracy.value == 1
    assert not pool.accuracy.estimable
    assert pool.equivalence is None
    assert "no interval" in pooled_verdict(pool)


def test_sentences_claim_what_was_shown_and_no_more() -> None:
    def said(k: int, n: int, synthetic: float = 0.5, auc: Auc = BLIND) -> str:
        return verdict(Evidence(wilson(k, n), equivalence(k, n), auc, synthetic))

    assert said(125, 250).startswith("The kinds could not be told apart")
    undecided = said(21, 40)
    assert undecided.startswith("Undecided")
    assert NO_EVIDENCE in undecided
    assert "could not be told apart" not in undecided
    assert said(36, 40).startswith("The kinds could be told apart: accuracy 90.0 %")
    assert "taken for one another" in said(4, 40)
    assert "yet different from it" in said(5250, 10_000)
    assert said(125, 250, 0.06).startswith("The kinds could not be told apart")
    assert "96.0 % of the answers were “real”" in said(125, 250, 0.04)
    assert said(125, 250, 1.0).startswith("Nothing is shown: 100.0 % of the answers were “synth")
    told = said(125, 250, auc=Auc(0.7, 0.6, 0.8, 0.01, True))
    assert "could not be told apart" not in told
    assert "by their confidences they were: AUC 0.70 (0.60–0.80)." in told
    assert "by their confidences" in said(125, 250, auc=Auc(0.3, 0.2, 0.4, 0.01, True))
    assert "AUC 1.00." in said(125, 250, auc=Auc(1.0, np.nan, np.nan, np.nan, False))
    few = said(20, 40, auc=Auc(0.85, 0.72, 0.98, 0.004, True))  # too few for equivalence
    assert few.startswith("By their answers the kinds were not told apart (accuracy 50.0 % (35.2–")
    assert few.endswith("but by their confidences they were: AUC 0.85 (0.72–0.98).")
    assert said(125, 250, 0.0, Auc(0.5, np.nan, np.nan, np.nan, False)).startswith("Nothing is")


def test_a_verdict_has_a_word_or_two_that_claims_no_more() -> None:
    def word(k: int, n: int, synthetic: float = 0.5, auc: Auc = BLIND) -> str:
        return WORDS[finding(Evidence(wilson(k, n), equivalence(k, n), auc, synthetic))]

    assert word(125, 250) == "Not told apart"
    assert word(21, 40) == "Undecided"
    assert word(36, 40) == word(4, 40) == "Told apart"
    assert word(5250, 10_000) == "Small difference"
    assert word(125, 250, 1.0) == "Nothing shown"
    assert word(125, 250, auc=Auc(0.7, 0.6, 0.8, 0.01, True)) == "Told apart"
    assert set(WORDS) == set(Finding)


def test_who_is_only_surer_of_one_kind_has_told_it(
    sources: tuple[Path, Path], tmp_path: Path
) -> None:
    report = build_study(BuildPlan(*sources, tmp_path / "study", per_kind=24, size=32, margin=0.3))
    assert report is not None
    study, key = report.study, read_key(report.study)
    for name, ratings in (("Ana", (1, 3)), ("Ben", (2, 2))):
        reading = ReadingSession(study, name)
        while (token := reading.current) is not None:
            reading.answer(ratings[key.synthetic(token)], 900)
        reading.finish()
        reading.close()
    ana, ben = evaluate_study(study, key).readers
    assert ana.equivalence.shown
    assert ben.equivalence.shown
    assert "but by their confidences they were: AUC 1.00" in reader_verdict(ana)
    assert "100.0 % of the answers were “real”" in reader_verdict(ben)
    assert "1 of 2 told the kinds apart, 0 could not, 1 undecided" in tally([ana, ben])


def test_answers_to_the_second_question(asking: Study) -> None:
    key = read_key(asking)
    reading = ReadingSession(asking, "Ana")
    while (token := reading.current) is not None:
        entry = key.pictures[token]
        other = next(name for name in asking.file.questions[0].choices if name != entry.label)
        named = entry.label if entry.kind == "real" else other
        reading.answer(3, 800, {"diagnosis": named})
    reading.finish()
    reading.close()
    (ana,) = evaluate_study(asking, key).readers
    assert ana.others["diagnosis"] == {"real": wilson(4, 4), "synthetic": wilson(0, 4)}
    [line] = question_lines(evaluate_study(asking, key))
    assert line.startswith("Right diagnosis of pictures of a known class: Ana real 100.0 % (51")
    assert "synthetic 0.0 %" in line
    assert line in report_lines(evaluate_study(asking, key))


def test_export_has_every_answer_with_the_truth(
    study: Study, key: StudyKey, scripted: Scripted, tmp_path: Path
) -> None:
    out = tmp_path / "answers.csv"
    with pytest.raises(StudioError, match="Nobody has finished"):
        export_answers(study, key, out)
    scripted(study, key, "=cmd()", 0.8, 1)
    scripted(study, key, "Ben", 0.8, 2, finish=False)
    assert export_answers(study, key, out) == 40
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["reader"] for row in rows} == {"'=cmd()"}
    right = sum(int(row["right"]) for row in rows)
    assert evaluate_study(study, key).readers[0].accuracy.k == right
    assert [int(row["position"]) for row in rows] == list(range(1, 41))
    with pytest.raises(StudioError, match="there already"):
        export_answers(study, key, out)
    out.write_text("of before")
    assert export_answers(study, key, out, replace=True) == 40
    assert out.read_text().startswith("reader,")


def test_a_margin_chosen_afterwards_is_named(study: Study, key: StudyKey) -> None:
    assert evaluate_study(study, key).margin == study.file.margin == 0.1
    assert evaluate_study(study, key).problems == []
    assert "planned for ±10 points" in evaluate_study(study, key, 0.2).problems[0]
    with pytest.raises(StudioError, match="margin"):
        evaluate_study(study, key, 0.7)


def test_an_undecided_reader_is_told_what_a_claim_needs(study: Study, key: StudyKey) -> None:
    reading = ReadingSession(study, "Ana")
    while (token := reading.current) is not None:
        right = reading.answered % 2 == 0
        reading.answer(5 if key.synthetic(token) == right else 2, 900)
    reading.finish()
    reading.close()
    words = summary(evaluate_study(study, key))
    assert words.startswith("Undecided: accuracy 50.0 %")
    assert "takes 227 answers (exact tests, power 80 %); there are 40." in words
