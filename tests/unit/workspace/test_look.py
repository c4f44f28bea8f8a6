"""What a model asks about a workspace has a bound, and an answer says when the bound was met."""

from executus_core.workspace import Workspace, look


def test_a_long_file_is_read_in_pages(tree) -> None:
    """Each page says how far it goes, so that the next one begins behind it."""
    (tree.root / "long.txt").write_text("".join(f"{n:>99}\n" for n in range(1, 1001)))
    held = Workspace(tree.root)

    first = look.read_lines(held, "long.txt", 1, 1000)
    second = look.lines_in("long.txt", held.read_bytes("long.txt"), first["last_line"] + 1, 3, numbered=True)

    assert (first["total_lines"], first["first_line"], first["last_line"]) == (1000, 1, 202)
    assert second["text"].splitlines()[0] == f"   203\t{203:>99}"
    assert (second["first_line"], second["last_line"]) == (203, 205)
    assert look.read_lines(held, "long.txt", 2000)["last_line"] == 1999


def test_a_long_line_is_cut_and_says_so(tree) -> None:
    (tree.root / "line.txt").write_text("x" * 5000)

    assert (
        look.read_lines(Workspace(tree.root), "line.txt")["text"] == "x" * 2000 + "[... 3000 more characters]"
    )


def test_an_encoding_is_told_where_it_is_not_the_usual_one(tree) -> None:
    (tree.root / "old.txt").write_text("café", encoding="cp1252")
    (tree.root / "marked.txt").write_text("café", encoding="utf-16")
    held = Workspace(tree.root)

    assert look.read_lines(held, "old.txt")["encoding"] == "cp1252 (a guess)"
    assert look.read_lines(held, "marked.txt")["encoding"] == "utf-16-le"
    assert "encoding" not in look.read_lines(held, "README.md")


def test_a_search_shows_lines_with_those_around_them(tree) -> None:
    found = look.search_files(Workspace(tree.root), lambda line: "tree" in line, context_lines=1)

    assert found["matches"] == [
        {"path": "README.md", "line": 3, "text": "A small tree.", "before": [""], "after": []}
    ]
    assert (found["files_searched"], found["files_with_matches"], found["total"]) == (2, 1, 1)


def test_a_search_passes_by_what_is_no_text_and_counts_what_it_does_not_show(tree) -> None:
    (tree.root / "data.bin").write_bytes(b"\0line\n")
    (tree.root / "many.txt").write_text("line\n" * 50)

    found = look.search_files(Workspace(tree.root), lambda line: "line" in line, limit=7)

    assert (found["total"], len(found["matches"]), found["files_searched"]) == (50, 7, 3)
    small = Workspace(tree.root, max_file_bytes=100)
    assert look.search_files(small, lambda line: "line" in line)["files_searched"] == 2


def test_an_answer_is_never_longer_than_a_run_keeps(tree, monkeypatch) -> None:
    """Lines around a match count as well; so does what is read to search and to count."""
    (tree.root / "wide.txt").write_text(("y" * 199 + "\n") * 200)
    held = Workspace(tree.root)

    found = look.search_files(held, lambda line: "y" in line, limit=100, context_lines=5)

    assert len(str(found)) < 2 * look.MAX_CHARS
    monkeypatch.setattr(look, "MAX_SEARCHED_BYTES", 100)
    assert not look.search_files(held, lambda line: "y" in line)["is_complete"]
    assert not look.count_files(held)["is_complete"]
    assert len(look.list_files(held, limit=2)["files"]) == 2


def test_a_count_has_lines_sizes_and_folders(tree) -> None:
    assert look.count_files(Workspace(tree.root)) == {
        "files": 2,
        "lines": 4,
        "size_bytes": 42,
        "largest": [
            {"path": "README.md", "lines": 3, "size_bytes": 23},
            {"path": "package/main.py", "lines": 1, "size_bytes": 19},
        ],
        "files_by_suffix": {".md": 1, ".py": 1},
        "lines_by_folder": {".": 3, "package": 1},
        "is_complete": True,
    }
