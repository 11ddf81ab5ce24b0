"""Sharpness-aware minimisation (Foret et al. 2021, arXiv:2010.01412): flat minima generalise."""

from typing import Any

import keras

from fer_core.errors import DataError


class SharpnessAware(keras.Model):  # type: ignore[misc]
    """A step follows the gradient at the worst point nearby instead of the one where it stands."""

    radius = 0.0

    def train_step(self, data: Any) -> Any:
        import tensorflow as tf

        pictures, targets, _ = keras.utils.unpack_x_y_sample_weight(data)
        _, prepare, network = self.layers
        images = prepare(pictures, training=True)  # both gradients see the same faces
        variables = [variable.value for variable in self.trainable_variables]

        def gradients() -> tuple[Any, Any, Any]:
            with tf.GradientTape() as tape:
                answers = network(images, training=True)
                loss = self.compute_loss(y=targets, y_pred=answers)
            return tape.gradient(loss, variables), answers, loss

        here, answers, loss = gradients()
        self._loss_tracker.update_state(loss, sample_weight=tf.shape(pictures)[0])
        norm = tf.linalg.global_norm(here)
        steps = [self.radius * gradient / (norm + 1e-12) for gradient in here]
        for variable, step in zip(variables, steps, strict=True):
            variable.assign_add(step)
        worst, *_ = gradients()
        for variable, step in zip(variables, steps, strict=True):
            variable.assign_sub(step)
        self.optimizer.apply_gradients(zip(worst, self.trainable_variables, strict=True))
        return self.compute_metrics(pictures, targets, answers)


def sharpness_aware(prepare: keras.Model, network: keras.Model, radius: float) -> keras.Model:
    """`network` behind what prepares its input, to be trained for flat minima.

    Args:
        prepare: pictures → the network's input, changed by chance or not.
        network: shares its weights with the result.
        radius: rho, how far away the worst point is looked for, in units of the weights.

    Raises:
        DataError: Keras runs on something else than TensorFlow.
    """
    if keras.backend.backend() != "tensorflow":
        raise DataError(
            "Expected TensorFlow for a recipe with sam_radius. Received KERAS_BACKEND="
            f"{keras.backend.backend()}. Leave that out, or set sam_radius to 0."
        )
    pictures = keras.Input(prepare.input_shape[1:])
    model = SharpnessAware(pictures, network(prepare(pictures)))
    model.radius = radius
    return model
