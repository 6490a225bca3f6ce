"""End dates, of resources and of projects alike."""

from datetime import date

from federation_core.domain.fields.authority import TOLD, Pair, View
from federation_core.domain.fields.rules import Authority, FieldRules
from federation_core.domain.fields.scene import Obstacle


def end_date_authority(rules: FieldRules) -> Authority:
    """Whose end dates count."""
    return rules.end_dates.authority


def has_passed(_pair: Pair, value: date | None, view: View) -> Obstacle | None:
    """A day that is over is not carried to the other side, which refuses it."""
    if value is None or value >= view.scene.now.date():
        return None
    return Obstacle(TOLD, "the end date has passed; it is not carried over")
