"""Any order of calls leaves what a small model in memory says."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field, replace

import pytest

from certsvc.core.model import ApplicationState, CertificateStatus
from certsvc.service.records import Application, CertificateRecord
from certsvc.store.postgres import PostgresStore
from tests.store import samples

STEPS = 120


@dataclass
class Model:
    """What the port promises, in memory."""

    applications: dict[str, Application] = field(default_factory=dict)
    statuses: dict[str, CertificateStatus] = field(default_factory=dict)
    versions: dict[int, int] = field(default_factory=dict)

    def record(self, application: Application) -> Application:
        request_id = application.request.request_id
        stored = self.applications.setdefault(request_id, application)
        self._issue(stored.certificate)
        return self.seen(stored)

    def resolve(self, application: Application) -> Application:
        request_id = application.request.request_id
        if self.applications[request_id].state is ApplicationState.PENDING:
            self.applications[request_id] = application
            self._issue(application.certificate)
        return self.seen(self.applications[request_id])

    def change(self, serial: str, status: CertificateStatus) -> None:
        if self.statuses[serial] is not CertificateStatus.REVOKED:
            self.statuses[serial] = status

    def claim(self, number: int, version: int) -> bool:
        if version <= self.versions.get(number, 0):
            return False
        self.versions[number] = version
        return True

    def seen(self, application: Application) -> Application:
        if (issued := application.certificate) is None:
            return application
        return replace(application, certificate=replace(issued, status=self.statuses[issued.serial]))

    def _issue(self, certificate: CertificateRecord | None) -> None:
        if certificate is not None:
            self.statuses.setdefault(certificate.serial, CertificateStatus.VALID)


async def _step(store: PostgresStore, model: Model, chance: random.Random) -> None:
    act = chance.choice(["record", "record", "resolve", "change", "claim"])
    place = await store.lease_place(samples.EXPIRES)
    certificate = samples.certificate(place)
    pending = [a for a in model.applications.values() if a.state is ApplicationState.PENDING]
    if act == "record":
        request = samples.request(str(chance.randrange(40)))
        made = chance.choice(
            [samples.granted(certificate, request), samples.refused(request), samples.pending(of=request)]
        )
        assert await store.record(made) == model.record(made)
    elif act == "resolve" and pending:
        before = chance.choice(pending)
        after = chance.choice(
            [samples.attempted(before), samples.completed(before, certificate), samples.expired(before)]
        )
        assert await samples.resolve(store, after) == model.resolve(after)
        late = samples.expired(before)
        if after.state is not ApplicationState.PENDING:
            assert await samples.resolve(store, late) == model.resolve(late)
    elif act == "change" and model.statuses:
        serial, status = chance.choice(list(model.statuses)), chance.choice(list(CertificateStatus))
        model.change(serial, status)
        changed = await store.change_status(samples.change(serial, status))
        assert changed is not None
        assert changed.status is model.statuses[serial]
    elif act == "claim":
        version = chance.randrange(1, 30)
        rising = samples.NOW.replace(
            year=2026 + len(model.versions) + model.versions.get(place.list_number, 0) + version
        )
        assert await store.claim_version(place.list_number, version, rising) == model.claim(place.list_number, version)


@pytest.mark.parametrize("seed", range(4))
async def test_any_order_of_calls_leaves_what_the_model_says(store: PostgresStore, seed: int) -> None:
    model, chance = Model(), random.Random(seed)
    for _ in range(STEPS):
        await _step(store, model, chance)
    for application in model.applications.values():
        assert await store.get_application(application.id) == model.seen(application)
    pending = [a for a in model.applications.values() if a.state is ApplicationState.PENDING]
    assert (await store.pending_age(samples.NOW))[0] == len(pending)
    listed = await store.list_certificates(limit=1000)
    assert {c.serial: c.status for c in listed} == model.statuses
    lists = {c.place.list_number for c in listed}
    entries = await asyncio.gather(*(store.status_entries(n) for n in lists))
    expected = {c.place.index: c.status.value for c in listed if c.status is not CertificateStatus.VALID}
    assert {k: v for e in entries for k, v in e.items()} == expected
