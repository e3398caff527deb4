"""The flow from sampled programs to accepted pairs: the accounting invariant, as counts between stations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from seqplay.errors import InputError
from seqplay.records import Goal
from seqplay.report.reading.journey import COLUMNS, Journey, Station


@dataclass(frozen=True)
class Link:
    """So many programs of a goal went from one station to the next."""

    source: Station
    target: Station
    goal: Goal
    count: int


@dataclass(frozen=True)
class Flow:
    """The links of a set of journeys, and how many programs came to each station."""

    links: tuple[Link, ...]
    stations: dict[Station, int]

    @property
    def sampled(self) -> int:
        """How many programs set out."""
        return self.stations.get(Station.SAMPLED, 0)


def flow(journeys: Iterable[Journey]) -> Flow:
    """Return the flow of journeys, checked: what comes to a station leaves it or ends there."""
    ways: Counter[tuple[Station, Station, Goal]] = Counter()
    passed: Counter[Station] = Counter()
    ended: Counter[Station] = Counter()
    for journey in journeys:
        stations = journey.stations
        passed.update(stations)
        ended[stations[-1]] += 1
        ways.update((source, target, journey.sampled.goal) for source, target in pairwise(stations))
    order = {station: place for place, station in enumerate(station for column in COLUMNS for station in column)}
    links = sorted(ways.items(), key=lambda way: (order[way[0][0]], order[way[0][1]], way[0][2]))
    found = Flow(tuple(Link(*way, count) for way, count in links), {one: passed[one] for one in order if passed[one]})
    check_conservation(found, ended)
    return found


def check_conservation(found: Flow, ended: Counter[Station]) -> None:
    """Raise ``InputError`` where a station loses or gains programs, or where not all that set out have ended."""
    inward: Counter[Station] = Counter({Station.SAMPLED: found.sampled})
    outward: Counter[Station] = Counter(ended)
    for link in found.links:
        inward[link.target] += link.count
        outward[link.source] += link.count
    for station in Station:
        if not inward[station] == outward[station] == found.stations.get(station, 0):
            raise InputError(
                f"flow diagram: {inward[station]} programs come to {station.value!r}, {outward[station]} leave it or "
                f"end there, {found.stations.get(station, 0)} were counted: the records do not add up"
            )
    if ended.total() != found.sampled:
        raise InputError(f"flow diagram: {found.sampled} programs were sampled and {ended.total()} have an end")
