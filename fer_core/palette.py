"""The one colour of each expression, for bars and charts, and the one colour of each person.

Expressions: Okabe & Ito's colour-blind-safe set (Color Universal Design, 2008), with a grey for
neutral and a violet for contempt in place of black and yellow, which vanish on dark and light
pages.
"""

EMOTION_COLORS = {
    "happy": "#E69F00",
    "surprise": "#56B4E9",
    "sad": "#0072B2",
    "angry": "#D55E00",
    "disgust": "#009E73",
    "fear": "#CC79A7",
    "neutral": "#8C8C8C",
    "contempt": "#7A5195",
}

# Found by a search over sRGB for colours that people with normal sight, protanopia, deuteranopia
# and tritanopia (Machado et al. 2009, doi 10.1109/TVCG.2009.113) tell apart (CIEDE2000 of 10 or
# more), with a contrast of 3 to white and to dark pages, and 12 or more from every colour above.
# The most different ones come first, because most pictures show few people.
PERSON_COLORS = (
    "#2299AA",
    "#BB3311",
    "#8800FF",
    "#337755",
    "#994477",
    "#999900",
    "#9977FF",
    "#DD5577",
)


def person_color(track_id: int) -> str:
    """The colour of a person wherever one is drawn, as "#RRGGBB".

    Args:
        track_id: 1, 2, 3 …; after the last colour comes the first again.
    """
    return PERSON_COLORS[(track_id - 1) % len(PERSON_COLORS)]
