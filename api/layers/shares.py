"""What an expectation rests on, in words: a share for each name of `EXPLAINED`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from geo.core.messages import Message, message
from models.risk.assessment import EXPLAINED


@dataclass(frozen=True, slots=True)
class Share:
    """One share: what it means, the title of its column, and the words beside its bar."""

    text: Message
    title: Message
    words: Message


_SHARES: Final = {
    "3_months": Share(
        text=message(
            "Part that rests on incidents of the last 91 days: it would be missing without them. Below 0 where more "
            "would be expected here without them."
        ),
        title=message("Share: incidents of the last 3 months"),
        words=message("incidents of the last 3 months"),
    ),
    "12_months": Share(
        text=message("Part that rests on incidents of 92 to 365 days ago; as above."),
        title=message("Share: 3 to 12 months ago"),
        words=message("incidents of 3 to 12 months ago"),
    ),
    "3_years": Share(
        text=message("Part that rests on incidents of one to three years ago; as above."),
        title=message("Share: 1 to 3 years ago"),
        words=message("incidents of 1 to 3 years ago"),
    ),
    "older": Share(
        text=message("Part that rests on incidents of more than three years ago; as above."),
        title=message("Share: over 3 years ago"),
        words=message("incidents over 3 years ago"),
    ),
    "counted": Share(
        text=message("Part of the counts of the last eight quarters, with which the rate is pooled."),
        title=message("Share: counts of 8 quarters"),
        words=message("counts of the last 8 quarters"),
    ),
    "auxiliary": Share(
        text=message("Part due to other security incidents."),
        title=message("Share: other security incidents"),
        words=message("other security incidents"),
    ),
    "rest": Share(
        text=message("Part that no group of incidents takes away alone: the shares sum to 1."),
        title=message("Share: none of these alone"),
        words=message("none of these alone"),
    ),
}
#: Name → share, in the order of the explanation.
SHARES: Final = {name: _SHARES[name] for name in EXPLAINED}
