"""How good is it: the reports of every training run, as figures and charts."""

from ui import metrics
from ui.page import fer_page

LEAD = (
    "The model was asked about a fixed set of test images, kept apart while it learned. "
    "Every figure below is read from the report that was written then."
)

with fer_page("How good is it?", LEAD):
    shown = metrics.choose()
    if shown is not None:
        metrics.headline(shown)
        metrics.tabs(shown)
