"""The tab "Guess first": the viewer's guess, then the model's scores and what people said."""

import random
from dataclasses import dataclass, field

import streamlit as st

from fer_core.errors import FerError
from fer_core.preprocessing import crop_face
from fer_core.quiz import Answer, QuizFace, Score, score
from fer_core.results import EmotionScores
from ui import charts, labelled, learn_faces, learn_pictures, learn_tables, resources, show
from ui.controls import not_sure_now
from ui.page import plain_errors
from ui.tables import ordered, scores_in_words, share_frame

WITHOUT_DATASET = (
    "These are two portraits, and drawings that were made for one expression each. Whoever runs "
    "this app can add thousands of real faces of the data set FER-2013 (setting **FER_DATASET**), "
    "and with the FER+ file beside it what **ten people** said about each of them: the README says "
    "how."
)
WITH_DATASET = "Faces of FER-2013 that were kept apart from training: every label by turns."
WITH_VOTES = (
    "Faces of FER-2013 that were kept apart from training: every label by turns, and about half of "
    "them faces over which people are split. That is harder than the data set as a whole, for "
    "everybody."
)
DISAGREEMENT = """
- **A label is an opinion.** The label of FER-2013 comes from the words of the web search that
  found the picture; people then threw out what did not fit. For FER+ ten others looked at the same
  faces, and often they do not agree. Where ten people are split five to five, there is no
  right answer to find, for you or for a model.
- **A percentage counts faces, not feelings.** "sad 60 %" means: of faces that look like this one
  to the model, about 60 in 100 carry the label *sad* in the data set (a *calibrated* score,
  measured over all labels together, on faces like those of FER-2013). It does not mean that
  anybody is 60 % sad.
- **People use more than a face.** They see the situation, hear the voice and know the person. You
  had only a small picture, like the model.
- **Where you and the model differ,** look at the heat map: it may hang its answer on something that
  you would not.
"""


@dataclass(slots=True)
class Round:
    """A round of guesses.

    Attributes:
        seed: of the choice and order of the faces.
        answers: so far.
        revealed: whether the answer to the last one is still shown.
    """

    seed: int
    answers: list[Answer] = field(default_factory=list)
    revealed: bool = False

    @property
    def place(self) -> int:
        """Position of the face that is shown."""
        return len(self.answers) - self.revealed


def new_seed() -> int:
    """A new one for each round."""
    return random.randrange(2**31)


@st.fragment
def draw() -> None:
    """The tab's content; a fragment, so that a guess is quick."""
    with plain_errors():
        game: Round = st.session_state.setdefault("learn_round", Round(new_seed()))
        faces, source = _deck(game.seed)
        if game.place >= len(faces):
            _ending(score(game.answers), len(faces))
        else:
            _face(game, faces)
        if game.answers:
            _scoreboard(score(game.answers))
        st.caption(source)
        with st.expander("What disagreement means", icon=":material/groups:"):
            st.markdown(DISAGREEMENT)


def _deck(seed: int) -> tuple[list[QuizFace], str]:
    """The faces of a round, and where they come from in words."""
    source = WITHOUT_DATASET
    try:
        faces = learn_faces.deck(seed)
        if labelled.is_named():
            source = WITH_VOTES if any(face.votes for face in faces) else WITH_DATASET
    except FerError as error:
        if not labelled.is_named():
            raise
        st.warning(f"{error} Until then, these faces:", icon=":material/database:")
        faces = learn_faces.faces_at_hand()
    shuffled = list(faces)
    random.Random(seed).shuffle(shuffled)
    return shuffled, source


def _face(game: Round, faces: list[QuizFace]) -> None:
    shown = faces[game.place]
    classifier = resources.shared_classifier()
    crop = crop_face(shown.image, shown.face, classifier.card.input)
    (scores,) = classifier.classify([crop])
    picture, side = st.columns([2, 3], gap="medium")
    with side:
        st.caption(f"Face {game.place + 1} of {len(faces)}")
        if game.revealed:
            sure_from = not_sure_now(classifier.card, classifier.head)
            last = game.place + 1 == len(faces)
            heat = _reveal(game, shown, scores, sure_from=sure_from, last=last)
        else:
            heat = False
            _ask(game, shown, scores)
    with picture:
        image = learn_pictures.large(crop, classifier if heat else None)
        st.image(image, width="stretch", alt=f"The face to guess. {shown.seen}")


def _ask(game: Round, shown: QuizFace, scores: EmotionScores) -> None:
    """The labels as buttons."""
    st.header("Which expression does this face show?", anchor=False)
    with st.container(horizontal=True):
        for label in ordered(scores.labels):
            st.button(
                label,
                key=f"learn_guess_{label}",
                on_click=_guess,
                args=(game, shown, scores, label),
            )
    also = " and ten people" if shown.asked else ""
    st.caption(f"Choose what it looks like to you. Then you see what the model says{also}.")


def _guess(game: Round, shown: QuizFace, scores: EmotionScores, label: str) -> None:
    if game.revealed:  # a double click
        return
    people = shown.votes_for(shown.label) / shown.asked if shown.label and shown.asked else None
    game.answers.append(Answer(label, scores.top, shown.label, people))
    game.revealed = True


def _reveal(
    game: Round, shown: QuizFace, scores: EmotionScores, *, sure_from: float, last: bool
) -> bool:
    """What the model and people say; whether the heat map is wanted."""
    you = game.answers[-1].you
    said = learn_tables.verdict(you, scores, shown, min_confidence=sure_from)
    st.header(said, anchor=False)
    st.markdown(shown.about)
    model, people = st.columns(2, gap="small") if shown.asked else (st.container(), None)
    with model:
        st.markdown("**The model's scores**")
        bars = share_frame(scores.as_dict())
        show.quick_chart(charts.share_bars, bars, f"The model's scores: {scores_in_words(scores)}")
    if people is not None:
        with people:
            st.markdown(f"**The votes of {shown.asked} people** (FER+)")
            bars = learn_tables.vote_frame(shown)
            show.quick_chart(charts.share_bars, bars, learn_tables.votes_in_words(shown))
            if words := learn_tables.undecided(shown):
                st.caption(words)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "To the end of the round" if last else "Next face",
            type="primary",
            icon=":material/arrow_forward:",
            on_click=_next,
            args=(game,),
            key="learn_next",
        )
        return st.toggle(
            "Show what the model looked at (heat map)",
            key="learn_quiz_heat",
            help="Yellow: covering this part lowers the score of its label most.",
        )


def _next(game: Round) -> None:
    game.revealed = False


def _scoreboard(counts: Score) -> None:
    st.header("Scoreboard", anchor=False)
    with st.container(horizontal=True):
        for name, value, words in learn_tables.scoreboard(counts):
            st.metric(name, value, border=True, width=165, help=words)


def _ending(counts: Score, faces: int) -> None:
    st.header("The round is over", anchor=False)
    st.markdown(learn_tables.ending(counts, faces), width=760)
    st.button(
        "Play again", type="primary", icon=":material/replay:", on_click=_again, key="learn_again"
    )


def _again() -> None:
    st.session_state["learn_round"] = Round(new_seed())
