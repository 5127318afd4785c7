"""The style `table`: sums of a few activations in RAM, looked up by the codes of all columns."""
