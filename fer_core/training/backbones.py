"""The feature extractors that can be trained, by name: MobileNetV2, its teachers and rivals."""

from collections.abc import Callable, Mapping
from functools import partial

import keras
from keras import layers

from fer_core.errors import DataError
from fer_core.training.fast_norm import FusedBatchNormalization, with_fused_normalization

PRETRAINED = ("mobilenetv2", "mobilenetv3small", "efficientnetb0")
FLATTENED = ("emotioncnn",)  # their features are not pooled, so they have one input size


def build_backbone(name: str, *, init: str) -> keras.Model:
    """An extractor of any input size.

    Args:
        name: one of `BACKBONES`.
        init: "imagenet" (downloaded by Keras), the path of an ImageNet weight file without
            top, or "none" for random weights. Only those of `PRETRAINED` start from weights;
            EfficientNet's expect the scaling "imagenet", the others' "-1..1".

    Returns:
        (N, S, S, 3) scaled values → (N, s, s, C) features.

    Raises:
        DataError: the name is unknown, or the weights cannot be had.
    """
    if name not in BACKBONES:
        raise DataError(
            f"Expected a network out of {', '.join(BACKBONES)}. Received {name!r}. "
            "Correct the recipe's setting `network`."
        )
    try:
        return BACKBONES[name](init if name in PRETRAINED else "none")
    except Exception as error:  # Keras raises many kinds: missing file, bad file, no network
        raise DataError(
            f'Expected --init to be "imagenet", "none" or the path of a {name} weight file. '
            f"Received {init!r}, which could not be loaded ({error}). "
            "--init none starts from random weights."
        ) from error


def _application(init: str, *, make: Callable[..., keras.Model]) -> keras.Model:
    """One of Keras' own networks without its top."""
    anysize = make(
        input_shape=(None, None, 3),
        include_top=False,
        weights=None if init in ("imagenet", "none") else init,
    )
    if init == "imagenet":  # Keras downloads only for a fixed size
        fixed = make(input_shape=(96, 96, 3), include_top=False)
        anysize.set_weights(fixed.get_weights())
    return with_fused_normalization(anysize)


def _efficientnetb0(init: str) -> keras.Model:
    """EfficientNet-B0 (Tan & Le 2019) without its own rescaling."""
    whole = _application(init, make=keras.applications.EfficientNetB0)
    return keras.Model(whole.get_layer("stem_conv_pad").input, whole.output, name=whole.name)


def _emotioncnn(init: str) -> keras.Model:
    """Two convolutions, each halved by pooling (EmotionCNN of Kedia, Varshney & Neha)."""
    images = keras.Input((None, None, 3))
    x = images
    for width in (32, 64):
        x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D()(x)
    return keras.Model(images, x, name="emotioncnn")


def _vgg(init: str, *, widths: tuple[int, ...], depths: tuple[int, ...]) -> keras.Model:
    """Stages of 3×3 convolutions, each halved by pooling (Simonyan & Zisserman 2015)."""
    images = keras.Input((None, None, 3))
    x = images
    for width, depth in zip(widths, depths, strict=True):
        for _ in range(depth):
            x = _convolution(x, width)
            x = layers.Activation("relu")(x)
        x = layers.MaxPooling2D()(x)
    return keras.Model(images, x, name="vgg")


def _resnet(init: str, *, widths: tuple[int, ...], depths: tuple[int, ...]) -> keras.Model:
    """Basic residual blocks behind a 3×3 stem, as for small pictures (He et al. 2016)."""
    images = keras.Input((None, None, 3))
    x = layers.Activation("relu")(_convolution(images, widths[0]))
    for stage, (width, depth) in enumerate(zip(widths, depths, strict=True)):
        for block in range(depth):
            strides = 2 if stage and not block else 1
            y = layers.Activation("relu")(_convolution(x, width, strides=strides))
            y = _convolution(y, width)
            if strides > 1 or x.shape[-1] != width:
                x = layers.AveragePooling2D(strides, padding="same")(x) if strides > 1 else x
                x = _convolution(x, width, kernel=1)
            x = layers.Activation("relu")(layers.Add()([x, y]))
    return keras.Model(images, x, name="resnet")


def _convolution(
    x: keras.KerasTensor, width: int, kernel: int = 3, strides: int = 1
) -> keras.KerasTensor:
    x = layers.Conv2D(
        width,
        kernel,
        strides=strides,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
    )(x)
    return FusedBatchNormalization(momentum=0.9)(x)


BACKBONES: Mapping[str, Callable[[str], keras.Model]] = {
    # MobileNetV2 1.0 (Sandler et al. 2018) and MobileNetV3-Small 1.0 (Howard et al. 2019)
    "mobilenetv2": partial(_application, make=keras.applications.MobileNetV2),
    "mobilenetv3small": partial(
        _application, make=partial(keras.applications.MobileNetV3Small, include_preprocessing=False)
    ),
    "efficientnetb0": _efficientnetb0,
    "emotioncnn": _emotioncnn,
    "vgg": partial(_vgg, widths=(48, 96, 192, 384), depths=(2, 2, 2, 2)),
    "resnet": partial(_resnet, widths=(48, 96, 192, 384), depths=(1, 1, 1, 1)),
}
