"""The scenario of tests/clients, with openapi-python-client."""

import os
import time
import uuid
from collections.abc import Iterator
from typing import Any, TypeVar

import httpx
from remit_client import AuthenticatedClient
from remit_client.api.board import get_board
from remit_client.api.measures import create_measure, list_measures
from remit_client.api.observations import record_observations
from remit_client.api.outcomes import activate_outcome, create_outcome, get_outcome, update_outcome
from remit_client.api.people import create_person
from remit_client.api.responsibilities import create_outcome_responsibility
from remit_client.api.roles import create_assignment, create_role
from remit_client.api.themes import create_theme
from remit_client.models import (
    Activation,
    AssignmentDocument,
    BatchResult,
    Board,
    BoardNode,
    Measure,
    MeasureDocument,
    MeasureKind,
    MeasurePage,
    ObservationDocument,
    Outcome,
    OutcomeDocument,
    OutcomePatch,
    Part,
    Person,
    PersonDocument,
    Problem,
    ResponsibilityDocument,
    Role,
    RoleDocument,
    Theme,
    ThemeDocument,
)
from remit_client.types import UNSET, Response, Unset

T = TypeVar("T")


class PatientTransport(httpx.HTTPTransport):
    """Comes back when it is told to: after 429 (too many requests) and 503 (the service is busy)."""

    waited = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        for _ in range(8):
            response = super().handle_request(request)
            if response.status_code not in (429, 503):
                return response
            response.close()
            time.sleep(int(response.headers.get("Retry-After", "1")))
            self.waited += 1
        return super().handle_request(request)


class Refused(Exception):
    """An answer that is a problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        places = [f"{at.pointer}: {at.detail} ({at.code})" for at in problem.errors or []]
        super().__init__("\n  ".join([f"{problem.status} {problem.code}: {problem.detail}", *places]))


def wanted(kind: type[T], response: Response[Any]) -> T:
    """The body of an answer, which must be of this kind; a problem is raised."""
    if isinstance(response.parsed, Problem):
        raise Refused(response.parsed)
    if not isinstance(response.parsed, kind):
        raise TypeError(f"{response.status_code}: {response.content!r} is no {kind.__name__}")
    return response.parsed


def refusal(response: Response[Any]) -> Problem:
    """The problem of an answer that must be one."""
    assert isinstance(response.parsed, Problem), response
    assert response.parsed.status == response.status_code
    return response.parsed


NAME = os.environ["REMIT_NAME"]
transport = PatientTransport()
client = AuthenticatedClient(
    base_url=os.environ["REMIT_URL"],
    token=os.environ["REMIT_TOKEN"],
    httpx_args={"transport": transport},
)


def create() -> tuple[str, str]:
    roads = ThemeDocument(title=f"Safer roads ({NAME})")
    theme = wanted(Theme, create_theme.sync_detailed(client=client, body=roads)).id
    body = OutcomeDocument.from_dict(
        {
            "title": f"Fewer people die ({NAME})",
            "theme_id": theme,
            "start_on": "2026-01-01",
            "due_on": "2035-12-31",
        }
    )
    # One key for one intention: sent again after an answer was lost, it makes nothing twice.
    key = str(uuid.uuid4())
    outcome = wanted(Outcome, create_outcome.sync_detailed(client=client, body=body, idempotency_key=key))
    again = wanted(Outcome, create_outcome.sync_detailed(client=client, body=body, idempotency_key=key))
    assert again.id == outcome.id
    assert outcome.state == "draft"
    return outcome.id, theme


def measure(outcome: str, body: MeasureDocument) -> None:
    made = wanted(Measure, create_measure.sync_detailed(outcome, client=client, body=body))
    assert made.key == body.key


def push(key: str) -> None:
    body = [
        ObservationDocument.from_dict({"measure": key, "observed_at": "2026-01-31", "value": 190}),
        ObservationDocument.from_dict({"measure": key, "observed_at": "2026-02-28", "value": 150}),
    ]
    result = wanted(BatchResult, record_observations.sync_detailed(client=client, body=body))
    assert result.accepted == 2
    # Whoever is not sure sends the same again.
    again = wanted(BatchResult, record_observations.sync_detailed(client=client, body=body))
    assert (again.accepted, again.unchanged) == (0, 2)


def activate(outcome: str) -> None:
    """An active outcome has someone accountable and someone responsible: here a role, and who holds it."""
    begin = "2026-01-01"
    head = RoleDocument(title=f"Head of road safety ({NAME})")
    role = wanted(Role, create_role.sync_detailed(client=client, body=head)).id
    person = wanted(Person, create_person.sync_detailed(client=client, body=PersonDocument(name=f"Ada ({NAME})"))).id
    holder = AssignmentDocument.from_dict({"person_id": person, "from": begin})
    assert create_assignment.sync_detailed(role, client=client, body=holder).status_code == 201
    for part in (Part.ACCOUNTABLE, Part.RESPONSIBLE):
        body = ResponsibilityDocument.from_dict({"part": part, "role_id": role, "from": begin})
        assert create_outcome_responsibility.sync_detailed(outcome, client=client, body=body).status_code == 201
    activation = Activation.from_dict({"effective_from": begin})
    active = wanted(Outcome, activate_outcome.sync_detailed(outcome, client=client, body=activation))
    assert active.state == "active"


def find(nodes: list[BoardNode], outcome: str) -> BoardNode | None:
    for node in nodes:
        found = node if node.id == outcome else find(node.children or [], outcome)
        if found is not None:
            return found
    return None


def read_board(outcome: str, theme: str) -> None:
    response = get_board.sync_detailed(client=client, theme=theme)
    board = wanted(Board, response)
    node = find([node for theme in board.themes for node in theme.outcomes] + board.unaligned, outcome)
    assert node is not None and node.progress == 50
    assert node.accountable and node.accountable.person
    assert node.accountable.person.name == f"Ada ({NAME})"
    assert node.measures and node.measures[0].latest and node.measures[0].latest.value == 150
    # Unchanged, the board is not sent again.
    etag = response.headers["ETag"]
    unchanged = get_board.sync_detailed(client=client, theme=theme, if_none_match=etag)
    assert unchanged.status_code == 304


def measures_of(outcome: str) -> Iterator[Measure]:
    """Every measure of an outcome, page by page."""
    after: str | Unset = UNSET
    while True:
        page = wanted(MeasurePage, list_measures.sync_detailed(client=client, outcome=outcome, limit=2, after=after))
        yield from page.data
        if not page.next_:
            return
        after = page.next_


def etag_of(outcome: str) -> str:
    """What names the state that was read."""
    return str(get_outcome.sync_detailed(outcome, client=client).headers["ETag"])


def rename(outcome: str, title: str, etag: str) -> int:
    """Changes the title of what was read; where it has changed meanwhile, reads it anew. Answers how often it had."""
    conflicts = 0
    while True:
        response = update_outcome.sync_detailed(outcome, client=client, body=OutcomePatch(title=title), if_match=etag)
        if response.status_code != 412:
            assert wanted(Outcome, response).title == title
            return conflicts
        assert refusal(response).code == "precondition_failed"
        conflicts += 1
        etag = etag_of(outcome)


def break_bounds() -> None:
    response = create_outcome.sync_detailed(client=client, body=OutcomeDocument(title="x" * 201, weight=-1))
    problem = refusal(response)
    assert (problem.status, problem.code) == (422, "invalid")
    # Every field that is wrong, at once.
    assert sorted(at.pointer for at in problem.errors or []) == ["/title", "/weight"]


def main() -> None:
    outcome, theme = create()
    deaths, injuries, speed = (f"clients.{NAME}.{what}" for what in ("deaths", "injuries", "speed"))
    measure(outcome, MeasureDocument(deaths, MeasureKind.DECREASE, "Deaths a year", baseline=200, target=100, every="month"))
    for key in (injuries, speed):
        measure(outcome, MeasureDocument(key=key, kind=MeasureKind.MONITOR, name=key))
    push(deaths)
    activate(outcome)
    read_board(outcome, theme)
    assert sorted(measure.key for measure in measures_of(outcome)) == [deaths, injuries, speed]

    stale = etag_of(outcome)
    assert rename(outcome, f"Fewer people die on the roads ({NAME})", stale) == 0
    assert rename(outcome, f"Nobody dies on the roads ({NAME})", stale) == 1
    break_bounds()
    print(f"created, pushed, read, paged; 412 and 422 handled; waited {transport.waited} times")


if __name__ == "__main__":
    main()
