"""The lab's sliders: those that change a picture, and those that move a drawn face."""

from dataclasses import dataclass, fields
from itertools import groupby

import streamlit as st

from fer_core.action_units import MOST, PROTOTYPES, UNITS, ActionUnits, set_text
from fer_core.bundle import InputSpec
from fer_core.whatif import UNIT_STEP, UNIT_VALUES, Change, knobs
from ui.tables import ordered

SOURCES = (
    "Action units: Ekman & Friesen, *Facial Action Coding System* (FACS), 1978, new edition with "
    "Hager 2002. Which of them are read as which expression: Friesen & Ekman, *EMFACS-7*, 1983, as "
    "it is mostly quoted; tables differ in details. The drawing and the strengths are ours."
)


@dataclass(frozen=True, slots=True)
class Slider:
    """A slider that the label can be followed along.

    Attributes:
        field: of `Change` or of `ActionUnits`.
        name: in plain words, with the technical term.
        axis: what its values are, with their unit.
        phrase: the slider in a sentence; where it holds "{}", a value stands there.
        values: its positions.
        usual: the one that changes nothing.
    """

    field: str
    name: str
    axis: str
    phrase: str
    values: tuple[float, ...]
    usual: float

    def at(self, value: float) -> str:
        """A position in a sentence: "blur 2.1 px"."""
        return self.phrase.format(f"{value:g}")


def all_sliders(spec: InputSpec, *, drawn: bool) -> dict[str, Slider]:
    """Field → slider, those of the drawn face first."""
    of_face = [
        Slider(
            unit.field,
            f"{unit.part}: {unit.plain} (AU {unit.code}, {unit.name})",
            f"strength of AU {unit.code}",
            f"strength {{}} of “{unit.part.lower()} {unit.plain}” (AU {unit.code})",
            UNIT_VALUES,
            0.0,
        )
        for unit in UNITS
        if drawn
    ]
    of_picture = [
        Slider(
            knob.field,
            f"{knob.name} ({knob.term})",
            f"{knob.name.lower()} ({knob.unit.strip()})",
            f"{knob.name.lower()} {{}}{knob.unit}",
            knob.values,
            knob.usual,
        )
        for knob in knobs(spec)
    ]
    return {slider.field: slider for slider in (*of_face, *of_picture)}


def change(spec: InputSpec) -> Change:
    """The sliders that change a picture."""
    values = {}
    columns = st.columns(3, gap="large")
    for number, knob in enumerate(knobs(spec)):
        _keep(knob.field, knob.usual)
        values[knob.field] = columns[number % 3].slider(
            knob.name,
            float(knob.low),
            float(knob.high),
            step=float(knob.step),
            format=f"%g{knob.unit.replace('%', '%%')}",
            key=_key(knob.field),
            help=f"{knob.term[:1].upper()}{knob.term[1:]}. At {knob.usual:g}{knob.unit} nothing "
            "is changed.",
        )
    st.button(
        "Undo all changes of the picture",
        icon=":material/restart_alt:",
        on_click=_set,
        args=({knob.field: knob.usual for knob in knobs(spec)},),
        key="learn_undo",
    )
    st.session_state["learn_values"] |= values
    return Change(**values)


def units() -> ActionUnits:
    """The sliders that move a drawn face, and the sets that are known for an expression."""
    st.markdown("Set the muscles as for …", help=SOURCES)
    with st.container(horizontal=True, gap="small"):
        for label in ordered(PROTOTYPES):
            st.button(
                label,
                key=f"learn_set_{label}",
                on_click=_set,
                args=(_strengths(PROTOTYPES[label]),),
                help=f"{set_text(PROTOTYPES[label])} (action units after EMFACS).",
            )
    values = {}
    groups = [(part, list(group)) for part, group in groupby(UNITS, key=lambda unit: unit.part)]
    for column, (part, group) in zip(st.columns(len(groups), gap="large"), groups, strict=True):
        column.markdown(f"**{part}**")
        for unit in group:
            _keep(unit.field, 0.0)
            values[unit.field] = column.slider(
                f"{unit.plain[:1].upper()}{unit.plain[1:]} (AU {unit.code})",
                0.0,
                MOST,
                step=UNIT_STEP,
                format="%.1f",
                key=_key(unit.field),
                help=f"Action unit {unit.code}, {unit.name}. 0 at rest, 1 a trace (A), 5 the most "
                "(E).",
            )
    st.session_state["learn_values"] |= values
    return ActionUnits(**values)


def _strengths(chosen: ActionUnits) -> dict[str, float]:
    return {each.name: float(getattr(chosen, each.name)) for each in fields(chosen)}


def _keep(field: str, usual: float) -> None:
    """Puts a slider where it was last; Streamlit forgets those of a tab that was closed."""
    kept = st.session_state.setdefault("learn_values", {})
    st.session_state.setdefault(_key(field), float(kept.get(field, usual)))


def _key(field: str) -> str:
    return f"learn_{field}"


def _set(values: dict[str, float]) -> None:
    for field, value in values.items():
        st.session_state[_key(field)] = float(value)
