"""The tab "What if?": sliders that damage a face or move a drawn one, and the label with them."""

from dataclasses import dataclass, replace
from functools import partial

import streamlit as st

from fer_core.action_units import PROTOTYPES, ActionUnits, in_words, set_text
from fer_core.bundle import default_folder
from fer_core.classification import EmotionClassifier
from fer_core.damage import GreyFace
from fer_core.drawn_face import drawn_face
from fer_core.preprocessing import crop_face
from fer_core.quality import unsure_reason
from fer_core.results import EmotionScores, Face, RgbImage
from fer_core.studies import load_robustness
from fer_core.whatif import (
    Change,
    flips,
    for_people,
    knob_faces,
    knobs,
    small_face,
    unit_faces,
)
from ui import (
    charts,
    learn_charts,
    learn_pictures,
    learn_sliders,
    learn_sources,
    learn_tables,
    resources,
    show,
)
from ui.controls import not_sure_now
from ui.learn_sliders import Slider
from ui.metrics_parts import cached
from ui.page import plain_errors
from ui.tables import ordered, percent, scores_in_words, share_frame

LEAD = (
    "Make a picture darker, blurred or coarse, turn it, cover it, or move the muscles of a drawn "
    "face, and watch the label. Everything is done to the small grey face that the network gets, "
    "in the same units as in the tests under “How good is it?”, *Hard pictures*."
)
HEAT_HELP = (
    "Yellow: covering this part lowers the score of the label most (occlusion sensitivity). "
    "Violet: it matters little."
)


NOW_SIDE = 72
# On a small screen the pictures are out of sight while a slider moves: a small one stays, with the
# label, before the background of .streamlit/config.toml.
STICKY = """
.st-key-learn_now { display: none; }
@media (max-width: 640px), (max-height: 900px) {
  .st-key-learn_now {
    display: flex; padding: 0.4rem 0; background: light-dark(#FCFBF8, #14151D);
  }
  :has(> .st-key-learn_now) { position: sticky; top: 3.75rem; z-index: 20; }
}
"""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What the sliders show.

    Attributes:
        identity: of the picture; equal for equal pictures within a session.
        image, face: the picture and the face in it.
        units: of a drawn face; None for a photo.
        change: what is done to it.
    """

    identity: str
    image: RgbImage
    face: Face
    units: ActionUnits | None
    change: Change


@st.fragment
def draw() -> None:
    """The tab's content; a fragment, so that a slider is quick."""
    with plain_errors():
        st.markdown(LEAD, width=760)
        classifier = resources.shared_classifier()
        source = learn_sources.choose()
        if not source.drawn and source.subject is None:
            return
        pictures, reading = st.columns([3, 2], gap="large")
        now = st.container(key="learn_now", horizontal=True, vertical_alignment="center")
        units, change = _sliders(classifier, drawn=source.drawn)
        if units is not None:
            scene = Scene("drawn", *drawn_face(units), units, change)
        else:
            assert source.subject is not None
            subject, face = source.subject, source.subject.faces[source.face]
            identity = f"{subject.identity} {source.face}"
            scene = Scene(identity, subject.image, face, None, change)
        small = small_face(scene.image, scene.face, classifier.card.input, change)
        (scores,) = classifier.classify([small])
        with pictures:
            _pictures(scene, small, classifier)
        with reading:
            _reading(small, scene.face, scores, classifier)
        with now:
            st.html(f"<style>{STICKY}</style>")
            st.image(for_people(small, NOW_SIDE), width=NOW_SIDE, alt="The face as it is now.")
            st.markdown(f"Label now: **{scores.top}** {percent(scores.confidence)}")
        _follow(scene, classifier)
        if units is not None:
            _all_drawings(classifier)


def _sliders(classifier: EmotionClassifier, *, drawn: bool) -> tuple[ActionUnits | None, Change]:
    spec = classifier.card.input
    if not drawn:
        return None, learn_sliders.change(spec)
    muscles, picture = st.tabs(["Muscles of the face", "Picture"])
    with muscles:
        units = learn_sliders.units()
    with picture:
        return units, learn_sliders.change(spec)


def _reading(
    small: GreyFace, face: Face, scores: EmotionScores, classifier: EmotionClassifier
) -> None:
    """The label, whether the app would doubt it, and all scores."""
    picture = for_people(small, len(small))
    doubt = unsure_reason(
        picture, face, scores, min_confidence=not_sure_now(classifier.card, classifier.head)
    )
    st.header(f"{scores.top} {percent(scores.confidence)}", anchor=False)
    st.caption(
        "What the model gives most. The app would show this label."
        if doubt is None
        else f"What the model gives most. The app would say **not sure** instead ({doubt})."
    )
    spoken = f"Scores: {scores_in_words(scores)}"
    show.quick_chart(charts.share_bars, share_frame(scores.as_dict()), spoken)


def _pictures(scene: Scene, small: GreyFace, classifier: EmotionClassifier) -> None:
    spec = classifier.card.input
    margin = scene.change.margin_times or spec.margin
    crop = crop_face(scene.image, scene.face, replace(spec, margin=margin))
    heat = bool(st.session_state.get("learn_heat", True))
    left, right = st.columns(2, gap="small", wrap=False)
    seen = f"Drawn face. {in_words(scene.units)}." if scene.units else "The photo's face."
    left.image(for_people(crop, learn_pictures.SIDE), width="stretch", alt=seen)
    left.caption("The face as cut out (crop)")
    right.image(
        learn_pictures.large(small, classifier if heat else None),
        width="stretch",
        alt=f"What the network gets: {len(small)} by {len(small)} grey pixels, changed.",
    )
    right.caption(
        f"What the network gets: {len(small)} × {len(small)} grey pixels"
        + (", the heat map over them" if heat else "")
    )
    st.toggle(
        "Show what the model looked at (heat map)", value=True, key="learn_heat", help=HEAT_HELP
    )


def _follow(scene: Scene, classifier: EmotionClassifier) -> None:
    """One slider over its whole range: the scores, and where the label changes, in words."""
    drawn = scene.units is not None
    sliders = learn_sliders.all_sliders(classifier.card.input, drawn=drawn)
    st.header("Where does the label change?", anchor=False)
    field = st.selectbox(
        "Follow one slider over its whole range; the others stay where they are",
        list(sliders),
        index=list(sliders).index("au12" if drawn else "blur_px"),
        format_func=lambda field: sliders[field].name,
        key=f"learn_follow_{'drawn' if drawn else 'photo'}",
        width=480,
    )
    slider = sliders[field]
    scores = _swept(scene, slider, classifier)
    sure_from = not_sure_now(classifier.card, classifier.head)
    labels = [each.top for each in scores]
    pairs = zip(slider.values, scores, strict=True)
    unsure = [value for value, each in pairs if each.confidence < sure_from]
    usual = min(range(len(labels)), key=lambda i: abs(slider.values[i] - slider.usual))
    words, picture = st.columns([2, 3], gap="medium")
    with words:
        found = flips(slider.values, labels, usual=slider.usual)
        st.markdown(
            learn_tables.flips_in_words(found, slider.at, label=labels[usual], unsure=unsure)
        )
        if measured := _measured(field):
            st.caption(measured)
    with picture:
        part = scene.units if field.startswith("au") else scene.change
        lines = learn_charts.sweep_lines(
            learn_tables.sweep_frame(slider.values, scores),
            title=slider.axis,
            now=float(getattr(part, field)),
            sure_from=sure_from,
        )
        show.chart(lines, f"Score of each label over {slider.axis}; the dashed line is now.")
        st.caption(
            "Dashed: where the slider is now. Where no label is above the dotted line "
            f"({percent(sure_from)}), the app says *not sure*."
        )


def _swept(scene: Scene, slider: Slider, classifier: EmotionClassifier) -> list[EmotionScores]:
    """The scores along a slider; kept while nothing but the slider itself is moved."""
    spec, field = classifier.card.input, slider.field
    of_face = field.startswith("au")
    others: tuple[object, ...] = (
        scene.units and replace(scene.units, **({field: 0.0} if of_face else {})),
        replace(scene.change, **({} if of_face else {field: slider.usual})),
    )
    key = (classifier.card.name, classifier.head, scene.identity, field, *others)
    held = st.session_state.get("learn_sweep")
    if held is None or held[0] != key:
        if of_face:
            assert scene.units is not None
            faces = unit_faces(scene.units, field, spec, scene.change)
        else:
            knob = next(knob for knob in knobs(spec) if knob.field == field)
            faces = knob_faces(scene.image, scene.face, spec, scene.change, knob)
        held = (key, classifier.classify(faces))
        st.session_state["learn_sweep"] = held
    scores: list[EmotionScores] = held[1]
    return scores


def _measured(field: str) -> str:
    """What the same damage does to the test images; "" where it was not measured."""
    study = cached(load_robustness, default_folder(resources.models_folder()))
    return learn_tables.measured(study, field) if study else ""


def _all_drawings(classifier: EmotionClassifier) -> None:
    """Every set of muscles at once: what does a network trained on photos see in a drawing?"""
    opened = st.expander(
        "All drawings: what does a network trained on photos see in them?",
        icon=":material/grid_view:",
        key="learn_all",
        on_change="rerun",
    )
    if not opened.open:
        return
    with opened:
        labels = ordered(PROTOTYPES)
        drawings = [drawn_face(PROTOTYPES[label]) for label in labels]
        read = partial(small_face, spec=classifier.card.input, change=Change())
        scores = classifier.classify([read(image, face) for image, face in drawings])
        for start in (0, 4):
            for column, label, (image, _), said in zip(
                st.columns(4, gap="small"),
                labels[start : start + 4],
                drawings[start : start + 4],
                scores[start : start + 4],
                strict=False,
            ):
                units = set_text(PROTOTYPES[label])
                column.image(image, width="stretch", alt=f"Drawn for {label}: {units}")
                column.markdown(
                    f"made for **{label}** ({units})  \nmodel: **{said.top}** "
                    f"{percent(said.confidence)}"
                )
        st.caption(learn_sliders.SOURCES)
