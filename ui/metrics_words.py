"""The words of the page "How good is it?", for those who have not met them."""

import streamlit as st

WORDS = {
    "Training, PublicTest, PrivateTest": "the three parts of FER-2013. The network learns from the "
    "first; the second, the *validation images*, chooses between versions and thresholds; the "
    "third, the *test images*, is asked for the report, and whether a smaller file reads worse.",
    "Accuracy": "the share of images whose label is found.",
    "Found, trusted, F1": "of a label's images, the share that is found (*recall*); of the images "
    "that the model gave the label, the share that carries it (*precision*); one figure for both. "
    "*Macro-F1* is their mean over the labels, *balanced accuracy* the mean of what is found: rare "
    "labels count as much as common ones.",
    "Calibration error": "how far percentages and truth are apart: of faces with 70 %, 70 in 100 "
    "should be right. A *temperature*, one number, brings them nearer.",
    "AP, AUC": "how well the scores tell the faces of one label from all others: average precision "
    "and the area under the ROC curve. *By chance* is what guessing would get.",
    "Neutral drift": "the share of other faces that are taken for neutral.",
    "Coverage": "the share of faces that get an answer, and not “not sure”.",
    "Label set, head": "FER-2013 has seven labels, FER+ eight. The network has an output for each, "
    "its *head*.",
    "Epoch, loss, seed": "one pass over all training images; what training makes small; the number "
    "from which all chance in it follows.",
    "Teacher": "a network whose answers another one learns, beside the labels (*distillation*).",
    "Affine moves, erasing, mixup, CutMix": "what is done to training images so that they are not "
    "learnt by heart: turned, shifted and scaled; a patch covered; two of them mixed.",
    "Averaged weights (EMA)": "the mean of the network over its last steps, which is calmer.",
    "LiteRT, f16, int8": "what runs the network in the app; how finely its numbers are written.",
    "SHA-256": "a fingerprint of a file: the same only where the file is the same.",
}


def draw() -> None:
    """A button that opens the list."""
    with st.popover("What the words mean", icon=":material/dictionary:"):
        st.markdown("\n".join(f"- **{word}:** {meaning}" for word, meaning in WORDS.items()))
