"""Spaces of mlsig in the hands of other optimisers, and what they propose as configurations.

    from mlsig.bridges import optuna            needs the extra mlsig[optuna]
    from mlsig.bridges import configspace       needs the extra mlsig[configspace]

Each module is imported by whoever uses it, and nobody else. For every other optimiser there is the space as
JSON, `Tuning.to_json()`, and `Tuning.validate` for what it answers.
"""
