"""The tab "Limits and law": what a label is not, who is misread, what is prohibited, a lesson."""

import streamlit as st

from fer_core.samples import sample_image
from fer_core.studies import load_robustness
from ui import learn_figures, learn_lesson, learn_tables, metrics_parts, resources
from ui.metrics_parts import cached
from ui.page import plain_errors
from ui.tables import class_frame

BARRETT = "https://doi.org/10.1177/1529100619832930"
DUPRE = "https://doi.org/10.1371/journal.pone.0231968"
RHUE = "https://doi.org/10.2139/ssrn.3281765"
FREUDENBERG = "https://doi.org/10.3389/fpsyg.2015.01476"
AI_ACT = "https://eur-lex.europa.eu/eli/reg/2024/1689/oj"
SOURCES = (
    ("Barrett and others, Emotional Expressions Reconsidered, 2019", BARRETT),
    ("Dupré, Krumhuber, Küster & McKeown, eight commercial classifiers compared, 2020", DUPRE),
    ("Rhue, Racial Influence on Automated Perceptions of Emotions, 2018", RHUE),
    ("Freudenberg, Adams, Kleck & Hess, Through a glass darkly, 2015", FREUDENBERG),
    ("Goodfellow and others, FER-2013, 2013", "https://arxiv.org/abs/1307.0414"),
    ("Regulation (EU) 2024/1689, the AI Act", AI_ACT),
)
NOT_A_FEELING = f"""
- **People move their faces for many reasons.** They do smile when happy and scowl when angry more
  often than by chance, but how they do it differs between cultures, situations and even within
  one person, and the same movements express different things. A scowl often is no sign of a
  feeling at all: somebody may just be thinking ([Barrett and others, 2019]({BARRETT})).
- **Tools that are sold do not read minds either.** Eight of them named the intended expression in
  48 to 62 % of 937 clips, and did worse where nobody acted ([Dupré and others, 2020]({DUPRE})).
- **So a label here means:** *to the model this face looks like faces that people called sad*. Say
  “labelled sad”, never “is sad”.
"""
WHO = f"""
- **Older faces:** wrinkles look like expressions. People and an automatic system alike saw more
  in neutral old faces than in neutral young ones ([Freudenberg and others,
  2015]({FREUDENBERG})).
- **Skin colour:** one commercial tool rated Black basketball players angrier than white ones who
  smiled as much; another saw more contempt in them ([Rhue, 2018]({RHUE})).
- **This model:** nobody recorded age, sex, skin colour or origin of the people in FER-2013. How
  its mistakes differ between groups is **unknown**; nobody may call it fair. What could be
  measured:
"""
LAW = f"""
- **Prohibited:** inferring the emotions of people **at work or in education**, except for medical
  or safety reasons: [AI Act]({AI_ACT}), article 5(1)(f), since 2 February 2025. No engagement
  meter for classes, no mood log of staff, no exam watch, no job interview.
- **People must be told:** whoever exposes people to emotion recognition must inform them, article
  50(3), since 2 August 2026. Elsewhere such systems count as high-risk (annex III, point 1(c)),
  and data protection law applies as well.
- **Not with this app,** wherever you are: deciding anything about a person; judging honesty,
  health, attention or character; watching people who did not agree. It forgets
  your pictures two minutes after you close the page, or at once when you say so; what you download
  is yours to guard.
- **Allowed and useful:** showing how such a model works and fails, on sample pictures, drawings,
  or an adult who agrees, such as the educator.
"""


def draw() -> None:
    """The tab's content; each part is read on its own."""
    st.header("An expression is not a feeling", anchor=False)
    st.markdown(NOT_A_FEELING, width=760)
    st.header("Who is misread more", anchor=False)
    st.markdown(WHO, width=760)
    figures: list[str] = []
    with plain_errors():
        figures = _measured()
    st.header("What it must not be used for", anchor=False)
    st.markdown(LAW, width=760)
    st.caption("This is teaching material, not legal advice.")
    _lesson(figures)


def _measured() -> list[str]:
    """What was measured of the model in use; also returned, in sentences, for the lesson."""
    report = learn_figures.report_in_use()
    if report is None:
        return []
    head = report.heads[0]
    study = cached(load_robustness, resources.models_folder() / report.name)
    words = learn_tables.misread(head, study)
    table, text = st.columns([2, 3], gap="medium")
    with table:
        metrics_parts.table(
            class_frame(head).sort_values("recall"),
            "How many of the faces of each label are found",
            {
                "label": "label",
                "images": "images",
                "recall": metrics_parts.percent_column(
                    "found", help="Recall: the share of the faces of this label that it names so."
                ),
            },
        )
    with text:
        st.markdown("\n".join(f"- {sentence}" for sentence in words))
        split = report.about.get("split", "test images")
        st.caption(f"Model {report.name}, {split}; read from its reports.")
    return words


def _lesson(figures: list[str]) -> None:
    st.header(f"A lesson of {learn_lesson.MINUTES} minutes", anchor=False)
    goals, rules = st.columns(2, gap="medium")
    for column, title, items in (
        (goals, "Goals", learn_lesson.GOALS),
        (goals, "Materials", learn_lesson.MATERIALS),
        (rules, "Rules, said before anything else", learn_lesson.RULES),
    ):
        column.markdown(f"**{title}**\n" + "\n".join(f"- {item}" for item in items))
    st.markdown(learn_lesson.in_markdown(), width=760)
    st.download_button(
        "The lesson to print",
        learn_lesson.to_html(figures, SOURCES),
        learn_lesson.FILE_NAME,
        "text/html",
        key="learn_lesson",
        on_click="ignore",
        icon=":material/print:",
        help="One file (HTML) that needs nothing else. Open it and print it, or save it as PDF.",
    )
    with st.expander("The portrait to start with", icon=":material/portrait:"):
        st.image(sample_image("astronaut"), alt="Portrait of an astronaut", width=480)
    with st.expander("Sources", icon=":material/menu_book:"):
        st.markdown("\n".join(f"- [{words}]({address})" for words, address in SOURCES))
