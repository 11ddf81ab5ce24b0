"""How it works, inside the network: a block of MobileNetV2, counted and at work."""

from pathlib import Path

import streamlit as st

from fer_core.bundle import LITERT_FILE, default_folder, load_card, verified
from fer_core.errors import FerError
from fer_core.inside import Block, blocks, feature_maps, liveliest
from fer_core.preprocessing import crop_face, prepare
from fer_core.results import RgbImage
from ui import learn_faces, learn_tables, metrics_parts, resources
from ui.learn_faces import PORTRAITS

SHOWN, SIDE = 8, 84  # feature maps a step, and their side in pixels
WHAT = {
    "expand": (
        "Expand (1×1 convolution)",
        "At each place, the channels are mixed into many more. A *channel* is a picture of its "
        "own: one says where edges are, another where it is dark.",
    ),
    "depthwise": (
        "Look around (3×3 depthwise convolution)",
        "Each channel looks at each place and its eight neighbours, by itself. That is cheap, as "
        "channels are not mixed.",
    ),
    "project": (
        "Project (1×1 convolution)",
        "The many channels are mixed down to few: a *bottleneck*, through which only what matters "
        "fits.",
    ),
    "sum": (
        "Add what came in (residual)",
        "Where input and output have the same shape, the input is added: the block learns only "
        "what to change.",
    ),
}


def draw() -> None:
    """The part's content."""
    size = resources.model_card().input.size
    every = blocks(size)
    st.markdown(
        "The network is a **MobileNetV2** ([Sandler and others, 2018]"
        "(https://arxiv.org/abs/1801.04381)), made for phones: a first layer, then "
        f"{len(every)} blocks of the same kind, one more 1×1 convolution, then the mean over all "
        "places and one layer that gives each label its value. Early blocks see edges, late ones "
        "whole parts of a face.",
        width=760,
    )
    number = st.slider("Block", 1, len(every), 3, key="learn_block", width=420)
    block = every[number - 1]
    st.markdown(_summary(block, every))
    metrics_parts.table(
        learn_tables.block_frame(block),
        f"The steps of block {number} with sizes, weights and multiplications",
        {
            "step": "step",
            "in": "goes in",
            "out": "comes out",
            "weights": st.column_config.NumberColumn("weights", format="localized"),
            "products": st.column_config.NumberColumn("multiplications", format="localized"),
        },
    )
    st.caption("Sizes are height × width × channels. Weights include the batch normalisation.")
    _at_work(block)


def _summary(block: Block, every: tuple[Block, ...]) -> str:
    depthwise = block.steps[-2]
    words = (
        f"**Block {block.number}** has {block.weights:,} weights, of "
        f"{sum(each.weights for each in every):,} in all blocks. A full 3×3 convolution over its "
        f"{block.inner} inner channels would need {block.full_weights:,} weights; the depthwise "
        f"one needs **{depthwise.weights:,}**."
    )
    if block.stride > 1:
        words += f" It halves the picture, from {block.side} to {depthwise.side} pixels a side."
    if block.residual:
        words += " Its input is added to its output (*residual*)."
    return words


def _at_work(block: Block) -> None:
    """The block's real values for a portrait."""
    st.header("At work", anchor=False)
    who = next(iter(PORTRAITS))
    try:
        maps = _maps(default_folder(resources.models_folder()), block.number, who)
    except FerError as error:
        st.info(str(error), icon=":material/visibility_off:")
        return
    st.markdown(
        f"What this block computes for the face of {PORTRAITS[who].who}: the {SHOWN} liveliest "
        "channels after each step, dark for low and white for high values."
    )
    for name, pictures in maps.items():
        title, meaning = WHAT[name]
        st.markdown(f"**{title}.** {meaning}")
        with st.container(horizontal=True, gap="xsmall"):
            for place, picture in enumerate(pictures):
                st.image(picture, width=SIDE, alt=f"{title}: channel {place + 1}")


@st.cache_resource(show_spinner="Looking inside…", max_entries=64)
def _maps(folder: Path, number: int, who: str) -> dict[str, list[RgbImage]]:
    card = load_card(folder)
    subject = learn_faces.portrait(who)
    crops = [crop_face(subject.image, face, card.input) for face in subject.faces[:1]]
    found: dict[str, list[RgbImage]] = {}
    for row in prepare(crops, card.input):
        block = blocks(card.input.size)[number - 1]
        maps = feature_maps(verified(folder, card, LITERT_FILE), row, block)
        found |= {name: liveliest(each, SHOWN) for name, each in maps.items()}
    return found
