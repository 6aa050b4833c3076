"""What the system refuses, and files that cannot be used: said in a line, with the path, and a status of its own."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from regulars.cli.main import app, exit_status

Run = Callable[..., tuple[int, str]]
GOOD = "Order ID,Customer,Order Date,Amount\n1,ann,2024-01-01,5.00\n2,bob,2024-02-20,6.50\n3,cy,2024-03-01,7.20\n"


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    def told(*words: str) -> tuple[int, str]:
        capfd.readouterr()
        status = exit_status(lambda **_: app(list(words), standalone_mode=False))
        err = capfd.readouterr().err
        assert "Traceback" not in err, err
        return status, err

    return told


@pytest.fixture
def shop(tmp_path: Path, run: Run) -> Path:
    (tmp_path / "orders.csv").write_text(GOOD + "4,di,2024-02-30,1.00\n")
    assert run("init", str(tmp_path / "orders.csv"), "-y", "-C", str(tmp_path))[0] == 0
    return tmp_path


def test_a_lock_that_cannot_be_made(shop: Path, run: Run) -> None:
    (shop / ".regulars" / "lock").mkdir(parents=True)
    status, err = run("run", "-C", str(shop))
    assert status == 74
    assert "lock` cannot be used: Is a directory" in err


def test_a_store_that_cannot_be_made(shop: Path, run: Run) -> None:
    (shop / ".regulars").write_text("")
    status, err = run("run", "-C", str(shop))
    assert status == 74
    assert ".regulars` cannot be used" in err


def test_output_that_cannot_be_written(shop: Path, run: Run) -> None:
    assert run("run", "-q", "-C", str(shop))[0] == 0
    assert "1 file unchanged" in run("run", "-q", "-C", str(shop))[1]
    for form in ("csv", "table"):
        asked = ("quarantine", "-C", str(shop), "--format", form, "-o")
        assert run(*asked, str(shop / "no" / "x")) == (
            74,
            f"regulars: `{shop / 'no' / 'x'}` cannot be used: No such file or directory. "
            "Make its folder first, or choose another.\n",
        )
        assert "Is a directory" in run(*asked, str(shop))[1]
        if os.path.exists("/dev/full"):
            status, err = run(*asked, "/dev/full")
            assert status == 75
            assert "disk is full" in err


def test_a_workspace_that_cannot_be_made(shop: Path, run: Run) -> None:
    (shop / "file").write_text("")
    for words in (("init", str(shop / "orders.csv"), "-y"), ("new", "kpi", "mine")):
        status, err = run(*words, "-C", str(shop / "file"))
        assert status != 70
        assert f"{shop / 'file'}" in err


@pytest.mark.parametrize("text", [None, "", "a,b,c\n", "binary"])
def test_init_writes_nothing_where_no_file_can_be_used(tmp_path: Path, run: Run, text: str | None) -> None:
    if text is not None:
        content = bytes(range(256)) * 20 if text == "binary" else text.encode()
        (tmp_path / "x.csv").write_bytes(content)
    status, err = run("init", str(tmp_path / "x.csv"), "-y", "-C", str(tmp_path / "new"))
    assert status == 66
    assert "Nothing was written" in err
    assert "x.csv" in err
    assert not (tmp_path / "new").exists()


def test_init_names_what_it_could_not_read_and_the_folder_it_made(tmp_path: Path, run: Run) -> None:
    (tmp_path / "good.csv").write_text(GOOD)
    (tmp_path / "bad.csv").write_bytes(bytes(range(256)) * 20)
    words = ("init", str(tmp_path / "good.csv"), str(tmp_path / "bad.csv"), "-y", "-C", str(tmp_path / "new"))
    status, err = run(*words)
    assert status == 0
    assert f"Made the folder `{tmp_path / 'new'}`" in err
    assert "bad.csv: not read: " in err
    assert "bad.csv" in (tmp_path / "new" / "regulars.toml").read_text()


def test_a_binary_file_takes_no_other_down(shop: Path, run: Run) -> None:
    text = (shop / "regulars.toml").read_text()
    (shop / "regulars.toml").write_text(text.replace('"orders.csv"', '"*.csv"'))
    (shop / "noise.csv").write_bytes(bytes(range(256)) * 20)
    status, err = run("run", "-q", "-C", str(shop))
    assert status == 65
    assert "noise.csv` is not text in utf-8" in err
    assert "orders.csv: 4 records, 3 accepted, 1 quarantined" in err
