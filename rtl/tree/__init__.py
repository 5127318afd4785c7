"""The style `tree`: a compressor tree behind every column, weights held, tokens streamed."""
