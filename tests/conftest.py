"""Settings that must stand before any test module is imported."""

import os

# TensorFlow's start-up lines would bury a test's own output.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
