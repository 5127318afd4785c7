"""How the shipped models were made: needs `pip install "hwsim[train]"`; nothing else imports it.

    python -m workloads.recipes.corpus --out corpus
    python -m workloads.recipes.train --corpus corpus --out run --steps 1300
    python -m workloads.recipes.train --corpus corpus --out twin --steps 1300 --full-precision
    python -m workloads.recipes.export --run run --corpus corpus --out model
    python -m workloads.recipes.evaluate --model model
    python -m workloads.recipes.card --model model --corpus corpus --run run --twin twin

The commands for a shipped model, with its own numbers, stand in that model's README.md.
"""
