"""Learn: guess first, change a face and see the label move, how it works, what it cannot do."""

from ui import learn
from ui.page import fer_page

LEAD = (
    "For everybody who wants to know what such a model sees, and for classes. The labels are "
    "**guesses of a model about how a face looks**, never what a person feels."
)

with fer_page("Learn", LEAD):
    learn.tabs()
