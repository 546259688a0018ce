"""The last good file stays until a better one comes, and nobody waits for it but the first."""

# ruff: noqa: ASYNC240 - these files are small and nobody else uses the loop
from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from certsvc.agencies.debtor_list import DebtorList, Limits
from certsvc.core.account import Account, Debt
from certsvc.core.model import Enterprise, FactName, Identifier
from certsvc.core.outcome import Outcome
from certsvc.service.identifiers import KINDS
from tests.agencies.kit import FILE_DAY, NOW, PLENTY, SOON, FixedClock, Monotonic, company, only, outcome, sample

CLEAR_FIRM = company("3101999921")
DEBTOR = company("3102999922")
ABSENT = company("3101999977")

Make = Callable[..., DebtorList]


@pytest.fixture
async def make(clock: FixedClock, monotonic: Monotonic) -> AsyncIterator[Make]:
    made: list[DebtorList] = []

    def build(place: str | Path, layout: str = "ccss", **options: Any) -> DebtorList:
        adapter = DebtorList(
            "fund",
            str(place),
            layout=layout,
            schemes=("social_security",),
            kinds=KINDS,
            clock=clock,
            monotonic=monotonic,
            **options,
        )
        made.append(adapter)
        return adapter

    yield build
    for adapter in made:
        await adapter.close()


class FileServer:
    """Serves whatever `answer` gives, and counts."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[web.Request] = []
        self.body = sample("ccss/morosidad.csv")
        self.status = 200
        self.headers: dict[str, str] = {"ETag": '"one"', "Last-Modified": "Wed, 30 Sep 2026 06:00:00 GMT"}
        self.gate: asyncio.Event | None = None
        self.asked = asyncio.Event()

    async def answer(self, request: web.Request) -> web.Response:
        self.requests.append(request)
        self.asked.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.status == 200 and request.headers.get("If-None-Match") == self.headers.get("ETag", "none"):
            return web.Response(status=304)
        return web.Response(status=self.status, body=self.body, headers=self.headers)


@pytest.fixture
async def server() -> AsyncIterator[FileServer]:
    ours = FileServer()
    app = web.Application()
    app.router.add_get("/{name}", ours.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ours.url = f"http://127.0.0.1:{runner.addresses[0][1]}/morosidad.csv"
    yield ours
    if ours.gate is not None:
        ours.gate.set()
    await runner.cleanup()


async def settled(adapter: DebtorList) -> None:
    """Waits for the refresh that is running."""
    task = adapter._refreshing
    if task is not None:
        await task


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "morosidad.csv"
    path.write_bytes(sample("ccss/morosidad.csv"))
    return path


async def test_the_first_question_waits_for_the_file_and_the_next_is_answered_from_memory(
    make: Make, file: Path
) -> None:
    adapter = make(file)
    assert adapter.find_now(DEBTOR) is None
    finding = only(await adapter.find(DEBTOR, PLENTY))
    assert (finding.outcome, finding.data_as_of, finding.checked_at) == (Outcome.BARRED_ARREARS, FILE_DAY, NOW)
    again = adapter.find_now(CLEAR_FIRM)
    assert again is not None
    assert outcome(again) is Outcome.CLEAR


async def test_trap_22_the_date_of_the_data_is_the_files_and_not_ours(make: Make, file: Path) -> None:
    finding = only(await make(file).find(CLEAR_FIRM, PLENTY))
    assert finding.data_as_of == FILE_DAY
    assert finding.checked_at.date() > FILE_DAY


async def test_the_name_in_the_file_is_a_fact_with_the_files_date(make: Make, file: Path) -> None:
    (fact,) = (await make(file).find(CLEAR_FIRM, PLENTY)).facts
    assert (fact.name, fact.value, fact.source, fact.as_of) == (
        FactName.NAME,
        "LIBRERIA TINTA SECA SOCIEDAD ANONIMA",
        "fund",
        FILE_DAY,
    )


async def test_a_firm_that_is_absent_is_no_information_unless_configured_otherwise(make: Make, file: Path) -> None:
    assert outcome(await make(file).find(ABSENT, PLENTY)) is Outcome.NO_INFORMATION
    finding = only(await make(file, absent="clear", least_firms=1).find(ABSENT, PLENTY))
    assert (finding.outcome, finding.data_as_of) == (Outcome.CLEAR, FILE_DAY)


async def test_an_enterprise_without_a_covered_kind_is_never_clear_by_absence(make: Make, file: Path) -> None:
    for kind in ("br.cnpj", "cr.nite"):
        stranger = Enterprise((Identifier(kind, "3101999977"),))
        adapter = make(file, absent="clear", least_firms=1)
        assert outcome(await adapter.find(stranger, PLENTY)) is Outcome.NO_INFORMATION


async def test_a_number_of_another_kind_with_the_same_digits_does_not_take_the_row(make: Make, file: Path) -> None:
    evidence = await make(file).find(Enterprise((Identifier("cr.nite", "3101999921"),)), PLENTY)
    assert (outcome(evidence), evidence.facts) == (Outcome.NO_INFORMATION, ())


DEBTOR_NUMBER, CLEAR_NUMBER = DEBTOR.identifier, CLEAR_FIRM.identifier
CLEAR_PERSON = Identifier("cr.cedula_fisica", "100000035")
ABSENT_PERSON = Identifier("cr.cedula_fisica", "100000043")
ANY_NITE = Identifier("cr.nite", "1234567890")


@pytest.mark.parametrize("absent", ["clear", "no_information"])
@pytest.mark.parametrize(
    "numbers", [(ANY_NITE, DEBTOR_NUMBER), (CLEAR_PERSON, DEBTOR_NUMBER), (DEBTOR_NUMBER, ABSENT_PERSON)]
)
async def test_the_worst_row_counts_whichever_number_comes_first(
    make: Make, file: Path, absent: str, numbers: tuple[Identifier, ...]
) -> None:
    adapter = make(file, absent=absent, least_firms=1)
    assert outcome(await adapter.find(Enterprise(numbers), PLENTY)) is Outcome.BARRED_ARREARS


async def test_a_clear_row_does_not_stand_in_for_a_number_of_which_nothing_is_known(make: Make, file: Path) -> None:
    both = Enterprise((ABSENT_PERSON, CLEAR_NUMBER))
    assert outcome(await make(file).find(both, PLENTY)) is Outcome.NO_INFORMATION
    assert outcome(await make(file, absent="clear", least_firms=1).find(both, PLENTY)) is Outcome.CLEAR


async def test_two_numbers_with_two_names_give_both_names(make: Make, file: Path) -> None:
    evidence = await make(file).find(Enterprise((CLEAR_NUMBER, CLEAR_PERSON)), PLENTY)
    assert [fact.value for fact in evidence.facts] == [
        "LIBRERIA TINTA SECA SOCIEDAD ANONIMA",
        "PERSONA DE PRUEBA TRES",
    ]


async def test_small_arrears_under_two_numbers_add_up(make: Make, file: Path) -> None:
    small = Identifier("cr.dimex", "100000000094")  # owes 45.10
    file.write_bytes(sample("ccss/morosidad.csv").replace(b"86400.00", b"60.00"))
    other = Identifier("cr.cedula_fisica", "100000019")
    adapter = make(file, threshold=Decimal(100))
    assert outcome(await adapter.find(Enterprise((small,)), PLENTY)) is Outcome.CLEAR_BELOW_THRESHOLD
    assert outcome(await adapter.find(Enterprise((small, CLEAR_NUMBER)), PLENTY)) is Outcome.CLEAR_BELOW_THRESHOLD
    assert outcome(await adapter.find(Enterprise((small, other)), PLENTY)) is Outcome.BARRED_ARREARS


async def test_absence_is_clear_only_with_a_least_number_of_firms(make: Make, file: Path) -> None:
    with pytest.raises(ValueError, match="least_firms"):
        make(file, absent="clear")


@pytest.mark.parametrize("absent", ["clear", "no_information"])
async def test_a_first_file_with_fewer_firms_than_it_must_hold_is_refused(make: Make, file: Path, absent: str) -> None:
    assert outcome(await make(file, absent=absent, least_firms=8).find(CLEAR_FIRM, PLENTY)) is Outcome.CLEAR
    assert outcome(await make(file, absent=absent, least_firms=9).find(CLEAR_FIRM, PLENTY)) is Outcome.MALFORMED


async def test_an_empty_file_clears_nobody(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "patronos-2026-09-30.csv"
    path.write_bytes(sample(f"fodesaf/{path.name}").splitlines(keepends=True)[0])
    answer = await make(path, "fodesaf", absent="clear", least_firms=1).find(ABSENT, PLENTY)
    assert outcome(answer) is Outcome.MALFORMED


async def test_trap_15_clear_at_one_fund_and_old_debt_at_the_other(make: Make, tmp_path: Path, file: Path) -> None:
    name = "patronos-2026-09-30.csv"
    (tmp_path / name).write_bytes(sample(f"fodesaf/{name}").replace(b"03102999922", b"03101999921"))
    assert outcome(await make(file).find(CLEAR_FIRM, PLENTY)) is Outcome.CLEAR
    other = make(tmp_path / name, "fodesaf")
    assert only(await other.find(CLEAR_FIRM, PLENTY)).data_as_of == FILE_DAY
    assert outcome(await other.find(CLEAR_FIRM, PLENTY)) is Outcome.BARRED_ARREARS


async def test_the_debts_that_a_file_itemises_are_in_the_finding(make: Make, tmp_path: Path) -> None:
    name = "patronos-2026-09-30.csv"
    (tmp_path / name).write_bytes(sample(f"fodesaf/{name}"))
    found = only(await make(tmp_path / name, "fodesaf").find(DEBTOR, PLENTY))
    assert found.outcome is Outcome.BARRED_ARREARS
    assert found.account == Account(debts=(Debt(date(2014, 11, 30), Decimal("80000.00"), Decimal("24320.10")),))


async def test_a_fund_file_whose_name_has_no_date_is_refused(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "patronos.csv"
    path.write_bytes(sample("fodesaf/patronos-2026-09-30.csv"))
    assert outcome(await make(path, "fodesaf").find(CLEAR_FIRM, PLENTY)) is Outcome.MALFORMED


async def test_a_missing_file_is_unavailable_and_found_when_it_comes(
    make: Make, tmp_path: Path, monotonic: Monotonic
) -> None:
    path = tmp_path / "morosidad.csv"
    adapter = make(path)
    assert outcome(await adapter.find(CLEAR_FIRM, PLENTY)) is Outcome.UNAVAILABLE
    path.write_bytes(sample("ccss/morosidad.csv"))
    assert outcome(await adapter.find(CLEAR_FIRM, PLENTY)) is Outcome.UNAVAILABLE  # not asked anew at once
    monotonic.seconds += 16
    assert outcome(await adapter.find(CLEAR_FIRM, PLENTY)) is Outcome.CLEAR


async def test_after_a_bad_file_the_last_good_one_stays_with_its_own_date(
    make: Make, file: Path, monotonic: Monotonic
) -> None:
    adapter = make(file)
    await adapter.find(DEBTOR, PLENTY)
    file.write_bytes(b"Cedula,Nombre\n")
    monotonic.seconds += 1000
    before = adapter.find_now(DEBTOR)  # begins the refresh
    await settled(adapter)
    after = adapter.find_now(DEBTOR)
    assert before == after
    assert after is not None
    assert (only(after).outcome, only(after).data_as_of) == (Outcome.BARRED_ARREARS, FILE_DAY)
    assert adapter.success_age == 1000


async def test_a_changed_file_is_taken_without_anybody_waiting(make: Make, file: Path, monotonic: Monotonic) -> None:
    adapter = make(file)
    await adapter.find(DEBTOR, PLENTY)
    file.write_bytes(sample("ccss/morosidad.csv").replace(b"ACTIVO,MOROSO", b"ACTIVO,AL DIA"))
    monotonic.seconds += 1000
    first = adapter.find_now(DEBTOR)
    assert first is not None
    assert outcome(first) is Outcome.BARRED_ARREARS
    await settled(adapter)
    second = adapter.find_now(DEBTOR)
    assert second is not None
    assert outcome(second) is Outcome.CLEAR


async def test_a_file_that_goes_back_in_time_is_refused(make: Make, file: Path, monotonic: Monotonic) -> None:
    adapter = make(file)
    await adapter.find(DEBTOR, PLENTY)
    old = sample("ccss/morosidad.csv").replace(b"2026-09-30", b"2026-08-31").replace(b"MOROSO", b"AL DIA")
    file.write_bytes(old)
    monotonic.seconds += 1000
    adapter.find_now(DEBTOR)
    await settled(adapter)
    assert outcome(await adapter.find(DEBTOR, PLENTY)) is Outcome.BARRED_ARREARS


async def test_where_absence_is_clear_a_file_that_lost_most_debtors_is_refused(
    make: Make, file: Path, monotonic: Monotonic
) -> None:
    adapter = make(file, absent="clear", least_firms=1)
    await adapter.find(DEBTOR, PLENTY)
    lines = sample("ccss/morosidad.csv").splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:2]))
    monotonic.seconds += 1000
    adapter.find_now(DEBTOR)
    await settled(adapter)
    assert outcome(await adapter.find(DEBTOR, PLENTY)) is Outcome.BARRED_ARREARS


async def test_an_unchanged_path_is_not_read_again(make: Make, file: Path, monotonic: Monotonic) -> None:
    adapter = make(file)
    await adapter.find(DEBTOR, PLENTY)
    stat = file.stat()
    file.write_bytes(b"x" * stat.st_size)
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    monotonic.seconds += 1000
    adapter.find_now(DEBTOR)
    await settled(adapter)
    assert adapter.success_age == 0


async def test_http_validators_are_sent_and_a_304_confirms_the_file(
    make: Make, server: FileServer, monotonic: Monotonic
) -> None:
    adapter = make(server.url)
    await adapter.find(DEBTOR, PLENTY)
    monotonic.seconds += 1000
    adapter.find_now(DEBTOR)
    await settled(adapter)
    assert [request.headers.get("If-None-Match") for request in server.requests] == [None, '"one"']
    assert server.requests[1].headers["If-Modified-Since"] == "Wed, 30 Sep 2026 06:00:00 GMT"
    assert adapter.success_age == 0


async def test_a_refused_file_is_asked_for_again_although_its_tag_was_seen(
    make: Make, server: FileServer, monotonic: Monotonic
) -> None:
    server.body = b"<html>"
    adapter = make(server.url)
    assert outcome(await adapter.find(DEBTOR, PLENTY)) is Outcome.MALFORMED
    server.body = sample("ccss/morosidad.csv")
    monotonic.seconds += 16
    assert outcome(await adapter.find(DEBTOR, PLENTY)) is Outcome.BARRED_ARREARS
    assert "If-None-Match" not in server.requests[1].headers


async def test_the_file_is_asked_for_at_most_once_per_period(
    make: Make, server: FileServer, monotonic: Monotonic
) -> None:
    adapter = make(server.url)
    for _ in range(5):
        await adapter.find(DEBTOR, PLENTY)
        monotonic.seconds += 100
    assert len(server.requests) == 1


async def test_one_refresh_serves_all_who_wait(make: Make, server: FileServer) -> None:
    server.gate = asyncio.Event()
    adapter = make(server.url)
    waiting = [asyncio.create_task(adapter.find(DEBTOR, PLENTY)) for _ in range(20)]
    await server.asked.wait()
    server.gate.set()
    answers = await asyncio.gather(*waiting)
    assert {outcome(answer) for answer in answers} == {Outcome.BARRED_ARREARS}
    assert len(server.requests) == 1


async def test_who_leaves_early_does_not_end_the_fetch_for_the_others(make: Make, server: FileServer) -> None:
    server.gate = asyncio.Event()
    adapter = make(server.url)
    patient = asyncio.create_task(adapter.find(DEBTOR, PLENTY))
    assert outcome(await adapter.find(DEBTOR, 0.01)) is Outcome.UNAVAILABLE
    leaver = asyncio.create_task(adapter.find(DEBTOR, PLENTY))
    await asyncio.sleep(0)
    leaver.cancel()
    server.gate.set()
    assert outcome(await patient) is Outcome.BARRED_ARREARS
    assert len(server.requests) == 1


async def test_a_fetch_that_never_ends_is_given_up(make: Make, server: FileServer) -> None:
    server.gate = asyncio.Event()
    adapter = make(server.url, limits=Limits(fetch=SOON))
    assert outcome(await adapter.find(DEBTOR, PLENTY)) is Outcome.UNAVAILABLE


async def test_a_rate_limit_is_heeded_for_as_long_as_it_says(
    make: Make, server: FileServer, monotonic: Monotonic
) -> None:
    server.status, server.headers = 429, {"Retry-After": "120"}
    adapter = make(server.url)
    assert outcome(await adapter.find(DEBTOR, PLENTY)) is Outcome.RATE_LIMITED
    server.status = 200
    monotonic.seconds += 119
    assert outcome(await adapter.find(DEBTOR, PLENTY)) is Outcome.RATE_LIMITED
    monotonic.seconds += 1
    assert outcome(await adapter.find(DEBTOR, PLENTY)) is Outcome.BARRED_ARREARS


@pytest.mark.parametrize("status", [301, 404, 403, 500, 304, 400])
async def test_a_file_that_cannot_be_had_says_nothing_of_any_firm(make: Make, server: FileServer, status: int) -> None:
    server.status = status
    answer = await make(server.url, absent="clear", least_firms=1).find(ABSENT, PLENTY)
    assert outcome(answer) in (Outcome.UNAVAILABLE, Outcome.MALFORMED)


async def test_a_file_larger_than_allowed_is_refused(make: Make, server: FileServer) -> None:
    adapter = make(server.url, limits=Limits(max_bytes=100))
    assert outcome(await adapter.find(DEBTOR, PLENTY)) is Outcome.MALFORMED


async def test_the_date_comes_from_the_content_disposition(make: Make, server: FileServer) -> None:
    server.body = sample("fodesaf/patronos-2026-09-30.csv")
    server.headers = {"Content-Disposition": 'attachment; filename="patronos-2026-09-30.csv"'}
    assert only(await make(server.url, "fodesaf").find(DEBTOR, PLENTY)).data_as_of == FILE_DAY


async def test_a_bug_in_the_reading_refuses_the_file_and_nothing_else(
    make: Make, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **options: object) -> Awaitable[None]:
        raise RuntimeError

    monkeypatch.setattr("certsvc.agencies.debtor_list.read_snapshot", broken)
    assert outcome(await make(file).find(DEBTOR, PLENTY)) is Outcome.UNAVAILABLE
