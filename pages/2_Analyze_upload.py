"""Photo or video: files or samples in, annotated media and figures out."""

from ui import uploads
from ui.page import fer_page

LEAD = (
    "Faces are found and their expressions labelled by a model. Your files go to the machine "
    "that runs this app and stay in its memory, also while you look at other pages. They are gone "
    "when you press “Forget these files”, or two minutes after you close the page."
)

with fer_page("Photo or video", LEAD):
    uploads.show()
