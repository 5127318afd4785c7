"""From an array to a bitstream with open tools, and the board's end of a serial link to a host."""
