"""Reads a page of the documentation and runs what it shows.

    ```console
    $ regulars kpi net_revenue      a command; `> ` continues it
    EUR ...                         what it prints, if the page says: `...` is anything, white space does not count
    ```

A command may fail only if the page shows what it then prints.

`regulars` runs in this process, everything else in a shell; `make` is not run, and
`regulars demo` not again: the test has done it. Python blocks with `>>>` are doctests.
"""

import contextlib
import doctest
import io
import os
import re
import shlex
import subprocess
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Block:
    language: str
    text: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Command:
    text: str
    output: str
    line: int


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for match in _FENCE.finditer(text):
        yield Block(language=match[1], text=match[2], line=text.count("\n", 0, match.start()) + 2)


def commands(block: Block) -> Iterator[Command]:
    """Yield the commands of a console block."""
    text, output, start = "", "", block.line
    for number, line in enumerate(block.text.splitlines(), block.line):
        if line.startswith("$ "):
            if text:
                yield Command(text=text, output=output, line=start)
            text, output, start = line[2:], "", number
        elif line.startswith("> ") or line == ">":
            text += "\n" + line[2:]
        else:
            output += line + "\n"
    if text:
        yield Command(text=text, output=output, line=start)


class Untrue(AssertionError):
    """A page says what is not so."""


@dataclass
class Session:
    """One page, run from its top to the first thing that is not so."""

    page: Path
    _status: int = 0
    _names: dict[str, object] = field(default_factory=dict)

    def run(self) -> None:
        for block in blocks(self.page):
            if block.language == "console":
                for command in commands(block):
                    self._run(command)
            elif block.language == "python" and ">>>" in block.text:
                self._doctest(block)

    def _run(self, command: Command) -> None:
        said, status = self._said(command.text)
        where = f"{self.page.name}:{command.line}: $ {command.text}"
        # White space beside `...` is anything, too: a bar or a flag may stand there, or nothing.
        expected = re.sub(r"(?<!\.)\s*\.\.\.\s*", "...", command.output.strip())
        if expected and not doctest.OutputChecker().check_output(expected + "\n", said, OPTIONS):
            raise Untrue(f"{where}\n--- the page says\n{command.output}--- it was\n{said}")
        if status and not expected:
            raise Untrue(f"{where}\nfails with {status}\n{said}")
        self._status = status

    def _said(self, text: str) -> tuple[str, int]:
        if text.startswith("cd "):
            os.chdir(text[3:])
            return "", 0
        if text.startswith(("make ", ". ", "regulars demo ")):
            return "", 0
        if text.startswith("regulars ") and not re.search(r"[|<>;&]", re.sub(r'"[^"$`]*"', "", text)):
            return regulars(shlex.split(text, comments=True)[1:])
        found = subprocess.run(
            ["sh", "-c", f"(exit {self._status}); {text}"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        return found.stdout, found.returncode

    def _doctest(self, block: Block) -> None:
        parser, said = doctest.DocTestParser(), io.StringIO()
        test = parser.get_doctest(block.text, self._names, self.page.name, str(self.page), block.line - 1)
        doctest.DocTestRunner(optionflags=OPTIONS, verbose=False).run(test, out=said.write, clear_globs=False)
        self._names.update(test.globs)
        if said.getvalue():
            raise Untrue(said.getvalue())


def regulars(arguments: list[str]) -> tuple[str, int]:
    """Run the command line here; return what it wrote on both streams, and its status."""
    from regulars.cli import terminal
    from regulars.cli.main import main

    # Pages show what a wide window shows, whatever window the tests run in.
    terminal.out.width = terminal.err.width = 180
    said, before = io.StringIO(), sys.argv
    sys.argv = ["regulars", *arguments]
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            main()
    except SystemExit as end:
        return said.getvalue(), int(end.code or 0)
    except Exception as cause:
        raise Untrue(f"regulars {' '.join(arguments)}\n{said.getvalue()}{traceback.format_exc()}") from cause
    finally:
        sys.argv = before
    return said.getvalue(), 0
