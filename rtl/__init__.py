"""The array: its parameters, its gateware, Verilog, and the compiled simulation of that Verilog."""
