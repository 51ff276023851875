"""The fair order: words add, never push down; equal scores go by id."""

import numpy as np
import pytest

from catalogue.search import fusion
from catalogue.search.centres import unit
from catalogue.search.index import AnalysedQuery, Candidates, Meaning, Vector

QUERY = unit(np.array([1, 0, 0, 0], np.float32))


def near(cosine: float, axis: int = 1) -> Vector:
    """A vector with this cosine to the query."""
    row = np.zeros(4, np.float32)
    row[0], row[axis] = cosine, (1 - cosine**2) ** 0.5
    return row


def asked() -> AnalysedQuery:
    return AnalysedQuery("q", "th", ("t",), ("n",), lambda: Meaning(QUERY))


def pool(*entries: tuple[str, str, Vector, float]) -> Candidates:
    """Candidates of (id, language, vector, share of the query's words)."""
    ids, languages, vectors, words = zip(*entries, strict=True) if entries else ((), (), (), ())
    rows = np.array(vectors, np.float32).reshape(-1, 4)
    share = np.array(words, np.float32)
    return Candidates(
        ids=tuple(ids),
        languages=np.array(languages, np.str_),
        vectors=rows,
        cosine=rows @ QUERY,
        covered=(share > 0)[:, None],
        otherwise=np.zeros((len(ids), 0), bool),
        token_weights=np.ones(1, np.float32),
        ngram_coverage=share,
        dense_floor={},
        token_floor=0.0,
        ngram_floor=0.0,
    )


def order(candidates: Candidates) -> list[str]:
    return [candidates.ids[i] for i in fusion.rank(asked(), candidates).order]


def test_no_candidates_give_an_empty_order() -> None:
    assert order(pool()) == []


def test_one_candidate_is_ranked() -> None:
    ranking = fusion.rank(asked(), pool(("A", "th", near(0.5), 1)))
    assert ranking.order.tolist() == [0]
    assert np.isfinite(ranking.scores).all()


def test_the_nearest_comes_first() -> None:
    assert order(pool(("A", "th", near(0.2), 0), ("B", "th", near(0.6), 0), ("C", "th", near(0.4), 0))) == [
        "B",
        "C",
        "A",
    ]


def test_words_decide_between_equally_near_entries() -> None:
    assert order(pool(("A", "th", near(0.4, 1), 0), ("B", "th", near(0.4, 2), 1))) == ["B", "A"]


def test_equal_scores_go_by_id() -> None:
    same = near(0.4)
    assert order(pool(("A", "th", same, 0), ("B", "th", same, 0), ("C", "th", same, 0))) == ["A", "B", "C"]


def test_words_of_one_language_do_not_push_the_other_language_down() -> None:
    thai = [(f"T{i}", "th", near(0.50, 1), 0.9) for i in range(10)]
    english = ("E", "en", near(0.49, 1), 0.0)
    without = order(pool(*[(i, lang, v, 0.0) for i, lang, v, _ in thai], english))
    assert order(pool(*thai, english)).index("E") <= without.index("E")


def test_feedback_moves_the_query_towards_its_best_entries() -> None:
    candidates = pool(("A", "th", near(0.6, 2), 1), ("B", "th", near(0.3, 2), 0), ("C", "th", near(0.3, 3), 0))
    refined = fusion.refined(asked(), candidates, candidates.cosine, 0.5)
    assert np.linalg.norm(refined) == pytest.approx(1, abs=1e-5)
    assert order(candidates) == ["A", "B", "C"]
    scores = fusion.rank(asked(), candidates).meaning
    assert scores[1] > scores[2] + 0.05


def answers(words: float, twin: float = 0.45) -> Candidates:
    """Thai: one entry that says so much of the question, and others. English: its translation T, and E, nearer."""
    others = [(f"B{i}", "th", near(0.4, 2), 0) for i in range(fusion.RIVALS)]
    return pool(("A", "th", near(0.6, 1), words), *others, ("T", "en", near(twin, 1), 0), ("E", "en", near(0.5, 3), 0))


def test_the_translation_of_what_surely_answers_comes_up_and_that_of_a_doubted_entry_does_not() -> None:
    sure, doubted = order(answers(1.0)), order(answers(0.0))
    assert sure.index("T") < sure.index("E")
    assert doubted.index("E") < doubted.index("T")


def sure_of(candidates: Candidates) -> float:
    lexical = fusion.lexical_evidence(asked(), candidates)
    return fusion.confidence(candidates, lexical, candidates.cosine + fusion.PIVOT_LEXICAL * lexical)


def test_what_says_more_of_the_question_is_surer() -> None:
    sure = [sure_of(answers(words)) for words in (0.0, 0.3, 0.6, 1.0)]
    assert sure == sorted(sure)
    assert sure[0] < 0.1
    assert sure[-1] > 0.9


def test_what_is_far_from_the_question_in_the_other_language_is_doubted() -> None:
    assert sure_of(answers(0.6, twin=0.5)) > 0.5 > sure_of(answers(0.6, twin=0.2))


def test_what_leads_its_language_is_surer() -> None:
    led = answers(0.6)
    close = pool(*[(i, str(la), v, 0.6) for i, la, v in zip(led.ids, led.languages, led.vectors, strict=True)])
    assert sure_of(close) < sure_of(led)


def test_where_both_languages_agree_feedback_is_never_nothing() -> None:
    assert sure_of(answers(0.0, twin=0.51)) == fusion.AGREED
    assert sure_of(pool(("A", "th", near(0.2), 0))) == fusion.AGREED  # nothing of another language contradicts it


@pytest.mark.filterwarnings("error")
def test_what_could_not_be_further_from_the_question_is_simply_doubted() -> None:
    far = pool(("A", "th", near(0.1, 1), 0), ("T", "en", near(-1.0, 1), 0), ("E", "en", near(-1.0, 2), 0))
    opposite = pool(("A", "th", near(-0.9, 1), 1), ("T", "en", near(-1.0, 1), 0), ("E", "en", near(0.99, 3), 0))
    assert fusion.confidence(far, np.zeros(3, np.float32), np.array([1, 0, 0], np.float32)) == fusion.AGREED
    assert fusion.confidence(opposite, np.zeros(3, np.float32), np.array([1, 0, 0], np.float32)) < 1e-30


def test_doubt_lets_words_lift_a_language_less() -> None:
    candidates, languages = answers(1.0), answers(1.0).languages
    lexical = fusion.lexical_evidence(asked(), candidates)
    sure, doubted = (fusion.heads(candidates.cosine, lexical, languages, d) for d in (0.0, 0.5))
    assert doubted["th"] > sure["th"]
    assert doubted["en"] == sure["en"]
