"""What is computed: model shapes, ternary arithmetic, checkpoints, the model, matmul traces."""
