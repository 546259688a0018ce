"""Moments and spans as operators write and read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import click

_SPAN = re.compile(r"([1-9][0-9]{0,5})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def read_until(_ctx: click.Context, _param: click.Parameter, value: str | None) -> datetime | None:
    """The callback of an option that takes an aware instant, or a span from now: `2026-12-01T12:00Z`, `48h`."""
    if value is None:
        return None
    if written := _SPAN.fullmatch(value):
        return datetime.now(UTC) + timedelta(**{_UNITS[written[2]]: int(written[1])})
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise click.BadParameter(f"{value!r} has no zone; add Z for UTC, or an offset such as -06:00.")
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f"{value!r} is neither an instant, such as 2026-12-01T12:00Z, nor a span, such as 48h, 90m or 7d."
        ) from None


def span(seconds: float) -> str:
    """How long, in the two greatest units: `8s`, `4m`, `2h05m`, `3d04h`."""
    minutes, rest = divmod(int(max(seconds, 0)), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d{hours:02}h"
    if hours:
        return f"{hours}h{minutes:02}m"
    return f"{minutes}m" if minutes else f"{rest}s"
