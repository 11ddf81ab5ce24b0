"""The one colour of each expression, for boxes, bars and charts alike.

Okabe & Ito's colour-blind-safe set (Color Universal Design, 2008), with a grey for neutral
and a violet for contempt in place of black and yellow, which vanish on dark and light pages.
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
