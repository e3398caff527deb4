"""Reference pages: configuration, command line and records, as Markdown, from the models and the commands themselves.

``python -m seqplay.reference PAGE`` prints one; the documentation is built from these, so that no key, option or field
is described twice.
"""

from __future__ import annotations

import ast
import inspect
import json
import sys
import textwrap
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from types import ModuleType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from seqplay import config, records
from seqplay.cli import app
from seqplay.config import OPERATIONAL, Config
from seqplay.dataset import records as dataset_records
from seqplay.records import Record
from seqplay.tables import DATASET_FILES, FILES, dtypes


def configuration() -> str:
    """Return the page of all configuration keys."""
    lines = [
        "# Configuration",
        "",
        "Generated from `seqplay.config`. `config/config.yaml` holds every key with its default; put your own keys",
        "into a file of your own and name it with `--configfile`, or into `config/local.yaml`, which is read if it is",
        "there.",
        "",
        "*Speed only*: the key changes how fast a stage runs, not what it computes, and reruns nothing when edited.",
        "",
        "Two more keys make several experiments of one file, `experiments` and `sweep`:",
        "[Sweeps](../cluster.md#sweeps).",
    ]
    lines += ["", "## The experiment", "", *_keys(Config, "")]
    for name, field in Config.model_fields.items():
        section = _section(field.annotation)
        if section is not None:
            lines += ["", f"## {name}", "", inspect.cleandoc(section.__doc__ or ""), "", *_keys(section, f"{name}.")]
    return "\n".join(lines) + "\n"


def _section(annotation: Any) -> type[config.Section] | None:
    """Return the section that a key holds, none where it holds a value."""
    return annotation if isinstance(annotation, type) and issubclass(annotation, config.Section) else None


def _keys(section: type[BaseModel], prefix: str) -> list[str]:
    """Return the table of a section's keys, those of the sections in it included."""
    return ["| key | type | default | |", "| --- | --- | --- | --- |", *_rows(section, prefix)]


def _rows(section: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in section.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        inner = _section(field.annotation)
        if inner is not None:
            if prefix:
                yield from _rows(inner, f"{key}.")
            continue
        default = "" if field.default is PydanticUndefined else f"`{_plain(field.default)}`"
        limits = ", ".join(str(limit) for limit in field.metadata if type(limit).__name__ in {"Ge", "Gt", "Le", "Lt"})
        text = " ".join((field.description or "").split())
        about = " ".join(
            part for part in (text, _limits(limits), "*Speed only.*" if key in OPERATIONAL else "") if part
        )
        yield f"| `{key}` | {_type(field.annotation)} | {default} | {_cell(about)} |"


def _limits(text: str) -> str:
    """Return limits such as ``Ge(ge=0), Lt(lt=1)`` as a reader says them."""
    signs = {"Ge(ge=": "≥ ", "Gt(gt=": "> ", "Le(le=": "≤ ", "Lt(lt=": "< "}
    for made, sign in signs.items():
        text = text.replace(made, sign)
    return f"({text.replace(')', '')})" if text else ""


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        return json.dumps([one.model_dump() if isinstance(one, BaseModel) else one for one in value])
    return json.dumps(value)


def _type(annotation: Any) -> str:
    """Return a type as a table's cell says it."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in inner)
    if origin in {Union, types.UnionType}:
        return " or ".join(_type(part) for part in inner)
    if origin in {list, tuple}:
        return f"list of {_type(inner[0])}"
    if origin is Annotated:  # what is written may be more than what it becomes: a name, say
        written = [getattr(note, "json_schema_input_type", None) for note in annotation.__metadata__]
        return _type(next((note for note in written if note not in (None, PydanticUndefined)), inner[0]))
    if origin is dict:
        return f"mapping to {_type(inner[1])}"
    if annotation in {type(None), Any}:
        return "nothing" if annotation is not Any else "anything"
    if issubclass(annotation, StrEnum):
        return " or ".join(f"`{value}`" for value in annotation)
    if issubclass(annotation, Record) and annotation.__module__.startswith(records.__name__):
        return f"[{annotation.__name__}](records.md#{annotation.__name__.lower()})"
    if issubclass(annotation, Record):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    if issubclass(annotation, BaseModel):
        return (
            "{" + ", ".join(f"{name}: {_type(one.annotation)}" for name, one in annotation.model_fields.items()) + "}"
        )
    return {str: "text", int: "whole number", float: "number", bool: "true or false"}[annotation]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def commands() -> str:
    """Return the page of all commands."""
    lines = [
        "# Command line",
        "",
        "Generated from `seqplay.cli`. Exit 0: accepted; 1: negative result, with the reason; 2: the input is no such",
        "thing; 3: a tool or the jail is missing. `--json` prints exactly one object on standard output, all else goes",
        "to standard error.",
    ]
    for path, command in walk():
        about = inspect.cleandoc(command.help or "").replace("``", "`")
        lines += ["", f"## seqplay {path}", "", about, "", f"    {_usage(path, command)}", "", *_parameters(command)]
    return "\n".join(lines) + "\n"


def walk() -> Iterator[tuple[str, Any]]:
    """Yield every command with the words that call it, those of groups in order."""

    def below(words: tuple[str, ...], command: Any) -> Iterator[tuple[str, Any]]:
        children = getattr(command, "commands", None)
        if children is None:
            yield " ".join(words), command
        else:
            for name, child in children.items():
                yield from below((*words, name), child)

    yield from below((), typer.main.get_command(app))


def _usage(path: str, command: Any) -> str:
    words = [_name(one) for one in command.params if one.param_type_name == "argument"]
    return " ".join(["seqplay", path, "[OPTIONS]", *words])


def _name(argument: Any) -> str:
    name = str(argument.metavar or argument.name.upper()).strip("[]").removesuffix("...").removesuffix("…")
    many = "…" if argument.nargs == -1 else ""
    return f"{name}{many}" if argument.required else f"[{name}{many}]"


def _parameters(command: Any) -> list[str]:
    shown = [one for one in command.params if one.name != "help" and not getattr(one, "hidden", False)]
    if not shown:
        return ["No options."]
    rows = ["| | | default |", "| --- | --- | --- |"]
    for one in shown:
        argument = one.param_type_name == "argument"
        names = _name(one) if argument else ", ".join([*one.opts, *one.secondary_opts])
        default = "" if one.default is None or one.default is False or callable(one.default) else f"`{one.default}`"
        rows.append(f"| `{names}` | {_cell(one.help or '')} | {default if not one.required else ''} |")
    return rows


def record_kinds() -> str:
    """Return the page of the records of an experiment."""
    lines = [
        "# Records",
        "",
        "Generated from `seqplay.records`. Every file is JSON lines, one record a line. Ids are hashes of content: the",
        "same content has the same id on any machine. `seqplay inspect FILE` shows what a file holds; to read them",
        "with pandas or `datasets`: [how-to](../how-to/read-files.md). Those of a dataset have",
        "[a page of their own](dataset-records.md).",
        "",
    ]
    return "\n".join([*lines, *_kinds(FILES, kinds(records))]) + "\n"


def dataset_record_kinds() -> str:
    """Return the page of the records of a dataset."""
    lines = [
        "# Records of a dataset",
        "",
        "Generated from `seqplay.dataset.records`: what `snakemake dataset` and `seqplay dataset validate` write. They",
        "are read like [all others](../how-to/read-files.md).",
        "",
    ]
    return "\n".join([*lines, *_kinds(DATASET_FILES, kinds(dataset_records))]) + "\n"


def _kinds(files: Mapping[str, type[Record]], found: Sequence[type[Record]]) -> Iterator[str]:
    """Yield the table of files, then a section for each record."""
    yield from ("| in `results/{experiment}/` | record |", "| --- | --- |")
    for pattern, kind in files.items():
        yield f"| `{pattern}` | [{kind.__name__}](#{kind.__name__.lower()}) |"
    for kind in found:
        yield from ("", f"## {kind.__name__}", "", *_paragraph(kind), "")
        yield from ("| field | type | pandas | |", "| --- | --- | --- | --- |")
        described, columns = _descriptions(kind), dtypes(kind)
        for name, field in kind.model_fields.items():
            text = _cell(described.get(name, ""))
            yield f"| `{name}` | {_type(field.annotation)} | `{columns[name]}` | {text} |"


def kinds(module: ModuleType) -> list[type[Record]]:
    """Return the records that a module defines, in its order."""
    found = [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, Record)]
    return [one for one in found if one is not Record and one.__module__.startswith(module.__name__)]


def _paragraph(kind: type[Record]) -> list[str]:
    return inspect.cleandoc(kind.__doc__ or "").replace("``", "`").splitlines()


def _descriptions(kind: type[BaseModel]) -> dict[str, str]:
    """Return the text under each field of a record, read from its source."""
    found: dict[str, str] = {}
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    statements = body.body if isinstance(body, ast.ClassDef) else []
    for before, after in pairwise(statements):
        if isinstance(before, ast.AnnAssign) and isinstance(before.target, ast.Name):
            if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                found[before.target.id] = " ".join(str(after.value.value).replace("``", "`").split())
    return found


PAGES: dict[str, Callable[[], str]] = {
    "configuration": configuration,
    "command-line": commands,
    "records": record_kinds,
    "dataset-records": dataset_record_kinds,
}
"""Name of a page (below ``reference/``) and what makes it."""

if __name__ == "__main__":
    for name in sys.argv[1:]:
        sys.stdout.write(PAGES[name]())
