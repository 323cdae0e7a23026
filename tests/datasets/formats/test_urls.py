from pathlib import Path

from studio.datasets.formats import urls


def read(folder: Path, text: str) -> urls.UrlList:
    path = folder / "urls.txt"
    path.write_text(text, encoding="utf-8")
    return urls.read(path)


def test_one_url_a_line(tmp_path: Path) -> None:
    found = read(tmp_path, "# mine\nhttps://a.org/x,y=1\n\nftp://a.org/x\nhttp://b.org/ü.jpg\n")
    assert [row.url for row in found.rows] == ["https://a.org/x,y=1", "http://b.org/ü.jpg"]
    assert [(problem.line) for problem in found.problems] == [4]


def test_the_crawlers_pairs(tmp_path: Path) -> None:
    found = read(tmp_path, "https://a.org/x,y.jpg,nevus/0001.jpg\n")
    assert [(row.url, row.path) for row in found.rows] == [
        ("https://a.org/x,y.jpg", "nevus/0001.jpg")
    ]


def test_columns_by_name(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        'label,URL\nnevus,"https://a.org/a,b.jpg"\n../x,https://a.org/c.jpg\n,https://a.org/d.jpg\n',
    )
    assert [(row.url, row.label) for row in found.rows] == [
        ("https://a.org/a,b.jpg", "nevus"),
        ("https://a.org/d.jpg", None),
    ]
    assert [problem.reason.value for problem in found.problems] == ["bad_label"]
