"""Accounts of energy: a model in several number formats and scopes, each row with its source."""
