"""The composition root: the only package that names every concrete class, and joins them in one order.

Starting: rules, keys, database, store, agencies, use cases, site, gRPC, queue, publication, ready file.
Stopping is the same in reverse, so that nothing that answers outlives what it needs.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import structlog

from certsvc.agencies.fanout import Panel
from certsvc.app.agencies import open_filed, open_panel
from certsvc.app.deciding import open_agency_book, turn_limits
from certsvc.app.events import open_event_book, open_followers
from certsvc.app.operators import open_agency_acts
from certsvc.app.quotas import open_quotas
from certsvc.app.trust import SigningKeys, check_schemes, load_keys, load_rules
from certsvc.app.waking import Waking
from certsvc.config import Settings
from certsvc.core.rules import RuleBook
from certsvc.publication.http import serve_site
from certsvc.publication.site import Site
from certsvc.server.server import GrpcServer, MutualTls
from certsvc.server.tls import TlsFiles
from certsvc.server.usecases import UseCases
from certsvc.service.agency_ports import AgencyActs, AgencyBook, EventBook
from certsvc.service.assess import Assess
from certsvc.service.check import CheckEligibility
from certsvc.service.complete import CompleteApplication
from certsvc.service.dispute import Disputes
from certsvc.service.ending import ended
from certsvc.service.explain import ExplainApplication
from certsvc.service.follow_up import FollowUpCertificate
from certsvc.service.issue import IssueCertificate
from certsvc.service.mint import Mint
from certsvc.service.pending import RetryPlan
from certsvc.service.publish import ListTimes, PublishStatus, republish
from certsvc.service.read import Read
from certsvc.service.receive_events import ReceiveEvents
from certsvc.service.release_hold import ReleaseHold
from certsvc.service.revoke import RevokeCertificate
from certsvc.service.status import ServiceStatus
from certsvc.service.switch_mode import SwitchMode
from certsvc.store.attempts import Attempts
from certsvc.store.embedded import EmbeddedPostgres
from certsvc.store.follow_ups import FollowUpAttempts
from certsvc.store.migrate import migrate
from certsvc.store.postgres import PostgresStore
from certsvc.store.queue import Queue
from certsvc.system import SystemClock, SystemEntropy, configure_log, settle_memory

log = structlog.get_logger("certsvc")

PUBLISH_RETRY = timedelta(seconds=30)
"""How soon publication is tried again after a failure."""

LEASE = timedelta(seconds=15)
"""How long a pending application waits for another worker after its own has died."""


async def serve(settings: Settings, ready_file: Path | None = None) -> None:
    """Runs the service until SIGTERM or SIGINT. Raises ConfigError if it cannot start as configured.

    `ready_file`, if given, is written once everything answers: JSON with `pid`, `grpc` and `site`.
    """
    configure_log(settings.log.format, settings.log.level)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with AsyncExitStack() as stack:
        addresses = await start(settings, stack)
        if ready_file is not None:
            _write_ready(ready_file, addresses)
        settle_memory()
        log.info("serving", **addresses)
        await stopping.wait()
        log.info("stopping")


async def start(settings: Settings, stack: AsyncExitStack) -> Mapping[str, str]:
    """Starts every part, each to be stopped by `stack`; the addresses that were bound, `grpc` and perhaps `site`."""
    clock = SystemClock()
    rules = load_rules(settings)
    check_schemes(settings, rules, clock)
    keys = load_keys(settings, clock)
    dsn = await _open_database(settings, stack)
    store = await PostgresStore.connect(dsn, pool_size=settings.database.pool)
    stack.push_async_callback(store.close)
    for rule_set in rules.sets:
        await store.keep_rule_set(rule_set.ref, rule_set.text)
    agencies = open_panel(settings, clock, await open_quotas(settings, dsn, stack), open_filed(dsn, stack))
    waking = Waking(store.wake_waiting)
    stack.push_async_callback(waking.close)
    stack.push_async_callback(agencies.close)
    agencies.on_return(waking)
    events = await open_event_book(dsn, SystemEntropy().process_name(), stack)
    book = await open_agency_book(dsn, stack)
    acts = await open_agency_acts(dsn, stack)
    parts = join(settings, keys=keys, rules=rules, store=store, agencies=agencies, events=events, book=book, acts=acts)
    # Before the first caller: what is published must be readable, and the key must fit.
    await parts.publish()
    addresses = {"grpc": await _serve_grpc(settings, parts.use_cases, stack)}
    if (listen := settings.site.listen) is not None:
        shown = serve_site(
            settings.site.directory,
            listen.host,
            listen.port,
            clock=clock,
            certificate=settings.site.certificate,
            key=settings.site.key,
        )
        addresses["site"] = await stack.enter_async_context(shown)
    queue = Queue(dsn, [Attempts(parts.complete), FollowUpAttempts(parts.follow_up)])
    await queue.start()
    stack.push_async_callback(queue.stop)
    for follower in open_followers(settings, receive=parts.receive, book=events, stack=stack):
        _run_beside("follow", follower.run(), stack)
    resign = timedelta(hours=settings.status_lists.resign_hours)
    _run_beside("republish", republish(parts.publish, every=resign, retry_after=PUBLISH_RETRY), stack)
    return addresses


class Parts(NamedTuple):
    """The use cases as joined, and those that also run by themselves."""

    use_cases: UseCases
    publish: PublishStatus
    complete: CompleteApplication
    follow_up: FollowUpCertificate
    receive: ReceiveEvents


def join(
    settings: Settings,
    *,
    keys: SigningKeys,
    rules: RuleBook,
    store: PostgresStore,
    agencies: Panel,
    events: EventBook,
    book: AgencyBook,
    acts: AgencyActs,
) -> Parts:
    """Every use case on these parts; nothing is started."""
    clock, entropy = SystemClock(), SystemEntropy()
    site = Site(settings.site.directory)
    issuer = settings.service.issuer
    publish = PublishStatus(
        store=store,
        keys=keys,
        publisher=site,
        times=ListTimes(
            timedelta(days=settings.status_lists.lifetime_days), timedelta(hours=settings.status_lists.ttl_hours)
        ),
        base_uri=issuer,
        clock=clock,
    )
    mint = Mint(
        issuer=issuer,
        keys=keys,
        store=store,
        entropy=entropy,
        ensure_list=publish.ensure_list,
        list_uri=publish.list_uri,
    )
    retry = RetryPlan(
        first=timedelta(seconds=settings.pending.first_retry_seconds),
        last=timedelta(seconds=settings.pending.last_retry_seconds),
        give_up_after=timedelta(days=settings.pending.expire_after_days),
    )
    budget = settings.service.call_budget_seconds
    assess = Assess(
        agencies=agencies,
        rules=rules,
        store=store,
        book=book,
        clock=clock,
        budget=budget,
        keep=settings.pending.keep,
        turns=turn_limits(settings),
    )
    complete = CompleteApplication(
        assess=assess, mint=mint, store=store, clock=clock, retry=retry, owner=entropy.process_name(), lasting=LEASE
    )
    revoke = RevokeCertificate(store=store, publish=publish)
    follow_up = FollowUpCertificate(
        assess=assess,
        mint=mint,
        revoke=revoke,
        store=store,
        follow_ups=store.follow_ups,
        clock=clock,
        entropy=entropy,
        retry=retry,
    )
    read = Read(store)
    receive = ReceiveEvents(book=events, schemes=agencies.schemes, clock=clock)
    use_cases = UseCases(
        check=CheckEligibility(assess=assess, store=store, book=book, rules=rules, clock=clock),
        issue=IssueCertificate(assess=assess, mint=mint, store=store, clock=clock, entropy=entropy, retry=retry),
        explain=ExplainApplication(read=read, store=store),
        read=read,
        receive=receive,
        revoke=revoke,
        publish=publish,
        switch_mode=SwitchMode(acts=acts, agencies=agencies, rules=rules, clock=clock),
        release_hold=ReleaseHold(acts=acts, agencies=agencies, clock=clock),
        disputes=Disputes(acts=acts, agencies=agencies, clock=clock, new_id=entropy.application_id),
        status=ServiceStatus(
            store=store, acts=acts, agencies=agencies, watch=agencies, publish=publish, rules=rules, clock=clock
        ),
        publisher=site,
        clock=clock,
    )
    return Parts(use_cases, publish, complete, follow_up, receive)


async def _open_database(settings: Settings, stack: AsyncExitStack) -> str:
    """The DSN of the database, migrated; the embedded one is started if none is configured."""
    dsn = settings.database.dsn
    if dsn is None:
        embedded = EmbeddedPostgres(settings.database.directory)
        await asyncio.to_thread(embedded.start)
        stack.push_async_callback(asyncio.to_thread, embedded.stop)
        dsn = embedded.dsn
    await migrate(dsn)
    return dsn


async def _serve_grpc(settings: Settings, use_cases: UseCases, stack: AsyncExitStack) -> str:
    tls = settings.tls
    server = GrpcServer(
        use_cases,
        listen=str(settings.service.listen),
        security=MutualTls(TlsFiles(tls.certificate, tls.key, tls.client_authorities), tls.trust_domain),
    )
    stack.push_async_callback(server.stop)
    await server.start()
    return server.address


def _run_beside(name: str, work: Coroutine[None, None, None], stack: AsyncExitStack) -> None:
    """Runs `work` until the stack unwinds."""
    task = asyncio.create_task(work, name=name)

    stack.push_async_callback(ended, (task,))


def _write_ready(path: Path, addresses: Mapping[str, str]) -> None:
    """Whoever waits for the file sees it whole or not at all."""
    beside = path.with_name(path.name + ".new")
    beside.write_text(json.dumps({"pid": os.getpid(), **addresses}), encoding="utf-8")
    beside.replace(path)
