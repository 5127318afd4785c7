"""The style `systolic`: a grid of elements; activations move right, partial sums down."""
