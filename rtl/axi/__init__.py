"""The array behind AXI: streams for data, registers for software."""
