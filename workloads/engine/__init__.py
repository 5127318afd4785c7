"""The engine's ternary matmuls: exact, on packed weights as they lie in the file, many threads."""
