"""What a process is to the outside: its inputs and its output as JSON Schema, in two languages.

pygeoapi is not used for this part of the door, though its managers and processors are made for it. Its
handlers (0.21) refuse an empty body, know no owner of a job, read `Prefer` only where it holds nothing else,
answer a failed job with a 400 that does not say what failed, wrap the document form into a list of outputs,
take whatever inputs come, and write pages that load scripts from elsewhere; mending each costs more than
the calls that stay. Of it we keep the structure of a description, which is the standard's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from api.ogc.processes.desk import Desk

Json = dict[str, Any]
Texts = tuple[str, str]
"""The same in Chinese and in English."""

SYNC, ASYNC = "sync-execute", "async-execute"


@dataclass(frozen=True)
class Input:
    """One input; each stands once at most."""

    title: Texts
    schema: Json
    description: Texts = ("", "")
    required: bool = False
    is_long: bool = False
    """Checked by the process itself, all at once, and not value by value against the schema."""


@dataclass(frozen=True)
class Output:
    """The one output, in each form that it comes in."""

    name: str
    title: Texts
    forms: Mapping[str, Json]
    """Media type → schema; the first is what is given unless told."""


@dataclass(frozen=True)
class Process:
    """A calculation: run(desk, inputs, media type) → the output as bytes. InvalidInput names the input."""

    name: str
    title: Texts
    description: Texts
    inputs: Mapping[str, Input]
    output: Output
    run: Callable[[Desk, Mapping[str, Any], str], bytes]
    keywords: tuple[str, ...] = ()
    example: Json = field(default_factory=dict)
    """Inputs to try it with."""
    version: str = "1.0.0"


def chosen(texts: Texts, language: str) -> str:
    """Choose one of two languages."""
    return texts[0] if language == "zh" else texts[1]


def summary(process: Process, language: str) -> Json:
    """Write what a list of processes says of one."""
    return {
        "id": process.name,
        "version": process.version,
        "title": chosen(process.title, language),
        "description": chosen(process.description, language),
        "keywords": list(process.keywords),
        "jobControlOptions": [SYNC, ASYNC],
        "outputTransmission": ["value"],
    }


def description(process: Process, language: str) -> Json:
    """Write all that there is to know of a process."""
    output = process.output
    schema = {"oneOf": [_form(media, each) for media, each in output.forms.items()]}
    if len(output.forms) == 1:
        schema = schema["oneOf"][0]
    return {
        **summary(process, language),
        "inputs": {name: _input(each, language) for name, each in process.inputs.items()},
        "outputs": {output.name: {"title": chosen(output.title, language), "schema": schema}},
        "example": {"inputs": process.example},
    }


def _form(media_type: str, schema: Json) -> Json:
    return {**schema, "contentMediaType": media_type}


def _input(given: Input, language: str) -> Json:
    text = chosen(given.description, language)
    return {
        "title": chosen(given.title, language),
        **({"description": text} if text else {}),
        "schema": given.schema,
        "minOccurs": 1 if given.required else 0,
        "maxOccurs": 1,
    }
