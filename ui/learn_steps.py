"""How it works, step by step: one picture from the camera to the label, with its real values."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from fer_core.action_units import PROTOTYPES
from fer_core.classification import EmotionClassifier
from fer_core.drawn_face import drawn_face
from fer_core.results import Face, RgbImage
from fer_core.stages import SHAKY_FPS, SHAKY_PERCENT, Stages, shaky, stages
from fer_core.whatif import for_people
from ui import charts, learn_charts, learn_faces, learn_tables, metrics_parts, resources, show
from ui.controls import not_sure_now
from ui.learn_faces import PORTRAITS
from ui.tables import percent, scores_in_words, share_frame

DRAWN = "Drawn face"
SIDE = 240  # of a picture, in pixels


def draw() -> None:
    """The part's content."""
    classifier = resources.shared_classifier()
    picked = st.segmented_control(
        "A picture to follow",
        [*PORTRAITS, DRAWN],
        default=next(iter(PORTRAITS), DRAWN),
        required=True,
        key="learn_steps_source",
    )
    image, face = _subject(picked or DRAWN)
    if face is None:
        st.info("No face was found in this picture. Try another one.", icon=":material/search_off:")
        return
    got = stages(image, face, classifier)
    spec = classifier.card.input
    with _step(1, "Find the face", "detection", got.found):
        st.markdown(
            "A small network of its own looks for faces and gives a **box** and four points: both "
            "eyes, nose and mouth. It knows nothing of expressions."
        )
        box = face.box
        st.caption(
            f"Here: a box of {box.width:.0f} × {box.height:.0f} pixels"
            + (
                f", {percent(face.score)} sure."
                if picked != DRAWN
                else "; in a drawing it is known."
            )
        )
    with _step(2, "Cut it out", "crop", for_people(got.crop, SIDE)):
        st.markdown(
            "A square around the box, a little larger. Everything outside is thrown away: who else "
            "is there, what happens, what the hands do."
        )
        st.caption(
            f"Here: {len(got.crop)} × {len(got.crop)} pixels, {spec.margin:g} times the box (its "
            "*margin*)."
        )
    with _step(3, "Make it small and grey", "preprocessing", for_people(got.small, SIDE)):
        st.markdown(
            f"The faces that the network learned from have {len(got.small)} × {len(got.small)} "
            "grey pixels. A sharper or coloured face would look unlike anything it knows, so every "
            "face is brought to that."
        )
        before, after = got.crop.size, got.small.size
        st.caption(f"Here: of {before:,} numbers {after:,} are left.")
    with _step(4, "Give it to the network", "input", for_people(got.network_input, SIDE)):
        st.markdown(
            f"Enlarged to {spec.size} × {spec.size}, the size that the network takes; nothing is "
            "gained by that but room for its filters. Look at them under *Inside the network*."
        )
        st.caption(
            f"Here: numbers from {got.network_input.min()} to {got.network_input.max()} (0 is "
            "black, 255 is white)."
        )
    _numbers(got)
    _smoothing(got, classifier)


def _subject(picked: str) -> tuple[RgbImage, Face | None]:
    if picked in PORTRAITS:
        subject = learn_faces.portrait(picked)
        st.caption(f"{PORTRAITS[picked].who} ({PORTRAITS[picked].source}).")
        return subject.image, next(iter(subject.faces), None)
    return drawn_face(PROTOTYPES["surprise"])


@contextmanager
def _step(number: int, plain: str, term: str, image: RgbImage | None = None) -> Iterator[None]:
    """A numbered step: its picture on the left, what happens on the right."""
    with st.container(border=True):
        if image is None:
            st.header(f"{number} · {plain} ({term})", anchor=False)
            yield
            return
        picture, words = st.columns([1, 3], gap="medium")
        picture.image(image, width=SIDE, alt=f"Step {number}: {plain}")
        with words:
            st.header(f"{number} · {plain} ({term})", anchor=False)
            yield


def _numbers(got: Stages) -> None:
    """From the last layer's values to the percentages."""
    with _step(5, "Values become shares", "logits, softmax, temperature"):
        st.markdown(
            "The last layer gives each label a value, its **logit**: the higher, the better the "
            "label fits. The **softmax** makes shares of them: it raises *e* (2.718…) to the power "
            "of each value and divides by the sum. Networks are often too sure of themselves, or "
            "not sure enough; dividing the values by a **temperature** first corrects that, so "
            "that of faces with “70 %” about 70 in 100 carry the label (Guo and others, 2017), "
            "over all labels together and on faces like those of the data set."
        )
        table, bars = st.columns([3, 2], gap="medium")
        with table:
            metrics_parts.table(
                learn_tables.stage_frame(got),
                "Logit, softmax and score of each label",
                {
                    "label": "label",
                    "logit": st.column_config.NumberColumn(
                        "logit", format="%.2f", help="Less the mean of all, which changes nothing."
                    ),
                    "softmax": metrics_parts.percent_column("softmax"),
                    "score": metrics_parts.percent_column(f"÷ {got.temperature:g}, then softmax"),
                },
            )
        with bars:
            spoken = f"Scores: {scores_in_words(got.scores)}"
            show.quick_chart(charts.share_bars, share_frame(got.scores.as_dict()), spoken)
        st.caption(
            f"The temperature of this model is {got.temperature:g}, chosen on images of PublicTest."
            + (" Below 1 it makes answers surer." if got.temperature < 1 else "")
        )


def _smoothing(got: Stages, classifier: EmotionClassifier) -> None:
    """What a moving picture adds: readings averaged over the recent past."""
    with _step(6, "Calm it down", "smoothing over time"):
        st.markdown(
            "In a video every frame is a little different, and so is every reading: shown as they "
            "come, labels would flicker. So each person's scores are averaged over the recent "
            "past: what was seen one *half-life* ago counts half. A photo is read once, without."
        )
        half_life_s = st.slider(
            "Half-life", 0.0, 1.5, 0.3, 0.1, format="%.1f s", key="learn_half_life", width=320
        )
        rows = shaky(classifier, got.small, half_life_s=half_life_s)
        label = got.scores.top
        show.chart(
            learn_charts.smoothing_lines(learn_tables.shaky_frame(rows, label), label=label),
            f"The score of {label} in each frame, and smoothed",
        )
        changes = learn_tables.changes(rows)
        st.caption(
            f"The same face with new camera noise ({SHAKY_PERCENT:g} % of white) in each of "
            f"{len(rows)} frames, {SHAKY_FPS:g} a second. The label changes {changes[0]} times "
            f"frame by frame, {changes[1]} times smoothed."
        )
        not_sure = not_sure_now(classifier.card, classifier.head)
        st.markdown(
            f"**Then the app decides whether to speak:** below {percent(not_sure)}, or "
            "when a face is small, dark, blurred or turned away, it says *not sure* and why."
        )
