"""A lesson of 45 minutes: shown on the page, and as one self-contained file to print."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

TITLE = "What does a machine see in a face?"
MINUTES = 45
FILE_NAME = "lesson-plan.html"


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of the lesson.

    Attributes:
        minutes: how long.
        title: what it is.
        what: what happens, in sentences.
        ask: questions for the class.
    """

    minutes: int
    title: str
    what: str
    ask: tuple[str, ...] = ()


GOALS = (
    "Explain that a model gives an expression label, not a feeling.",
    "Name two things that change a label although the person does not change.",
    "Say why one accuracy figure is not enough, and where such models must not be used.",
)
MATERIALS = (
    "One computer with this app and a projector. Nobody needs an account or a phone.",
    "The portraits and drawings of this app, or the educator's own face if they agree.",
    "Slips of paper for guesses: they are thrown away afterwards, nobody writes a name.",
)
RULES = (
    "No pupil or student is filmed, photographed or read by the app, also not for fun: in the EU, "
    "inferring the emotions of people in education is prohibited (AI Act, article 5(1)(f)).",
    "Only sample pictures, drawings, or the consenting educator are shown to the model.",
    "Nobody is asked how they feel. We talk about how faces look.",
)
PHASES = (
    Phase(
        5,
        "Start: a smile",
        "Show the astronaut's portrait, which stands without a label under this plan in the app, "
        "and ask what she feels. Collect three different answers. Write up two words: expression "
        "(what a face shows) and feeling (what a person has).",
        ("How could we find out which answer is right?",),
    ),
    Phase(
        12,
        "Guess first",
        "Tab “Guess first”. For each face everybody writes a guess on a slip, then the class votes "
        "and one person clicks. Compare class, model and, with the data set, the ten people.",
        (
            "Where did we disagree? Was anybody wrong?",
            "The model says 60 %. Sixty per cent of what?",
        ),
    ),
    Phase(
        10,
        "What if?",
        "Tab “What if?”, drawn face: press “happy”. First predict, then move one slider: when "
        "does the drawing stop being happy for the model? Then the astronaut: blur, mask, dark "
        "glasses, rotation.",
        (
            "Did the person change, or only the picture?",
            "Where would that happen outside of a lab?",
        ),
    ),
    Phase(
        8,
        "How it works",
        "Tab “How it works”: follow one picture step by step. Stop at the 48 × 48 grey pixels. "
        "Then “One figure is not enough”: a model that always gives one label.",
        (
            "What was thrown away before the network saw anything?",
            "Which label would you not trust, and why?",
        ),
    ),
    Phase(
        7,
        "Limits and law",
        "Tab “Limits and law”. Small groups take one use each: a job interview, an exam hall, a "
        "driver who may be tired, an advertisement. Allowed, prohibited, or unsure? Give reasons.",
        ("Who would be harmed by a wrong label?",),
    ),
    Phase(
        3,
        "End",
        "Everybody finishes a sentence: “Before I believe such a label, I want to know …”.",
    ),
)
_STYLE = """
body { font: 11pt/1.45 Georgia, serif; color: #111; background: #fff; max-width: 46rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: 0.2rem; } h2 { font-size: 1.1rem; margin-top: 1.4rem; }
table { border-collapse: collapse; width: 100%; } th, td { border: 1px solid #999; padding: 0.4rem;
  text-align: left; vertical-align: top; } td:first-child { white-space: nowrap; }
ul { padding-left: 1.2rem; } .small { font-size: 0.85rem; color: #444; }
@media print { body { margin: 0; max-width: none; } tr, li { break-inside: avoid; } }
@page { margin: 18mm; }
"""


def schedule() -> list[tuple[str, Phase]]:
    """Each phase with its minutes from the start: ("0–5", phase)."""
    found, start = [], 0
    for phase in PHASES:
        found.append((f"{start}–{start + phase.minutes}", phase))
        start += phase.minutes
    return found


def in_markdown() -> str:
    """The course of the lesson, a paragraph a phase."""
    parts = []
    for minutes, phase in schedule():
        ask = f"  \n*Ask:* {' '.join(phase.ask)}" if phase.ask else ""
        parts.append(f"**{minutes} min · {phase.title}**  \n{phase.what}{ask}")
    return "\n\n".join(parts)


def to_html(figures: Sequence[str], sources: Sequence[tuple[str, str]]) -> str:
    """The lesson as one page that needs nothing else: open it and print.

    Args:
        figures: what was measured of the model in use, in sentences.
        sources: reference, address.
    """
    rows = "".join(
        f"<tr><td>{minutes}</td><td><strong>{escape(phase.title)}</strong><br>{escape(phase.what)}"
        f"</td><td>{_list(phase.ask) if phase.ask else ''}</td></tr>"
        for minutes, phase in schedule()
    )
    known = "".join(
        f'<li>{escape(words)}: <a href="{escape(address)}">{escape(address)}</a></li>'
        for words, address in sources
    )
    figures_part = f"<h2>Figures of the model in use</h2>{_list(figures)}" if figures else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        f"<main><h1>{TITLE}</h1><p>A lesson of {MINUTES} minutes, from about 13 years of age.</p>"
        f"<h2>Goals</h2>{_list(GOALS)}<h2>Materials</h2>{_list(MATERIALS)}"
        f"<h2>Rules, said before anything else</h2>{_list(RULES)}"
        "<h2>Course</h2><table><thead><tr><th>minutes</th><th>what</th><th>ask</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>{figures_part}<h2>Sources</h2><ul>{known}</ul>"
        '<p class="small">Labels are guesses of a model about how a face looks. They say nothing '
        "certain about what a person feels. This is teaching material, not legal advice.</p>"
        "</main></body></html>\n"
    )


def _list(items: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"
