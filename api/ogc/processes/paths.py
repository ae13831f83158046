"""Describe processes and jobs in OpenAPI 3.0: an operation for each process, with its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.ogc.components import parameter, reference
from api.ogc.processes.catalogue import PROCESSES
from api.ogc.processes.described import Input, Process, chosen
from layers.catalogue import Layer
from layers.processing.queue import STATES

Json = dict[str, Any]

TAG = "processes"
TITLES = {
    "zh": {
        "list": "全部处理服务", "describe": "处理服务说明", "execute": "执行", "jobs": "我的任务",
        "job": "任务状态", "results": "任务结果", "dismiss": "取消或删除任务",
    },
    "en": {
        "list": "All processes", "describe": "description", "execute": "execute", "jobs": "The own jobs",
        "job": "Status of a job", "results": "Results of a job", "dismiss": "Call off or forget a job",
    },
}  # fmt: skip
_TEXT: Json = {"type": "string"}
_JOB: Json = {
    "name": "jobId", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"},
}  # fmt: skip
_STATUS: Json = {
    "type": "object",
    "required": ["jobID", "status", "type"],
    "properties": {
        "type": {"type": "string", "enum": ["process"]},
        "jobID": _TEXT,
        "processID": _TEXT,
        "status": {"type": "string", "enum": list(STATES)},
        "message": _TEXT,
        "progress": {"type": "integer", "minimum": 0, "maximum": 100},
        **{name: {"type": "string", "format": "date-time"} for name in (
            "created", "started", "finished", "updated")},
        "links": {"type": "array", "items": reference("schemas", "link")},
    },
}  # fmt: skip
_FORMS = [reference("parameters", "f"), reference("parameters", "lang")]


def paths(_: Mapping[str, Layer], language: str) -> Json:
    """Write every path of processes and jobs."""
    words = TITLES[language]
    limit = parameter("limit", "Most of them", {"type": "integer", "minimum": 1, "maximum": 1000})
    found = {"/processes": {"get": _get("processes", words["list"], [limit], {"type": "object"})}}
    for process in PROCESSES.values():
        found |= _of_process(process, language)
    job = {
        "get": _get("job", words["job"], [_JOB], _STATUS),
        "delete": _operation("dismissJob", words["dismiss"], [_JOB], {"200": _json("It is gone", _STATUS)}),
    }
    listed = {"type": "object", "properties": {"jobs": {"type": "array", "items": _STATUS}}}
    return {
        **found,
        "/jobs": {"get": _get("jobs", words["jobs"], _job_parameters(limit), listed)},
        "/jobs/{jobId}": job,
        "/jobs/{jobId}/results": {
            "get": _operation(
                "jobResults", words["results"], [_JOB], {"200": _json("The output", {})}, "403", "409"
            )
        },
    }


def _of_process(process: Process, language: str) -> Json:
    words, title = TITLES[language], chosen(process.title, language)
    path = f"/processes/{process.name}"
    prefer = {
        "name": "Prefer", "in": "header", "schema": _TEXT,
        "description": "respond-async: as a job; the answer is then 201 with its Location",
    }  # fmt: skip
    executed = _operation(
        f"{process.name}.execute", f"{title}: {words['execute']}", [prefer], _executed(process), "409", "413",
        "415", "429",
    )  # fmt: skip
    example = {"inputs": process.example}
    content = {"application/json": {"schema": _request(process, language), "example": example}}
    executed["requestBody"] = {"required": True, "content": content}
    described = _get(f"{process.name}.describe", f"{title}: {words['describe']}", [], {"type": "object"})
    return {path: {"get": described}, f"{path}/execution": {"post": executed}}


def _executed(process: Process) -> Json:
    forms = {media: {"schema": schema} for media, schema in process.output.forms.items()}
    document = {"application/json": {"schema": {"type": "object"}}}
    location = {"Location": {"description": "Its address", "schema": {"type": "string", "format": "uri"}}}
    return {
        "200": {"description": "The output", "content": {**document, **forms}},
        "201": {**_json("The job", _STATUS), "headers": location},
    }


def _request(process: Process, language: str) -> Json:
    inputs = {name: _input(each, language) for name, each in process.inputs.items()}
    required = [name for name, each in process.inputs.items() if each.required]
    form = {
        "type": "object",
        "properties": {"mediaType": {"type": "string", "enum": list(process.output.forms)}},
    }
    output = {
        "type": "object",
        "properties": {"format": form, "transmissionMode": {"type": "string", "enum": ["value"]}},
    }
    return {
        "type": "object",
        "properties": {
            "inputs": {
                "type": "object",
                "properties": inputs,
                **({"required": required} if required else {}),
            },
            "outputs": {"type": "object", "properties": {process.output.name: output}},
            "response": {"type": "string", "enum": ["raw", "document"], "default": "raw"},
        },
    }


def _input(given: Input, language: str) -> Json:
    """OpenAPI 3.0 knows no contentMediaType."""
    schema = {name: each for name, each in given.schema.items() if name != "contentMediaType"}
    return {**schema, "title": chosen(given.title, language)}


def _job_parameters(limit: Json) -> list[Json]:
    def listed(name: str, known: list[str]) -> Json:
        return parameter(
            name, "Only such jobs", {"type": "array", "items": {"type": "string", "enum": known}}
        )

    seconds = {"type": "integer", "minimum": 0}
    return [
        listed("type", ["process"]),
        listed("processID", list(PROCESSES)),
        listed("status", list(STATES)),
        reference("parameters", "datetime"),
        parameter("minDuration", "Seconds that it took at least", seconds),
        parameter("maxDuration", "Seconds that it took at most", seconds),
        limit,
        reference("parameters", "offset"),
    ]


def _get(identifier: str, summary: str, parameters: list[Json], schema: Json) -> Json:
    return _operation(identifier, summary, [*parameters, *_FORMS], {"200": _json(summary, schema)})


def _operation(identifier: str, summary: str, parameters: list[Json], good: Json, *more: str) -> Json:
    refused = {
        status: reference("responses", "Problem")
        for status in ("400", "401", "404", "405", "500", *more, "default")
    }
    return {
        "operationId": identifier,
        "summary": summary,
        "tags": [TAG],
        "parameters": parameters,
        "responses": {**good, **refused},
    }


def _json(description: str, schema: Json) -> Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
