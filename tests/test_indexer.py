"""The indexer: rebuild beside live, sync, verify."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from catalogue.curation import Status
from catalogue.errors import IndexDamaged
from catalogue.search.analysis import Analyser
from catalogue.search.embedded import EmbeddedReader, EmbeddedWriter
from catalogue.search.fingerprint import fingerprint
from catalogue.search.retrieve import DEPTH
from catalogue.store import CREATED, Change, Fact, Store
from indexer import changes
from indexer.parts import Parts
from indexer.rebuild import rebuild
from indexer.sync import Stopped, ensure, standing, sync
from indexer.verify import settled_drift
from tests.small_catalogue import HashedEmbedder, create, drift_of, edit, move, open_parts, pain_id, small_catalogue

ENTRIES = 7


@pytest.fixture
def parts(tmp_path: Path, analyser: Analyser) -> Iterator[Parts]:
    with small_catalogue(tmp_path, analyser, ENTRIES) as made:
        yield made


# --- rebuild


def test_a_rebuilt_index_equals_the_store(parts: Parts) -> None:
    info = rebuild(parts)
    assert (info.documents, info.revision) == (ENTRIES, parts.store.revision())
    assert info.fingerprint == fingerprint(parts.embedder)
    assert drift_of(parts).lines() == [f"{ENTRIES} entries, 0 missing, 0 extra, 0 stale"]


def test_only_public_entries_of_the_searched_kinds_are_indexed(parts: Parts) -> None:
    organisation = {"id": "OG-2569-001", "kind": "organization", "language": "th", "title": {"th": "เทศบาล"}}
    parts.store.apply(
        [
            create(20, status=Status.DRAFT),
            create(21, status=Status.SOLVED),
            Change(CREATED, "OG-2569-001", organisation, Status.PUBLISHED, "hash"),
        ],
        "test",
    )
    rebuild(parts)
    assert parts.reader.open().revisions().keys() == {*map(pain_id, range(1, ENTRIES + 1)), pain_id(21)}
    assert not drift_of(parts)


def test_an_empty_store_gives_an_empty_index(tmp_path: Path, analyser: Analyser) -> None:
    parts = open_parts(tmp_path, analyser)
    assert rebuild(parts).documents == 0
    assert not drift_of(parts)
    assert standing(parts) == "in step"
    parts.store.close()


def test_a_rebuild_reports_each_stage_to_its_end(parts: Parts) -> None:
    seen: list[tuple[str, int, int]] = []
    rebuild(parts, lambda *progress: seen.append(progress))
    assert seen == [
        ("embedding", ENTRIES, ENTRIES),
        ("indexing", ENTRIES, ENTRIES),
        ("settling", 0, 1),
        ("settling", 1, 1),
    ]


def test_what_is_committed_during_a_rebuild_is_in_it(parts: Parts) -> None:
    def meanwhile(stage: str, done: int, total: int) -> None:
        if stage == "indexing" and parts.store.get(pain_id(8)) is None:
            parts.store.apply([create(8), edit(1, "ใหม่"), move(2, Status.WITHDRAWN)], "test")

    info = rebuild(parts, meanwhile)
    assert info.revision == parts.store.revision()
    assert not drift_of(parts)
    assert pain_id(2) not in parts.reader.open().revisions()


def test_the_live_index_answers_while_another_version_rebuilds_beside_it(
    parts: Parts, tmp_path: Path, analyser: Analyser
) -> None:
    old = rebuild(parts)
    newer = open_parts(tmp_path, analyser, version="2")
    assert standing(newer) == "built by another version"
    assert len(drift_of(newer).stale) == ENTRIES
    reader, seen = EmbeddedReader(tmp_path / "index"), set()
    request = reader.open()  # one that is being answered during all of it

    def meanwhile(stage: str, done: int, total: int) -> None:
        seen.add(reader.live().name)

    new = sync(newer, meanwhile)
    assert seen == {old.name}
    assert new.fingerprint != old.fingerprint
    assert reader.live().name == new.name
    assert request.browse({}, 100, 0)[1] == ENTRIES
    assert request.similar(pain_id(1), 3)
    assert not drift_of(newer)
    newer.store.close()


def test_only_the_live_index_and_the_one_before_it_are_kept(parts: Parts, tmp_path: Path) -> None:
    names = [rebuild(parts).name for _ in range(4)]
    assert {path.name for path in (tmp_path / "index").iterdir() if path.is_dir()} == set(names[-2:])


def test_of_rebuilds_that_were_stopped_nothing_is_left_but_the_last_though_the_live_index_is_broken(
    parts: Parts, tmp_path: Path
) -> None:
    (tmp_path / "index" / rebuild(parts).name / "vectors.f32").unlink()

    def stop(stage: str, done: int, total: int) -> None:
        if stage == "settling":
            raise Stopped

    for _ in range(3):
        with pytest.raises(Stopped):
            rebuild(parts, stop)
    assert len([path for path in (tmp_path / "index").iterdir() if path.is_dir()]) == 2


def test_more_entries_of_one_text_in_two_languages_than_a_search_brings_are_no_reason_to_refuse(parts: Parts) -> None:
    said = {"th": "น้ำประปาไม่ไหลทุกหน้าแล้ง", "en": "No tap water in the dry season"}
    numbers = range(100, 101 + DEPTH.dense + DEPTH.lexical)
    parts.store.apply([create(number, language="th", title=said, statement=said) for number in numbers], "test")
    assert rebuild(parts).documents == ENTRIES + len(numbers)


def test_an_index_of_mostly_dead_entries_is_rebuilt(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.sync.MOST_DEAD", 3)
    live = rebuild(parts)
    for number in range(ENTRIES + 3):
        parts.store.apply([edit(1, f"again {number}")], "test")
        live = sync(parts)
    assert (live.dead, live.documents, standing(parts)) == (ENTRIES + 3, ENTRIES, "in step")
    parts.store.apply([edit(1, "once more")], "test")
    assert sync(parts).name == live.name
    assert standing(parts) == "mostly dead"
    new = sync(parts)
    assert (new.dead, new.name != live.name, standing(parts)) == (0, True, "in step")
    assert not drift_of(parts)


@pytest.mark.parametrize("broken", ["live.json", "header.json", "entries.jsonl", "vectors.f32", "meta.json"])
@pytest.mark.parametrize("heal", [rebuild, sync, ensure], ids=lambda heal: heal.__name__)
def test_a_damaged_index_is_replaced(
    parts: Parts, tmp_path: Path, broken: str, heal: Callable[[Parts], object]
) -> None:
    rebuild(parts)
    parts.store.apply([create(8)], "test")
    (found,) = (tmp_path / "index").rglob(broken)
    found.write_bytes(b"\0broken")
    fresh = replace(parts, reader=EmbeddedReader(tmp_path / "index"))
    with pytest.raises(IndexDamaged):
        fresh.reader.open()
    heal(fresh)
    assert not drift_of(fresh)
    assert len([path for path in (tmp_path / "index").iterdir() if path.is_dir()]) == 1, "the damaged one is gone"


def test_a_new_index_that_differs_is_not_put_into_use(parts: Parts, tmp_path: Path, analyser: Analyser) -> None:
    class Forgetful(EmbeddedWriter):
        def fill(self, name, pages, revision, event):
            super().fill(name, (page[1:] for page in pages), revision, event)

    before = rebuild(parts)
    with pytest.raises(IndexDamaged, match="1 missing"):
        rebuild(replace(parts, writer=Forgetful(tmp_path / "index", analyser)))
    assert parts.reader.live() == before
    rebuild(parts)
    assert not drift_of(parts)


def test_a_new_index_that_does_not_find_its_entries_is_not_put_into_use(
    parts: Parts, tmp_path: Path, analyser: Analyser, caplog: pytest.LogCaptureFixture
) -> None:
    class Muddled(EmbeddedWriter):
        """Every id and revision is right, and no word or vector."""

        def fill(self, name, pages, revision, event):
            wrong = ([replace(d, title="x", text="x", vector=-d.vector, translations={}) for d in p] for p in pages)
            super().fill(name, wrong, revision, event)

    # More of a language than a search brings: else each of them is a candidate, wherever it lies.
    parts.store.apply([create(number) for number in range(ENTRIES + 1, 2 * DEPTH.dense)], "test")
    before = rebuild(parts)
    with pytest.raises(IndexDamaged, match=r"0 missing, 0 extra, 0 stale, [12] not found"):
        rebuild(replace(parts, writer=Muddled(tmp_path / "index", analyser)))
    (told,) = (vars(record)["not_found"] for record in caplog.records if record.message == "index.refused")
    assert told
    assert parts.reader.live() == before


def test_an_entry_that_cannot_be_read_does_not_keep_the_others_out(
    parts: Parts, caplog: pytest.LogCaptureFixture
) -> None:
    body = {"id": pain_id(8), "kind": "pain_point", "language": "th", "title": {"th": "ความลับ"}, "unknown": 1}
    parts.store.apply([Change(CREATED, pain_id(8), body, Status.PUBLISHED, "hash")], "test")
    live = rebuild(parts)
    assert live.documents == ENTRIES
    assert ensure(parts) == live, "another index would not hold it either"
    assert drift_of(parts).missing == (pain_id(8),)
    assert pain_id(8) in {vars(record).get("entry") for record in caplog.records}
    assert "ความลับ" not in caplog.text


def test_a_commit_between_two_questions_is_no_difference(parts: Parts) -> None:
    rebuild(parts)
    parts.store.apply([edit(1, "ก่อนหน้า")], "test")

    class Busy:
        """The store's port, with a commit after every question."""

        def __getattr__(self, name: str) -> object:
            def ask(*arguments: object) -> object:
                answer = getattr(parts.store, name)(*arguments)
                parts.store.apply([edit(2, name), create(1000 + parts.store.revision())], "test")
                return answer

            return ask

    assert not settled_drift(Busy(), parts.reader.open(), fingerprint(parts.embedder))


# --- sync


def test_a_sync_writes_what_was_created_edited_and_withdrawn(parts: Parts) -> None:
    name = rebuild(parts).name
    parts.store.apply(
        [create(8), edit(1, "ใหม่"), move(2, Status.WITHDRAWN), Fact("batch.imported", {}), create(9), edit(9, "อีก")],
        "test",
    )
    before = drift_of(parts)
    assert (before.missing, before.extra, before.stale) == (
        (pain_id(8), pain_id(9)),
        (pain_id(2),),
        (pain_id(1),),
    )
    info = sync(parts)
    assert (info.name, info.revision) == (name, parts.store.revision())
    assert not drift_of(parts)
    parts.store.apply([move(2, Status.PUBLISHED)], "test")
    sync(parts)
    assert pain_id(2) in parts.reader.open().revisions()


def test_events_that_change_no_entry_move_the_revision(parts: Parts) -> None:
    rebuild(parts)
    parts.store.apply([Fact("batch.imported", {})], "test")
    assert standing(parts) == "behind"
    assert sync(parts).revision == parts.store.revision()
    assert standing(parts) == "in step"


def test_many_changes_are_written_in_parts(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    rebuild(parts)
    monkeypatch.setattr(changes, "ENTRIES_PER_WRITE", 3)
    monkeypatch.setattr(changes, "EVENTS_PER_READ", 5)
    parts.store.apply([create(number) for number in range(8, 20)], "test")
    parts.store.apply([move(number, Status.WITHDRAWN) for number in (1, 9, 19)], "test")
    assert sync(parts).revision == parts.store.revision()
    assert not drift_of(parts)


def test_an_index_that_knows_more_than_the_store_is_rebuilt(parts: Parts, tmp_path: Path) -> None:
    shutil.copy(tmp_path / "catalogue.db", tmp_path / "backup.db")
    parts.store.apply([create(8)], "test")
    rebuild(parts)
    restored = replace(parts, store=Store.open(f"sqlite:///{tmp_path / 'backup.db'}"))
    assert standing(restored) == "ahead of the store"
    sync(restored)
    assert not drift_of(restored)
    restored.store.close()


@pytest.mark.parametrize("further", [0, 1, 3], ids=["as far", "further", "much further"])
def test_an_index_of_another_history_is_rebuilt_though_its_number_is_not_ahead(
    parts: Parts, tmp_path: Path, further: int
) -> None:
    shutil.copy(tmp_path / "catalogue.db", tmp_path / "backup.db")
    parts.store.apply([edit(1, "lost"), create(8)], "test")
    rebuild(parts)
    restored = replace(parts, store=Store.open(f"sqlite:///{tmp_path / 'backup.db'}"))
    others = [create(number) for number in range(9, 9 + further)]
    restored.store.apply([edit(1, "kept"), edit(2, "kept"), *others], "test")  # numbers that the lost events had
    assert standing(restored) == "of another history"
    assert pain_id(1) in drift_of(restored).stale, "its revision is that of the lost one"
    live = sync(restored)
    assert (live.revision, live.event) == restored.store.head()
    assert not drift_of(restored)
    assert pain_id(8) not in restored.reader.open().revisions()
    assert sync(restored) == live
    restored.store.close()


def test_an_index_whose_event_an_earlier_version_did_not_note_is_followed_and_notes_it(parts: Parts) -> None:
    live = rebuild(parts)
    parts.writer.write(live.name, (), (), live.revision)
    assert parts.reader.live().event == ""
    assert standing(parts) == "in step"
    parts.store.apply([create(8)], "test")
    followed = sync(parts)
    assert (followed.name, followed.event) == (live.name, parts.store.head()[1])
    assert not drift_of(parts)


def test_events_of_another_history_are_not_written(parts: Parts) -> None:
    live = rebuild(parts)
    parts.store.apply([create(8)], "test")
    with pytest.raises(IndexDamaged, match="another history"):
        changes.apply_changes(parts, live.name, live.revision, "of an event that is gone")
    assert parts.reader.live() == live


def test_ensure_finds_a_difference_that_no_event_explains(parts: Parts) -> None:
    name = rebuild(parts).name
    parts.writer.write(name, (), [pain_id(3)], parts.store.revision())
    parts.writer.close()
    assert standing(parts) == "in step"
    assert drift_of(parts).missing == (pain_id(3),)
    assert ensure(parts).name != name
    assert not drift_of(parts)
    live = ensure(parts).name
    assert ensure(parts).name == live, "nothing is rebuilt without need"


def test_a_commit_that_was_killed_before_its_last_file_is_written_again(parts: Parts, tmp_path: Path) -> None:
    rebuild(parts)
    (last,) = (tmp_path / "index").rglob("meta.json")  # what tantivy replaces at the end of a commit
    before = last.read_bytes()
    parts.store.apply([move(2, Status.WITHDRAWN)], "test")
    sync(parts)
    last.write_bytes(before)  # as if the process had died just before; its other files lie there
    again = replace(parts, reader=EmbeddedReader(tmp_path / "index"))
    assert standing(again) == "behind"
    name = again.reader.live().name
    assert sync(again).name == name, "no rebuild was needed"
    assert not drift_of(again)


# --- fingerprint


def test_the_fingerprint_names_the_model_and_fits_a_folder_name() -> None:
    one, other = fingerprint(HashedEmbedder("1")), fingerprint(HashedEmbedder("2"))
    assert re.fullmatch("[0-9a-f]{16}", one)
    assert one == fingerprint(HashedEmbedder("1")) != other
