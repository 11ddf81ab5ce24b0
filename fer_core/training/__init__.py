"""The trainer: `python -m fer_core.training train|evaluate|export`. Nothing else imports it."""
