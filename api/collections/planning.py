"""The planner that tables of roads are made from, where no server keeps one: the command line's."""

from __future__ import annotations

from api.assessments import find
from api.planner import Ready, make_ready
from api.service import Service, Snapshot
from models.target import Target


class OwnPlanners:
    """Makes a planner when asked for the first time, and keeps it as long as its assessment is the one to show."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._kept: dict[Target, Ready] = {}

    def __call__(self, snapshot: Snapshot, target: Target) -> Ready:
        """Return it; raises `NotReadyError` where there is no assessment."""
        service = self._service
        assessment = find(
            service.shelf, service.assessor, snapshot.revision, target, synthetic=snapshot.is_synthetic_only
        )
        kept = self._kept.get(target)
        if kept is None or kept.assessment is not assessment:
            kept = self._kept[target] = make_ready(
                service.store, snapshot.boundaries, assessment, service.settings.home
            )
        return kept
